"""What a signature should be over, of a request as it came: for who looks for the reason of a mismatch."""

from hashlib import sha256
from typing import NamedTuple

from .canonical import EMPTY_SHA256, UNSIGNED_PAYLOAD, assemble, string_to_sign
from .draft import Scope
from .errors import CannotSign
from .headers import Headers
from .judgement import declared_in, scope_of_claim
from .path import S3_SERVICES, PathRules, canonical_path, rules_of
from .presented import Claim, claim_of
from .query import joined
from .wire import Wire, take_apart


class Unverified(NamedTuple):
    """What a request claims, and what its signature should be over. Nobody has looked at the signature.

    Args:
        access_key_id: whose it says it is.
        scope: where it says it holds.
        claim: its parts.
        payload_hash: what stands for the body.
        canonical_request: holds the token, if it is signed.
        string_to_sign: what the signature should be over.
    """

    access_key_id: str
    scope: Scope
    claim: Claim
    payload_hash: str
    canonical_request: str
    string_to_sign: str

    def __repr__(self) -> str:
        return f"Unverified({self.access_key_id!r}, {str(self.scope)!r}, {self.claim})"


def read_unverified(
    *,
    method: str,
    url: str,
    headers: Headers,
    body: bytes | None = None,
    host: str | None = None,
    normalize: bool | None = None,
    double_encode: bool | None = None,
    token: str = "signed",  # noqa: S107 - a rule about one
) -> Unverified:
    """Return what a request claims of its signature, by no policy and no key: for finding out why it was refused.

    Args:
        method: as it was sent.
        url: as it was sent.
        headers: as they were sent.
        body: as it was sent. None: what the request declares is taken, or that there is none.
        host: which one the client used, where a proxy has put another in its place.
        normalize: as of `Options`.
        double_encode: as of `Options`.
        token: as of `Policy`.

    Raises:
        CannotSign: it has no signature of the right shape; with the code `verify` would refuse it with.
    """
    wire = take_apart(method, url, headers, host)
    claim = claim_of(wire)
    absent = set(claim.signed_headers) - wire.headers.keys()
    if absent:
        raise CannotSign("header_missing", claim=min(absent), detail="it is named among the signed ones")
    key_id, scope = scope_of_claim(claim)
    payload = declared_in(wire, claim)
    if payload is None and claim.mechanism == "query" and scope.service in S3_SERVICES:
        payload = UNSIGNED_PAYLOAD
    if payload is None:
        payload = sha256(body).hexdigest() if body else EMPTY_SHA256
    canonical, text = texts_of(wire, claim, scope, payload, rules_of(scope.service, normalize, double_encode), token)
    return Unverified(key_id, scope, claim, payload, canonical, text)


def texts_of(
    wire: Wire, claim: Claim, scope: Scope, payload_hash: str, rules: PathRules, token: str
) -> tuple[str, str]:
    """Return canonical request and string to sign of a request as it came.

    Args:
        wire: the request, with every signed header in it.
        claim: what it says of its signature.
        scope: the one it claims.
        payload_hash: what stands for the body.
        rules: for its path.
        token: whether the session token is signed, as `Policy` has it.
    """
    query = wire.query
    if claim.mechanism == "query":
        # Only the signature itself cannot be signed; what else was put into the query later does not go unseen.
        behind = {"X-Amz-Signature"} if token == "signed" else {"X-Amz-Signature", "X-Amz-Security-Token"}  # noqa: S105
        query = joined(sorted([pair for pair in wire.parameters if pair[0] not in behind]))
    path = canonical_path(wire.target.path, rules)
    canonical = assemble(wire.method, path, query, wire.headers, claim.signed_headers, payload_hash)
    return canonical, string_to_sign(claim.algorithm, claim.date, str(scope), canonical)
