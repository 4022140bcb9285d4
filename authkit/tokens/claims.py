"""Claims: what a verified token says, as a mapping nobody can change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import MissingClaim


class Claims(Mapping[str, Any]):
    """An immutable mapping of claim names to JSON values.

    Lists and objects are handed out as copies. Looking up a claim that is absent raises `MissingClaim`, which is a
    refusal and a ``KeyError``: an enricher that needs a claim needs no check of its own.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Claims:
        """Return claims that take over this very dictionary, which nobody else may change from now on."""
        claims = cls.__new__(cls)
        claims._values = values
        return claims

    def __getitem__(self, name: str) -> Any:
        try:
            value = self._values[name]
        except KeyError:
            raise MissingClaim(claim=str(name), detail="the credential does not have this claim") from None
        return _copied(value) if isinstance(value, (list, dict)) else value

    def get(self, name: str, default: Any = None) -> Any:
        """Return a claim, or ``default`` where there is none."""
        return self[name] if name in self._values else default

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Claims({sorted(self._values)})"  # names only: values are personal data


def _copied(value: Any) -> Any:
    if isinstance(value, list):
        return [_copied(item) for item in value]
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    return value
