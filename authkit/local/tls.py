"""TLS for the emulator: a certificate for this machine, and clients that must show one of their own."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..errors import ConfigError
from .message import LOOPBACK

_LIFETIME = timedelta(days=7)


class MutualTls(NamedTuple):
    """A server's side of mutual TLS, and the file of its certificate, for clients to trust."""

    context: ssl.SSLContext
    certificate: Path


@contextmanager
def mutual_tls(authorities: Sequence[str | Path], domain: str) -> Iterator[MutualTls]:
    """Ask every client for a certificate that one of these authorities signed; what was made for it goes in the end.

    API Gateway checks the chain and the times of a certificate, and so does this; neither checks revocation.

    Args:
        authorities: files in PEM.
        domain: the name that the server's own certificate has besides those of loopback.

    Raises:
        ConfigError: a file holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    for file in authorities:
        try:
            context.load_verify_locations(file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"{file} holds no certificate of an authority ({type(error).__name__})") from None
    with TemporaryDirectory(prefix="authkit-") as folder:
        certificate, key = Path(folder) / "gateway.pem", Path(folder) / "key.pem"
        certificate.write_bytes(_made(key, domain))
        context.load_cert_chain(certificate, key)
        key.unlink()
        yield MutualTls(context, certificate)


def _made(key_file: Path, domain: str) -> bytes:
    """Make a key, and a certificate signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(SECP256R1())
    key_file.touch(mode=0o600)
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authkit emulate")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.DNSName(domain), x509.IPAddress(ip_address(LOOPBACK))]
    )
    begins = datetime.now(timezone.utc) - timedelta(minutes=5)
    draft = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    dated = draft.not_valid_before(begins).not_valid_after(begins + _LIFETIME)
    whole = dated.add_extension(names, critical=False).add_extension(x509.BasicConstraints(True, 0), critical=True)
    return whole.sign(key, SHA256()).public_bytes(Encoding.PEM)
