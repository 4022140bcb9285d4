"""Reading: how somebody reads a request, stage by stage; and the request as it was sent, which says less strictly."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from ..canonical import EMPTY_SHA256, UNSIGNED_PAYLOAD, V4, string_to_sign
from ..credentials import Credentials, SigningKey, signing_key
from ..draft import Scope
from ..ecdsa import PublicKey
from ..encoding import decode, encode, is_broken, octets
from ..errors import CannotSign
from ..headers import Headers, collect, read
from ..judgement import declared_in, scope_of_claim
from ..keys import SHARED
from ..path import S3_SERVICES, PathRules, canonical_path, rules_of
from ..presented import Claim, claim_of
from ..proof import Key
from ..query import joined
from ..url import Target, split
from ..wire import LARGEST_HEADERS, LONGEST_URL, MOST_HEADERS, MOST_PARAMETERS, Wire

NOT_HERE = "(the body is not here)"
"""What stands for a body that is there, by its headers, and is not known. No hash is spelled so."""
TOKEN = "x-amz-security-token"  # noqa: S105 - its header's name

Parameter = tuple[str, "str | None"]
"""A name and a value as sent; None: without an equals sign."""


class Reading(NamedTuple):
    """What somebody puts into canonical request and string to sign. A repr shows none of it.

    Args:
        method: as in the canonical request.
        path: as there.
        query: as there.
        headers: values by their names.
        names: of those that are signed.
        payload: what stands for the body.
        date: of the string to sign.
        scope: of the string to sign.
        key_scope: for which the key is derived.
        key: to sign with.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    names: tuple[str, ...]
    payload: str
    date: str
    scope: Scope
    key_scope: Scope
    key: Key | None

    def __repr__(self) -> str:
        return "Reading(…)"

    @property
    def canonical(self) -> str:
        """The canonical request."""
        lines = "".join([f"{name}:{self.headers.get(name, '')}\n" for name in self.names])
        head = f"{self.method}\n{self.path}\n{self.query}\n{lines}\n"
        return f"{head}{';'.join(self.names)}\n{self.payload}"

    @property
    def text(self) -> str:
        """The string to sign."""
        return string_to_sign(self.scope.algorithm, self.date, str(self.scope), self.canonical)

    def with_header(self, name: str, value: str) -> "Reading":
        """Return the same with another value of a signed header."""
        return self._replace(headers={**self.headers, name: value})


class Sent(NamedTuple):
    """A request as it was sent, and what it says of its signature.

    Args:
        pairs: headers, as sent.
        parameters: of the query, as sent, without the signature itself.
        body: as sent, if known.
        token: that belongs to the key, if known.
        lacks_body: whether a hash of the body is signed, and the body is not known.
    """

    target: Target
    pairs: list[tuple[str, str]]
    headers: dict[str, str]
    parameters: list[Parameter]
    body: bytes | None
    rules: PathRules
    claim: Claim
    access_key_id: str
    scope: Scope
    token: str | None
    lacks_body: bool

    def __repr__(self) -> str:
        return f"Sent(path={self.target.path!r}, claim={self.claim})"


def read_sent(
    *,
    method: str,
    url: str,
    headers: Headers,
    body: bytes | None,
    host: str | None,
    normalize: bool | None,
    double_encode: bool | None,
    key: Key | None,
) -> tuple[Sent, Reading]:
    """Return a request as it was sent, and how the services read it.

    Spellings that `verify` refuses are read as the services do, by report: a raw ``+`` as a blank (sigv4.md 1c).

    Raises:
        CannotSign: it has no signature of the right shape.
    """
    if len(url) > LONGEST_URL or url.count("&") >= MOST_PARAMETERS:
        raise CannotSign("request_too_large", claim="url", detail="longer, or of more parameters, than is looked at")
    target, pairs = split(url), read(headers, most=MOST_HEADERS, largest=LARGEST_HEADERS)
    found = collect(pairs, None)
    if host is not None:
        found["host"] = host
    found.setdefault("host", found.get(":authority", target.host))
    given = _parameters(target.query)
    spelled = [(spelling(name), spelling(value or "")) for name, value in given]
    presented = spelled if "x-amz-" in target.query.lower() else []
    wire = Wire(method, target, found, "", presented)
    claim = claim_of(wire)
    key_id, scope = scope_of_claim(claim)
    signed = [pair for pair in given if claim.mechanism == "header" or pair[0] != "X-Amz-Signature"]
    query = joined(sorted([(spelling(name), spelling(value or "")) for name, value in signed]))
    declared = _declared(wire, claim, scope)
    payload = _hash(body, found) if declared is None else declared
    rules = rules_of(scope.service, normalize, double_encode)
    path = canonical_path(target.path, rules)
    token = getattr(key, "session_token", None)
    lacks_body = declared is None and body is None
    sent = Sent(target, pairs, found, signed, body, rules, claim, key_id, scope, token, lacks_body)
    return sent, Reading(method, path, query, found, claim.signed_headers, payload, claim.date, scope, scope, key)


def access_key_id_of(*, method: str, url: str, headers: Headers) -> str:
    """Return whose signature a request says it has.

    Raises:
        CannotSign: it has none of the right shape.
    """
    sent, _ = read_sent(
        method=method, url=url, headers=headers, body=None, host=None, normalize=None, double_encode=None, key=None
    )
    return sent.access_key_id


def spelling(text: str) -> str:
    """Return a name or value of a query as the services have it in the canonical one."""
    if is_broken(text):
        return encode(text)
    return encode(decode(text.replace("+", "%20")))


def signs(reading: Reading, signature: bytes) -> bool:
    """Tell whether a signature is what this reading and its key give."""
    text = octets(reading.text)
    if reading.scope.algorithm != V4:
        public = _public_key(reading.key)
        return public is not None and public.verifies(signature, text)
    value = _signing_key(reading)
    return value is not None and hmac.compare_digest(hmac.digest(value, text, "sha256"), signature)


def _signing_key(reading: Reading) -> bytes | None:
    if isinstance(reading.key, Credentials):
        _, day, region, service = reading.key_scope
        return signing_key(reading.key.secret_access_key, day, region, service)
    return reading.key.value if isinstance(reading.key, SigningKey) else None


def _public_key(key: Key | None) -> PublicKey | None:
    if isinstance(key, Credentials):
        return SHARED.pairs.kept(key) or SHARED.pairs.derived(key)
    return key if isinstance(key, PublicKey) else None


def _parameters(query: str) -> list[Parameter]:
    parts = [part.partition("=") for part in query.split("&") if part]
    return [(name, value if equals else None) for name, equals, value in parts]


def tells_of_body(headers: Mapping[str, str]) -> bool:
    """Tell whether a request has a body, by its headers (RFC 9112 section 6.3), whose names are in small letters."""
    return "transfer-encoding" in headers or headers.get("content-length", "").strip("0") != ""


def _declared(wire: Wire, claim: Claim, scope: Scope) -> str | None:
    """Return what the request itself says to stand for its body; None: the body's hash does."""
    declared = declared_in(wire, claim)
    if declared is None and claim.mechanism == "query" and scope.service in S3_SERVICES:
        return UNSIGNED_PAYLOAD
    return declared


def _hash(body: bytes | None, headers: dict[str, str]) -> str:
    """Return a body's hash. One that is not known is taken for empty only where no header tells of it."""
    if body is None:
        return NOT_HERE if tells_of_body(headers) else EMPTY_SHA256
    return sha256(body).hexdigest()
