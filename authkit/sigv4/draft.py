"""What signing and presigning have in common: what is signed of a request, and how a signature is made of it."""

import re
from collections.abc import Collection
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from .canonical import EMPTY_SHA256, TERMINATOR, UNSIGNED_PAYLOAD, V4, V4A, assemble, string_to_sign
from .credentials import Credentials
from .errors import CannotSign
from .headers import Headers, collect, read
from .keys import SHARED, Keys
from .moment import stamp
from .options import Options
from .path import PathRules, canonical_path
from .spelling import sendable
from .url import Target

SIGNED_BY_DEFAULT = frozenset({"host", "content-type", "authorization"})  # the last one is refused when it is there
PREFIXES = ("x-amz-",)
AUTH_PARAMETERS = frozenset(
    {
        *("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"),
        *("X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Region-Set"),
    }
)
"""The query parameters that make up a presigned URL."""

_AUTH_IN_SMALL = frozenset(name.lower() for name in AUTH_PARAMETERS)
_OURS_TO_ADD = frozenset({"authorization", "x-amz-date", "x-amz-security-token", "x-amz-region-set"})
_USUAL_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_is_method = re.compile(r"[A-Z0-9!#$%&'*+.^_|~-]{1,32}").fullmatch
_are_scope_parts = re.compile(r"[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64}").fullmatch
_is_region_set = re.compile(r"[a-z0-9*-]{1,64}(?:,[a-z0-9*-]{1,64}){0,31}").fullmatch
_is_sha256 = re.compile(r"[0-9a-f]{64}").fullmatch


class Scope(NamedTuple):
    """Where a signature holds: the day, region and service a key is derived for (a region set, of `V4A`)."""

    algorithm: str
    day: str
    region: str
    service: str

    def __str__(self) -> str:
        if self.algorithm == V4A:
            return f"{self.day}/{self.service}/{TERMINATOR}"
        return f"{self.day}/{self.region}/{self.service}/{TERMINATOR}"


class Draft(NamedTuple):
    """A request that can be signed, before anything is added to it. A repr shows no token.

    Args:
        method: as it will be sent.
        target: where to, in the spelling it is sent in.
        rules: for its path.
        payload: what stands for the body.
        date: of the signature.
        scope: where it will hold, and the same as a text.
        headers: canonical values of those that are signed, by their names; what is added goes in as well.
    """

    method: str
    target: Target
    rules: PathRules
    payload: str
    date: str
    scope: tuple[Scope, str]
    headers: dict[str, str]

    def __repr__(self) -> str:
        return f"Draft({self.method} {self.target.path!r}, headers={sorted(self.headers)})"

    def texts(self, names: list[str], query: str) -> tuple[str, str]:
        """Return canonical request and string to sign.

        Args:
            names: of the headers that are signed, sorted.
            query: the canonical one.
        """
        path = canonical_path(self.target.path, self.rules)
        canonical = assemble(self.method, path, query, self.headers, names, self.payload)
        scope, text = self.scope
        return canonical, string_to_sign(scope.algorithm, self.date, text, canonical)


def draft(
    method: str,
    url: str,
    headers: Headers,
    named: Collection[str],
    body: bytes,
    payload_hash: str | None,
    region: str,
    service: str,
    now: float,
    options: Options,
) -> Draft:
    """Return what `sign` and `presign` begin with.

    Raises:
        CannotSign: with a code of `authkit.sigv4`.
    """
    rules = options.rules(service)
    target = sendable(url, rules, rewrite=options.rewrite)
    payload = payload_of(body, payload_hash, target.scheme)
    date = stamp(now)
    scope = scope_of(options.algorithm, date[:8], region, service)
    found = to_sign(method, target, headers, named)
    return Draft(method, target, rules, payload, date, scope, found)


def to_sign(method: str, target: Target, headers: Headers, named: Collection[str]) -> dict[str, str]:
    """Return the canonical values of the headers that are signed, of those the caller sends.

    Raises:
        CannotSign: ``method_malformed``, ``header_malformed``, ``header_repeated``, ``header_missing``,
            ``already_signed``.
    """
    if method not in _USUAL_METHODS and not _is_method(method):
        raise CannotSign("method_malformed", claim="method", detail="not a method in capitals, as clients send it")
    wanted, further = _wanted(tuple(named))
    found = collect(read(headers), wanted, PREFIXES)
    if not _OURS_TO_ADD.isdisjoint(found):
        ours = min(_OURS_TO_ADD & found.keys())
        raise CannotSign("already_signed", claim=ours, detail="it is added by signing; take it out to sign anew")
    if "host" not in found:
        if not target.authority:
            raise CannotSign("host_missing", claim="host", detail="neither in the URL nor among the headers")
        found["host"] = target.host
    if further and not further <= found.keys():
        absent = min(further - found.keys())
        raise CannotSign("header_missing", claim=absent, detail="it is to be signed, and is not there")
    if target.query and "x-amz-" in target.query.lower():
        _demand_unsigned(target.query)
    return found


@lru_cache(maxsize=64)
def _wanted(named: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of all that is signed if it is there, and of what has to be."""
    further = frozenset([name.lower() for name in named])
    return SIGNED_BY_DEFAULT | further, further


def payload_of(body: bytes, payload_hash: str | None, scheme: str) -> str:
    """Return what stands for the body in the canonical request.

    Raises:
        CannotSign: ``payload_malformed``, ``payload_needs_https``.
    """
    if payload_hash is None:
        if not isinstance(body, (bytes, bytearray, memoryview)):
            raise CannotSign("payload_malformed", claim="body", detail="not bytes: which would be sent cannot be told")
        return sha256(body).hexdigest() if body else EMPTY_SHA256
    if body:
        raise CannotSign("payload_malformed", claim="payload_hash", detail="a body as well; give one of them")
    if payload_hash == UNSIGNED_PAYLOAD:
        if scheme == "http":
            raise CannotSign(
                "payload_needs_https", claim="payload_hash", detail="nothing else protects an unsigned body"
            )
    elif not isinstance(payload_hash, str) or not _is_sha256(payload_hash):
        raise CannotSign("payload_malformed", claim="payload_hash", detail="not a SHA-256 in small hexadecimal digits")
    return payload_hash


def demand_same_payload(found: dict[str, str], payload: str) -> None:
    """Refuse a declared hash that is not the body's.

    Raises:
        CannotSign: ``payload_mismatch``.
    """
    if found.get("x-amz-content-sha256", payload) != payload:
        raise CannotSign("payload_mismatch", claim="x-amz-content-sha256", detail="not what is signed; leave it out")


@lru_cache(maxsize=64)  # of one caller's own regions and services, and no secret
def scope_of(algorithm: str, day: str, region: str, service: str) -> tuple[Scope, str]:
    """Return the scope of a signature, also as a text.

    Raises:
        CannotSign: ``algorithm_unsupported``, ``scope_malformed``.
    """
    if algorithm == V4:
        fits = _are_scope_parts(f"{region}/{service}")
    elif algorithm == V4A:
        fits = _is_region_set(region) and _are_scope_parts(f"a/{service}")
    else:
        raise CannotSign("algorithm_unsupported", claim="algorithm", detail=f"only {V4} and {V4A} are")
    if not fits:
        raise CannotSign("scope_malformed", claim="region", detail="region or service are no such names")
    scope = Scope(algorithm, day, region, service)
    return scope, str(scope)


def signature_of(text: str, credentials: Credentials, scope: Scope, keys: Keys = SHARED) -> str:
    """Return the signature of a string to sign, in small hexadecimal digits.

    Args:
        text: the string to sign.
        credentials: what to sign with.
        scope: for which the key is derived; it says by which algorithm.
        keys: what was derived before.
    """
    if scope.algorithm == V4A:
        return keys.pairs.sign(credentials, text.encode()).hex()
    return keys.signing.sign(credentials, scope.day, scope.region, scope.service, text.encode()).hex()


def _demand_unsigned(query: str) -> None:
    """Refuse a query that has a signature's parameters, in whatever letters."""
    for part in query.split("&"):
        name = part.partition("=")[0]
        if name.lower() in _AUTH_IN_SMALL:
            raise CannotSign("already_signed", claim=name, detail="it is added by presigning; take it out to sign anew")
