"""Discovery: from an issuer to the URL of its keys (OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3)."""

from __future__ import annotations

from ..errors import KeysUnavailable, MalformedToken
from ..tokens.strictjson import parse_object
from .fetch import Fetch
from .url import parse_url

WELL_KNOWN = "/.well-known/openid-configuration"


def discover(issuer: str, fetch: Fetch, *, timeout: float, relax: frozenset[str]) -> str:
    """Return the issuer's ``jwks_uri``.

    Raises:
        KeysUnavailable: ``discovery_invalid``, ``discovery_issuer_mismatch``, ``url_forbidden``, or as the fetch says.
    """
    url = issuer.removesuffix("/") + WELL_KNOWN
    try:
        document = parse_object(fetch(url, timeout=timeout).body)
    except MalformedToken as fault:
        raise KeysUnavailable("discovery_invalid", detail=f"{url} is no JSON object: {fault.code}") from None
    if document.get("issuer") != issuer:
        # Section 4.3: the value must be identical, or somebody else's metadata would be believed.
        detail = f"{url} describes another issuer than {issuer}; mind the trailing slash"
        raise KeysUnavailable("discovery_issuer_mismatch", detail=detail)
    jwks_uri = document.get("jwks_uri")
    try:
        parse_url(jwks_uri, relax=relax)
    except ValueError as fault:
        raise KeysUnavailable("url_forbidden", detail=f"the jwks_uri in {url} {fault}") from None
    return str(jwks_uri)
