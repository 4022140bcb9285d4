"""Shapes are what paths and IAM resources have in common."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

import pytest

from authkit.policy.shape import ONE, REST, Shape, Value, covers, literals, text, widest


@pytest.mark.parametrize(
    ("shape", "expected"),
    [(("",), ""), (("a",), "a"), (("a", ONE), "a/*"), (("a", REST), "a/*"), (("a", ONE, "b", REST), "a/*/b/*")],
)
def test_a_shape_is_written_as_a_resource(shape: Shape, expected: str) -> None:
    """Every wildcard is a star there."""
    assert text(shape) == expected


@pytest.mark.parametrize(
    ("glob", "shape", "expected"),
    [
        (("a",), ("a",), True),
        (("a",), ("b",), False),
        (("a", ONE), ("a", ONE), True),
        (("a", ONE), ("a", "x"), True),
        (("a", "x"), ("a", ONE), False),
        (("a", ONE), ("a", ONE, ONE), True),
        (("a", ONE), ("a",), False),
        (("a", ONE, ONE), ("a", ONE), False),
        (("a", REST, "z"), ("a", "b", "c", "z"), True),
        (("a", REST, "z"), ("a", "z"), False),
        ((REST,), ("a", "b", "c"), True),
        ((REST,), ("",), True),
        (("a", ONE, "b", ONE), ("a", "x", "b", "b", "y"), True),
    ],
)
def test_one_resource_covers_another(glob: Shape, shape: Shape, expected: bool) -> None:
    """IAM's star crosses slashes."""
    assert covers(glob, shape) is expected


def test_covering_is_what_globbing_says() -> None:
    """Compared with the standard library's matcher, on every short resource and path."""
    letters = ("a", "b", "")
    paths = [path for size in (1, 2, 3) for path in product(letters, repeat=size)]
    globs = [glob for size in (1, 2, 3) for glob in product(("a", "b", REST), repeat=size)]

    differing = [
        (glob, path) for glob in globs for path in paths if covers(glob, path) != fnmatchcase(text(path), text(glob))
    ]

    assert differing == []


def test_only_the_widest_are_kept() -> None:
    """Whatever another one matches need not be said, nor anything twice."""
    shapes: list[Shape] = [("a", "b"), ("a", ONE), ("a", REST), ("a", ONE, "c"), ("b",), ("b",), ("c", ONE, "d")]

    kept = sorted(text(shape) for shape in widest(shapes))

    assert kept == ["a/*", "b", "c/*/d"]


def test_the_whole_tree_covers_everything() -> None:
    """A wildcard alone has no literal to be found under."""
    assert [text(shape) for shape in widest([("a",), (REST,), ("a", ONE), ("",)])] == ["*"]


def test_nothing_is_the_widest_of_nothing() -> None:
    """As where nothing is refused."""
    assert widest([]) == []


def test_literals_are_what_is_no_wildcard() -> None:
    """In their order, and empty ones too."""
    assert literals(("a", ONE, "", REST, "b")) == ["a", "", "b"]


def test_an_unknown_value_is_equal_to_itself_alone() -> None:
    """To no literal of the same spelling, or a route would be taken for one's own."""
    value = Value("sub")

    assert value == Value("sub")
    assert value != Value("tenant")
    assert value != "sub"
    assert "sub" != value  # noqa: SIM300 - from either side
    assert hash(value) == hash(Value("sub"))
    assert len({value, "sub", Value("sub")}) == 2
