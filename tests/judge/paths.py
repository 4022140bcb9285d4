"""Seeded random requests against a table: ordinary values, values equal to its literals, and hostile ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.judge.rules import METHODS, Caller, Rule, Table, is_greedy, is_literal, literals, segments

if TYPE_CHECKING:
    from random import Random

ORDINARY = (
    "1",
    "x9",
    "0",
    "ord-2024-11",
    "f81d4fae-7dec-11d0",
    "user-43",
    "Zz",
    "v1.2",
    "items2",
    "ab",
    "xme",
    "q_" + "7" * 60,
)
HOSTILE = (
    "*", "?", ":", "a*", "**", "***", "a?", "${x}", "$", "{x}", "{proxy+}", "[a]", "é", "日本", "e\u0301", ".", "..",
    "%2F", "%2f..%2f", "a:b", "GET", "POST", "prod", "A", "ITEMS", "a ", " ", "\n", "a\n", "\x00", "\\", "(.*)",
    "w" * 900,
)  # fmt: skip
HOSTILE_REST = ("/b/y", "x//y", "x/", "/", "//", "a//", "//a", "a/", "/a", "*/*", "x/../y", "./a", "1/" * 30 + "1")


class Request(NamedTuple):
    """A method and a path, as the ARN will hold them."""

    method: str
    path: str


class Words(NamedTuple):
    """What segments are made of: a table's literals, values that are none, and the caller's own; and its methods."""

    literals: list[str]
    ordinary: list[str]
    own: list[str]
    methods: list[str]

    @classmethod
    def of(cls, table: Table, caller: Caller) -> Words:
        """Collect them once."""
        known = literals(table)
        own = [value for value in caller.claims.values() if isinstance(value, str)]
        return cls(
            sorted(known) or ["a"],
            [value for value in ORDINARY if value not in known],
            own or ["user-42"],
            [rule.method for rule in table if rule.method != "ANY"],
        )


def _value(rng: Random, mood: str, words: Words) -> str:
    choices = {"literal": words.literals, "hostile": HOSTILE, "own": words.own}
    return rng.choice(choices.get(mood, words.ordinary))


def _rest(rng: Random, mood: str, words: Words) -> str:
    if mood == "hostile" and rng.random() < 0.6:
        return rng.choice(HOSTILE_REST)
    return "/".join(_value(rng, mood, words) for _ in range(rng.randint(1, 4)))


def _mood(rng: Random, mood: str) -> str:
    return rng.choice(("ordinary", "literal", "hostile", "own")) if mood == "mixed" else mood


def _filled(rng: Random, rule: Rule, mood: str, words: Words, caller: Caller) -> str:
    """Fill a rule's template; a bound parameter takes the caller's own value as often as another's."""
    claims, parts = dict(rule.bind), []
    for part in segments(rule.path):
        own = caller.claims.get(claims.get(part[1:-1], ""))
        if is_literal(part):
            parts.append(part)
        elif is_greedy(part):
            parts.append(_rest(rng, _mood(rng, mood), words))
        elif isinstance(own, str) and rng.random() < 0.6:
            parts.append(own)
        else:
            parts.append(_value(rng, _mood(rng, mood), words))
    return "/" + "/".join(parts)


def _method(rng: Random, words: Words, rule: Rule) -> str:
    if rule.method == "ANY" or rng.random() < 0.1:
        return rng.choice([*words.methods, rng.choice(METHODS)])
    return rule.method


def _any_path(rng: Random, words: Words) -> str:
    """Make a path of no template: segments of every kind, empty ones too, and sometimes a trailing slash."""
    moods = ("ordinary", "literal", "literal", "hostile", "own")
    parts = [_value(rng, rng.choice(moods), words) for _ in range(rng.randint(0, 6))]
    if parts and rng.random() < 0.2:
        parts[rng.randrange(len(parts))] = ""
    return "/" + "/".join(parts)


def random_requests(rng: Random, table: Table, caller: Caller, each: int = 1, most: int | None = None) -> list[Request]:
    """Make `each` requests of every mood for every rule, and as many along no rule; with `most`, for so many rules."""
    requests = []
    words = Words.of(table, caller)
    for rule in table if most is None or len(table) <= most else rng.sample(table, most):
        for mood in ("ordinary", "ordinary", "literal", "hostile", "mixed") * each:
            requests.append(Request(_method(rng, words, rule), _filled(rng, rule, mood, words, caller)))
        for _ in range(2 * each):
            requests.append(Request(_method(rng, words, rule), _any_path(rng, words)))
    return requests
