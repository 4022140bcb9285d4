"""Client certificates to test with, and the requests they come with."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from authkit.gateway.request import parse
from tests.support.events import request_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from authkit import Request

NOW = 1_700_000_000
DAY = 86_400
SUBJECT = (("C", "SE"), ("O", "Example Corp"), ("OU", "Field"), ("CN", "sensor-0017"))
ISSUER = (("C", "SE"), ("O", "Example Corp"), ("CN", "Example Device CA"))
ISSUER_TEXT = "CN=Example Device CA,O=Example Corp,C=SE"

_OIDS = {
    "C": x509.NameOID.COUNTRY_NAME,
    "O": x509.NameOID.ORGANIZATION_NAME,
    "OU": x509.NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": x509.NameOID.COMMON_NAME,
    "DC": x509.NameOID.DOMAIN_COMPONENT,
    "EMAILADDRESS": x509.NameOID.EMAIL_ADDRESS,
}


@cache
def authority_key() -> EllipticCurvePrivateKey:
    """Return the key of the authority: the same as long as this run."""
    return generate_private_key(SECP256R1())


@cache
def client_key() -> EllipticCurvePrivateKey:
    """Return a client's key."""
    return generate_private_key(SECP256R1())


def name(parts: Sequence[tuple[str, str] | Sequence[tuple[str, str]]]) -> x509.Name:
    """Return a name of parts in the order of its bytes; a part may hold several attributes."""
    listed = [[part] if isinstance(part[0], str) else part for part in parts]
    attributes = [[x509.NameAttribute(_OIDS[kind], value) for kind, value in part] for part in listed]
    return x509.Name([x509.RelativeDistinguishedName(each) for each in attributes])


def certificate(
    subject: Sequence[Any] = SUBJECT,
    *,
    issuer: Sequence[Any] = ISSUER,
    serial: int = 0x5F3A91,
    begins: int = NOW - DAY,
    ends: int = NOW + DAY,
    sans: Sequence[x509.GeneralName] = (),
) -> str:
    """Return a certificate in PEM."""
    draft = x509.CertificateBuilder(name(issuer), name(subject), client_key().public_key(), serial)
    dated = draft.not_valid_before(moment(begins)).not_valid_after(moment(ends))
    if sans:
        dated = dated.add_extension(x509.SubjectAlternativeName(list(sans)), critical=False)
    return dated.sign(authority_key(), SHA256()).public_bytes(Encoding.PEM).decode()


def authority() -> bytes:
    """Return the authority's own certificate in PEM."""
    named = name(ISSUER)
    draft = x509.CertificateBuilder(named, named, authority_key().public_key(), 1)
    dated = draft.not_valid_before(moment(NOW - DAY)).not_valid_after(moment(NOW + DAY))
    return dated.sign(authority_key(), SHA256()).public_bytes(Encoding.PEM)


def moment(seconds: int) -> datetime:
    """Return a moment as certificates have it."""
    return datetime.fromtimestamp(seconds, timezone.utc)


def with_certificate(pem: Any, kind: str = "rest-request", headers: Any = None, **told: Any) -> Request:
    """Return a request with a certificate, of which the event may tell more."""
    there = {"clientCert": {"clientCertPem": pem, **told}}
    if kind == "http-v2":
        event = request_event(headers, context={"authentication": there}, version="2.0")
        return parse({**event, "routeArn": event["methodArn"]})
    version = {"version": "1.0"} if kind == "http-v1" else {}
    return parse(request_event(headers, context={"identity": there}, **version))
