"""Sources: what ``jwks=`` may be, turned into something that finds keys."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import ConfigError
from .bundle import Bundle, read_bundle
from .key import Key
from .keyset import KeySet

if TYPE_CHECKING:
    from .events import OnEvent
    from .fetch import Fetch
    from .loading import Locate
    from .store import KeyStore
    from .timing import Timing

RELAXATIONS = frozenset({"http-loopback", "private-address", "kid-optional"})
"""What ``relax`` may hold that concerns keys. Names of other parts are not judged here."""


class KeySource(Protocol):
    """Whatever finds the key a token names; see `KeySet.find` for what it raises."""

    def find(self, kid: str | None, alg: str) -> Key:
        """Return the key for this key id and algorithm."""


JWKS = str | Mapping[str, Any] | PathLike[str] | KeySource


def key_source(
    jwks: JWKS | None,
    *,
    issuer: str,
    relax: frozenset[str] = frozenset(),
    x5c_agrees: bool = False,
    fetch: Fetch | None = None,
    bundle: Bundle | None = None,
    store: KeyStore | None = None,
    timing: Timing | None = None,
    on_event: OnEvent | None = None,
) -> KeySource:
    """Return the source of an issuer's keys. Nothing is fetched before the first token.

    Args:
        jwks: a URL of a JWKS or of the issuer's metadata, a JWKS as a mapping, the path of a file packed with the
            function, or any `KeySource`. None means discovery from the issuer.
        issuer: the issuer's exact name.
        relax: named relaxations: ``"http-loopback"`` and ``"private-address"`` for fetching, and ``"kid-optional"``,
            with which a token that names no key is checked with the only one that fits its algorithm.
        x5c_agrees: as for `KeySet`, wherever the keys come from.
        fetch: another transport (see `authkit.keys.fetch.Fetch`).
        bundle: a file or mapping of keys that serve until the first fetch succeeds: no cold start waits for it.
        store: where environments share what one has fetched, see `authkit.keys.store.KeyStore`.
        timing: lifetimes and limits.
        on_event: is told what happens to the keys; `authkit.keys.events.log_event` if None.

    Raises:
        ConfigError: it is none of these, or the keys given are not usable.
    """
    if jwks is None or (isinstance(jwks, str) and "://" in jwks):
        return _remote(
            jwks, issuer, relax, x5c_agrees, fetch, bundle=bundle, store=store, timing=timing, on_event=on_event
        )
    if bundle is not None or store is not None or timing is not None:
        raise ConfigError("jwks: bundle, store and timing are for keys that are fetched, and these are not")
    if isinstance(jwks, (str, PathLike, Mapping)):
        keys = read_bundle(jwks, issuer=issuer, kid_optional="kid-optional" in relax, x5c_agrees=x5c_agrees)
        _tell_of(keys, issuer, on_event)
        return keys
    return _handed_in(jwks, x5c_agrees)


def _handed_in(jwks: Any, x5c_agrees: bool) -> KeySource:
    # Bytes have a `find` of their own.
    if not callable(getattr(jwks, "find", None)) or isinstance(jwks, (bytes, bytearray, type)):
        raise ConfigError(f"jwks: a URL, a mapping, a file or a key source, not {type(jwks).__name__}")
    if x5c_agrees:
        raise ConfigError("jwks: a key source has read its keys already; give KeySet itself x5c_agrees")
    source: KeySource = jwks
    return source


def _tell_of(keys: KeySet, issuer: str, on_event: OnEvent | None) -> None:
    if not keys.skipped and not any(key.remarks for key in keys.keys):
        return
    from .events import Teller

    Teller(issuer, on_event).tell_of(keys)


def _remote(
    url: str | None,
    issuer: str,
    relax: frozenset[str],
    x5c_agrees: bool,
    fetch: Fetch | None,
    *,
    bundle: Bundle | None,
    store: KeyStore | None,
    timing: Timing | None,
    on_event: OnEvent | None,
) -> KeySource:
    # Here and not above: with keys of its own, an issuer needs none of this.
    from .discovery import metadata_url
    from .fetch import fetcher
    from .remote import RemoteKeys
    from .timing import Timing

    chosen, kid_optional = Timing() if timing is None else timing, "kid-optional" in relax
    faults = [*_url_faults(url, issuer, relax), *_other_faults(fetch, store, bundle, chosen, on_event)]
    if x5c_agrees:
        from cryptography import x509  # noqa: F401 - in the function's init phase, before `read_key` needs it in a request
    seed = _seed(bundle, issuer, kid_optional, x5c_agrees, faults)
    if faults:
        raise ConfigError.of("jwks", faults)
    transport = fetch or fetcher(relax=relax)
    return RemoteKeys(
        _locate(url, issuer, relax, transport),
        transport,
        issuer=issuer,
        url=url or metadata_url(issuer),
        kid_optional=kid_optional,
        x5c_agrees=x5c_agrees,
        bundle=seed,
        store=store,
        timing=chosen,
        on_event=on_event,
    )


def _locate(url: str | None, issuer: str, relax: frozenset[str], transport: Fetch) -> Locate:
    from .discovery import discover, is_metadata

    if url is not None and not is_metadata(url):
        return lambda _timeout: url
    return lambda timeout: discover(issuer, transport, timeout=timeout, relax=relax, url=url)


def _seed(bundle: Bundle | None, issuer: str, kid_optional: bool, x5c_agrees: bool, faults: list[str]) -> KeySet | None:
    if not isinstance(bundle, (str, PathLike, Mapping)):
        return None
    try:
        return read_bundle(bundle, issuer=issuer, kid_optional=kid_optional, x5c_agrees=x5c_agrees)
    except ConfigError as fault:
        faults.append(f"bundle: {str(fault).removeprefix('jwks: ')}")
        return None


def _url_faults(url: str | None, issuer: str, relax: frozenset[str]) -> list[str]:
    from .url import parse_url

    try:
        parse_url(issuer if url is None else url, relax=relax)
    except ValueError as fault:  # the URL itself is not told: it may hold a password, the thing found wrong with it
        return [f"the issuer, where discovery begins, {fault}" if url is None else f"the URL {fault}"]
    return []


def _other_faults(fetch: object, store: object, bundle: object, timing: Timing, on_event: object) -> list[str]:
    from .timing import demand_timing

    faults = []
    if fetch is not None and not callable(fetch):
        faults.append("fetch cannot be called")
    if on_event is not None and not callable(on_event):
        faults.append("on_event cannot be called")
    if store is not None and not (callable(getattr(store, "get", None)) and callable(getattr(store, "put", None))):
        faults.append("store must have get and put (see authkit.keys.store.KeyStore)")
    if bundle is not None and not isinstance(bundle, (str, PathLike, Mapping)):
        faults.append(f"bundle must be a file or a mapping, not {type(bundle).__name__}")
    try:
        if demand_timing(timing).max_stale == 0 and bundle is not None:
            faults.append("with max_stale=0 a bundle would never serve")
    except ConfigError as fault:
        faults.append(str(fault))
    return faults
