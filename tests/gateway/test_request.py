"""A request is read without trusting its shape (contract sections 3 and 4)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import Cookie, Header, Query, Request, Unauthenticated
from authkit.gateway.request import parse
from authkit.gateway.sources import read_one
from tests.support.events import request_event


def request_of(*args: Any, **changes: Any) -> Request:
    """Return the request of an event with these headers and fields."""
    return parse(request_event(*args, **changes))


@pytest.mark.parametrize("asked", ["authorization", "Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("sent", ["authorization", "Authorization", "aUTHORIZATION"])
def test_a_headers_case_does_not_matter(asked: str, sent: str) -> None:
    """Clients, HTTP/2 and edge-optimized endpoints each have their own."""
    assert request_of({sent: "one"}).header(asked) == ("one",)


def test_a_header_that_is_not_there_has_no_values() -> None:
    """Neither has one whose name is merely as long."""
    request = request_of({"X-Tenant": "acme"})

    assert request.header("x-person") == ()
    assert request.header("x") == ()


def test_a_repeated_header_has_all_its_values() -> None:
    """The map of single values holds only the last."""
    assert request_of({"X-A": ["one", "two"]}).header("x-a") == ("one", "two")


def test_a_header_sent_twice_with_one_value_is_still_repeated() -> None:
    """That both agree is no proof of who sent which."""
    assert request_of({"X-A": ["one", "one"]}).header("x-a") == ("one", "one")


def test_one_name_in_two_cases_is_a_repeated_header() -> None:
    """Either could have been meant."""
    assert sorted(request_of({"X-A": "one", "x-a": "two"}).header("X-A")) == ["one", "two"]


def test_one_name_in_two_cases_is_repeated_in_the_single_map_alone() -> None:
    """Also with one value, and also where the other map has it once."""
    single = {"X-A": "one", "x-a": "one"}

    assert len(request_of(headers=single, multiValueHeaders=None).header("x-a")) == 2
    assert len(request_of(headers=single, multiValueHeaders={"X-A": ["one"]}).header("x-a")) > 1


@pytest.mark.parametrize(
    ("single", "multiple", "expected"),
    [
        ({"A": "one"}, {"A": ["one"]}, ("one",)),
        ({"A": "one"}, None, ("one",)),
        ({"A": "one"}, {}, ("one",)),
        ({"A": "one"}, {"A": []}, ("one",)),
        (None, {"A": ["one"]}, ("one",)),
        ({"A": "two"}, {"A": ["one", "two"]}, ("one", "two")),
        ({"A": "two"}, {"A": ["one"]}, ("one", "two")),
        ({"A": "two"}, {"A": ["one", "three"]}, ("one", "three", "two")),
        (None, None, ()),
    ],
)
def test_where_the_maps_disagree_both_are_told(single: Any, multiple: Any, expected: tuple[str, ...]) -> None:
    """Whoever needs one value then refuses."""
    assert request_of(headers=single, multiValueHeaders=multiple).header("a") == expected


@pytest.mark.parametrize("garbage", [7, None, {"a": 1}, True, ["x"]])
def test_a_value_that_is_no_text_still_counts(garbage: object) -> None:
    """Leaving it out would make a repeated header a single one."""
    request = request_of(headers=None, multiValueHeaders={"A": ["good", garbage]})

    assert len(request.header("a")) == 2


@pytest.mark.parametrize("field", ["headers", "multiValueHeaders", "stageVariables", "requestContext"])
@pytest.mark.parametrize("garbage", [None, 7, "text", [], [["a", "b"]], True])
def test_a_map_that_is_no_map_is_an_empty_one(field: str, garbage: object) -> None:
    """Any of them may be null; a missing one is empty."""
    request = request_of(**{"headers": None, "multiValueHeaders": None, field: garbage})

    assert request.header("a") == ()
    assert request.context("nothing") is None
    assert request.stage_variable("nothing") is None


def test_a_query_parameter_has_all_its_values() -> None:
    """Names are exact, unlike those of headers."""
    request = request_of(query={"tag": ["a", "b"], "Expand": "price"})

    assert request.query("tag") == ("a", "b")
    assert request.query("Expand") == ("price",)
    assert request.query("expand") == ()


def test_query_maps_that_disagree_are_both_told() -> None:
    """As with headers."""
    event = request_event(queryStringParameters={"t": "two"}, multiValueQueryStringParameters={"t": ["one"]})

    assert parse(event).query("t") == ("one", "two")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sid=1", ("1",)),
        ("theme=dark; sid=1", ("1",)),
        ("theme=dark;sid=1", ("1",)),
        ("sid=a=b==", ("a=b==",)),
        ("sid=", ("",)),
        ("sid", ()),
        ("SID=1", ()),
        ("xsid=1; sidx=2", ()),
        ("sid=1; sid=2", ("1", "2")),
        ('sid="1"', ('"1"',)),
        ("", ()),
        (";;=;", ()),
    ],
)
def test_a_cookie_is_read_as_sent(line: str, expected: tuple[str, ...]) -> None:
    """Nothing is unquoted or decoded (RFC 6265 section 4.2.1)."""
    assert request_of({"Cookie": line}).cookie("sid") == expected


def test_cookies_of_several_header_lines_are_all_told() -> None:
    """HTTP/2 may split them."""
    assert request_of({"cookie": ["sid=1", "sid=2"]}).cookie("sid") == ("1", "2")


def test_the_context_gives_texts_and_nothing_else() -> None:
    """Numbers, maps and nulls are no text."""
    request = request_of()

    assert request.context("identity", "sourceIp") == "192.0.2.8"
    assert request.context("stage") == "test"
    assert request.context("identity", "apiKey") is None
    assert request.context("identity") is None
    assert request.context("requestTimeEpoch") is None
    assert request.context("stage", "deeper") is None
    assert request.context("identity", "sourceIp", "deeper") is None


def test_a_stage_variable_is_a_text_or_nothing() -> None:
    """As in the context."""
    request = request_of(stageVariables={"colour": "green", "count": 3})

    assert request.stage_variable("colour") == "green"
    assert request.stage_variable("count") is None
    assert request.stage_variable("other") is None


NAMES = ["a", "A", "cookie", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "A", "cookie", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = [
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "stageVariables",
    "requestContext",
    "pathParameters",
    "path",
    "resource",
    "httpMethod",
]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_shape_of_any_field_is_read_or_refused(changes: dict[str, Any]) -> None:
    """Readers give texts; where one value is due it is a text, or a refusal."""
    request = request_of(**changes)

    assert all(isinstance(value, str) for value in (*request.header("a"), *request.query("a"), *request.cookie("a")))
    assert isinstance(request.context("a", "x"), str | None)
    assert isinstance(request.stage_variable("a"), str | None)
    for source in (Header("A"), Query("a"), Cookie("a")):
        with suppress(Unauthenticated):
            assert read_one(source, request)
