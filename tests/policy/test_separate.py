"""Separate routes: what one Deny closes, whatever reaches it."""

from __future__ import annotations

from random import Random

import pytest

from authkit import Principal, Route, Routes
from authkit.policy.router import Router
from authkit.policy.separate import Globs, closing, separate
from authkit.policy.shape import ONE, REST, Shape, covers, text
from tests.policy.test_work import BOUND
from tests.support.events import PREFIX
from tests.support.pace import soon


def router(*paths: str) -> Router:
    made = Router()
    for path in paths:
        made.add(Route("GET", path))
    return made


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/a", "/a/{x}", "/a/{x}/b"], {"/a", "/a/{x}/b"}),  # a/* takes a/1/b too
        (["/a/{x}", "/b/{x}"], {"/a/{x}", "/b/{x}"}),
        (["/a/{x}", "/a/b"], {"/a/b"}),
        (["/a/{x}/b/{y}", "/a/{x}/c"], {"/a/{x}/b/{y}"}),  # a/*/c takes a/1/b/c
        (["/{t}/a", "/{t}/b/{x}"], {"/{t}/b/{x}"}),  # */a takes 1/b/a
        (["/a/{p+}", "/b"], {"/b"}),  # greedy ones never
        (["/", "/{x}"], {"/"}),
    ],
)
def test_a_route_lies_apart_if_denying_all_of_it_takes_nothing_else(paths: list[str], expected: set[str]) -> None:
    """Its template as a resource matches no path that goes to another route."""
    assert {route.path for route in separate(router(*paths))} == expected


def test_bound_routes_never_lie_apart() -> None:
    """One caller's paths of it are allowed while another's are not."""
    made = Router()
    made.add(Route("GET", "/u/{sub}", bind={"sub": "sub"}))

    assert separate(made) == frozenset()


SHAPES: list[Shape] = [("a",), ("a", ONE), (ONE, "b"), ("a", ONE, "c"), (ONE,), ("a", REST), ("", "b"), ("a", "b", "c")]


@pytest.mark.parametrize("seed", range(30))
def test_a_template_is_held_against_all_resources_at_once(seed: int) -> None:
    """What is found are parts of the template that a resource covers; and all words that one of them matches."""
    rng = Random(seed)
    allowed = rng.sample(SHAPES, rng.randint(1, 4))
    template: Shape = tuple(rng.choice(("a", "b", "c", ONE)) for _ in range(rng.randint(1, 4)))

    parts = list(Globs(allowed).meeting(template))

    assert all(covers(template, part) and any(covers(glob, part) for glob in allowed) for part in parts)
    for word in _words(template):
        assert any(covers(part, word) for part in parts) or not any(covers(glob, word) for glob in allowed), word


def _words(template: Shape) -> list[Shape]:
    """Spell a template with every value: literals and a fresh one."""
    found: list[Shape] = [()]
    for segment in template:
        values = ("a", "b", "c", "fresh") if segment is ONE else (segment,)
        found = [(*word, value) for word in found for value in values]
    return found


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ([("a",)], None),
        ([(ONE, "k")], "*/b/k"),  # the part that is reached
        ([(ONE, "k"), (ONE, "l")], "*/b/*"),  # two of them: the whole is one
        ([(ONE, "k"), ("z", "b", "k")], "*/b/k"),  # one of which is within the other
        ([(ONE, f"k{number}") for number in range(20)], "*/b/*"),
        ([(ONE, "k" * 381)], "*/b/*"),  # the part would be too long to be named
    ],
)
def test_the_narrowest_single_resource_closes_a_route(allowed: list[Shape], expected: str | None) -> None:
    """One Deny, however many Allows reach it."""
    found = closing(Route("GET", "/{t}/b/{x}"), Globs(allowed))

    assert (found and text(found)) == expected


def test_a_thousand_routes_behind_a_free_tenant_take_few_denies_and_no_time() -> None:
    """`*/r1` reaches every `/{tenant}/r2/{id}` there is; pair by pair that were thousands of Denies."""
    table = [
        Route(method, f"/{{tenant}}/r{number}{tail}", scopes={f"s{number % 10}"})
        for number in range(125)
        for tail in ("", "/{id}")
        for method in ("GET", "POST", "PUT", "DELETE")
    ]

    policy = Routes(table).policy(Principal("ann", scopes={"s1", "s2"}), PREFIX + "GET/")

    allow, deny = (statement["Resource"] for statement in policy["Statement"])
    assert soon(lambda: Routes(table), within=BOUND)
    assert (len(allow), len(deny)) == (26 * 8, 99 * 4)  # nothing reaches the other refused ones
    assert PREFIX + "GET/*/r3/*" in deny
