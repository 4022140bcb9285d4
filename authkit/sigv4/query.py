"""Canonical query: every name and value decoded and encoded once, then sorted; ``name=`` where there is no value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .encoding import NOT_CANONICAL, PLAIN, decode, encode, is_broken
from .errors import CannotSign

Pairs = list[tuple[str, str]]
"""Names and values, encoded."""

_odd = re.compile(f"[^{PLAIN}&=%]").search
_odd_escape = re.compile(NOT_CANONICAL).search
_second_equals = re.compile("=[^&]*=").search
_not_strict = re.compile(rf"[+;]|{NOT_CANONICAL}").search


def is_canonical(query: str) -> bool:
    """Tell whether every name and value is encoded as `encode` does it. Their order is no matter: it is not sent."""
    if _odd(query) or ("%" in query and _odd_escape(query)):
        return False
    return _second_equals(query) is None


def is_strict(query: str) -> bool:
    """Tell whether no other spelling of the same bytes is there to be confused with: no ``+``, no ``;``, no odd escape.

    To some who receive it a raw semicolon parts parameters, and ``%3B``, which has the same signature, does not: whoever
    forwards a signed ``a=1%3Badmin%3D1`` could make two of one.
    """
    return ("%" not in query and "+" not in query and ";" not in query) or _not_strict(query) is None


def encoded_pairs(query: str) -> Pairs:
    """Return names and values, each decoded and encoded once, in the order they were sent.

    A ``+`` stays a plus sign: whoever takes it for a blank rewrites it first.

    Args:
        query: as sent, without the question mark.

    Raises:
        CannotSign: ``query_malformed``: a broken escape, or a parameter without a name, over which signers disagree.
    """
    if not query:
        return []
    pairs = []
    canonical = is_canonical(query)
    if not canonical and is_broken(query):
        raise CannotSign("query_malformed", claim="query", detail="an escape that is cut off or none")
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if not name:
            raise CannotSign("query_malformed", claim="query", detail="a parameter without a name")
        if not canonical:
            name, value = encode(decode(name)), encode(decode(value))
        pairs.append((name, value))
    return pairs


def joined(pairs: Iterable[tuple[str, str]]) -> str:
    """Return pairs as a query, in the order given."""
    return "&".join([f"{name}={value}" for name, value in pairs])


def in_order(query: str) -> str:
    """Return the canonical query of one whose names and values are; see `is_canonical`.

    Raises:
        CannotSign: ``query_malformed``.
    """
    if not query:
        return ""
    if query.count("=") == query.count("&") + 1 and "&=" not in query and query[0] != "=":
        # All parts are name=value. An equals sign that is less than any other character makes names sort first.
        return "&".join(sorted(query.replace("=", "\0").split("&"))).replace("\0", "=")
    return joined(sorted(encoded_pairs(query)))


def canonical_query(query: str) -> str:
    """Return the query of the canonical request.

    Args:
        query: as sent, without the question mark.

    Raises:
        CannotSign: ``query_malformed``.
    """
    return in_order(query) if is_canonical(query) else joined(sorted(encoded_pairs(query)))
