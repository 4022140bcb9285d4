"""Discovery: from an issuer to the URL of its keys (OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3)."""

from __future__ import annotations

from ..errors import KeysUnavailable, MalformedToken
from ..tokens.strictjson import parse_document
from .fetch import Fetch
from .url import parse_url

WELL_KNOWN = "/.well-known/openid-configuration"
_METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


def is_metadata(url: str) -> bool:
    """Tell whether a URL is that of an issuer's metadata, and not of its keys. RFC 8414 may put a path behind it."""
    return url.endswith(_METADATA[0]) or _METADATA[1] in url


def metadata_url(issuer: str) -> str:
    """Return where an issuer's metadata is, if it does not say otherwise."""
    return issuer.removesuffix("/") + WELL_KNOWN


def discover(
    issuer: str, fetch: Fetch, *, timeout: float, relax: frozenset[str] = frozenset(), url: str | None = None
) -> str:
    """Return the issuer's ``jwks_uri``.

    Args:
        issuer: its exact name, which the metadata must repeat.
        fetch: the transport.
        timeout: seconds.
        relax: named relaxations.
        url: where the metadata is, if not below the issuer.

    Raises:
        KeysUnavailable: ``discovery_invalid``, ``discovery_issuer_mismatch``, ``url_forbidden``, or as the fetch says.
    """
    url = url or metadata_url(issuer)
    try:
        document = parse_document(fetch(url, timeout=timeout).body)
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
