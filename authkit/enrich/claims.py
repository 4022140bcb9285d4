"""Claims to context: what the credential says, under names and of types that are written down."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, Forbidden
from .fields import LONGEST_TEXT, Spec, fields_of
from .secrets import demand_harmless

if TYPE_CHECKING:
    from ..principal import Principal


class FromClaims:
    """What `from_claims` returns."""

    def __init__(self, given: Mapping[str, Spec], *, reveal: Collection[str], longest: int) -> None:
        faults: list[str] = []
        self._fields = fields_of(given, reveal=reveal, longest=longest, faults=faults)
        self._longest = longest
        if faults:
            raise ConfigError.of("from_claims", faults)

    def __call__(self, principal: Principal) -> dict[str, Any]:
        """Return the values for the context; what is absent and may be is left out.

        Raises:
            MissingClaim: a claim is absent.
            Forbidden: ``bad_claim_type``, a claim is of another type, or too large; or ``secret_in_context``.
        """
        context: dict[str, Any] = {}
        for field in self._fields:
            try:
                value = field.read(principal.claims, self._longest)
            except ValueError as fault:
                raise Forbidden("bad_claim_type", claim=field.of, detail=str(fault)) from None
            if value is not None:
                context[field.name] = value
        demand_harmless(context, principal)
        return context

    def __repr__(self) -> str:
        return f"from_claims({', '.join(field.name for field in self._fields)})"


def from_claims(*names: str, reveal: Collection[str] = (), longest: int = LONGEST_TEXT, **given: Spec) -> FromClaims:
    """Return an enricher that tells the backend some of the caller's claims.

    >>> enrich = [from_claims("email", tenant="tenant", plan=("https://example.com/plan", str), seats=("seats", int, 1))]

    REST and WebSocket APIs and AppSync take texts, numbers and booleans, and hand texts to the backend: ``"true"``,
    ``"250"``. HTTP APIs of payload 2.0 take lists and objects too, and keep types. So a value is a text, a number or a
    boolean, unless ``list`` or ``dict`` is asked for, which every other kind of API refuses; a function makes a plain
    value of one: ``groups=("cognito:groups", " ".join)``.

    A claim that is absent, of another type or too large refuses the request; with a default, one that is absent does
    not. Names that sound like a secret must be revealed, and values that hold a credential are refused.

    Args:
        names: claims that go by their own names.
        reveal: names that sound like a secret and are none, as ``token_use``.
        longest: characters of a text.
        given: by its name in the context, the claim it comes from, as ``claim``, ``(claim, type)`` or
            ``(claim, type, default)``; a default of None leaves it out.

    Raises:
        ConfigError: names every fault.
    """
    twice = sorted(set(names) & set(given))
    if twice or len(set(names)) < len(names):
        raise ConfigError.of("from_claims", [f"{', '.join(twice) or 'a name'} is given a second time"])
    return FromClaims({**dict(zip(names, names, strict=True)), **given}, reveal=reveal, longest=longest)
