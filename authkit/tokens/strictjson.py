"""JSON as tokens and key sets must have it: UTF-8, one object, each name once, finite numbers, no deep nests.

RFC 8259, RFC 7515 section 4 and RFC 7519 section 4 (duplicate names), RFC 8725 section 3.7 (UTF-8).
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ..errors import MalformedToken

DEEPEST = 32
LARGEST = 2**63
MOST_BRACKETS = 1000  # of a kind, in a server's answer: ten times what a hundred keys have
MOST_COMMAS = 10_000  # and as many backslashes
LONGEST_FLOAT = 64  # characters; reading one with hundreds of digits can cost as much as all else

_BOM = b"\xef\xbb\xbf"
# The shape of JSON: digits become one digit, opening brackets one bracket and blanks quotes, so that what matters can be
# looked for at C's speed.
_SHAPE = bytes.maketrans(b"0123456789[{ \t\n\r", b"0" * 10 + b"[" * 2 + b'"' * 4)
_LONG_NUMBER = b"0" * 19
_END_OF_NAME = b'":'
_BACKSLASH = 0x5C  # one byte is found faster as a number
_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_MARKS = bytes(byte for byte in range(256) if byte not in b'"[]{}')
_TOO_MANY = b"[" * (DEEPEST + 1)
_BLANKS = b" \t\r\n"
_BEGINNING = 64 * 1024  # bytes


def parse_object(raw: bytes, *, duplicates: bool = False) -> dict[str, Any]:
    """Return the object that is all of ``raw``.

    Args:
        raw: JSON in UTF-8.
        duplicates: whether a name may stand twice, the last one counting: a relaxation, never for headers.

    Raises:
        MalformedToken: ``bad_utf8``, ``bad_json``, ``duplicate_member``, ``too_deep``, ``bad_number`` or ``not_an_object``.
    """
    shape = raw.translate(_SHAPE)
    if shape.count(b"[") > DEEPEST:
        _demand_shallow(raw)
    # `find`, because `in` would first try whether the bytes are a number, at the price of an exception.
    last_wins, unique = _DECODERS if shape.find(_LONG_NUMBER) < 0 else _BOUNDED
    alone = raw.find(b"{", 1) < 0
    try:
        text = raw.decode()
        decoder = last_wins if alone or duplicates else unique
        # What `decode` calls in the end; all that it does before takes a tenth of the parse.
        value, end = decoder.scan_once(text, 0) if text[:1] == "{" else (None, -1)
        if end != len(text):
            value = decoder.decode(text)  # blanks around it, or worse
        # Each member has a colon, after a quote or a blank. An object alone with no more of these than members that are
        # left has lost none to another of the same name; with more, some may be inside of texts.
        if alone and not duplicates and type(value) is dict and len(value) < shape.count(_END_OF_NAME):
            value = unique.decode(text)
    except UnicodeDecodeError:
        raise MalformedToken("bad_utf8", detail="not UTF-8") from None
    except (ValueError, RecursionError, StopIteration):  # the last is how a scanner says that there is no value
        raise _fault(raw, "bad_json", "not JSON") from None
    if type(value) is not dict:
        raise MalformedToken("not_an_object", detail="JSON, but not an object")
    if _BACKSLASH in raw and (raw.find(b"\\ud") >= 0 or raw.find(b"\\uD") >= 0):
        _demand_whole_characters(value)
    return value


def parse_document(raw: bytes) -> dict[str, Any]:
    """Return the object that a server's answer is. One with far more in it than such answers have is not parsed.

    Raises:
        MalformedToken: ``too_much``, or as `parse_object` says.
    """
    if max(map(raw.count, b"{[]}")) > MOST_BRACKETS or max(map(raw.count, b",\\")) > MOST_COMMAS:
        raise MalformedToken("too_much", detail="far more objects, lists, values or escapes than such a document has")
    return parse_object(raw.strip(_BLANKS))


def _fault(raw: bytes, code: str, detail: str) -> MalformedToken:
    """Tell another encoding apart: JSON in UTF-16 or UTF-32 has NUL bytes, and in UTF-8 never."""
    if b"\0" in raw or raw.startswith(_BOM):
        return MalformedToken("bad_utf8", detail="JSON in another encoding than plain UTF-8")
    return MalformedToken(code, detail=detail)


def _demand_shallow(raw: bytes) -> None:
    """Work by passes at C's speed only: a key set may have a megabyte, and whoever wrote it may mean harm."""
    left = _unclosed(raw[:_BEGINNING])  # where most that mean harm show it
    if len(raw) > _BEGINNING and left.find(_TOO_MANY) < 0:
        left = _unclosed(raw)
    if left:
        raise _fault(raw, "too_deep", f"more than {DEEPEST} nested arrays or objects, or unbalanced ones")


def _unclosed(raw: bytes) -> bytes:
    """Return the brackets that are left when as many levels are taken off as there may be."""
    brackets = _brackets(raw)
    for _ in range(DEEPEST):  # each takes off the innermost level
        if not brackets or brackets.find(_TOO_MANY) >= 0:  # open at once, with nothing to close any of them: too deep
            break
        brackets = brackets.replace(b"[]", b"")
    return brackets


def _brackets(raw: bytes) -> bytes:
    """Return the brackets outside of texts, braces as square ones. What is no JSON may come out otherwise: it fails anyway."""
    if _BACKSLASH in raw:
        raw = raw.replace(rb"\\", b"").replace(rb"\"", b"")  # from here on, each quote begins a text or ends it
    # A pair of quotes beside each other can go: what stands before and behind it is inside of a text, or outside, as before.
    marks = raw.translate(_SQUARE, _NO_MARKS).replace(b'""', b"")
    return b"".join(marks.split(b'"')[::2])


def _demand_whole_characters(value: dict[str, Any]) -> None:
    """Refuse half a surrogate pair: it is no character, and breaks whoever logs or forwards it."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise MalformedToken("bad_json", detail="an escaped surrogate stands alone") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedToken("duplicate_member", detail="a name stands twice in one object")
    return members


def _finite(literal: str) -> float:
    if len(literal) > LONGEST_FLOAT:
        raise MalformedToken("bad_number", detail=f"a number of more than {LONGEST_FLOAT} characters")
    number = float(literal)
    if number - number != 0.0:  # overflowed to infinity
        raise MalformedToken("bad_number", detail="a number too large to hold")
    return number


def _bounded(literal: str) -> int:
    if len(literal) > 20 or not -LARGEST <= int(literal) < LARGEST:
        raise MalformedToken("bad_number", detail="an integer beyond 64 bits")
    return int(literal)


def _refused(literal: str) -> NoReturn:
    raise MalformedToken("bad_number", detail=f"{literal} is no number in JSON")


def _decoder(**hooks: Any) -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=_finite, parse_constant=_refused, **hooks)


# Where the last of a name wins, and where a name stands once. A hook is called for each object, which takes a quarter of
# the parse, so an object that has no other inside is first parsed without.
_DECODERS: Any = (_decoder(), _decoder(object_pairs_hook=_unique))
# Python's own integers have no bound. Asking for one by one costs as much as the rest of the parse, so only bytes that
# hold nineteen digits in a row are parsed the careful way; on all others the two agree.
_BOUNDED: Any = (_decoder(parse_int=_bounded), _decoder(object_pairs_hook=_unique, parse_int=_bounded))
