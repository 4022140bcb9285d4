"""Principal: who calls, and what is known about them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .tokens.claims import Claims


class _Fields(NamedTuple):
    id: str
    scopes: frozenset[str]
    claims: Claims
    usage_key: str | None
    expires_at: float | None


class Principal(_Fields):
    """The caller, after a credential has been verified. Immutable.

    Args:
        id: who it is; the gateway's ``principalId``. Never empty.
        scopes: what it may do.
        claims: what its credential says. Looking up one that is absent raises `MissingClaim`, a refusal.
        usage_key: the API key its calls are metered under. A secret.
        expires_at: when its credential ends, in seconds since the epoch.

    Raises:
        ValueError: the id is empty or no text, or the scopes are one text. Not a refusal: a credential must never get
            this far without an id, and a text would be taken apart into letters.
    """

    __slots__ = ()

    def __new__(  # noqa: D102 - the class says what it takes
        cls,
        id: str,  # noqa: A002 - the gateway's own word for it is principal id
        *,
        scopes: Iterable[str] = (),
        claims: Mapping[str, Any] | None = None,
        usage_key: str | None = None,
        expires_at: float | None = None,
    ) -> "Principal":
        if not isinstance(id, str) or not id:
            raise ValueError("a principal needs an id: a text that is not empty")
        if isinstance(scopes, str):
            raise ValueError("scopes are a collection of texts, not one text: split it")
        known = claims if isinstance(claims, Claims) else Claims(claims or {})
        return super().__new__(cls, id, frozenset(scopes), known, usage_key, expires_at)

    def __repr__(self) -> str:
        return f"Principal(id={self.id!r}, scopes={sorted(self.scopes)!r}, expires_at={self.expires_at!r})"
