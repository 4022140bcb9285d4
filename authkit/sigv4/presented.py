"""What a request presents: a signature or none, and what it claims of it. Nothing of it is verified here."""

import re
from typing import Any, NamedTuple

from .canonical import V4, V4A
from .draft import AUTH_PARAMETERS
from .ecdsa import signature_octets
from .encoding import decode
from .errors import CannotSign
from .headers import Headers
from .wire import MOST_HEADERS, Wire

LONGEST_AUTHORIZATION = 4_096

_IN_SMALL = {name.lower(): name for name in AUTH_PARAMETERS}
_NEEDED = AUTH_PARAMETERS - {"X-Amz-Security-Token", "X-Amz-Region-Set"}
_FIELDS = {"Credential", "SignedHeaders", "Signature"}

_is_authorization = re.compile(r"(AWS4[A-Z0-9-]*) +([ -~]+)").fullmatch
_are_header_names = re.compile(r"(?::authority|[a-z0-9!#$%&'*+.^_`|~-]+)(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*").fullmatch
_is_hmac = re.compile(r"[0-9a-f]{64}").fullmatch


class Claim(NamedTuple):
    """What a request claims of its signature, each part of the right shape. A repr shows neither signature nor token.

    Args:
        mechanism: ``"header"`` or ``"query"``.
        credential: access key id and scope, as one text.
        signed_headers: names, in small letters and sorted.
        signature: its bytes.
        date: of the signature, as one text; empty where there is none.
        expires: of a presigned URL, as one text.
        region_set: of `V4A`.
    """

    mechanism: str
    algorithm: str
    credential: str
    signed_headers: tuple[str, ...]
    signature: bytes
    date: str
    expires: str
    token: str | None
    region_set: str | None

    def __repr__(self) -> str:
        return f"Claim({self.mechanism}, {self.algorithm}, signed_headers={self.signed_headers})"


def is_presented(url: object, headers: Headers) -> bool:
    """Tell whether there is a signature of this kind, or what looks like a part of one, however wrong."""
    given: Any = headers.items() if hasattr(headers, "items") else headers
    try:
        for name, value in given:
            if len(name) == 13 and name.lower() == "authorization":  # its length first: it is asked of every header
                text = value.decode("latin-1") if isinstance(value, bytes) else value
                if text.lstrip()[:3].upper() == "AWS":
                    return True
    except (AttributeError, TypeError, ValueError):
        return True  # no headers at all, which `take_apart` says
    query = url.lower().partition("?")[2] if isinstance(url, str) else ""
    return "x-amz-" in query and any(part.partition("=")[0] in _IN_SMALL for part in query.split("&"))


def claim_of(wire: Wire) -> Claim:
    """Return what a request claims of its signature.

    Raises:
        CannotSign: ``mechanism_ambiguous``, ``parameter_repeated``, ``field_missing``, ``algorithm_unsupported``,
            ``authorization_malformed``, ``signed_headers_malformed``, ``signature_malformed``.
    """
    parameters = _auth_parameters(wire)
    authorization = wire.headers.get("authorization")
    if parameters and authorization is not None:
        raise CannotSign(
            "mechanism_ambiguous", claim="authorization", detail="a signature's parameters in the query too"
        )
    if parameters:
        return _of_query(wire, parameters)
    if authorization is None:
        raise CannotSign("field_missing", claim="authorization", detail="no signature, neither there nor in the query")
    return _of_header(wire, authorization)


def _auth_parameters(wire: Wire) -> dict[str, str]:
    """Return the parameters that make up a presigned URL, decoded."""
    found: dict[str, str] = {}
    for name, value in wire.parameters:
        known = _IN_SMALL.get(name.lower())
        if known is None:
            continue
        if known != name:
            raise CannotSign(
                "query_malformed", claim=known, detail="its name in other letters: names are case-sensitive"
            )
        if name in found:
            raise CannotSign("parameter_repeated", claim=name, detail="which of them counts cannot be told")
        found[name] = decode(value)
    return found


def _of_query(wire: Wire, given: dict[str, str]) -> Claim:
    algorithm = given.get("X-Amz-Algorithm", "")
    if algorithm and algorithm not in (V4, V4A):
        raise CannotSign("algorithm_unsupported", claim="X-Amz-Algorithm", detail=f"only {V4} and {V4A} are")
    needed = _NEEDED | {"X-Amz-Region-Set"} if algorithm == V4A else _NEEDED
    missing = needed - given.keys()
    if missing:
        raise CannotSign("field_missing", claim=min(missing), detail="of a presigned URL's parameters it is not there")
    if algorithm == V4 and "X-Amz-Region-Set" in given:
        raise CannotSign("query_malformed", claim="X-Amz-Region-Set", detail=f"{V4} has none")
    if "x-amz-security-token" in wire.headers:
        raise CannotSign(
            "mechanism_ambiguous", claim="x-amz-security-token", detail="a presigned URL has it in its query"
        )
    return Claim(
        mechanism="query",
        algorithm=algorithm,
        credential=given["X-Amz-Credential"],
        signed_headers=_signed_headers(given["X-Amz-SignedHeaders"]),
        signature=_signature(given["X-Amz-Signature"], algorithm),
        date=given["X-Amz-Date"],
        expires=given["X-Amz-Expires"],
        token=given.get("X-Amz-Security-Token"),
        region_set=given.get("X-Amz-Region-Set"),
    )


def _of_header(wire: Wire, authorization: str) -> Claim:
    if len(authorization) > LONGEST_AUTHORIZATION:
        raise CannotSign("request_too_large", claim="authorization", detail="longer than is looked at")
    found = _is_authorization(authorization)
    algorithm = found[1] if found else authorization.partition(" ")[0]
    if algorithm not in (V4, V4A):
        raise CannotSign("algorithm_unsupported", claim="authorization", detail=f"only {V4} and {V4A} are")
    if found is None:
        raise CannotSign("authorization_malformed", claim="authorization", detail="not an algorithm and its fields")
    fields = _fields(found[2])
    there = wire.headers.get
    names, signature = _signed_headers(fields["SignedHeaders"]), _signature(fields["Signature"], algorithm)
    date, token, region_set = there("x-amz-date", ""), there("x-amz-security-token"), there("x-amz-region-set")
    return Claim("header", algorithm, fields["Credential"], names, signature, date, "", token, region_set)


def _fields(text: str) -> dict[str, str]:
    """Return the three fields of an Authorization header: each once, in any order, and nothing else."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name, _, value = part.strip(" ").partition("=")
        if name not in _FIELDS or name in found or not value:
            raise CannotSign("authorization_malformed", claim="authorization", detail="a field twice, empty or unknown")
        found[name] = value
    missing = _FIELDS - found.keys()
    if missing:
        raise CannotSign("field_missing", claim=min(missing), detail="of the header's fields it is not there")
    return found


def _signed_headers(text: str) -> tuple[str, ...]:
    names = text.split(";")
    if len(names) > MOST_HEADERS or not _are_header_names(text):
        raise CannotSign("signed_headers_malformed", claim="SignedHeaders", detail="not names in small letters")
    if names != sorted(set(names)) or "authorization" in names:
        detail = "not sorted, one of them twice, or authorization among them"
        raise CannotSign("signed_headers_malformed", claim="SignedHeaders", detail=detail)
    return tuple(names)


def _signature(text: str, algorithm: str) -> bytes:
    """Return a signature's bytes. Two spellings of one would be one request twice, so its letters are small."""
    if algorithm == V4 and _is_hmac(text):
        return bytes.fromhex(text)
    found = signature_octets(text) if algorithm == V4A else None
    if found is None:
        raise CannotSign("signature_malformed", claim="Signature", detail="not one of this algorithm, in small letters")
    return found
