"""Settings: what `Routes` takes beside the table itself, for who reads types. Nothing loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from .openapi import ScopeRule

OnConflict = Literal["raise", "refuse", "one-request"]
Api = Literal["rest", "http"]


class Settings(TypedDict, total=False):
    """The settings of a table, as the constructors that read a document hand them on."""

    on_conflict: OnConflict
    trailing_slash: bool
    budget: int | None
    deny_the_rest: bool
    one_to_one: bool


class Reading(TypedDict, total=False):
    """How a document is read that a table is compared with."""

    authorizer: str | None
    inherit_security: bool
    scopes: ScopeRule
    trailing_slash: bool
