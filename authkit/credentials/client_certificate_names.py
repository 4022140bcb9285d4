"""Names of certificates, as texts have them (RFC 4514)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 4096  # characters of a name

# RFC 4514 section 3, and those that certificates of devices and people have besides (RFC 4519, RFC 2985).
OIDS = {
    "CN": "2.5.4.3",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "C": "2.5.4.6",
    "STREET": "2.5.4.9",
    "DC": "0.9.2342.19200300.100.1.25",
    "UID": "0.9.2342.19200300.100.1.1",
    "SERIALNUMBER": "2.5.4.5",
    "TITLE": "2.5.4.12",
    "SURNAME": "2.5.4.4",
    "GIVENNAME": "2.5.4.42",
    "EMAILADDRESS": "1.2.840.113549.1.9.1",
}
KEYWORDS = {oid: keyword for keyword, oid in OIDS.items()}

_OID = re.compile(r"(?:OID\.)?([0-2](?:\.(?:0|[1-9][0-9]{0,38})){1,20})", re.IGNORECASE)
_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_SPECIAL = frozenset(' "#+,;<=>\\')  # what a backslash may stand before
_STRINGS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x16: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}


class Attribute(NamedTuple):
    """One attribute of a name: its type, as the number of its object identifier, and its value."""

    oid: str
    value: str


Name = tuple[tuple[Attribute, ...], ...]
"""A name's parts in the order of the text, the most specific first; the attributes of each part are sorted."""


def parse_name(text: str) -> Name:
    r"""Read a name such as ``CN=sensor-17,OU=Field\, North,O=Example Corp,C=SE``.

    Raises:
        ValueError: what is wrong with it.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a name of over {LONGEST} characters")
    parts: list[list[Attribute]] = [[]]
    for piece, end in _pieces(text):
        parts[-1].append(_attribute(piece))
        if end == ",":
            parts.append([])
    return tuple(tuple(sorted(part)) for part in parts)


def attributes_of(name: Name) -> list[Attribute]:
    """Return all attributes of a name, sorted."""
    return sorted(each for part in name for each in part)


def oid_of(keyword: str) -> str:
    """Return the object identifier of an attribute's type.

    Raises:
        ValueError: there is none of this name.
    """
    number = _OID.fullmatch(keyword)
    if number:
        return number[1]
    try:
        return OIDS[keyword.upper()]
    except KeyError:
        raise ValueError(f"{keyword!r} is no type of attribute; known are {', '.join(OIDS)} and numbers") from None


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Part a text at commas and pluses that no backslash stands before; tell what each piece ended with."""
    begin = at = 0
    while at < len(text):
        if text[at] in ",+":
            yield text[begin:at], text[at]
            begin = at + 1
        at += 2 if text[at] == "\\" else 1
    yield text[begin:], ""


def _attribute(piece: str) -> Attribute:
    keyword, equals, value = piece.partition("=")
    if not equals:
        raise ValueError("a part of it is no type=value; a comma or plus within a value has a backslash before it")
    oid = oid_of(keyword.strip(" "))
    value = value.lstrip(" ")
    return Attribute(oid, _of_hex(value) if value.startswith("#") else _unescaped(value))


def _unescaped(value: str) -> str:
    """Take the backslashes out. What they stand for in hexadecimal digits is UTF-8 (RFC 4514 section 2.4)."""
    out, at, kept = bytearray(), 0, 0  # kept: up to where trailing blanks were escaped, and so are meant
    while at < len(value):
        if value[at] != "\\":
            if value[at] in '"<>;\0':
                raise ValueError(f"{value[at]!r} in a value has a backslash before it")
            out += value[at].encode()
            at += 1
            continue
        pair = value[at + 1 : at + 3]
        if _PAIR.fullmatch(pair):
            out.append(int(pair, 16))
            at += 3
        elif pair[:1] in _SPECIAL and pair:
            out += pair[:1].encode()
            at += 2
        else:
            raise ValueError("a backslash stands before a character of its own, or two hexadecimal digits")
        kept = len(out)
    while len(out) > kept and out.endswith(b" "):
        out.pop()
    if not out:
        raise ValueError("a value is empty")
    return out.decode()  # UnicodeDecodeError is a ValueError


def _of_hex(value: str) -> str:
    """Return the text in a value that is given as the bytes of its encoding (RFC 4514 section 2.4)."""
    try:
        raw = bytes.fromhex(value[1:].rstrip(" "))
    except ValueError:
        raise ValueError("behind # stand hexadecimal digits") from None
    coding = _STRINGS.get(raw[0]) if len(raw) > 2 else None
    if coding is None or raw[1] > 0x7F or raw[1] != len(raw) - 2:
        raise ValueError("behind # stands no text of under 128 bytes")
    return raw[2:].decode(coding)
