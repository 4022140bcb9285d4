"""Fields: under which names, of which types and up to which size values go into a context."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from math import isfinite
from typing import Any, NamedTuple

from ..errors import AuthkitError, MissingClaim
from ..gateway.answer import RESERVED
from .secrets import is_secret_name

LONGEST_TEXT = 1024  # characters of one text, where nothing else is said
LARGEST_NESTED = 4096  # bytes of a list or an object, as JSON
LARGEST_INTEGER = 2**53 - 1  # RFC 7493 section 2.2: beyond it receivers disagree on what the number is
MOST = 64  # names

# What a mapping template and an access log can name: $context.authorizer.plan.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # a line end would divide whatever header or log line it is put into

Type = Callable[[Any], Any]
"""``str``, ``bool``, ``int``, ``float`` (any number), ``list`` or ``dict``; or a function that makes a plain value."""
Spec = Any
"""A name of a field; a `Type`; or ``(name, Type)``, ``(name, Type, default)``."""

_FLAT: tuple[type, ...] = (str, bool, int, float)


class Field(NamedTuple):
    """One value of a context.

    Args:
        name: in the context.
        of: the claim, or the member of what was found, that it comes from.
        type: what it must be; None: a text, a number or a boolean.
        default: what stands for one that is absent; None: nothing. Without ``optional`` one must be there.
        optional: whether it may be absent.
    """

    name: str
    of: str
    type: Type | None = None
    default: Any = None
    optional: bool = False

    def read(self, values: Mapping[str, Any], longest: int) -> Any:
        """Return the value, or None where it is absent and may be.

        Raises:
            MissingClaim: it is absent.
            ValueError: it is of another type, or too large; says so without the value.
        """
        value = values.get(self.of)
        if value is None:
            if not self.optional:
                raise MissingClaim(claim=self.of, detail=f"the context's {self.name} comes from it")
            return self.default
        return typed(value, self.type, longest)


def fields_of(
    given: Mapping[str, Spec], *, reveal: Collection[str], longest: int, faults: list[str]
) -> tuple[Field, ...]:
    """Return the fields that are asked for, and add what is wrong with them to ``faults``."""
    if not given or len(given) > MOST:
        faults.append(f"name 1 to {MOST} values")
    if type(longest) is not int or not 0 < longest <= LARGEST_NESTED:
        faults.append(f"longest must be 1 to {LARGEST_NESTED} characters")
    revealed = reveal if isinstance(reveal, Collection) and not isinstance(reveal, str) else ()
    if isinstance(reveal, str):
        faults.append("reveal must be a list of names")
    fields = []
    for name, spec in given.items():
        field = _field(name, spec)
        if field is None:
            faults.append(f"{name!r} is a field's name, a type, (name, type) or (name, type, default)")
            continue
        faults += _name_faults(field, revealed)
        faults += _default_faults(field, longest)
        fields.append(field)
    return tuple(fields)


def typed(value: Any, wanted: Type | None, longest: int) -> Any:
    """Return a value of the type that is wanted: nothing is converted but by a function that was given for it.

    Raises:
        ValueError: it is of another type, or too large.
    """
    if wanted in (list, dict):
        return _nested(value, wanted)
    if wanted is not None and wanted not in _FLAT:
        value = _made(value, wanted)
        wanted = None
    if isinstance(value, str) and wanted in (str, None):
        return _text(value, longest)
    if isinstance(value, bool) and wanted in (bool, None):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and wanted in (int, float, None):
        return _number(value, wanted)
    raise ValueError(f"a {type(value).__name__} where {_word(wanted)} is due")


def _made(value: Any, make: Type) -> Any:
    """Return what a function makes of a value. One it cannot take is of the wrong type; what it says may show it."""
    try:
        return make(value)
    except AuthkitError:
        raise
    except Exception as error:  # noqa: BLE001 - " ".join raises TypeError, others what they like
        raise ValueError(f"a {type(value).__name__}, of which {_word(make)} made {type(error).__name__}") from None


def _text(value: str, longest: int) -> str:
    if len(value) > longest:
        raise ValueError(f"a text of over {longest} characters")
    if _CONTROL.search(value) or not _is_encodable(value):
        raise ValueError("a text with a line end, or another control character")
    return value


def _number(value: float, wanted: Type | None) -> float:
    if wanted is int and not isinstance(value, int):
        raise ValueError("a number that is not whole")
    if not isfinite(value) if isinstance(value, float) else abs(value) > LARGEST_INTEGER:
        raise ValueError("a number that not every receiver can hold")
    return value


def _nested(value: Any, wanted: Type | None) -> Any:
    if type(value) is not wanted:
        raise ValueError(f"a {type(value).__name__} where {_word(wanted)} is due")
    try:
        size = len(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    except (TypeError, ValueError, RecursionError):
        raise ValueError("something that JSON does not have") from None
    if size > LARGEST_NESTED:
        raise ValueError(f"over {LARGEST_NESTED} bytes")
    return value


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _word(wanted: Type | None) -> str:
    return "a text, a number or a boolean" if wanted is None else f"a {getattr(wanted, '__name__', 'value')}"


def _field(name: Any, spec: Spec) -> Field | None:
    if not isinstance(name, str):
        return None
    if isinstance(spec, str) and spec:
        return Field(name, spec)
    if callable(spec):
        return Field(name, name, spec)
    if not isinstance(spec, tuple) or len(spec) not in (2, 3):
        return None
    of, wanted, *default = spec
    if not isinstance(of, str) or not of or not callable(wanted):
        return None
    return Field(name, of, wanted, default[0] if default else None, bool(default))


def _name_faults(field: Field, revealed: Collection[str]) -> list[str]:
    if not _NAME.fullmatch(field.name):
        return [f"{field.name!r} is no name for a context: letters, digits and underscores, a letter first"]
    if field.name in RESERVED:
        return [f"{field.name!r} is the gateway's own name"]
    if (is_secret_name(field.name) or is_secret_name(field.of)) and field.name not in revealed:
        return [f"{field.name!r} sounds like a secret, and would be logged; if it is none, say reveal=[{field.name!r}]"]
    return []


def _default_faults(field: Field, longest: object) -> list[str]:
    if field.default is None or type(longest) is not int:
        return []
    try:
        typed(field.default, field.type if field.type in (*_FLAT, list, dict) else None, longest)
    except ValueError as fault:
        return [f"{field.name!r}: its default is {fault}"]
    return []
