"""Sources: what ``jwks=`` may be, turned into something that finds keys."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any, Protocol

from ..errors import ConfigError
from .jwk import Key
from .keyset import BadKeySet, KeySet


class KeySource(Protocol):
    """Whatever finds the key a token names; see `KeySet.find` for what it raises."""

    def find(self, kid: str | None, alg: str) -> Key:
        """Return the key for this key id and algorithm."""


JWKS = str | Mapping[str, Any] | PathLike[str] | KeySource


def key_source(jwks: JWKS | None, *, issuer: str, relax: frozenset[str] = frozenset(), fetch: Any = None) -> KeySource:
    """Return the source of an issuer's keys. Nothing is fetched before the first token.

    Args:
        jwks: a URL of a JWKS or of the issuer's metadata, a JWKS as a mapping, the path of a file packed with the
            function, or any `KeySource`. None means discovery from the issuer.
        issuer: the issuer's exact name.
        relax: named relaxations for fetching.
        fetch: another transport (see `authkit.keys.fetch.Fetch`).

    Raises:
        ConfigError: it is none of these, or the keys given are not usable.
    """
    if isinstance(jwks, Mapping):
        try:
            return KeySet(jwks)
        except BadKeySet as fault:
            raise ConfigError(f"jwks: {fault}") from None
    if jwks is None or (isinstance(jwks, str) and "://" in jwks):
        return _remote(jwks, issuer, relax, fetch)
    if isinstance(jwks, (str, PathLike)):
        return KeySet.bundled(fspath(jwks))
    # Bytes have a `find` of their own.
    if callable(getattr(jwks, "find", None)) and not isinstance(jwks, (bytes, bytearray)):
        return jwks
    raise ConfigError(f"jwks: a URL, a mapping, a file or a key source, not {type(jwks).__name__}")


def _remote(url: str | None, issuer: str, relax: frozenset[str], fetch: Any) -> KeySource:
    # Here and not above: with a bundled set none of this is loaded.
    from .discovery import discover, is_metadata
    from .fetch import fetcher
    from .remote import RemoteKeys
    from .url import parse_url

    try:
        parse_url(issuer if url is None else url, relax=relax)
    except ValueError as fault:  # the URL itself is not told: it may hold a password, the thing found wrong with it
        place = "the issuer, where discovery begins," if url is None else "the URL"
        raise ConfigError(f"jwks: {place} {fault}") from None
    transport = fetch or fetcher(relax=relax)
    if url is not None and not is_metadata(url):
        return RemoteKeys(lambda _timeout: url, transport)
    return RemoteKeys(lambda timeout: discover(issuer, transport, timeout=timeout, relax=relax, url=url), transport)
