"""Client certificates, for mutual TLS (contract section 11)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

_LIFETIME = timedelta(days=730)


def client_certificate(name: str = "client", *, at: float | None = None) -> str:
    """Return a new certificate in PEM, signed by its own key, that nobody else has.

    >>> event = rest_request("GET", "/orders/1", client_certificate=client_certificate("sensor-17"))
    >>> event["requestContext"]["identity"]["clientCert"]["subjectDN"]
    'CN=sensor-17'

    Args:
        name: the common name of its subject.
        at: when it was made, in seconds since the epoch; None: now.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    key = generate_private_key(SECP256R1())
    begins = datetime.fromtimestamp(int(time.time() if at is None else at), timezone.utc)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    draft = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    made = draft.not_valid_before(begins).not_valid_after(begins + _LIFETIME).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM).decode()
