"""The router goes API Gateway's way: a literal before a parameter before a greedy one."""

from __future__ import annotations

import pytest

from authkit import Route
from authkit.policy.router import Router
from authkit.policy.shape import ONE, REST, Shape, text


def router(*paths: str) -> Router:
    """Return a router for these paths."""
    made = Router()
    for path in paths:
        made.add(Route("GET", path))
    return made


TABLE = router("/", "/a", "/a/{x}", "/a/b", "/a/b/{p+}", "/a/{x}/c", "/{p+}", "/d/{x}/e")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", "/"),
        ("a", "/a"),
        ("a/b", "/a/b"),
        ("a/z", "/a/{x}"),
        ("a/b/c", "/a/b/{p+}"),
        ("a/z/c", "/a/{x}/c"),
        ("a/b/c/d", "/a/b/{p+}"),
        ("a/z/d", "/{p+}"),
        ("z", "/{p+}"),
        ("d/z/e", "/d/{x}/e"),
        ("d/z", "/{p+}"),
        ("d/z/e/f", "/{p+}"),
        ("A", "/{p+}"),
        ("a//c", "/{p+}"),
        ("a/", "/{p+}"),
        ("a/b/", "/{p+}"),
        ("/a", "/{p+}"),
    ],
)
def test_a_path_goes_to_one_route(path: str, found: str) -> None:
    """It turns back where a choice leads nowhere, and takes no empty segment for a parameter."""
    route = TABLE.find(tuple(path.split("/")))

    assert route is not None
    assert route.path == found


@pytest.mark.parametrize("path", ["", "b", "a/b", "x/", "x/y/z"])
def test_a_path_may_go_nowhere(path: str) -> None:
    """Then it is no concern of the policy."""
    assert router("/a", "/x/{y}").find(tuple(path.split("/"))) is None


def test_a_greedy_parameter_needs_something_to_take() -> None:
    """The folder itself is not below it."""
    files = router("/files/{p+}")

    assert files.find(("files",)) is None
    assert files.find(("files", "")) is None
    assert files.find(("files", "a")) is not None


def test_a_route_of_the_same_template_is_replaced_and_told() -> None:
    """Whatever its parameters are called; a greedy one is another template."""
    made = router("/a/{x}")
    first, second, greedy = next(iter(made.routes)), Route("GET", "/a/{other}"), Route("GET", "/a/{p+}")

    assert made.add(second) is first
    assert made.add(greedy) is None
    assert list(made.routes) == [second, greedy]
    assert made.longest == 2


@pytest.mark.parametrize(
    ("glob", "reached"),
    [
        (("a",), {"/a": "a"}),
        (("a", ONE), {"/a/{x}": "a/*", "/a/b": "a/b", "/a/b/{p+}": "a/b/*", "/a/{x}/c": "a/*/c"}),
        (("a", "b"), {"/a/b": "a/b", "/a/{x}": "a/b"}),
        (("a", ONE, "c"), {"/a/{x}/c": "a/*/c", "/a/b/{p+}": "a/b/c"}),
        (("d", REST), {"/d/{x}/e": "d/*/e"}),
        (("nowhere",), {}),
    ],
)
def test_a_resource_reaches_routes(glob: Shape, reached: dict[str, str]) -> None:
    """Each with the part of it that the resource matches, among others that a greedy route of all holds."""
    met = {(route.path, text(shape)) for route, shape in TABLE.meets(glob)}

    assert set(reached.items()) <= met
    assert {path for path, _ in met} <= {*reached, "/{p+}"}


def test_the_empty_segment_is_no_parameter() -> None:
    """A resource that ends in a slash reaches no route that needs a value there."""
    assert router("/a/{x}", "/a/{p+}").meets(("a", "")) == set()
