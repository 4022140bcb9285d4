"""Sign: the headers that have to be added to a request."""

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

from .canonical import UNSIGNED_PAYLOAD, V4A, assemble, string_to_sign
from .credentials import Credentials
from .draft import Scope, demand_same_payload, draft, signature_of
from .headers import Headers
from .keys import SHARED, Keys
from .options import USUAL, Options
from .path import S3_SERVICES, canonical_path
from .query import in_order

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import ByName


class Signed(NamedTuple):
    """What to add to a request, and what was signed. A repr shows neither signature nor token.

    Args:
        url: where to send it: as given, unless it was to be rewritten.
        headers: what to add, each by one name, and nothing that was there before.
        host: the value of ``Host`` that was signed; every client makes it of the URL by itself.
        signed_headers: their names in small letters, sorted.
        payload_hash: what stands for the body in the canonical request.
        canonical_request: holds the token, if it is signed.
        string_to_sign: what the signature is over.
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    host: str
    signed_headers: tuple[str, ...]
    payload_hash: str
    canonical_request: str
    string_to_sign: str

    def __repr__(self) -> str:
        names = tuple(name for name, _ in self.headers)
        return f"Signed(url={self.url.partition('?')[0]!r}, headers={names}, signed_headers={self.signed_headers})"


def sign(
    *,
    method: str,
    url: str,
    credentials: Credentials,
    region: str,
    service: str,
    headers: Headers = (),
    body: bytes = b"",
    payload_hash: str | None = None,
    signed_headers: Collection[str] = (),
    clock: Callable[[], float] = time.time,
    keys: Keys = SHARED,
    **options: "Unpack[ByName]",
) -> Signed:
    """Sign a request in its headers (IAM user guide, "Create a signed AWS API request"). Nothing it has is changed.

    Args:
        method: as it will be sent, in capitals.
        url: as it will be sent, escapes and all; path and query alone where ``headers`` has a ``Host``.
        credentials: what to sign with.
        region, service: as ``eu-central-1`` (of `V4A` a region set, as ``eu-*,us-east-1``) and ``execute-api``.
        headers: as they will be sent. Signed are ``host``, ``content-type``, ``x-amz-*`` and what is named.
        body: as it will be sent.
        payload_hash: instead of a body: its SHA-256 in hexadecimal, or `UNSIGNED_PAYLOAD`, over https only.
        signed_headers: names of further headers to sign. Each must be there.
        clock: gives the time in seconds since the epoch.
        keys: what was derived from secrets before.
        options: see `Options`.

    Raises:
        CannotSign: with a code of `authkit.sigv4`.
    """
    chosen = Options(**options) if options else USUAL
    _, target, rules, payload, date, (scope, where), found = draft(
        method, url, headers, signed_headers, body, payload_hash, region, service, clock(), chosen
    )
    added = _add(found, payload, date, scope, credentials, chosen)
    names = sorted(found)
    canonical = assemble(method, canonical_path(target.path, rules), in_order(target.query), found, names, payload)
    text = string_to_sign(scope.algorithm, date, where, canonical)
    shown = f"{scope.algorithm} Credential={credentials.access_key_id}/{where}, SignedHeaders={';'.join(names)}"
    added.append(("Authorization", f"{shown}, Signature={signature_of(text, credentials, scope, keys)}"))
    sent = target.url() if chosen.rewrite else url
    return Signed(sent, tuple(added), found["host"], tuple(names), payload, canonical, text)


def _add(
    found: dict[str, str], payload: str, date: str, scope: Scope, credentials: Credentials, chosen: Options
) -> list[tuple[str, str]]:
    """Put what has to be added among the headers that are signed, and return it."""
    token = credentials.session_token
    found["x-amz-date"] = date
    added = [("X-Amz-Date", date)]
    wanted = scope.service in S3_SERVICES if chosen.declare_payload is None else chosen.declare_payload
    if "x-amz-content-sha256" in found:
        demand_same_payload(found, payload)
    elif wanted or payload == UNSIGNED_PAYLOAD:
        found["x-amz-content-sha256"] = payload
        added.append(("X-Amz-Content-Sha256", payload))
    if scope.algorithm == V4A:
        found["x-amz-region-set"] = scope.region
        added.append(("X-Amz-Region-Set", scope.region))
    if token is not None:
        if chosen.sign_token:
            found["x-amz-security-token"] = token
        added.append(("X-Amz-Security-Token", token))
    return added
