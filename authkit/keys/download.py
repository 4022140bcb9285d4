"""Download: a key set by hand, from an issuer, its metadata or a URL of keys, by the rules that hold for all fetches."""

from typing import NamedTuple

from ..errors import ConfigError, KeysUnavailable
from .discovery import discover, is_metadata
from .fetch import Fetch
from .url import parse_url

_NO_METADATA = frozenset({"fetch_status", "discovery_invalid"})
_SUFFIX = "/.well-known/openid-configuration"


class Download(NamedTuple):
    """A key set as it came.

    Attributes:
        body: the document.
        url: where it came from.
        issuer: whose it is, as its metadata or the caller says; None where neither does.
    """

    body: bytes
    url: str
    issuer: str | None


def download(
    place: str, fetch: Fetch, *, issuer: str | None = None, relax: frozenset[str] = frozenset(), timeout: float = 10.0
) -> Download:
    """Fetch a key set.

    Args:
        place: an issuer, or the URL of its metadata or of its keys. Without ``issuer``, an answer to discovery makes it
            an issuer, and none makes it the URL of keys.
        fetch: the transport.
        issuer: whose keys they are, if ``place`` is not the issuer.
        relax: named relaxations.
        timeout: seconds for each fetch.

    Raises:
        ConfigError: it is no URL that keys may be fetched from, or the issuer must be said.
        KeysUnavailable: they cannot be had.
    """
    try:
        parse_url(place, relax=relax)
    except ValueError as fault:
        raise ConfigError(f"the URL {fault}") from None
    url, named = place, issuer
    if is_metadata(place):
        named = issuer or _issuer_of(place, fetch, relax, timeout)
        url = discover(named, fetch, timeout=timeout, relax=relax, url=place)
    elif issuer in (None, place) and "?" not in place:  # no issuer has a query
        try:
            url, named = discover(place, fetch, timeout=timeout, relax=relax), place
        except KeysUnavailable as fault:
            if fault.code not in _NO_METADATA or issuer:
                raise
    return Download(fetch(url, timeout=timeout).body, url, named)


def _issuer_of(metadata: str, fetch: Fetch, relax: frozenset[str], timeout: float) -> str:
    """Return the issuer whose metadata has its place here, with a slash in the end or without; never another's name."""
    if not metadata.endswith(_SUFFIX):
        raise ConfigError("of this metadata the place does not tell the issuer: name it (--issuer)")
    bare = metadata.removesuffix(_SUFFIX)
    try:
        discover(bare, fetch, timeout=timeout, relax=relax, url=metadata)
    except KeysUnavailable as fault:
        if fault.code != "discovery_issuer_mismatch":
            raise
        return f"{bare}/"
    return bare
