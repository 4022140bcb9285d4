"""Wildcards of resources and texts: what they mean, judged by a matcher that tries everything, and what they cost."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.policy.evaluate import evaluate
from authkit.policy.glob import ArnGlob, Glob, like
from tests.support.pace import soon

HEAD = "arn:aws:execute-api:eu-west-1:111122223333:"
ARN = HEAD + "api/prod/GET/a:b/c"
BOUND = 1.0  # seconds; each takes a tenth of it


def tried(pattern: str, text: str, walls: int) -> bool:
    """Match by trying everything. The first colons of a text are walls that only a star at a part's end goes through."""
    standing = frozenset([place for place, char in enumerate(text) if char == ":"][:walls])

    @cache
    def match(at: int, place: int) -> bool:
        if at == len(pattern):
            return place == len(text)
        sign = pattern[at]
        if sign == "*":
            ends = pattern[at + 1 : at + 2] in ("", ":", "*") and _ends_its_part(pattern, at)
            taken = place < len(text) and (ends or place not in standing)
            return match(at + 1, place) or (taken and match(at, place + 1))
        if place == len(text) or (sign == "?" and place in standing):
            return False
        return sign in ("?", text[place]) and match(at + 1, place + 1)

    return match(0, 0)


def _ends_its_part(pattern: str, at: int) -> bool:
    """Tell whether nothing but stars stand between a star and the end of its part."""
    return pattern[at:].lstrip("*")[:1] in ("", ":")


@given(st.text("ab*?/:", max_size=9), st.text("ab/:", max_size=9))
def test_a_pattern_means_what_trying_everything_finds(pattern: str, text: str) -> None:
    """Stars and question marks in any order, and a text of few letters, so that much matches."""
    assert Glob(pattern).matches(text) is tried(pattern, text, 0)
    assert like(text, pattern) is tried(pattern, text, 0)


@given(
    st.text("ab*?:", max_size=14),
    st.lists(st.text("ab", max_size=2), min_size=5, max_size=5),
    st.text("ab:", max_size=5),
)
def test_a_pattern_for_arns_stays_within_its_parts(pattern: str, parts: list[str], resource: str) -> None:
    """But for a star that ends a part, and for the colons of the resource."""
    arn = ":".join([*parts, resource])

    assert ArnGlob(pattern).matches(arn) is tried(pattern, arn, 5)


@given(st.lists(st.sampled_from(["", "a", "b", "*", "a*", "*b", "?", "**"]), min_size=1, max_size=8))
def test_patterns_of_parts_match_what_trying_everything_finds(parts: list[str]) -> None:
    """Patterns whose parts are often the ARN's own."""
    pattern = ":".join(parts)

    for arn in ("a:b:a::b:a", "a:a:a:a:a:b:a", "ab:b:ab:b:a:", "::::::b"):
        assert ArnGlob(pattern).matches(arn) is tried(pattern, arn, 5)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*", True),
        ("arn:*", True),
        ("arn:aws:execute-api:*", True),
        ("arn:aws:execute-api:*:*:*", True),
        ("arn:aws:execute-api:*:c", False),
        ("arn:aws:execute-api:*:b/c", True),  # it ends its part, and goes through the resource's colon as well
        ("arn:*:api/prod/GET/*", True),
        ("arn:aws:execute-api:eu-*3:api/prod/GET/*", False),  # within its part
        ("arn:aws:execute-api:eu-west-?:111122223333:api/*", True),
        ("arn:aws:execute-api:eu-west?1:111122223333:api/*", True),
        ("arn:aws:execute-api:eu-west-1?111122223333:api/*", False),
        (HEAD + "api/prod/GET/*/c", True),  # contract M1: seen to match across a colon of the path
        (HEAD + "api/prod/GET/a?b/?", True),
        (HEAD + "api/prod/GET/a", False),
        (HEAD + "API/prod/GET/*", False),
        ("arn:aws-cn:execute-api:eu-west-1:111122223333:api/prod/GET/*", False),
    ],
)
def test_a_wildcard_keeps_to_its_part_of_the_arn(pattern: str, matches: bool) -> None:
    """The parts before the resource are walled off by colons; the path's colons are nothing special."""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": pattern}],
    }

    assert evaluate(document, ARN).allowed is matches


@pytest.mark.parametrize("sign", list(".+()[]{}|^$\\#&~- \t\n\x00é😀"))
def test_nothing_else_is_special(sign: str) -> None:
    """What means something to regular expressions is itself."""
    assert like(f"a{sign}b", f"a{sign}b")
    assert like(f"a{sign}bc", f"a{sign}?*")
    assert not like(f"a{sign}{sign}b", f"a{sign}b")
    assert not like(f"ab{sign}", "ab")


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 2000 + "b",
        "*" * 100_000 + "b*",
        ("*" + "?" * 200 + "b") * 5 + "*",
        "*" + "a?" * 1000 + "*b*c",
        "a*" * 5000,
    ],
    ids=["stars and letters", "a run of stars", "question marks", "both", "many stars"],
)
def test_a_hostile_pattern_costs_no_more_than_its_length(pattern: str) -> None:
    """No star is tried in two places, so nothing multiplies."""

    def match() -> None:
        for text in ("a" * 1600, "ab" * 800):
            ArnGlob(HEAD + pattern).matches(HEAD + text)
            ArnGlob("*:" * 50 + pattern).matches(HEAD + text)

    assert soon(match, within=BOUND)


def test_a_hostile_policy_is_judged_in_no_time() -> None:
    """Hundreds of such resources, as many as an answer can hold."""
    resources = [f"{HEAD}{'*a' * 100}{number}b" for number in range(300)]
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["*e*x*e*c*:*" + "*i" * 100, "*"], "Resource": resources}],
    }

    def judge() -> None:
        assert not evaluate(document, HEAD + "a" * 1600).allowed

    assert soon(judge, within=BOUND)
