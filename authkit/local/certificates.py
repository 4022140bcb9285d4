"""Client certificates, as an event tells of one (contract section 11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


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
