"""Reading a client's certificate: from its bytes alone, whatever else an event says of it."""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from ..tokens.base64url import encode
from .certificate import told_of
from .client_certificate_names import KEYWORDS, Attribute, Name, attributes_of, parse_name

if TYPE_CHECKING:
    from ..gateway.request import Request

_MOMENT = re.compile(r"([A-Z][a-z]{2}) ([ 0-9][0-9]) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([0-9]{4}) GMT")
_HEX, _DECIMAL = re.compile(r"[0-9A-Fa-f]{1,64}"), re.compile(r"[0-9]{1,64}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Certificate(NamedTuple):
    """What a certificate says.

    Attributes:
        subject, issuer: their names.
        subject_text, issuer_text: the same as one text (RFC 4514).
        serial: its number, unique among those of its issuer.
        not_before, not_after: its first and last moment, in seconds since the epoch.
        thumbprint: the SHA-256 of all of it.
        uris, dns, emails: its subject's alternative names (RFC 5280 section 4.2.1.6); hosts are in lower case.
    """

    subject: Name
    issuer: Name
    subject_text: str
    issuer_text: str
    serial: int
    not_before: float
    not_after: float
    thumbprint: bytes
    uris: tuple[str, ...]
    dns: tuple[str, ...]
    emails: tuple[str, ...]

    @property
    def serial_text(self) -> str:
        """The serial number as the gateway writes it: ``5f:3a:91``."""
        digits = f"{self.serial:x}"
        return bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2)).hex(":")

    def values(self, oid: str) -> list[str]:
        """Return the values of one type of attribute of the subject."""
        return [each.value for each in attributes_of(self.subject) if each.oid == oid]

    def claims(self) -> dict[str, Any]:
        """Return what it says as claims. An attribute that the subject has several times is a list.

        ``iss``, ``jti`` and ``iat`` are what they are of a token: so stores of revocations know certificates too.
        """
        named: dict[str, list[str]] = {}
        for each in attributes_of(self.subject):
            named.setdefault(KEYWORDS.get(each.oid, each.oid), []).append(each.value)
        return {
            **{name: values[0] if len(values) == 1 else values for name, values in named.items()},
            "subject": self.subject_text,
            "issuer": self.issuer_text,
            "serial": self.serial_text,
            "thumbprint": self.thumbprint.hex(),
            "x5t#S256": encode(self.thumbprint),
            "uris": list(self.uris),
            "dns": list(self.dns),
            "emails": list(self.emails),
            "iss": self.issuer_text,
            "jti": self.serial_text,
            "iat": self.not_before,
            "exp": self.not_after,
        }


def read(der: bytes) -> Certificate:
    """Read a certificate.

    Raises:
        ValueError: it is none, or says what cannot be told exactly.
    """
    from cryptography import x509  # here, and before in the constructor: it takes 44 milliseconds

    try:
        found = x509.load_der_x509_certificate(der)
        uris, dns, emails = _alternatives(found)
        return Certificate(
            subject=_name(found.subject),
            issuer=_name(found.issuer),
            subject_text=found.subject.rfc4514_string(),
            issuer_text=found.issuer.rfc4514_string(),
            serial=_positive(found.serial_number),
            not_before=found.not_valid_before_utc.timestamp(),
            not_after=found.not_valid_after_utc.timestamp(),
            thumbprint=sha256(der).digest(),
            uris=uris,
            dns=tuple(each.lower() for each in dns),
            emails=tuple(_host_lowered(each) for each in emails),
        )
    except Exception as error:  # noqa: BLE001 - the library has a dozen for what it cannot read, warnings among them
        raise ValueError(f"not read as a certificate ({type(error).__name__})") from None


def disagreement(request: "Request", certificate: Certificate) -> str:
    """Say what an event tells of a certificate that the certificate itself does not; nothing where they agree.

    Nothing is decided by what the event tells. How the gateway writes names and numbers is not documented, so a serial
    number is read both ways; names that cannot be read, or are not ASCII, are passed over, and of the rest the
    attributes are compared, not their order.
    """
    serial = told_of(request, "serialNumber")
    if serial is not None and certificate.serial not in _numbers(serial):
        return "serialNumber"
    for field, moment in (("notBefore", certificate.not_before), ("notAfter", certificate.not_after)):
        told = told_of(request, "validity", field)
        if told is not None and _seconds(told) != moment:
            return f"validity.{field}"
    for field, name in (("subjectDN", certificate.subject), ("issuerDN", certificate.issuer)):
        told_name, own = _told_name(told_of(request, field)), attributes_of(name)
        if told_name not in (None, own) and all(each.value.isascii() for each in own):
            return field
    return ""


def _name(name: Iterable[Any]) -> Name:
    # The bytes have the most specific part last, the text first (RFC 4514 section 2.1).
    parts = [[_attribute(each) for each in part] for part in name.rdns]  # type: ignore[attr-defined]
    return tuple(tuple(sorted(part)) for part in reversed(parts))


def _attribute(given: Any) -> Attribute:
    value = given.value
    return Attribute(given.oid.dotted_string, value if isinstance(value, str) else f"#{value.hex()}")


def _positive(number: int) -> int:
    if number <= 0:  # RFC 5280 section 4.1.2.2
        raise ValueError
    return number


def _alternatives(found: Any) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    from cryptography import x509

    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), (), ()
    kinds = (x509.UniformResourceIdentifier, x509.DNSName, x509.RFC822Name)
    uris, dns, emails = (tuple(names.get_values_for_type(kind)) for kind in kinds)
    return uris, dns, emails


def _host_lowered(email: str) -> str:
    local, at, host = email.rpartition("@")
    return f"{local}{at}{host.lower()}"


def _numbers(text: str) -> list[int]:
    """Return the number that a text is in hexadecimal digits, and in decimal ones."""
    bare = text.replace(":", "")
    found = [int(bare, 16)] if _HEX.fullmatch(bare) else []
    return [*found, int(text)] if _DECIMAL.fullmatch(text) else found


def _seconds(text: str) -> float | None:
    """Return a moment as OpenSSL prints it (contract section 11)."""
    from datetime import datetime, timezone

    found = _MOMENT.fullmatch(text)
    if not found or found[1] not in _MONTHS:
        return None
    month, (day, hour, minute, second, year) = _MONTHS.index(found[1]) + 1, map(int, found.groups()[1:])
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def _told_name(text: str | None) -> list[Attribute] | None:
    try:
        return None if text is None else attributes_of(parse_name(text))
    except ValueError:
        return None
