"""A simple answer that the gateway keeps for an API's route is right for whatever that route takes."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from authkit import Authorizer, Principal, Route, Routes, reads
from authkit.errors import BadEvent, ConfigError

METHODS = ("GET", "DELETE", "ANY")
ARN = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/$default/"


@reads("header.authorization")
def reader(_request: object) -> Principal:
    """Hold one scope of two."""
    return Principal("ann", scopes={"read"})


def paths(ends: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return paths of templates: names, parameters, and perhaps a greedy end."""
    middle = st.lists(st.sampled_from(["a", "b", "{}"]), max_size=2)
    return st.builds(_path, middle, st.sampled_from(ends))


def _path(middle: list[str], end: str) -> str:
    parts = [*middle, end] if end else middle
    return "/" + "/".join(f"{{p{at}{part[1:]}" if part.startswith("{") else part for at, part in enumerate(parts))


templates = paths(("", "a", "b", "{}", "{+}"))
routes = st.builds(
    lambda method, path, scope: Route(method, path, scopes={scope}),
    st.sampled_from(METHODS),
    templates,
    st.sampled_from(["read", "read", "admin"]),
)
keys = st.builds("{} {}".format, st.sampled_from(("ANY", *METHODS)), templates)


def requests(template: str) -> st.SearchStrategy[tuple[str, str]]:
    """Return requests near a template: some of them under it, some not."""
    near = st.tuples(*(st.sampled_from(_fillings(part)) for part in template[1:].split("/"))).map("/".join)
    anywhere = st.lists(st.sampled_from(["a", "b", "c", "7"]), max_size=4).map("/".join)
    return st.tuples(st.sampled_from(["GET", "DELETE"]), near | near | anywhere)


def _fillings(part: str) -> list[str]:
    return ["a", "7", "b/7", "7/a/b"] if part.endswith("+}") else ["a", "b", "7"] if part[:1] == "{" else [part]


@st.composite
def worlds(draw: Any) -> tuple[list[Route], str, list[tuple[str, str]]]:
    """Return a table, a route key that is often one of the table's own, and requests near it."""
    key = draw(keys) if draw(st.integers(0, 4)) else "$default"
    template = key.partition(" ")[2] or "/{p+}"
    table = draw(st.lists(routes, max_size=4))
    if draw(st.sampled_from([True, True, False])):  # the key's own route, and one within it
        method = key.partition(" ")[0].replace("$default", "ANY")
        filled = "/" + draw(requests(template))[1]
        finer = draw(st.sampled_from([("DELETE", template), ("GET", filled), ("ANY", filled)]))
        table += [Route(method, template, scopes={"read"}), Route(*finer, scopes={"admin"})]
    table.append(draw(routes))
    unique = {(route.method, route.template): route for route in table}
    return list(unique.values()), key, draw(st.lists(requests(template), min_size=2, max_size=6))


def takes(key: str, method: str, path: str) -> bool:
    """Tell whether a request can come under a route key: written apart from the library's own matching."""
    if key == "$default":
        return True
    wanted, _, template = key.partition(" ")
    parts, mine = path.split("/"), template[1:].split("/")
    if mine[-1].endswith("+}"):
        if len(parts) < len(mine) or parts[len(mine) - 1] == "":
            return False
        parts, mine = parts[: len(mine) - 1], mine[:-1]
    fits = len(parts) == len(mine) and all(a == b or (b[:1] == "{" and a) for a, b in zip(parts, mine, strict=True))
    return fits and wanted in ("ANY", method)


def event(key: str, method: str, path: str) -> dict[str, Any]:
    """Return what an HTTP API hands over."""
    context = {"routeKey": key, "http": {"method": method, "path": f"/{path}"}}
    headers = {"authorization": "x"}
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": f"{ARN}{method}/{path}",
        "headers": headers,
        "requestContext": context,
    }


def answering(table: list[Route], **settings: Any) -> tuple[Authorizer, Authorizer]:
    """Return a handler whose answers are kept, and one whose are not."""
    try:
        built = Routes(table, api="http", on_conflict="refuse", **settings)
    except ConfigError:
        assume(False)
    kept, once = (
        Authorizer(authenticate=reader, routes=built, response="simple", cached=cached, observe=_silent)
        for cached in (True, False)
    )
    return kept, once


def _silent(_record: object) -> None:
    pass


@given(worlds())
def test_a_kept_yes_is_a_yes_for_all_that_can_come_under_the_same_key(world: Any) -> None:
    """Whatever other routes the API has: this is what nobody knows."""
    table, key, asked = world
    kept, once = answering(table)
    under = [each for each in asked if takes(key, *each)]
    answers = {each: once(event(key, *each))["isAuthorized"] for each in under}

    for each in under:
        try:
            answer = kept(event(key, *each))["isAuthorized"]
        except BadEvent:
            continue
        assert answer == answers[each]
        assert not answer or all(answers.values())


@given(worlds())
def test_where_the_api_has_the_tables_routes_nothing_is_in_the_way(world: Any) -> None:
    """Each request comes under the key of its own route then, and is answered as it would be alone."""
    table, _, asked = world
    kept, once = answering(table, one_to_one=True)

    for each in asked:
        route = kept.routes.find(*each)
        if route is not None:
            said = event(str(route), *each)
            assert kept(said)["isAuthorized"] == once(said)["isAuthorized"] == (route.scopes == {"read"})
