"""Answers follow the gateway's rules, kind by kind, before they are given (contract section 5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit import BadAnswer
from authkit.gateway.answer import Decision, Unauthorized, checked_context, render

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": ["x"]}]}


def test_the_401_is_one_word() -> None:
    """The gateway compares the text to the letter."""
    assert str(Unauthorized()) == "Unauthorized"
    assert Unauthorized().args == ("Unauthorized",)


@pytest.mark.parametrize("kind", ["rest-token", "rest-request", "http-v1", "websocket"])
def test_an_answer_has_what_is_required_and_no_more(kind: Any) -> None:
    """An empty context is left out."""
    answer = render(Decision("user", POLICY, context={}), kind)

    assert answer == {"principalId": "user", "policyDocument": POLICY}


@pytest.mark.parametrize(
    ("kind", "has_key"),
    [("rest-token", True), ("rest-request", True), ("http-v1", False), ("http-v2", False), ("websocket", False)],
)
def test_only_rest_apis_have_usage_plans(kind: Any, has_key: bool) -> None:
    """Elsewhere the key would be a secret told for nothing."""
    answer = render(Decision("user", POLICY, usage_key="key"), kind)

    assert ("usageIdentifierKey" in answer) is has_key


def test_texts_numbers_and_booleans_are_passed_on() -> None:
    """A null is left out, because kinds differ in what they make of it."""
    context = {"tenant": "acme", "quota": 250, "rate": 0.5, "beta": True, "gone": None}

    answer = render(Decision("user", POLICY, context=context), "rest-request")

    assert answer["context"] == {"tenant": "acme", "quota": 250, "rate": 0.5, "beta": True}


@pytest.mark.parametrize("kind", ["rest-token", "rest-request", "http-v1", "websocket"])
@pytest.mark.parametrize(
    ("value", "said"),
    [(["a"], "a list"), ({"a": 1}, "an object"), (("a",), "a tuple"), (b"a", "a bytes"), ({1}, "a set")],
)
def test_a_value_the_gateway_cannot_take_is_named(kind: Any, value: object, said: str) -> None:
    """A list would be a 500 at the gateway that explains nothing."""
    with pytest.raises(BadAnswer, match=rf"'roles' is {said}; this kind of API takes texts"):
        checked_context({"roles": value}, kind)


@pytest.mark.parametrize("value", [["a", 1, None], {"a": {"b": [True]}}, "text", 1.5])
def test_http_v2_takes_any_json(value: object) -> None:
    """Lists and maps too."""
    assert checked_context({"it": value}, "http-v2") == {"it": value}


@pytest.mark.parametrize("value", [[float("nan")], {"a": [{1, 2}]}, {"a": float("inf")}, [b"x"]])
def test_what_json_does_not_have_is_refused_however_deep(value: object) -> None:
    """The Lambda runtime would send what nobody can read."""
    with pytest.raises(BadAnswer, match="'it' holds something that JSON does not have"):
        checked_context({"it": value}, "http-v2")


@pytest.mark.parametrize("kind", ["rest-request", "http-v2"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_have_is_refused(kind: Any, value: float) -> None:
    """Python would write NaN and Infinity."""
    with pytest.raises(BadAnswer, match="'it' is a number that JSON does not have"):
        checked_context({"it": value}, kind)


@pytest.mark.parametrize("name", ["principalId", "integrationLatency", "claims"])
def test_the_gateways_own_names_are_refused(name: str) -> None:
    """They stand beside the context's own."""
    with pytest.raises(BadAnswer, match=f"'{name}' is the gateway's own name"):
        checked_context({name: "x"}, "rest-request")


@pytest.mark.parametrize("name", ["", 7, None, ("a",)])
def test_a_name_that_is_no_text_is_refused(name: Any) -> None:
    """JSON would make another name of it."""
    with pytest.raises(BadAnswer, match="is no text"):
        checked_context({name: "x"}, "rest-request")


def test_all_faults_are_named_and_no_value() -> None:
    """A value may be what must not be logged."""
    with pytest.raises(BadAnswer) as caught:
        checked_context({"claims": "s3cret", "roles": ["s3cret"], "rate": float("nan")}, "rest-request")

    said = str(caught.value)
    assert all(name in said for name in ("claims", "roles", "rate"))
    assert "s3cret" not in said


def test_an_answer_is_plain_json() -> None:
    """It is what the runtime will write."""
    answer = render(Decision("user", POLICY, context={"a": 1}, usage_key="k"), "rest-token")

    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
