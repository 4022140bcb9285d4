"""Canonical headers: names in small letters, values without needless blanks, repeated ones joined as they came."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .encoding import is_text, text_of
from .errors import CannotSign

HeaderPairs = Iterable[tuple[str, "str | bytes"]]
Headers = Mapping[str, "str | bytes"] | HeaderPairs
"""Names and values as they are sent. A text stands for its UTF-8 bytes."""

SINGLE = frozenset(
    {
        *("host", ":authority", "content-type", "authorization", "date"),
        *("x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-region-set"),
    }
)
"""What a request has once: of two, either could be the one that counts."""

_odd_in_name = re.compile(r"[^A-Za-z0-9!#$%&'*+.^_`|~-]").search  # RFC 9110 section 5.6.2: token
_control = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search
_blanks = re.compile(r"[ \t]+")


def read(headers: Headers, *, most: int = 0, largest: int = 0) -> list[tuple[str, str]]:
    """Return names and values as `collect` takes them, in the order they came.

    Args:
        headers: as they are sent.
        most: how many there may be; 0: any number.
        largest: how long names and values may be together; 0: any length.

    Raises:
        CannotSign: ``header_malformed``: a name that is none, or CR, LF, NUL or another control character anywhere;
            ``request_too_large``.
    """
    pairs, each_name, each_value = _columns(headers)
    try:
        names = "".join(each_name)
    except TypeError:
        raise CannotSign("header_malformed", claim="headers", detail="a name is no text") from None
    try:
        values = "".join(each_value)
        plain = values.isascii() and values.isprintable()
    except TypeError:  # bytes among them
        values, plain = "", False
    if most and (len(pairs) > most or len(names) + len(values) > largest):
        raise CannotSign("request_too_large", claim="headers", detail="more of them than are looked at")
    if not plain:
        pairs = [(name, _text(value)) for name, value in pairs]
        if most and sum([len(name) + len(value) for name, value in pairs]) > largest:
            raise CannotSign("request_too_large", claim="headers", detail="more of them than are looked at")
    # Most names are letters, digits and hyphens. The others are looked at one by one, and before small letters are made
    # of them: the Kelvin sign would become a k.
    if not names.replace("-", "").isalnum() or not names.isascii() or "" in each_name:
        _demand_names(pairs)
    return pairs


def _columns(headers: Headers) -> tuple[list[tuple[str, Any]], Collection[str], Collection[Any]]:
    """Return pairs, and their names and values apart."""
    if type(headers) is dict:
        return list(headers.items()), headers, headers.values()
    given: Any = headers.items() if isinstance(headers, Mapping) else headers
    try:
        pairs = [(name, value) for name, value in given]
    except (TypeError, ValueError):
        raise CannotSign("header_malformed", claim="headers", detail="not pairs of two texts") from None
    return pairs, [name for name, _ in pairs], [value for _, value in pairs]


def fold(value: str) -> str:
    """Return a value with every run of blanks and tabs as one blank, and none at its ends."""
    return _blanks.sub(" ", value).strip(" ")


def collect(
    pairs: Iterable[tuple[str, str]], wanted: Collection[str] | None, prefixes: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return the canonical values of the headers wanted, and of all that begin so. Order is left to the caller.

    Args:
        pairs: as `read` returns them.
        wanted: names in small letters. None: all.
        prefixes: how the names of others that are wanted begin.

    Raises:
        CannotSign: ``header_repeated``: one of `SINGLE` comes twice.
    """
    found: dict[str, str] = {}
    for given, value in pairs:
        name = given.lower()
        if wanted is not None and name not in wanted and not name.startswith(prefixes):
            continue
        if name not in found:
            found[name] = fold(value) if "  " in value or "\t" in value else value.strip(" ")
        elif name in SINGLE:
            raise CannotSign("header_repeated", claim=name, detail="which of them counts cannot be told")
        else:
            found[name] += "," + fold(value)
    return found


def _text(value: object) -> str:
    if isinstance(value, (bytes, bytearray)):
        value = text_of(bytes(value))
    elif not isinstance(value, str):
        raise CannotSign("header_malformed", claim="headers", detail="a value is neither text nor bytes")
    elif not is_text(value):
        raise CannotSign("header_malformed", claim="headers", detail="a value with half a character in it")
    if _control(value):
        raise CannotSign("header_malformed", claim="headers", detail="a control character in a value")
    return value


def _demand_names(pairs: Iterable[tuple[str, str]]) -> None:
    for name, _ in pairs:
        if not name or (_odd_in_name(name) and name != ":authority"):  # RFC 9113 section 8.3.1
            raise CannotSign("header_malformed", claim="headers", detail="a name that is none")
