"""Finding: what was found out, in words and as data. Nothing in it is a secret, a token or a signature."""

import re
from typing import NamedTuple

from .reading import Reading

HIDDEN = "…"
_LONGEST = 200  # characters of a value that are shown

_is_sensitive = re.compile(
    r"(?i)token|secret|cookie|auth|password|passwd|api[-_]?key|credential(?!$)|session|signature(?!-)|\bsig\b|jwt|\bcode\b|\bkey\b"
).search
_OPEN = frozenset({"x-amz-credential", "x-amz-signedheaders", ":authority"})


class Difference(NamedTuple):
    """The first difference.

    Args:
        part: where: ``method``, ``path``, ``query``, ``header <name>``, ``signed headers``, ``payload``, ``date``,
            ``scope`` or ``secret``.
        request: what it is of the request, by the services' rules.
        other: what it is on the other side.
    """

    part: str
    request: str
    other: str


class Finding(NamedTuple):
    """Why a signature and a request do not match. Its text is the whole of it, for people.

    Args:
        causes: codes of `CODES`, the first difference first. None: it cannot be told.
        proof: ``"signature"``: signing it so gives the signature that was sent; ``"canonical_request"`` or
            ``"string_to_sign"``: it gives what the other side says it has; ``"body"``: the hash that was declared;
            ``"message"``: the other side says so, and the request bears it out. Empty where there is no cause.
        difference: the first, where there is one to show.
        says: what was found, and what to do, in sentences.
    """

    causes: tuple[str, ...]
    proof: str
    difference: Difference | None
    says: str

    @property
    def cause(self) -> str:
        """The first of the causes; empty: it cannot be told."""
        return self.causes[0] if self.causes else ""

    def __str__(self) -> str:
        lines = [f"{', '.join(self.causes) or 'cannot tell'}: {self.says}"]
        if self.difference:
            other = "what was signed" if self.proof == "signature" else "the other side"
            lines += [
                f"  first difference: {self.difference.part}",
                f"    {'the request':<16} {self.difference.request}",
                f"    {other:<16} {self.difference.other}",
            ]
        return "\n".join(lines)


def first_difference(one: Reading, other: Reading) -> Difference | None:
    """Return where two readings of a request part."""
    parts = (
        ("method", one.method, other.method),
        ("path", one.path, other.path),
        ("query", blanked_query(one.query), blanked_query(other.query)),
        *_header_parts(one, other),
        ("signed headers", ";".join(one.names), ";".join(other.names)),
        ("payload", one.payload, other.payload),
        ("date", one.date, other.date),
        ("scope", str(one.scope), str(other.scope)),
    )
    for part, here, there in parts:
        if here != there:
            return Difference(_shown(part), _shown(here), _shown(there))
    if one.query != other.query:
        return Difference("query", "a value that is not shown", "another")
    if one.key_scope != other.key_scope:
        return Difference("scope", f"key of {one.key_scope}", f"key of {other.key_scope}")
    return None if one.key is other.key else Difference("secret", "as it was given", "in another spelling")


def _header_parts(one: Reading, other: Reading) -> list[tuple[str, str, str]]:
    parts = []
    for name in sorted({*one.names, *other.names}):
        here = one.headers.get(name, "") if name in one.names else "(not signed)"
        there = other.headers.get(name, "") if name in other.names else "(not signed)"
        if here != there and is_sensitive(name):
            here, there = _veiled(here), _veiled(there) + " (another)"
        parts.append((f"header {name}", here, there))
    return parts


def blanked(canonical: str) -> str:
    """Return a canonical request whose tokens, cookies, keys and the like are not shown."""
    lines = canonical.split("\n")
    for number, line in enumerate(lines):
        name, colon, value = line.partition(":")
        if number == 2:
            lines[number] = blanked_query(line)
        elif number > 2 and colon and is_sensitive(name):
            lines[number] = f"{name}:{_veiled(value)}"
    return "\n".join(lines)


def blanked_query(query: str) -> str:
    """Return a query whose tokens, keys and the like are not shown."""
    if not query:
        return query
    parts = [part.partition("=") for part in query.split("&")]
    return "&".join(f"{name}{equals}{_veiled(value) if is_sensitive(name) else value}" for name, equals, value in parts)


def is_sensitive(name: str) -> bool:
    """Tell whether what has this name is better not shown."""
    return name.lower() not in _OPEN and _is_sensitive(name) is not None


def _veiled(value: str) -> str:
    return HIDDEN if value and value != "(not signed)" else value


def _shown(value: str) -> str:
    # What came from elsewhere may be meant for the terminal it is shown on.
    value = "".join([each if each.isprintable() else f"\\x{ord(each):02x}" for each in value[: _LONGEST + 1]])
    return value if len(value) <= _LONGEST else value[:_LONGEST] + HIDDEN
