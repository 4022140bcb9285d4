"""Brute force over words: which refusals no set of IAM globs could do without, and what they cost.

The argument. Let every ordinary value pass that goes to a rule the caller is granted. Statements are
finitely many, so some character occurs in no glob; take values made of that character alone. Wherever such a value of
length n passes (or must be refused), the glob that matches it covers those n characters with `*` and `?` only, so it
also matches with *any other* n characters in their place, slashes included. As all lengths must pass (be refused), it
follows:

1. a word of fresh values that the router gives to a granted rule is allowed together with every word that has any
   non-empty text in place of its fresh segments;
2. a word in there which the router gives to a refused rule must be denied, and is denied together with every word that
   has any non-empty text in place of its fresh segments.

In glob terms both are `?*` for every fresh segment. So an ordinary word of a granted rule that matches the `?*` form
of a refused word is lost to any policy without over-allow: a conflict. One that matches no such form is lost
needlessly.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple

from tests.judge.iam import matches
from tests.judge.router import Match, route
from tests.judge.rules import (
    METHODS,
    Caller,
    Rule,
    Table,
    is_greedy,
    is_literal,
    literals,
    ordinary,
    own_values,
    permitted,
    segments,
    serves,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FRESH = "fresh~value"
OWN = {"sub": "own~sub", "tenant": "own~tenant"}


class Leak(NamedTuple):
    """Words that must be denied: the granted rules whose Allow reaches them, the refused rule they go to, as a glob."""

    granted: frozenset[Rule]
    refused: Rule
    glob: str


class Conflict(NamedTuple):
    """Three rules: allowing `granted` needs a Deny for `refused` that takes ordinary values of `taken`."""

    granted: Rule
    refused: Rule
    taken: Rule


def methods(table: Table) -> list[str]:
    """List the methods worth trying: those of the table, and one more where ANY stands for others."""
    named = {rule.method for rule in table} - {"ANY"}
    others = [method for method in METHODS if method not in named]
    return sorted(named) + (others[:1] if any(rule.method == "ANY" for rule in table) else [])


def words(table: Table, caller: Caller, more: Iterable[str] = ()) -> Iterator[str]:
    """Spell every path over literals, own values and a fresh one, up to one segment more than the longest template."""
    longest = max(len(segments(rule.path)) for rule in table)
    alphabet = sorted({FRESH, *literals(table), *own_values(table, caller), *more})
    for length in range(longest + 2):
        for parts in product(alphabet, repeat=length):
            yield "/" + "/".join(parts)


def _fillings(rule: Rule, values: Iterable[str], longest: int) -> Iterator[str]:
    """Fill a template with these values, a greedy parameter with up to `longest` segments."""
    parts = segments(rule.path)
    for tail in range(longest if parts and is_greedy(parts[-1]) else 1):
        kinds = [(part,) if is_literal(part) else tuple(values) for part in parts]
        yield from ("/" + "/".join(filled) for filled in product(*kinds, *[(FRESH,)] * tail))


def rightful(table: Table, caller: Caller, method: str) -> list[tuple[str, Match]]:
    """List the words of fresh and own values that go to a rule the caller is granted, each with where it goes."""
    longest = max(len(segments(rule.path)) for rule in table) + 2
    values = (FRESH, *own_values(table, caller))
    found = {}
    for rule in table:
        for path in _fillings(rule, values, longest) if serves(rule, method) else ():
            match = route(table, method, path)
            if match and permitted(match.rule, match.values, caller):
                found[path] = match
    return list(found.items())


def leaks(table: Table, caller: Caller, method: str) -> list[Leak]:
    """List the refused words that the caller's own grants reach."""
    allows = {(path.replace(FRESH, "?*"), match.rule) for path, match in rightful(table, caller, method)}
    found = []
    for path in words(table, caller) if allows else ():
        match = route(table, method, path)
        if match is None or permitted(match.rule, match.values, caller):
            continue
        reaching = frozenset(rule for glob, rule in allows if matches(glob, path))
        if reaching:
            found.append(Leak(reaching, match.rule, path.replace(FRESH, "?*")))
    return found


def conflicts(table: Table, callers: Iterable[Caller]) -> set[Conflict]:
    """Find every conflict of a table for these callers."""
    found = set()
    for caller in callers:
        for method in methods(table):
            kept = [one for one in rightful(table, caller, method) if ordinary(*one[1], table, caller)]
            for leak in leaks(table, caller, method):
                taken = {match.rule for path, match in kept if matches(leak.glob, path)}
                found |= {Conflict(one, leak.refused, other) for one in leak.granted for other in taken}
    return found


def reachable(table: Table) -> list[Caller]:
    """List the callers that scopes can make: every subset, with own claims, with what `when=` asks or without it."""
    scopes = sorted({scope for rule in table for scope in rule.scopes})
    subsets = [frozenset(some) for size in range(len(scopes) + 1) for some in combinations(scopes, size)]
    admins = (True, False) if any(rule.admin for rule in table) else (False,)
    return [Caller(some, {**OWN, "admin": admin}) for some in subsets for admin in admins]


def forced(table: Table, caller: Caller, method: str, path: str) -> bool:
    """Tell whether every policy for this caller that lets nothing refused pass has to deny this path."""
    return any(matches(leak.glob, path) for leak in leaks(table, caller, method))
