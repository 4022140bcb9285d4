"""A wrong configuration fails as it is built, all faults in one message; a right one says what the cache needs."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from authkit import Authorizer, ConfigError, Cookie, Header, JWTBearer, Query, Request, Route, Routes, reads
from tests.support.authorizers import ROUTES, anybody, authorizer, guard_that
from tests.support.tokens import bearer


def silent(request: Request) -> None:
    """Look at a request and not say at what."""


def reading(*sources: str, per_request: bool = False) -> Any:
    """Return a guard that reads these."""

    @reads(*sources)
    def guard(request: Request) -> None:
        return None

    guard.per_request = per_request  # type: ignore[attr-defined]
    return guard


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"guards": [silent]}, "guards[0] (silent) does not say what it reads"),
        ({"guards": [reading("header.a"), silent]}, "guards[1] (silent) does not say what it reads"),
        ({"authenticate": silent}, "authenticate (silent) does not say what it reads"),
        ({"guards": ["no"]}, "guards[0] (str) cannot be called"),
        ({"authenticate": JWTBearer}, "authenticate is the class JWTBearer: write JWTBearer(…)"),
        ({"guards": silent}, "guards must be a list of callables"),
        ({"guards": None}, "guards must be a list of callables"),
        ({"guards": "header.a"}, "guards must be a list of callables"),
        ({"authenticate": None}, "authenticate (NoneType) cannot be called"),
        ({"enrich": [{"tenant": "acme"}]}, "enrich[0] (dict) cannot be called"),
        ({"enrich": silent}, "enrich must be a list of callables"),
        ({"observe": None}, "observe (NoneType) cannot be called"),
        ({"response": "simpel"}, "response is 'policy' or 'simple', not 'simpel'"),
        ({"routes": []}, "the table must be a list of routes, and not empty"),
        ({"routes": None}, "the table must be a list of routes, and not empty"),
        ({"routes": Route("GET", "/")}, "the table must be a list of routes, and not empty"),
        ({"routes": ["GET /"]}, "'GET /' is not a Route"),
        ({"routes": [Route("GET", "/a/{x}"), Route("GET", "/a/{y}")]}, "are the same route"),
    ],
)
def test_a_wrong_slot_is_named_and_what_to_do(changes: dict[str, Any], said: str) -> None:
    """The deployment fails, not the first caller."""
    with pytest.raises(ConfigError) as caught:
        authorizer(**changes)

    assert said in str(caught.value)


def test_all_faults_stand_in_one_message() -> None:
    """Nobody deploys five times to learn of five."""
    wrong = {"guards": [silent, 7], "authenticate": "x", "enrich": [1], "response": "yes", "routes": [], "observe": 0}

    with pytest.raises(ConfigError) as caught:
        authorizer(**wrong)

    said = str(caught.value)
    named = ("guards[0]", "guards[1]", "authenticate", "enrich[0]", "response", "the table", "observe")
    assert said.startswith("Authorizer: ")
    assert [name for name in named if name not in said] == []


def test_a_fault_never_shows_what_a_callable_was_given() -> None:
    """The repr of a partial would, and a secret in the wrong place as well."""
    with pytest.raises(ConfigError) as caught:
        authorizer(guards=[partial(silent, secret="s3cret"), "s3cret"], enrich=["s3cret"], observe="s3cret")

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("declared", ["header.authorization", ["header.authorization"], ("authorization",), (7,), None])
def test_reading_something_the_gateway_cannot_key_on_is_a_fault(declared: object) -> None:
    """Declared by hand, without the decorator."""

    def guard(request: Request) -> None:
        return None

    guard.reads = declared  # type: ignore[attr-defined]

    with pytest.raises(ConfigError, match="does not say what it reads"):
        authorizer(guards=[guard])


def test_identity_sources_are_everything_read_each_once() -> None:
    """The credential first, then the guards in their order."""
    guards = [
        reading("header.X-Edge", "querystring.tag"),
        reading("header.authorization", "header.x-edge"),
        reading("context.identity.sourceIp"),
    ]

    handler = authorizer(guards=guards)

    expected = ("header.authorization", "header.x-edge", "querystring.tag", "context.identity.sourceIp")
    assert handler.identity_sources == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Header("Authorization"), "header.authorization"),
        (Header("X-Token"), "header.x-token"),
        (Query("Token"), "querystring.Token"),
        (Cookie("sid"), "header.cookie"),
    ],
)
def test_a_bearers_source_is_the_identity_source(source: Any, expected: str) -> None:
    """A cookie is keyed by its whole header."""
    assert authorizer(authenticate=bearer(source=source)).identity_sources == (expected,)


def test_an_ordinary_authorizer_is_cacheable() -> None:
    """Its answer is right for every request of the caller."""
    handler = authorizer(guards=[reading("header.x-edge")])

    assert handler.cacheable is True


@pytest.mark.parametrize("slot", ["guards", "authenticate"])
def test_what_vouches_for_one_request_is_not_cacheable(slot: str) -> None:
    """As a signature over it."""
    once = reading("header.authorization", per_request=True)
    changes: dict[str, Any] = {"guards": [once]} if slot == "guards" else {"authenticate": once}

    assert authorizer(**changes).cacheable is False


def test_a_table_that_answers_for_one_request_is_not_cacheable() -> None:
    """The next request of the caller may be another one."""
    table = [Route("GET", "/a/{x}"), Route("GET", "/a/{x}/{y}", scopes={"no"}), Route("GET", "/a/{x}/{y}/{z}")]

    assert authorizer(routes=Routes(table, on_conflict="one-request")).cacheable is False
    assert authorizer(routes=Routes(table, on_conflict="refuse")).cacheable is True
    assert authorizer(routes=Routes(ROUTES, on_conflict="one-request")).cacheable is True


def test_without_an_identity_source_nothing_is_cacheable() -> None:
    """The gateway would have one entry for the whole world."""
    nothing = reads()(lambda request: None)

    assert authorizer(authenticate=nothing).cacheable is False


def test_generators_and_tables_are_taken_as_they_come() -> None:
    """Each is gone through once."""
    handler = Authorizer(
        authenticate=anybody,
        routes=(route for route in ROUTES),
        guards=(guard_that(None) for _ in range(2)),
        enrich=iter([lambda principal: {}]),
    )

    assert len(handler.routes) == 2
    assert list(handler.routes) == list(ROUTES)


def test_its_repr_tells_what_the_gateway_must_know() -> None:
    """And nothing that was put into a slot."""
    shown = repr(authorizer(guards=[reading("header.x-edge")]))

    assert "header.x-edge" in shown
    assert "cacheable=True" in shown
    assert "routes=2" in shown
