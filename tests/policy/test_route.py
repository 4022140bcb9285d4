"""A route says what it takes to be called, and a typo in it says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Principal, Route
from authkit.policy.route import METHODS
from authkit.policy.shape import ONE, REST


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", ("",)),
        ("/orders", ("orders",)),
        ("/orders/{id}", ("orders", ONE)),
        ("/orders/{id}/lines", ("orders", ONE, "lines")),
        ("/{proxy+}", (REST,)),
        ("/files/{path+}", ("files", REST)),
        ("/v1.0/~me/$batch;x=1,2:go@home!", ("v1.0", "~me", "$batch;x=1,2:go@home!")),
        ("/{a.b_c-d$}", (ONE,)),
    ],
)
def test_a_path_becomes_a_template(path: str, template: tuple[Any, ...]) -> None:
    """Literals, single parameters and a greedy one."""
    assert Route("GET", path).template == template


def test_parameters_have_their_places() -> None:
    """By name, whatever braces and plus stand around it."""
    assert Route("GET", "/a/{x}/b/{rest+}").parameters == {"x": 1, "rest": 3}


def test_any_stands_for_the_seven_methods() -> None:
    """Policies list them: a wildcard in their place would cross into the path."""
    assert Route("ANY", "/").methods == METHODS
    assert Route("PUT", "/").methods == ("PUT",)


def test_it_shows_itself_as_it_was_written() -> None:
    """In messages and in logs."""
    route = Route("GET", "/orders/{id}", scopes=["a"])

    assert str(route) == "GET /orders/{id}"
    assert repr(route) == "Route('GET', '/orders/{id}')"


@pytest.mark.parametrize("scopes", [("a", "b"), ["b", "a"], {"a", "b"}, frozenset("ab"), (each for each in ("a", "b"))])
def test_scopes_are_any_collection(scopes: Any) -> None:
    """A generator too; it is gone through once."""
    assert Route("GET", "/", scopes=scopes).scopes == {"a", "b"}


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (
            "get",
            "'get' is not a method of API Gateway (DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT or ANY); write 'GET'",
        ),
        ("Post", "write 'POST'"),
        ("any", "write 'ANY'"),
        ("*", "write 'ANY'"),
        ("FETCH", "'FETCH' is not a method"),
        ("CONNECT", "'CONNECT' is not a method"),
        ("", "'' is not a method"),
        ("GET ", "'GET ' is not a method"),
        (None, "None is not a method"),
        (["GET"], "['GET'] is not a method"),
    ],
)
def test_a_wrong_method_says_what_to_write(method: Any, said: str) -> None:
    """A route that matches nothing would be a 403 nobody understands."""
    with pytest.raises(ConfigError) as caught:
        Route(method, "/")

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("orders", "must begin with a slash"),
        ("", "must begin with a slash"),
        (None, "must begin with a slash"),
        (7, "must begin with a slash"),
        ("/orders/", "remove the doubled or trailing slash"),
        ("//orders", "remove the doubled or trailing slash"),
        ("/orders//x", "remove the doubled or trailing slash"),
        ("/orders/:id", "':id' is another framework's parameter; write {id}"),
        ("/orders/<id>", "'<id>' is another framework's parameter; write {id}"),
        ("/orders/<int:id>", "'<int:id>' is another framework's parameter; write {id}"),
        ("/orders/{id:int}", "'{id:int}' is no parameter"),
        ("/orders/{id", "'{id' is no parameter: it must fill the segment, as {name} or {name+}"),
        ("/orders/id}", "'id}' is no parameter"),
        ("/orders/{}", "'{}' is no parameter"),
        ("/orders/{+}", "'{+}' is no parameter"),
        ("/orders/{", "'{' is no parameter"),
        ("/orders/{{id}}", "'{{id}}' is no parameter"),
        ("/orders/${id}", "'${id}' is no parameter"),
        ("/orders/x{id}", "'x{id}' is no parameter: it must fill the segment"),
        ("/orders/{id}.json", "'{id}.json' is no parameter: it must fill the segment"),
        ("/orders/{a}-{b}", "'{a}-{b}' is no parameter"),
        ("/orders/{p++}", "'{p++}' is no parameter"),
        ("/orders/{+p}", "'{+p}' is no parameter"),
        ("/orders/{p*}", "'{p*}' is no parameter"),
        ("/{p+}/lines", "'{p+}' is greedy, so it must be the last segment"),
        ("/{a}/x/{a}", "the parameter 'a' is named twice"),
        ("/{a}/{a+}", "the parameter 'a' is named twice"),
        ("/orders/*", "'*' holds '*', which a resource's name cannot"),
        ("/orders?x", "holds '?'"),
        ("/a%20b", "holds '%'"),
        ("/a b", "holds ' '"),
        ("/a#b", "holds '#'"),
        ("/[id]", "holds '[' ']'"),
        ("/a\n", r"holds '\n'"),
        ("/é", "holds 'é'"),
        ("/a/../b", "'..' is a step"),
        ("/./b", "'.' is a step"),
    ],
)
def test_a_typo_in_a_path_says_what_to_do(path: Any, said: str) -> None:
    """Before the deployment, not as a 403 after it."""
    with pytest.raises(ConfigError) as caught:
        Route("GET", path)

    assert said in str(caught.value)
    assert str(caught.value).startswith(f"Route GET {path}: ")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scopes": "orders:read"}, "not one text: write {'orders:read'}"),
        ({"scopes": ["a b"]}, "scopes must be texts without blanks"),
        ({"scopes": [""]}, "scopes must be texts without blanks"),
        ({"scopes": [7]}, "scopes must be texts without blanks"),
        ({"scopes": 7}, "scopes must be texts without blanks"),
        ({"scopes": None}, "scopes must be texts without blanks"),
        ({"bind": {"y": "sub"}}, "bind names 'y', which is no parameter of the path"),
        ({"bind": {"p": "sub"}}, "bind names 'p', which is greedy; only a single segment can be bound"),
        ({"bind": {"x": ""}}, "bind must give 'x' the name of a claim"),
        ({"bind": {"x": None}}, "bind must give 'x' the name of a claim"),
        ({"bind": ["x"]}, "bind must map path parameters to claims"),
        ({"bind": "x"}, "bind must map path parameters to claims"),
        ({"when": "admin"}, "when must be a callable"),
        ({"when": True}, "when must be a callable"),
    ],
)
def test_a_wrong_demand_says_what_to_do(changes: dict[str, Any], said: str) -> None:
    """What looks like a demand and is none would open the route."""
    with pytest.raises(ConfigError) as caught:
        Route("GET", "/a/{x}/{p+}", **changes)

    assert said in str(caught.value)


def test_all_faults_of_a_route_stand_in_one_message() -> None:
    """Method, path, scopes and predicate."""
    with pytest.raises(ConfigError) as caught:
        Route("get", "/a//:id", scopes="x", when=1)  # type: ignore[arg-type]

    assert [said for said in ("GET", "doubled", "{id}", "scopes", "when") if said not in str(caught.value)] == []


def test_a_bound_parameter_is_filled_in() -> None:
    """And a shape can be told from another principal's."""
    route = Route("GET", "/users/{id}/files/{p+}", bind={"id": "sub"})

    filled = route.filled({"sub": "ann"})

    assert filled == ("users", "ann", "files", REST)
    assert route.is_filled_by(filled, {"sub": "ann"})
    assert not route.is_filled_by(filled, {"sub": "bob"})
    assert not route.is_filled_by(route.template, {"sub": "ann"})


def test_what_it_was_given_cannot_be_changed_after() -> None:
    """Neither the scopes nor the binding."""
    scopes, bind = ["a"], {"x": "sub"}
    route = Route("GET", "/a/{x}", scopes=scopes, bind=bind)

    scopes.clear()
    bind.clear()

    assert route.scopes == {"a"}
    assert route.bind == {"x": "sub"}
    with pytest.raises(TypeError):
        route.bind["y"] = "sub"  # type: ignore[index]


def test_demands_tell_who_can_hold_two_routes() -> None:
    """Scopes, bound claims and the predicate itself count."""

    def admin(principal: Principal) -> bool:
        return False

    wide = Route("GET", "/a/{x}", scopes={"a"})
    narrow = Route("GET", "/b/{x}", scopes={"a", "b"}, bind={"x": "sub"}, when=admin)

    assert not narrow.demands <= wide.demands
    assert wide.scopes <= narrow.scopes
    assert Route("GET", "/c", when=admin).demands <= narrow.demands | wide.demands


def test_a_predicate_that_cannot_be_told_from_others_is_refused() -> None:
    """Which routes are granted together is known by the predicate itself."""

    class Unhashable:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, principal: object) -> bool:
            return True

    with pytest.raises(ConfigError, match="when must be hashable"):
        Route("GET", "/a", when=Unhashable())
