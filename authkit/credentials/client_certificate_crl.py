"""Revocation lists of certificates, as their authority publishes them (RFC 5280 section 5)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ConfigError, Unavailable
from ..tokens.claims import Claims

LARGEST = 16 * 1024 * 1024  # bytes of a list


class RevocationList:
    """What `revocation_list` returns."""

    def __init__(self, found: Any, clock: Callable[[], float]) -> None:
        self._list = found
        self._issuer = found.issuer.rfc4514_string()
        self._until = found.next_update_utc.timestamp()
        self._clock = clock

    def __call__(self, claims: Claims) -> bool:
        """Tell whether a certificate is on the list; one of another issuer is not.

        Raises:
            Unavailable: ``crl_outdated``, the time for the next list has come.
        """
        if claims["issuer"] != self._issuer:
            return False
        if not self._clock() < self._until:
            raise Unavailable("crl_outdated", detail="the list's nextUpdate is over: bring the next one")
        serial = int(claims["serial"].replace(":", ""), 16)
        return self._list.get_revoked_certificate_by_serial_number(serial) is not None

    def __repr__(self) -> str:
        return f"revocation_list(issuer={self._issuer!r})"


def revocation_list(
    crl: bytes | str | Path, *, authority: bytes | str | Path, clock: Callable[[], float] = time.time
) -> RevocationList:
    """Return a ``revoked=`` of `ClientCertificate` from a certificate revocation list that its authority has signed.

    >>> ClientCertificate(allow=[...], revoked=revocation_list("devices.crl", authority="device-ca.pem"))

    It is read once, here. When the time of its ``nextUpdate`` is over, it tells no more, and each certificate of that
    authority is an outage: put the next list into the function before. Certificates of other authorities are not on it.

    Args:
        crl: the list, or its file, in PEM or DER.
        authority: the certificate of the authority that signed it, or its file, in PEM.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """
    from cryptography import x509  # here, in the function's init phase: it takes 44 milliseconds

    try:
        issuer = x509.load_pem_x509_certificate(_bytes(authority))
    except Exception as error:  # noqa: BLE001 - as below
        raise ConfigError(f"revocation_list: authority is no certificate ({type(error).__name__})") from None
    try:
        raw = _bytes(crl)
        pem = raw.lstrip().startswith(b"-----BEGIN")
        found = x509.load_pem_x509_crl(raw) if pem else x509.load_der_x509_crl(raw)
        faults = _faults(found, issuer)
    except Exception as error:  # noqa: BLE001 - the library has a dozen for what it cannot read
        raise ConfigError(f"revocation_list: crl is no list ({type(error).__name__})") from None
    if not callable(clock):
        faults.append("clock cannot be called")
    if faults:
        raise ConfigError.of("revocation_list", faults)
    return RevocationList(found, clock)


def _bytes(given: bytes | str | Path) -> bytes:
    content = given if isinstance(given, bytes) else Path(given).read_bytes()
    if len(content) > LARGEST:
        raise ValueError
    return content


def _faults(found: Any, issuer: Any) -> list[str]:
    faults = []
    if found.issuer != issuer.subject or not found.is_signature_valid(issuer.public_key()):
        faults.append("the authority has not signed the list")
    if found.next_update_utc is None:
        faults.append("the list does not say when the next one comes (RFC 5280 section 5.1.2.5)")
    # RFC 5280 section 5.2: one that must be understood, as of a list that holds only some, or only what is new.
    critical = [each.oid.dotted_string for each in found.extensions if each.critical]
    if critical:
        faults.append(f"the list is of a special kind ({', '.join(critical)}); give a complete one")
    return faults
