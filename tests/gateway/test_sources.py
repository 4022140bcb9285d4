"""Identity sources say in the gateway's words what is read (contract section 1)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Cookie, Header, Query, Request, Unauthenticated, reads
from authkit.gateway.request import parse
from authkit.gateway.sources import read_one
from tests.support.events import request_event, token_event


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (Header("X-Api-Key"), "header.x-api-key"),
        (Query("Token"), "querystring.Token"),
        (Cookie("sid"), "header.cookie"),
    ],
)
def test_a_source_has_the_gateways_name(source: Any, text: str) -> None:
    """Headers in one case, parameters in their own; a cookie is no source, its header is."""
    assert str(source) == text


@pytest.mark.parametrize("source", [Header("X-Cred"), Query("cred"), Cookie("cred")])
def test_one_value_is_read(source: Any) -> None:
    """Wherever it stands."""
    request = parse(request_event({"x-cred": "one", "cookie": "cred=one"}, query={"cred": "one"}))

    assert read_one(source, request) == "one"


def test_the_value_of_a_token_event_stands_for_any_header() -> None:
    """The event does not say which header it was."""
    assert read_one(Header("x-anything"), parse(token_event("value"))) == "value"


@pytest.mark.parametrize("source", [Header("X-Cred"), Query("cred"), Cookie("cred")])
@pytest.mark.parametrize("empty", [True, False])
def test_no_value_is_a_missing_credential(source: Any, empty: bool) -> None:
    """An empty one is as good as none."""
    headers, query = {"x-cred": "", "cookie": "cred="}, {"cred": ""}
    request = parse(request_event(headers, query=query) if empty else request_event())

    with pytest.raises(Unauthenticated) as caught:
        read_one(source, request)

    assert (caught.value.code, caught.value.claim) == ("credential_missing", str(source))


@pytest.mark.parametrize("source", [Header("X-Cred"), Query("cred"), Cookie("cred")])
@pytest.mark.parametrize("second", ["two-secret", "one-secret", ""])
def test_several_values_are_a_refusal_not_a_choice(source: Any, second: str) -> None:
    """Also if they are equal; and neither is told."""
    both = ["one-secret", second]
    cookies = "; ".join(f"cred={value}" for value in both)
    request = parse(request_event({"x-cred": both, "cookie": cookies}, query={"cred": both}))

    with pytest.raises(Unauthenticated) as caught:
        read_one(source, request)

    assert (caught.value.code, caught.value.claim) == ("credential_repeated", str(source))
    assert "secret" not in str(caught.value)


def test_a_plain_callable_declares_what_it_reads() -> None:
    """And stays what it was."""

    def guard(request: Request) -> None:
        """Look."""

    declared = reads("header.X-Tenant", "querystring.Tag", "stageVariables.Tier", "context.identity.sourceIp")(guard)

    assert declared is guard
    expected = ("header.x-tenant", "querystring.Tag", "stageVariables.Tier", "context.identity.sourceIp")
    assert guard.reads == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize("source", ["authorization", "header.", "headers.x", "Header.x", "", "cookie.sid", 7, None])
def test_what_is_no_source_is_a_configuration_error(source: Any) -> None:
    """The gateway could not be told to key on it."""
    with pytest.raises(ConfigError) as caught:
        reads("header.fine", source)

    assert repr(source) in str(caught.value)
    assert "header., querystring., stageVariables., context." in str(caught.value)
    assert "header.fine" not in str(caught.value)


def test_every_wrong_source_is_named_at_once() -> None:
    """One message, all faults."""
    with pytest.raises(ConfigError, match=r"'one'.*'two'"):
        reads("one", "two")


def test_a_source_is_its_place_and_its_name() -> None:
    """Equal where they read the same, and nowhere else."""
    assert Header("X-A") == Header("x-a")
    assert len({Header("a"), Query("a"), Cookie("a"), Query("A")}) == 4


@pytest.mark.parametrize("make", [Header, Query, Cookie])
@pytest.mark.parametrize("name", ["", None, 7])
def test_a_source_without_a_name_is_a_wrong_configuration(make: Any, name: Any) -> None:
    """It would read nothing, and refuse everybody."""
    with pytest.raises(ConfigError, match="needs a name"):
        make(name)


def test_declarations_of_one_check_add_up() -> None:
    """One that hides another would let a cached Allow skip what it reads."""

    @reads("header.x-a", "header.x-b")
    @reads("header.X-B", "querystring.t")
    def check(request: Request) -> None: ...

    assert check.reads == ("header.x-b", "querystring.t", "header.x-a")  # type: ignore[attr-defined]


def test_what_takes_no_declaration_is_told() -> None:
    """A bound method has no attributes of its own."""
    with pytest.raises(ConfigError, match="takes no declaration"):
        reads("header.a")([].append)
