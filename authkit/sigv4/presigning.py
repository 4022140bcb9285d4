"""Presign: a URL that carries its signature in its query, good until its end."""

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

from .canonical import UNSIGNED_PAYLOAD, V4A
from .credentials import Credentials
from .draft import Draft, demand_same_payload, draft, signature_of
from .encoding import encode
from .errors import CannotSign
from .headers import Headers
from .keys import SHARED, Keys
from .moment import seconds_of
from .options import USUAL, Options
from .path import S3_SERVICES
from .query import encoded_pairs, joined

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import ByName

LONGEST_EXPIRY = 604_800  # seconds: seven days


class Presigned(NamedTuple):
    """A URL to send, and what was signed. A repr shows neither signature nor token.

    Args:
        url: where to send it, signature and all. Whoever has it can use it until its end.
        expires_at: its end, in seconds since the epoch.
        host: the value of ``Host`` that was signed; every client makes it of the URL by itself.
        signed_headers: names of the headers that have to be sent as they were given, sorted.
        payload_hash: what stands for the body in the canonical request.
        canonical_request: holds the token, if it is signed.
        string_to_sign: what the signature is over.
    """

    url: str
    expires_at: int
    host: str
    signed_headers: tuple[str, ...]
    payload_hash: str
    canonical_request: str
    string_to_sign: str

    def __repr__(self) -> str:
        bare = self.url.partition("?")[0]
        return f"Presigned(url={bare!r}, expires_at={self.expires_at}, signed_headers={self.signed_headers})"


def presign(
    *,
    method: str,
    url: str,
    credentials: Credentials,
    region: str,
    service: str,
    expires: int = 900,
    headers: Headers = (),
    body: bytes = b"",
    payload_hash: str | None = None,
    signed_headers: Collection[str] = (),
    clock: Callable[[], float] = time.time,
    keys: Keys = SHARED,
    **options: "Unpack[ByName]",
) -> Presigned:
    """Sign a request in its query (S3 API reference, "Using query parameters").

    Args:
        method: as it will be sent, in capitals.
        url: as it would be sent without a signature, absolute.
        credentials: what to sign with.
        region: as ``eu-central-1``; of `V4A` a region set.
        service: as ``execute-api``.
        expires: for how many seconds it is good: 1 to 604,800.
        headers: what will be sent. Those that `sign` would sign have to be sent just so.
        body: as it will be sent.
        payload_hash: as of `sign`. For S3, without it and without a body: `UNSIGNED_PAYLOAD`.
        signed_headers: names of further headers to sign. Each must be there.
        clock: gives the time in seconds since the epoch.
        keys: what was derived from secrets before.
        options: see `Options`. A token that is not signed stands behind the signature.

    Raises:
        CannotSign: with a code of `authkit.sigv4`.
    """
    chosen = Options(**options) if options else USUAL
    if type(expires) is not int or not 1 <= expires <= LONGEST_EXPIRY:
        raise CannotSign("expires_malformed", claim="expires", detail=f"a number of seconds from 1 to {LONGEST_EXPIRY}")
    asked = draft(method, url, headers, signed_headers, body, payload_hash, region, service, clock(), chosen)
    if service in S3_SERVICES and payload_hash is None and not body:
        asked = asked._replace(payload=UNSIGNED_PAYLOAD)
    demand_same_payload(asked.headers, asked.payload)
    return _sealed(asked, credentials, expires, chosen, keys)


def _sealed(asked: Draft, credentials: Credentials, expires: int, chosen: Options, keys: Keys) -> Presigned:
    target, names = asked.target, sorted(asked.headers)
    if not target.authority:
        raise CannotSign("host_missing", claim="url", detail="a presigned URL is absolute")
    added = _parameters(asked, credentials, expires, names, chosen)
    token = credentials.session_token
    behind = [("X-Amz-Security-Token", encode(token))] if token else []
    if chosen.sign_token:
        added, behind = added + behind, []
    query = joined(sorted([*encoded_pairs(target.query), *added]))
    canonical, text = asked.texts(names, query)
    added += [("X-Amz-Signature", signature_of(text, credentials, asked.scope[0], keys)), *behind]
    whole = f"{target.query}&{joined(added)}" if target.query else joined(added)
    end = (seconds_of(asked.date) or 0) + expires
    url = target._replace(query=whole).url()
    return Presigned(url, end, asked.headers["host"], tuple(names), asked.payload, canonical, text)


def _parameters(
    asked: Draft, credentials: Credentials, expires: int, names: list[str], chosen: Options
) -> list[tuple[str, str]]:
    """Return the parameters to add, encoded, without token and signature."""
    scope, where = asked.scope
    found = [
        ("X-Amz-Algorithm", scope.algorithm),
        ("X-Amz-Credential", encode(f"{credentials.access_key_id}/{where}")),
        ("X-Amz-Date", asked.date),
        ("X-Amz-Expires", str(expires)),
        ("X-Amz-SignedHeaders", encode(";".join(names))),
    ]
    if scope.algorithm == V4A:
        found.append(("X-Amz-Region-Set", encode(scope.region)))
    # An S3 link's body is unsigned unless it says so; that of another service is never.
    told = (asked.payload == UNSIGNED_PAYLOAD) == (scope.service in S3_SERVICES)
    if "x-amz-content-sha256" not in asked.headers and (chosen.declare_payload or not told):
        found.append(("X-Amz-Content-Sha256", asked.payload))
    return found
