"""YAML as documents may have it: no type but text, truth, null, list and mapping, each name once, no bombs.

Built from the parser's events rather than by PyYAML's own loader. That one takes a name that stands twice, overflows
the stack of its C part on a deep nest, and multiplies what merge keys name. Numbers and dates stay texts: of what we
read none is one, and ``openapi: 3.0`` or ``200:`` mean the text that stands there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ..errors import ConfigError
from .files import Unreadable

DEEPEST = 200
MOST_VALUES = 5_000_000  # with each alias counted as what it stands for

_STANDARD = "tag:yaml.org,2002:"
_CONTAINERS = frozenset(f"{_STANDARD}{name}" for name in ("map", "seq"))
_TYPED = frozenset(f"{_STANDARD}{name}" for name in ("bool", "null"))
_TEXTS = frozenset(f"{_STANDARD}{name}" for name in ("bool", "float", "int", "null", "str", "timestamp"))
_MERGE = "<<"
_TRUTH = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}


def parse(text: str, *, intrinsics: bool = False) -> object:
    """Return the value of the only document in ``text``.

    Args:
        text: YAML 1.1, as API Gateway and CloudFormation read it.
        intrinsics: whether CloudFormation's short forms are read; without, they are refused.

    Raises:
        Unreadable: it is not well formed, or more than it should be; the message names the line.
        ConfigError: PyYAML is not installed.
    """
    yaml = _yaml()
    building = _Building(intrinsics=intrinsics)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            building.take(type(event).__name__, event)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise Unreadable(f"not YAML: {line}{error.problem}") from None
    except yaml.YAMLError:
        raise Unreadable("not YAML: it holds characters that no text has") from None
    return building.root


@lru_cache(maxsize=1)
def _yaml() -> Any:
    try:
        import yaml
    except ImportError:
        advice = "install authkit-lambda[cli], or give the document as JSON or as a mapping"
        raise ConfigError(f"a document in YAML needs PyYAML: {advice}") from None
    return yaml


class _Open:
    """A list or mapping whose end has not come yet."""

    __slots__ = ("anchor", "key", "line", "merged", "size", "tag", "value")

    def __init__(self, value: Any, anchor: str | None, tag: str | None, line: int) -> None:
        self.value = value
        self.anchor = anchor
        self.tag = tag
        self.line = line
        self.size = 1
        self.key: str | None = None
        self.merged: list[dict[str, Any]] = []


class _Building:
    """The value so far. Lists and mappings that are not at their end yet stand on a stack."""

    def __init__(self, *, intrinsics: bool) -> None:
        self.root: object = None
        self._intrinsics = intrinsics
        self._stack: list[_Open] = []
        self._anchored: dict[str, tuple[object, int]] = {}
        self._documents = 0

    def take(self, kind: str, event: Any) -> None:
        """Take the parser's next event."""
        line = event.start_mark.line + 1
        if kind == "ScalarEvent":
            self._put(self._scalar(event, line), 1, event.anchor, line)
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            self._open([] if kind == "SequenceStartEvent" else {}, event, line)
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            self._close()
        elif kind == "AliasEvent":
            self._put(*self._named(event.anchor, line), None, line)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise Unreadable(f"line {line}: a second document in one file")

    def _scalar(self, event: Any, line: int) -> object:
        tag = None if event.tag == "!" else event.tag
        typed = event.implicit[0] or tag in _TYPED
        value = _TRUTH.get(event.value, event.value) if typed and not self._expects_key() else event.value
        return self._tagged(value, None if tag in _TEXTS else tag, line)

    def _expects_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None

    def _tagged(self, value: object, tag: str | None, line: int) -> object:
        if tag is None or tag in _CONTAINERS:
            return value
        if self._intrinsics and tag[:1] == "!" and tag[1:].isalnum():
            name = tag[1:]
            return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}
        raise Unreadable(f"line {line}: the tag {tag.replace(_STANDARD, '!!')!r} is not read here")

    def _named(self, anchor: str, line: int) -> tuple[object, int]:
        if anchor not in self._anchored:
            raise Unreadable(f"line {line}: the alias {anchor!r} stands within what it names, or before it")
        return self._anchored[anchor]

    def _open(self, value: object, event: Any, line: int) -> None:
        if self._expects_key():
            raise Unreadable(f"line {line}: a name that is no text")
        if len(self._stack) >= DEEPEST:
            raise Unreadable(f"line {line}: nested more than {DEEPEST} deep")
        self._anchored.pop(event.anchor, None)
        self._stack.append(_Open(value, event.anchor, event.tag, line))

    def _close(self) -> None:
        done = self._stack.pop()
        for merged in done.merged:
            for name, value in merged.items():
                done.value.setdefault(name, value)  # what stands there itself goes first, then the earlier merged
        self._put(self._tagged(done.value, done.tag, done.line), done.size, done.anchor, done.line)

    def _put(self, value: object, size: int, anchor: str | None, line: int) -> None:
        """Put a whole value where it belongs: into the list or mapping that is open, or as the root."""
        if anchor is not None:
            self._anchored[anchor] = (value, size)
        if not self._stack:
            self.root = value
            return
        into = self._stack[-1]
        into.size += size
        if into.size > MOST_VALUES:
            raise Unreadable(f"line {line}: aliases make it more than {MOST_VALUES:,} values")
        if isinstance(into.value, list):
            into.value.append(value)
        elif into.key is None:
            into.key = _name(value, into.value, line)
        elif into.key == _MERGE:
            into.merged += _mappings(value, line)
            into.key = None
        else:
            into.value[into.key] = value
            into.key = None


def _name(value: object, into: dict[str, Any], line: int) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"line {line}: a name that is no text")
    if value in into:
        raise Unreadable(f"line {line}: {value!r} stands twice in one object")
    return value


def _mappings(value: object, line: int) -> Iterator[dict[str, Any]]:
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            raise Unreadable(f"line {line}: the merge key takes mappings only")
        yield each
