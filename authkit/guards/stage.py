"""Stage variables: only on stages that say so."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..errors import ConfigError, Forbidden

if TYPE_CHECKING:
    from ..gateway.request import Request

_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")


class StageVariable:
    """Let in only requests to stages whose variable has one of these values.

    >>> Authorizer(guards=[StageVariable("tier", "production")], ...)

    So that one function serves several stages, and a key of one is not good on another by a slip of configuration.

    Args:
        name: the variable's name.
        values: those allowed, to the letter.

    Raises:
        ConfigError: names every fault.
    """

    reads: tuple[str, ...]

    def __init__(self, name: str, *values: str) -> None:
        faults = []
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            faults.append("the name of a stage variable is letters, digits and underscores")
        if not values or not all(isinstance(each, str) and each for each in values):
            faults.append("values must be one text at least, and none of them empty")
        if faults:
            raise ConfigError.of("StageVariable", faults)
        self._name = name
        self._values: Collection[str] = frozenset(values)
        self.reads = (f"stageVariables.{name}",)

    def __call__(self, request: Request) -> None:
        """Demand one of the values.

        Raises:
            Forbidden: ``stage_variable``.
        """
        value = request.stage_variable(self._name)
        if value is None or value not in self._values:
            detail = "the stage does not have it" if value is None else "none of the values that are allowed"
            raise Forbidden("stage_variable", claim=self.reads[0], detail=detail)

    def __repr__(self) -> str:
        return f"StageVariable({self._name!r}, values={len(self._values)})"
