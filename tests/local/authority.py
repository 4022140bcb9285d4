"""An authority for client certificates, made anew for each test."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class Authority:
    """Signs certificates of clients."""

    def __init__(self, folder: Path, name: str = "Example Device CA") -> None:
        self._folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        draft = self._draft(self._name, self._key.public_key(), days=30)
        made = draft.add_extension(x509.BasicConstraints(True, None), critical=True).sign(self._key, SHA256())
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(made.public_bytes(Encoding.PEM))

    def client(self, name: str, *, days: int = 30) -> Path:
        """Return the file of a certificate and its key; with negative days, of one that has expired."""
        key = generate_private_key(SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        made = self._draft(subject, key.public_key(), days=days).sign(self._key, SHA256())
        file = self._folder / f"{name}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(made.public_bytes(Encoding.PEM) + private)
        return file

    def _draft(self, subject: x509.Name, key: object, *, days: int) -> x509.CertificateBuilder:
        ends = datetime.now(timezone.utc) + timedelta(days=days)
        draft = x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())  # type: ignore[arg-type]
        return draft.not_valid_before(ends - timedelta(days=60)).not_valid_after(ends)
