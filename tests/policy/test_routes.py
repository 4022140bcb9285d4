"""A table becomes a policy: least privilege, the narrowest Denies, and the same bytes for the same caller."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit import BadAnswer, ConfigError, MethodArn, Principal, Route, Routes
from authkit.policy.document import LONGEST_RESOURCE
from authkit.policy.grants import fills_a_segment
from tests.support.events import PREFIX


def table(*granted: str, refused: tuple[str, ...] = (), **more: Any) -> Routes:
    """Return a table of routes written as ``GET /path``; what is refused asks for a scope that nobody has."""
    open_ones = [Route(*route.split()) for route in granted]
    closed = [Route(*route.split(), scopes={"nobody"}) for route in refused]
    return Routes([*open_ones, *closed], **more)


def said(routes: Routes, principal: Principal | None = None, path: str = "GET/") -> dict[str, list[str]]:
    """Return the resources of each effect, without the stage."""
    policy = routes.policy(principal or Principal("ann"), PREFIX + path)
    return {each["Effect"]: [name.removeprefix(PREFIX) for name in each["Resource"]] for each in policy["Statement"]}


@pytest.mark.parametrize(
    ("granted", "refused", "allow", "deny"),
    [
        (["GET /"], [], ["GET/"], []),
        (["GET /a"], ["GET /b"], ["GET/a"], []),
        (["GET /a/{x}"], ["GET /a/b"], ["GET/a/*"], ["GET/a/b"]),
        (["GET /a/{x}"], ["GET /a/{p+}"], ["GET/a/*"], ["GET/a/*/*"]),
        (["GET /a/{x}"], ["GET /a/{x}/{y}"], ["GET/a/*"], ["GET/a/*/*"]),
        (["GET /a/{x}"], ["GET /a/{x}/c"], ["GET/a/*"], ["GET/a/*/c"]),
        (["GET /a/{x}"], ["GET /a/b/{y}"], ["GET/a/*"], ["GET/a/b/*"]),
        (["GET /a/{x}", "GET /a/{x}/c/{y}"], ["GET /a/{x}/c"], ["GET/a/*"], ["GET/a/*/c"]),
        (["GET /a/{p+}"], ["GET /a/b/c"], ["GET/a/*"], ["GET/a/b/c"]),
        (["GET /a/{p+}"], ["GET /a/{x}"], ["GET/a/*/*"], []),
        (["GET /a/{x}", "GET /a/{p+}"], [], ["GET/a/*"], []),
        (["GET /{p+}"], ["GET /"], ["GET/*"], ["GET/"]),
        (["GET /a/b"], ["GET /a/{x}"], ["GET/a/b"], []),
        (["GET /a/{x}/z"], ["GET /a/b/{p+}"], ["GET/a/*/z"], ["GET/a/b/*/z", "GET/a/b/z"]),
        (["GET /a/{x}"], ["PUT /a/b"], ["GET/a/*"], []),
        (["ANY /a"], ["DELETE /a"], [f"{each}/a" for each in ("GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")], []),
    ],
)
def test_what_is_granted_is_allowed_and_no_more(
    granted: list[str], refused: list[str], allow: list[str], deny: list[str]
) -> None:
    """Of a refused route just the part is denied that an Allow reaches, in the fewest resources."""
    statements = said(table(*granted, refused=tuple(refused)))

    assert statements == ({"Allow": allow, "Deny": deny} if deny else {"Allow": allow})


def test_the_policy_is_the_documents_that_iam_reads() -> None:
    """Keys, version and action."""
    policy = table("GET /a/{x}", refused=("GET /a/b",)).policy(Principal("ann"), MethodArn.parse(f"{PREFIX}GET/a/7"))

    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [f"{PREFIX}GET/a/*"]},
            {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [f"{PREFIX}GET/a/b"]},
        ],
    }


def test_nothing_granted_is_an_explicit_deny() -> None:
    """Never an empty statement."""
    assert said(table(refused=("GET /a",))) == {"Deny": ["*"]}


def test_scopes_bindings_and_predicates_must_all_hold() -> None:
    """One that does not takes the route."""
    routes = Routes(
        [
            Route("GET", "/s", scopes={"a", "b"}),
            Route("GET", "/b/{x}", bind={"x": "sub"}),
            Route("GET", "/w", when=lambda principal: principal.claims["admin"]),
            Route("GET", "/all/{x}", scopes={"a"}, bind={"x": "sub"}, when=lambda principal: principal.claims["admin"]),
        ]
    )

    def allowed(scopes: set[str], **claims: Any) -> list[str]:
        return said(routes, Principal("ann", scopes=scopes, claims=claims)).get("Allow", [])

    assert allowed(set()) == []
    assert allowed({"a"}) == []
    assert allowed({"a", "b", "c"}) == ["GET/s"]
    assert allowed(set(), sub="ann") == ["GET/b/ann"]
    assert allowed(set(), admin=True) == ["GET/w"]
    assert allowed(set(), admin=False) == []
    assert allowed({"a"}, sub="ann", admin=0) == ["GET/b/ann"]
    assert allowed({"a"}, sub="ann", admin=1) == ["GET/all/ann", "GET/b/ann", "GET/w"]


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "?",
        "a*",
        "",
        ".",
        "..",
        "a/b",
        "/",
        "a:b",
        "%41",
        "$",
        "${x}",
        "a\\b",
        "a\nb",
        "\x00",
        "\x7f",
        "\u2028",
        "\u202ea",
        "\ud800",
        "x" * 257,
        None,
        7,
        True,
        ["ann"],
        {"sub": "ann"},
    ],
)
def test_a_value_that_is_no_plain_segment_is_never_filled_in(value: object) -> None:
    """It would be a pattern, another path, or the same one in another spelling."""
    routes = Routes([Route("GET", "/u/{x}", bind={"x": "sub"})])

    assert not fills_a_segment(value)
    assert said(routes, Principal("ann", claims={"sub": value})) == {"Deny": ["*"]}


@pytest.mark.parametrize(
    "value", ["ann", "a.b", "...", "ann@example.com", "a b", "ünï", "a+b,c;d=e", "x" * 256, "~", "-"]
)
def test_a_plain_segment_is_filled_in_as_it_is(value: str) -> None:
    """Never encoded anew."""
    routes = Routes([Route("GET", "/u/{x}", bind={"x": "sub"})])

    assert said(routes, Principal("ann", claims={"sub": value})) == {"Allow": [f"GET/u/{value}"]}


def test_a_value_that_is_a_literal_of_the_table_opens_nothing() -> None:
    """The path goes to the literal's route, which is refused."""
    routes = Routes([Route("GET", "/u/{x}", bind={"x": "sub"}), Route("GET", "/u/admin", scopes={"nobody"})])

    assert said(routes, Principal("eve", claims={"sub": "admin"})) == {"Deny": ["*"]}


def test_the_same_caller_gets_the_same_bytes() -> None:
    """In whatever order table and scopes come."""
    routes = [Route(method, path) for method in ("PUT", "GET") for path in ("/b/{x}", "/a/{x}", "/a/b", "/")]
    closed = [Route("GET", "/a/{x}/c", scopes={"no"}), Route("GET", "/b/b", scopes={"no"})]
    orders = [[*routes, *closed], [*closed, *reversed(routes)], [*reversed(closed), *routes]]

    written = {
        json.dumps(Routes(each).policy(Principal("ann", scopes=scopes), f"{PREFIX}GET/"))
        for each in orders
        for scopes in (["x", "y"], ["y", "x"])
    }

    assert len(written) == 1
    for statement in json.loads(written.pop())["Statement"]:
        assert statement["Resource"] == sorted(set(statement["Resource"]))


def test_the_stage_comes_from_the_arn() -> None:
    """Partition, region, account and API too; nothing else of it is used."""
    routes = table("GET /a")
    arn = "arn:aws-cn:execute-api:cn-north-1:111111111111:zyx/live/DELETE/*/whatever?"

    policy = routes.policy(Principal("ann"), arn)

    assert policy["Statement"][0]["Resource"] == ["arn:aws-cn:execute-api:cn-north-1:111111111111:zyx/live/GET/a"]


def test_a_resource_over_the_limit_is_an_error_that_names_it() -> None:
    """512 characters are taken, one more is a 500 of the gateway that explains nothing."""
    routes, before = table("GET /" + "x" * 380), "arn:aws:execute-api:eu-west-1:111122223333:api/"
    room = LONGEST_RESOURCE - len(before) - len("/GET/") - 380

    taken = routes.policy(Principal("ann"), f"{before}{'s' * room}/GET/")

    assert len(taken["Statement"][0]["Resource"][0]) == LONGEST_RESOURCE
    with pytest.raises(BadAnswer, match=r"the resource that allows GET /x+ is over 512 characters"):
        routes.policy(Principal("ann"), f"{before}{'s' * (room + 1)}/GET/")


def test_a_path_that_leaves_no_room_for_the_stage_is_refused_when_built() -> None:
    """It would fail for every caller."""
    with pytest.raises(ConfigError, match="over 384 characters"):
        table("GET /" + "x" * 384)


def test_a_bound_value_too_long_for_a_resource_is_no_grant() -> None:
    """It is one caller's own trouble, and neither an Allow nor an error for the others."""
    routes = Routes([Route("GET", f"/{'x' * 200}/{{sub}}", bind={"sub": "sub"}), Route("GET", "/open")])

    short, long = (said(routes, Principal("ann", claims={"sub": "s" * size})) for size in (183, 184))

    assert short["Allow"] == ["GET/open", f"GET/{'x' * 200}/{'s' * 183}"]
    assert long == {"Allow": ["GET/open"]}


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        (["GET /a/{x}", "GET /a/{y}"], "GET /a/{x} and GET /a/{y} are the same route"),
        (["GET /a", "GET /a"], "GET /a and GET /a are the same route"),
        (["GET /{p+}", "GET /{q+}"], "GET /{p+} and GET /{q+} are the same route"),
        (["ANY /a", "ANY /a"], "ANY /a and ANY /a are the same route"),
    ],
)
def test_a_route_that_stands_twice_is_an_error(routes: list[str], message: str) -> None:
    """The gateway could not tell them apart; one of them would be a surprise."""
    with pytest.raises(ConfigError) as caught:
        table(*routes)

    assert str(caught.value) == f"Routes: {message}"


def test_an_exact_method_goes_before_any() -> None:
    """As in the gateway; that is no duplicate."""
    routes = table("ANY /a", refused=("DELETE /a",))

    assert str(routes.find("DELETE", "a")) == "DELETE /a"
    assert str(routes.find("GET", "a")) == "ANY /a"
    assert routes.find("BREW", "a") is None


CONFLICT = {"refused": ("GET /a/{x}/{y}",)}


def test_a_conflict_is_found_at_construction_and_named() -> None:
    """All three routes, and what may be done."""
    with pytest.raises(ConfigError) as caught:
        table("GET /a/{x}", "GET /a/{x}/{y}/{z}", **CONFLICT)

    named = ["GET /a/{x} ", "GET /a/{x}/{y}/{z}", "GET /a/{x}/{y} ", "'a/*/*'", "'refuse'", "'one-request'"]
    assert [name for name in named if name not in str(caught.value)] == []


def test_a_caller_may_choose_to_be_refused_there() -> None:
    """The Deny wins, and the answer may be kept."""
    routes = table("GET /a/{x}", "GET /a/{x}/{y}/{z}", on_conflict="refuse", **CONFLICT)

    assert said(routes) == {"Allow": ["GET/a/*"], "Deny": ["GET/a/*/*"]}
    assert routes.cacheable
    assert len(routes.conflicts) == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("GET/a/1", {"Allow": ["GET/a/1"]}),
        ("GET/a/1/2/3", {"Allow": ["GET/a/1/2/3"]}),
        ("GET/a/1/2", {"Deny": ["*"]}),
        ("GET/a/1/", {"Deny": ["*"]}),
        ("GET/b", {"Deny": ["*"]}),
        ("POST/a/1", {"Deny": ["*"]}),
        ("BREW/a/1", {"Deny": ["*"]}),
        ("GET/a/*", {"Deny": ["*"]}),
        ("GET/a/?", {"Deny": ["*"]}),
        ("GET/a/${x}", {"Deny": ["*"]}),
        ("*/a/1", {"Deny": ["*"]}),
        ("GET/a/" + "x" * LONGEST_RESOURCE, {"Deny": ["*"]}),
    ],
)
def test_or_to_answer_for_the_one_request(path: str, expected: dict[str, list[str]]) -> None:
    """The path is named as it came, unless it is a pattern or too long to be named."""
    routes = table("GET /a/{x}", "GET /a/{x}/{y}/{z}", on_conflict="one-request", **CONFLICT)

    assert said(routes, path=path) == expected
    assert routes.one_request
    assert not routes.cacheable


def test_for_one_request_a_bound_value_must_be_the_callers_own() -> None:
    """The route is granted, the path is somebody else's."""
    conflicting = [Route("GET", "/a/{x}"), Route("GET", "/a/{x}/{y}", scopes={"no"}), Route("GET", "/a/{x}/{y}/{z}")]
    routes = Routes([*conflicting, Route("GET", "/u/{id}", bind={"id": "sub"})], on_conflict="one-request")
    ann = Principal("ann", claims={"sub": "ann"})

    assert said(routes, ann, "GET/u/ann") == {"Allow": ["GET/u/ann"]}
    assert said(routes, ann, "GET/u/bob") == {"Deny": ["*"]}


def test_without_a_conflict_every_choice_means_the_same() -> None:
    """The policy of all routes, which may be kept."""
    routes = table("GET /a/{x}", refused=("GET /b",), on_conflict="one-request")

    assert not routes.one_request
    assert said(routes, path="GET/elsewhere") == {"Allow": ["GET/a/*"]}


@pytest.mark.parametrize(
    ("given", "more", "message"),
    [
        ([], {}, "must be a list of routes, and not empty"),
        (None, {}, "must be a list of routes, and not empty"),
        (["GET /a"], {}, "'GET /a' is not a Route"),
        ([Route("GET", "/a")], {"on_conflict": "ignore"}, "'raise', 'refuse' or 'one-request', not 'ignore'"),
    ],
)
def test_what_is_no_table_is_an_error(given: Any, more: dict[str, Any], message: str) -> None:
    """An empty one would refuse everybody."""
    with pytest.raises(ConfigError) as caught:
        Routes(given, **more)

    assert message in str(caught.value)


def test_a_table_can_be_gone_through() -> None:
    """In its own order."""
    routes = [Route("GET", "/b"), Route("GET", "/a")]

    assert list(Routes(routes)) == routes
    assert len(Routes(iter(routes))) == 2


def test_a_deny_that_would_be_too_long_is_found_while_constructing() -> None:
    """Each route fits, and what they have in common does not: the first to need it would get a 500."""
    long = "x" * 200
    table = [Route("GET", f"/{long}/{{a+}}", scopes={"a"}), Route("GET", f"/{{b}}/{'y' * 200}/c", scopes={"b"})]

    with pytest.raises(ConfigError, match=r"takes a resource of 40[0-9] characters"):
        Routes(table)


def test_what_nobody_holds_is_in_no_conflict() -> None:
    """A route that is granted to nobody is taken from nobody."""

    def nobody(principal: Any) -> bool:
        return False

    nobody.never = True  # type: ignore[attr-defined]
    table = [
        Route("GET", "/a/{x}", scopes={"a"}),
        Route("GET", "/a/{x}/{y}", scopes={"b"}),
        Route("GET", "/a/{x}/{y}/{z}", when=nobody),
    ]

    assert Routes(table).conflicts == ()
    with pytest.raises(ConfigError, match="would take ordinary paths"):
        Routes([*table[:2], Route("GET", "/a/{x}/{y}/{z}", scopes={"c"})])
