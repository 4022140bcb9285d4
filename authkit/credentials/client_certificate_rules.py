"""Which client certificates are taken: by subject, issuer, alternative names and thumbprint."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from enum import Enum
from typing import TypeVar

from ..errors import ConfigError
from .client_certificate_names import Attribute, Name, attributes_of, parse_name
from .client_certificate_read import Certificate

_THUMBPRINT = re.compile(r"[0-9a-f]{64}")
_Read = TypeVar("_Read")


class AnyCertificate(Enum):
    """See `ANY_CERTIFICATE`."""

    ANY = "any certificate of the domain's truststore"


ANY_CERTIFICATE = AnyCertificate.ANY
"""Every certificate that the custom domain's truststore leads to: only where all of its authorities sign for us alone."""


class CertificateRule:
    """What a client certificate must say to be taken; all that is given must hold.

    >>> CertificateRule(issuer="CN=Example Device CA,O=Example Corp,C=SE", subject="OU=Field,O=Example Corp")

    Values are compared to the letter. None of them is a pattern, and ``*.example.com`` in a certificate stands for
    itself.

    Args:
        subject: attributes that the subject must have (RFC 4514); of each type named here, these and no others.
        issuer: the issuer's whole name (RFC 4514). With several authorities in the truststore name it: each of them
            can give any name to whom it likes.
        uris, dns, emails: alternative names of the subject, of which it must have one.
        thumbprints: SHA-256 of whole certificates, in hexadecimal digits, with colons or without.

    Raises:
        ConfigError: names every fault.
    """

    __slots__ = ("_dns", "_emails", "_issuer", "_subject", "_thumbprints", "_types", "_uris")

    def __init__(
        self,
        *,
        subject: str = "",
        issuer: str = "",
        uris: Collection[str] = (),
        dns: Collection[str] = (),
        emails: Collection[str] = (),
        thumbprints: Collection[str] = (),
    ) -> None:
        faults: list[str] = []
        wanted = _named("subject", subject, faults)
        self._subject: list[Attribute] = attributes_of(wanted)
        self._types = frozenset(each.oid for each in self._subject)
        self._issuer = _named("issuer", issuer, faults)
        self._uris = _texts("uris", uris, faults)
        self._dns = frozenset(each.lower() for each in _texts("dns", dns, faults))
        self._emails = frozenset(_lowered(each) for each in _texts("emails", emails, faults))
        self._thumbprints = frozenset(_prints(thumbprints, faults))
        given = (self._subject, self._issuer, self._uris, self._dns, self._emails, self._thumbprints)
        if not faults and not any(given):
            faults.append("say something; for every certificate, write allow=ANY_CERTIFICATE")
        if faults:
            raise ConfigError.of("CertificateRule", faults)

    def takes(self, certificate: Certificate) -> bool:
        """Tell whether a certificate says all of it."""
        if self._types:
            said = [each for each in attributes_of(certificate.subject) if each.oid in self._types]
            if said != self._subject:
                return False
        if self._issuer and certificate.issuer != self._issuer:
            return False
        if self._thumbprints and certificate.thumbprint not in self._thumbprints:
            return False
        alternatives = (
            (self._uris, certificate.uris),
            (self._dns, certificate.dns),
            (self._emails, certificate.emails),
        )
        return all(not wanted or not wanted.isdisjoint(said) for wanted, said in alternatives)

    def __repr__(self) -> str:
        given = [name[1:] for name in self.__slots__ if name != "_types" and getattr(self, name)]
        return f"CertificateRule({', '.join(given)})"


def rule_faults(allow: object) -> list[str]:
    """Say what is wrong with ``allow=``."""
    if allow is ANY_CERTIFICATE:
        return []
    listed = allow if isinstance(allow, Collection) and not isinstance(allow, (str, bytes)) else ()
    if not listed or not all(isinstance(each, CertificateRule) for each in listed):
        return ["allow must be a list of CertificateRule, or ANY_CERTIFICATE where the whole truststore is ours"]
    return []


def _named(field: str, text: object, faults: list[str]) -> Name:
    return _tried(field, parse_name, text, faults) or () if text != "" else ()


def _tried(field: str, reading: Callable[[str], _Read], text: object, faults: list[str]) -> _Read | None:
    if not isinstance(text, str):
        faults.append(f"{field} must be a text")
        return None
    try:
        return reading(text)
    except ValueError as fault:
        faults.append(f"{field}: {fault}")
        return None


def _texts(field: str, given: object, faults: list[str]) -> frozenset[str]:
    fits = isinstance(given, Collection) and not isinstance(given, (str, bytes))
    if not fits or not all(isinstance(each, str) and each for each in given):  # type: ignore[attr-defined]
        faults.append(f"{field} must be a list of texts that are not empty")
        return frozenset()
    return frozenset(given)  # type: ignore[call-overload,no-any-return]


def _lowered(email: str) -> str:
    local, at, host = email.rpartition("@")
    return f"{local}{at}{host.lower()}"


def _prints(given: object, faults: list[str]) -> Iterable[bytes]:
    for each in _texts("thumbprints", given, faults):
        bare = each.replace(":", "").lower()
        if _THUMBPRINT.fullmatch(bare):
            yield bytes.fromhex(bare)
        else:
            faults.append("thumbprints must be SHA-256, which is 64 hexadecimal digits")
