"""A client is immutable, right from the start, and the same after any store."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.credentials.client import Client
from authkit.errors import ConfigError

USAGE_KEY = "a-usage-plan-key-of-30-characters"


def nested(depth: int) -> Any:
    """Return lists in lists."""
    return [nested(depth - 1)] if depth else 1


def test_only_the_id_is_needed() -> None:
    """The rest is nothing, everywhere and always."""
    client = Client("acme")

    assert (client.scopes, client.usage_key, dict(client.context), client.networks) == (frozenset(), None, {}, ())
    assert (client.not_before, client.not_after, client.disabled) == (None, None, False)


def test_it_cannot_be_changed_by_what_it_was_made_of() -> None:
    """Lists within the context too."""
    groups = ["a"]
    client = Client("acme", context={"groups": groups})

    groups.append("admin")
    client.context["groups"].append("admin")

    assert client.context["groups"] == ["a"]
    with pytest.raises(AttributeError):
        client.id = "eve"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": ""}, "id must be"),
        ({"id": "a\nb"}, "id must be"),
        ({"id": "a" * 257}, "id must be"),
        ({"id": 7}, "id must be"),
        ({"scopes": "orders:read"}, "scopes must be"),
        ({"scopes": ["a b"]}, "scopes must be"),
        ({"scopes": [""]}, "scopes must be"),
        ({"scopes": [7]}, "scopes must be"),
        ({"scopes": {"admin": False}}, "scopes must be"),
        ({"networks": {"203.0.113.0/24": False}}, "networks"),
        ({"networks": {}}, "networks"),
        ({"usage_key": "a1b2c3d4e5"}, "not its id"),
        ({"usage_key": "s3cret" * 30}, "usage_key"),
        ({"usage_key": "a usage key with blanks in it"}, "usage_key"),
        ({"usage_key": 7}, "usage_key"),
        ({"context": []}, "context must map"),
        ({"context": {"a": object()}}, "context must map"),
        ({"context": {"a": float("nan")}}, "context must map"),
        ({"context": {"": 1}}, "context must map"),
        ({"context": {"a": "\ud800"}}, "every store can give back: bad_json"),
        ({"context": {"\udc00": 1}}, "every store can give back: bad_json"),
        ({"context": {"a": 10**30}}, "every store can give back: bad_number"),
        ({"context": {"a": nested(29)}}, "every store can give back: too_deep"),
        ({"context": {1: 1}}, "context must map"),
        ({"context": {"a": "x" * 9000}}, "more than 8192"),
        ({"context": {"api_key_id": "x"}}, "told by the key"),
        ({"networks": "203.0.113.0/24"}, "networks"),
        ({"networks": ["203.0.113.7/24"]}, "203.0.113.7/24"),
        ({"networks": ["0.0.0.0/0"]}, "everybody"),
        ({"networks": ["::/0"]}, "everybody"),
        ({"networks": ["nowhere"]}, "nowhere"),
        ({"not_before": "now"}, "not_before must be"),
        ({"not_after": float("inf")}, "not_after must be"),
        ({"not_after": True}, "not_after must be"),
        ({"not_before": 10, "not_after": 10}, "later than"),
        ({"disabled": "no"}, "disabled is"),
    ],
)
def test_what_cannot_be_is_named(changes: dict[str, Any], words: str) -> None:
    """At construction; a usage key is never shown."""
    given = {"id": "acme", **changes}

    with pytest.raises(ConfigError, match="Client: ") as caught:
        Client(given.pop("id"), **given)

    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_all_faults_are_named_at_once() -> None:
    """One deployment shows them all."""
    with pytest.raises(ConfigError) as caught:
        Client("", scopes="a", usage_key="x", networks=["y"], not_before="z")  # type: ignore[arg-type]

    assert str(caught.value).count(";") >= 4


VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
CLIENTS = st.builds(
    Client,
    st.from_regex(r"[a-z]{1,20}", fullmatch=True),
    scopes=st.sets(st.from_regex(r"[a-z:]{1,10}", fullmatch=True), max_size=3),
    usage_key=st.none() | st.from_regex(r"[!-~]{20,128}", fullmatch=True),
    context=st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True), VALUES | st.lists(VALUES, max_size=3), max_size=3
    ),
    networks=st.lists(st.sampled_from(["203.0.113.0/24", "2001:db8::/32", "192.0.2.1"]), max_size=3),
    not_before=st.none() | st.integers(0, 100),
    not_after=st.none() | st.integers(101, 2**40) | st.floats(101, 2**40),
    disabled=st.booleans(),
)


@given(CLIENTS)
def test_it_comes_back_from_json_as_it_was(client: Client) -> None:
    """Whatever it holds, through the text of any store."""
    assert Client.of(json.loads(json.dumps(client.document()))) == client


def test_an_end_at_zero_is_an_end() -> None:
    """It is falsy, and must not be lost on the way."""
    assert Client.of(Client("acme", not_after=0).document()).not_after == 0


@pytest.mark.parametrize("document", [{}, {"scopes": []}, {"id": "a", "admin": True}, {"id": "a", "scopes": "b"}])
def test_a_document_of_something_else_is_none(document: dict[str, Any]) -> None:
    """A member that is not known may be one that restricts."""
    with pytest.raises(ConfigError):
        Client.of(document)


@pytest.mark.parametrize(
    ("client", "end", "disabled"),
    [
        (Client("a"), 50, False),
        (Client("a", not_after=40), 40, False),
        (Client("a", not_after=60), 50, False),
        (Client("a", not_before=20), 50, False),
        (Client("a", not_before=50), None, True),
    ],
)
def test_it_ends_no_later_than_it_did(client: Client, end: float | None, disabled: bool) -> None:
    """What would end before it begins is disabled, which every store can keep."""
    ended = client.ends(50)

    assert (ended.not_after, ended.disabled) == (end, disabled)
    assert Client.of(ended.document()) == ended


def test_its_repr_shows_neither_usage_key_nor_context() -> None:
    """One is a secret, the other personal data."""
    shown = repr(Client("acme", scopes=["a"], usage_key=USAGE_KEY, context={"mail": "ann@example.com"}))

    assert shown == "Client(id='acme', scopes=['a'], disabled=False)"
