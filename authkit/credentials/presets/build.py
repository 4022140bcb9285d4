"""Build: a `JWTBearer` from what a preset decides and what its caller adds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from ...tokens.claims import Claims
from ..bearer import JWTBearer

if TYPE_CHECKING:
    from typing import TypedDict

    from ...gateway.sources import Source
    from ...keys.fetch import Fetch
    from ...keys.source import JWKS
    from ...tokens.access import Demand
    from ...tokens.cache import TokenCache
    from ..terms import Proof

    class Settings(TypedDict, total=False):
        """What every preset hands on to `JWTBearer`, which says what each means."""

        algorithms: Sequence[str]
        leeway: float
        jwks: JWKS
        source: Source
        header: Mapping[str, Any]
        claims: Mapping[str, Any]
        required: Collection[str]
        absent: Collection[str]
        principal: str
        scopes: Collection[str]
        max_age: float
        max_lifetime: float
        checks: Collection[Callable[[Claims], None]]
        require: Collection[Demand]
        proofs: Collection[Proof]
        revoked: Callable[[Claims], bool]
        cache: TokenCache
        relax: Collection[str]
        tighten: Collection[str]
        alias: str
        fetch: Fetch
        bundle: Any
        store: Any
        timing: Any
        on_event: Callable[[Any], None]
        clock: Callable[[], float]


ID_TOKEN_MARKS = ("nonce", "at_hash", "c_hash")
"""Claims that id tokens have and access tokens do not (OpenID Connect Core sections 2 and 3.3.2.11)."""

_LISTS = ("required", "absent", "checks", "relax")
_MAPPINGS = ("header", "claims")
_PROBE = {"issuer": "https://issuer.invalid", "audience": "nobody"}


def build(
    preset: str, faults: Sequence[str], settings: Mapping[str, Any], decided: Mapping[str, Any], **usual: Any
) -> JWTBearer:
    """Return the bearer of a preset.

    Args:
        preset: its name, for errors.
        faults: what is wrong with its arguments; if anything, ``decided`` is read for its names only.
        settings: what the caller adds: to what the preset demands, and never instead of it.
        decided: what the preset does not leave to its caller.
        usual: what the caller may have otherwise.

    Raises:
        ConfigError: names every fault, those of the settings too.
    """
    faults = [*faults, *_taken(settings, decided)]
    given = {name: value for name, value in settings.items() if name not in decided or name in _LISTS + _MAPPINGS}
    # Wrong arguments make no issuer; the settings are tried with another, so that their faults are told as well.
    whole = {**given, **_PROBE} if faults else {**usual, **given, **_joined(given, decided)}
    try:
        bearer = JWTBearer(**whole)
    except ConfigError as fault:
        raise ConfigError.of(preset, [*faults, str(fault).removeprefix("JWTBearer: ")]) from None
    if faults:
        raise ConfigError.of(preset, faults)
    return bearer


def relaxations(settings: Mapping[str, Any]) -> frozenset[str]:
    """Return the relaxations asked for, as far as they are texts; of the rest `JWTBearer` says what is wrong."""
    relax = settings.get("relax", ())
    listed = isinstance(relax, Collection) and not isinstance(relax, (str, bytes))
    return frozenset(each for each in relax if isinstance(each, str)) if listed else frozenset()


def _taken(settings: Mapping[str, Any], decided: Mapping[str, Any]) -> list[str]:
    """Say which settings the preset decides on itself."""
    names = [name for name in decided if name in settings and name not in _LISTS + _MAPPINGS]
    for each in _MAPPINGS:
        if isinstance(settings.get(each), Mapping):
            names += [f"{each}[{name!r}]" for name in decided.get(each, {}) if name in settings[each]]
    return [f"{name} is what the preset decides" for name in names]


def _joined(given: Mapping[str, Any], decided: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is decided, with what is given beside it; what is of the wrong kind `JWTBearer` refuses."""
    joined = dict(decided)
    for name in _LISTS:
        if name in decided and name in given:
            more = given[name]
            listed = isinstance(more, Collection) and not isinstance(more, (str, bytes))
            joined[name] = (*decided[name], *more) if listed else more
    for name in _MAPPINGS:
        if name in decided and name in given:
            joined[name] = {**given[name], **decided[name]} if isinstance(given[name], Mapping) else given[name]
    return joined
