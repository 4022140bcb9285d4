"""DPoP proofs, and requests that carry them."""

from __future__ import annotations

import itertools
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from authkit import Request
from authkit.credentials.dpop import DPoP
from authkit.gateway.arn import MethodArn
from authkit.gateway.request import kind_of
from authkit.keys.thumbprint import thumbprint
from tests.support.events import request_event
from tests.support.tokens import NOW, Signer, b64, signer

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = "an.access.token"
DOMAIN = "abcdef1234.execute-api.us-east-1.amazonaws.com"
URL = f"https://{DOMAIN}/test/things/7"
HOLDER = signer("ES256", "holder")
JKT = thumbprint(HOLDER.jwk)

_numbers = itertools.count(1)


def public(key: Signer) -> dict[str, Any]:
    """Return a public key as a client puts it into a proof: without name and use."""
    return {name: value for name, value in key.jwk.items() if name not in ("kid", "use")}


def good_header(key: Signer = HOLDER, **changes: Any) -> dict[str, Any]:
    """Return a good header with changes; a member given as ``...`` is left out."""
    return _changed({"typ": "dpop+jwt", "alg": key.alg, "jwk": public(key)}, changes)


def good_proof(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good proof that is like no other, with changes; a claim given as ``...`` is left out."""
    claims = {
        "jti": f"proof-{next(_numbers):08}",
        "htm": "GET",
        "htu": URL,
        "iat": NOW,
        "ath": b64(sha256(TOKEN.encode()).digest()),
    }
    return _changed(claims, changes)


def proof(key: Signer = HOLDER, *, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """Return a signed proof; ``header`` changes its header, all else its claims."""
    return key.raw(good_header(key, **(header or {})), good_proof(**changes))


def request(*proofs: str, path: str = "/test/things/7", **changes: Any) -> Request:
    """Return a REST request that carries these proofs; ``changes`` replace whole fields of its event."""
    context = {"domainName": DOMAIN, "path": path, **changes.pop("context", {})}
    headers = {"Authorization": f"DPoP {TOKEN}", **({"DPoP": proofs} if proofs else {})}
    return of_event({**request_event(headers, context=context), **changes})


def of_event(event: Mapping[str, Any]) -> Request:
    """Return the request of an event of any kind, also of those that `parse` does not take yet."""
    arn = MethodArn.parse(event.get("routeArn") or event.get("methodArn"))
    return Request(event, kind=kind_of(event), arn=arn)


def dpop(**settings: Any) -> DPoP:
    """Return a demand for proofs, with a clock that stands still."""
    return DPoP(**{"clock": lambda: NOW, **settings})


def _changed(members: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}
