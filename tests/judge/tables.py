"""Seeded random tables and callers: small vocabularies on purpose, so that routes collide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judge.rules import METHODS, Caller, Rule, Table, is_greedy, is_literal, segments

if TYPE_CHECKING:
    from random import Random

LITERALS = ("a", "b", "c", "items", "me")
COLLECTIONS = ("orders", "users", "teams", "files", "items")
ACTIONS = ("items", "cancel", "me", "profile")
SCOPES = ("read", "write", "audit")
FEW = 30  # routes that these names are enough for
OWN = {"sub": "user-42", "tenant": "acme"}
HOSTILE_CLAIMS: tuple[object, ...] = (
    "*", "a/b", "", ".", "..", "a:b", "?", "${x}", "$", "us*r", "\n", "a\x00b", "\x7f", None, ["user-42"], {}, True,
)  # fmt: skip


def shape(rule: Rule) -> tuple[str, ...]:
    """Spell a rule's path without the names of its parameters: two rules of one shape and method are duplicates."""
    return tuple(part if is_literal(part) else "{+}" if is_greedy(part) else "{}" for part in segments(rule.path))


def _scopes(rng: Random, pool: tuple[str, ...]) -> frozenset[str]:
    return frozenset(rng.sample(pool, k=min(len(pool), rng.choices((0, 1, 2), (2, 7, 1))[0])))


def _bind(rng: Random, path: str) -> tuple[tuple[str, str], ...]:
    names = [part[1:-1] for part in segments(path) if not is_literal(part) and not is_greedy(part)]
    if not names or rng.random() > 0.15:
        return ()
    return tuple((name, rng.choice(tuple(OWN))) for name in sorted(rng.sample(names, k=rng.randint(1, len(names)))))


def _rule(rng: Random, method: str, path: str, pool: tuple[str, ...]) -> Rule:
    return Rule(method, path, _scopes(rng, pool), _bind(rng, path), rng.random() < 0.05)


def _path(rng: Random, words: tuple[str, ...]) -> str:
    """Make a path of any shape: literals and parameters in any order, sometimes a greedy one at the end."""
    names = rng.choice(("xyzuv", "xyzuv", "pqrst"))
    parts = [rng.choice(words) if rng.random() < 0.55 else f"{{{names[i]}}}" for i in range(rng.randint(0, 4))]
    if rng.random() < 0.15:
        parts.append(rng.choice(("{proxy+}", "{path+}")))
    return "/" + "/".join(parts)


def _service_path(rng: Random, collections: tuple[str, ...]) -> str:
    """Make a path as APIs have them: a collection, an id, then a part of it, and sometimes all below."""
    parts = [rng.choice(collections), "{id}", rng.choice(ACTIONS), "{part}", rng.choice(ACTIONS)]
    parts = parts[: rng.choices((1, 2, 3, 4, 5), (4, 5, 4, 2, 1))[0]]
    if len(parts) > 1 and rng.random() < 0.15:
        parts[1] = rng.choice(ACTIONS)
    if rng.random() < 0.05:
        parts.append("{proxy+}")
    return "/" + "/".join(parts)


def random_table(rng: Random, most: int = 25, least: int = 1) -> Table:
    """Make a table of `least` to `most` routes: either any shapes over few literals, or a service's usual ones."""
    wild = rng.random() < (0.6 if least <= FEW else 0.2)  # of many routes in any shape, some are always in conflict
    size = rng.randint(least, rng.choice((4, 8, most)) if least == 1 else most)
    words = tuple(rng.sample(LITERALS, k=rng.randint(1, len(LITERALS))))
    collections = COLLECTIONS
    if size > FEW:  # so many routes need more names to be told apart
        more = tuple(f"r{number}" for number in range(rng.randint(size // 12, size)))
        words, collections = words + more[: len(more) // 4], COLLECTIONS + more
    methods = tuple(rng.sample(METHODS, k=rng.randint(1, 3)))
    pool = SCOPES[: rng.randint(1, len(SCOPES))]
    table: dict[tuple[str, tuple[str, ...]], Rule] = {}
    for _ in range(size if least == 1 else 4 * size):
        if len(table) == size:
            break
        method = "ANY" if rng.random() < 0.15 else rng.choice(methods)
        rule = _rule(rng, method, _path(rng, words) if wild else _service_path(rng, collections), pool)
        table.setdefault((method, shape(rule)), rule)
    return tuple(table.values())


def random_caller(rng: Random, table: Table) -> Caller:
    """Make a caller with some of the scopes, and claims that are mostly the caller's own, sometimes hostile."""
    pool = sorted({scope for rule in table for one in (rule.scopes, *rule.either) for scope in one})
    claims: dict[str, object] = {}
    for name, own in OWN.items():
        roll = rng.random()
        if roll < 0.6:
            claims[name] = own
        elif roll < 0.85:
            claims[name] = rng.choice(HOSTILE_CLAIMS)
        elif roll < 0.95:
            claims[name] = rng.choice(LITERALS + ACTIONS + ("prod", "GET", "é", "user 42", "{x}", "a+b"))
    if rng.random() < 0.5:
        claims["admin"] = True
    return Caller(frozenset(rng.sample(pool, k=rng.randint(0, len(pool)))), claims)
