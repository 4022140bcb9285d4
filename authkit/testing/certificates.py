"""Client certificates, and how the gateway tells of one (contract section 11)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

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


def told(certificate: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``clientCert`` of an event: what a mapping says, or what can be read from a certificate in PEM.

    Raises:
        ValueError: it is no certificate.
    """
    if isinstance(certificate, Mapping):
        return dict(certificate)
    from cryptography.x509 import load_pem_x509_certificate

    read = load_pem_x509_certificate(certificate.encode())
    serial = f"{read.serial_number:x}"
    serial = serial.zfill(len(serial) + len(serial) % 2)
    return {
        "clientCertPem": certificate,
        "subjectDN": read.subject.rfc4514_string(),
        "issuerDN": read.issuer.rfc4514_string(),
        "serialNumber": ":".join(serial[at : at + 2] for at in range(0, len(serial), 2)),
        "validity": {
            "notBefore": _moment(read.not_valid_before_utc),
            "notAfter": _moment(read.not_valid_after_utc),
        },
    }


def _moment(when: datetime) -> str:
    """Return a moment as OpenSSL prints it, the day padded with a blank."""
    return f"{_MONTHS[when.month - 1]} {when.day:2} {when:%H:%M:%S %Y} GMT"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
