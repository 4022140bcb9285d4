"""What a template's intrinsic functions come to before it is deployed: parameters that were given, and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_ABSENT = "AWS::NoValue"
_DEEPEST = 16  # of functions within each other
_LONGEST = 4096  # characters of a text, as long as CloudFormation's own parameters
_NOTHING: Mapping[str, Any] = {}


def is_intrinsic(value: object) -> bool:
    """Tell whether a value is a function of CloudFormation, in its long form."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    name = str(next(iter(value)))
    return name in ("Ref", "Condition") or name.startswith("Fn::")


def logical_id(value: object) -> str | None:
    """Return the logical id a value refers to, as ``!Ref`` or by its name."""
    if isinstance(value, Mapping) and len(value) == 1:
        value = value.get("Ref")
    return value if isinstance(value, str) else None


class Static:
    """Reads values of a template. What cannot be known joins the ``faults``, and is then read as absent."""

    def __init__(self, parameters: Mapping[str, Any], faults: list[str]) -> None:
        self._parameters = parameters
        self._depth = 0
        self.faults = faults

    def value(self, given: object, where: str) -> Any:
        """Return a value; None where it is absent, or cannot be known."""
        if not is_intrinsic(given):
            return given
        name, argument = next(iter(given.items()))  # type: ignore[attr-defined]
        if name == "Ref" and argument == _ABSENT:
            return None
        if name == "Ref":
            return self._parameter(argument, where)
        if name == "Fn::Sub":
            return self._substituted(argument, where)
        self.faults.append(f"{where}: {name} is worked out when the stack is deployed, and cannot be read here")
        return None

    def text(self, given: object, where: str) -> str | None:
        """Return a text, or None."""
        value: str | None = self._of_type(self.value(given, where), str, "a text", where)
        return value

    def texts(self, given: object, where: str) -> list[str] | None:
        """Return a list of texts, or None."""
        value = self._of_type(self.value(given, where), list, "a list", where)
        if value is None:
            return None
        return [text for index, each in enumerate(value) if (text := self.text(each, f"{where}/{index}")) is not None]

    def mapping(self, given: object, where: str) -> Mapping[str, Any]:
        """Return an object, which may be empty."""
        value = self._of_type(self.value(given, where), Mapping, "an object", where)
        return _NOTHING if value is None else value

    def truth(self, given: object, where: str, *, default: bool) -> bool:
        """Return a truth value."""
        value = self.value(given, where)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            value = value.lower() == "true"
        found = self._of_type(value, bool, "true or false", where)
        return default if found is None else found

    def _of_type(self, value: Any, kind: type, name: str, where: str) -> Any:
        if value is None or isinstance(value, kind):
            return value
        self.faults.append(f"{where}: must be {name}")
        return None

    def _parameter(self, name: object, where: str) -> Any:
        if isinstance(name, str) and name in self._parameters:
            return self._parameters[name]
        self.faults.append(f"{where}: depends on {name}; say what it is, parameters={{{name!r}: …}}")
        return None

    def _substituted(self, argument: object, where: str) -> str | None:
        parts: list[Any] = argument if isinstance(argument, list) else [argument, {}]
        if len(parts) != 2 or not isinstance(parts[0], str) or not isinstance(parts[1], Mapping):
            self.faults.append(f"{where}: Fn::Sub takes a text, or a text and its variables")
            return None
        if self._depth == _DEEPEST:
            self.faults.append(f"{where}: functions stand more than {_DEEPEST} deep within each other")
            return None
        self._depth += 1
        try:
            return self._filled(parts[0], parts[1], where)
        finally:
            self._depth -= 1

    def _filled(self, pattern: str, own: Mapping[str, Any], where: str) -> str | None:
        known = {name: self.text(value, where) for name, value in own.items()}
        longest = max([len(value) for value in known.values() if value is not None], default=0)
        if len(pattern) * max(longest, 1) > _LONGEST**2:
            self.faults.append(f"{where}: Fn::Sub would make a text of millions of characters")
            return None

        def filled(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            value = known[name] if name in known else self._parameter(name, where)
            return value if isinstance(value, str) else ""

        text = _VARIABLE.sub(filled, pattern)
        if len(text) > _LONGEST:
            self.faults.append(f"{where}: a text of more than {_LONGEST:,} characters")
            return None
        return text
