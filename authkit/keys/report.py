"""Report: what becomes of each key of a set, for whoever looks into it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import MalformedToken
from ..observe.record import printable
from ..tokens.strictjson import parse_object
from .jwk import UnusableKey, read_key
from .keyset import MOST_KEYS, BadKeySet


class Line(NamedTuple):
    """One key. What its JWK says is printable and bounded.

    Attributes:
        kid: its name.
        kty: its kind.
        alg: the algorithm it is pinned to.
        bits: its size, if it is usable.
        verdict: ``usable``, or why it is not.
        detail: a sentence about that.
    """

    kid: str
    kty: str
    alg: str
    bits: int | None
    verdict: str
    detail: str


def report(body: bytes) -> list[Line]:
    """Return a line for each key of a JWKS, in its order.

    Raises:
        BadKeySet: it is none.
    """
    try:
        listed = parse_object(body).get("keys")
    except MalformedToken as fault:
        raise BadKeySet(f"not a JSON object: {fault.code}") from None
    if not isinstance(listed, list):
        raise BadKeySet("no list of keys in it")
    if len(listed) > MOST_KEYS:
        raise BadKeySet(f"{len(listed)} keys, more than {MOST_KEYS}")
    return [_line(jwk) for jwk in listed]


def _line(jwk: Any) -> Line:
    members = jwk if isinstance(jwk, Mapping) else {}
    kid, kty, alg = (_shown(members.get(name)) for name in ("kid", "kty", "alg"))
    try:
        key = read_key(jwk)
    except UnusableKey as fault:
        return Line(kid, kty, alg, None, fault.reason, fault.detail)
    return Line(kid, kty, alg, key.bits, "usable", "; ".join(key.remarks))


def _shown(value: object) -> str:
    return "" if value is None else printable(value if isinstance(value, str) else repr(value)[:64])
