"""Claims to context: names and types that are written down, sizes that are bounded, secrets that stay away."""

from __future__ import annotations

import json
from timeit import timeit
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import Authorizer, Principal, Route
from authkit.enrich.budget import within
from authkit.enrich.claims import from_claims
from authkit.enrich.secrets import demand_harmless, demand_no_credential, is_secret_name
from authkit.errors import BadAnswer, ConfigError, Forbidden, MissingClaim, Refused
from authkit.gateway.answer import RESERVED, checked_context
from authkit.gateway.request import parse
from tests.support.authorizers import authenticating
from tests.support.events import request_event, token_event
from tests.support.tokens import signer

FLAT_KINDS = ("rest-token", "rest-request", "http-v1", "websocket", "appsync")


def principal(_usage_key: str | None = None, **claims: Any) -> Principal:
    return Principal("alice", claims=claims, usage_key=_usage_key)


def code_of(enrich: Any, who: Principal) -> str:
    """Return the code a principal is refused with."""
    with pytest.raises(Forbidden) as caught:
        enrich(who)
    return caught.value.code


def test_claims_go_by_their_own_name_or_another() -> None:
    """URLs as names of claims too; what is not asked for stays here."""
    enrich = from_claims("email", tenant="tenant_id", plan=("https://example.com/plan", str), level=int)
    who = principal(email="a@example.com", tenant_id="acme", level=3, more="x", **{"https://example.com/plan": "pro"})

    assert enrich(who) == {"email": "a@example.com", "tenant": "acme", "plan": "pro", "level": 3}
    assert repr(enrich) == "from_claims(email, tenant, plan, level)"


@pytest.mark.parametrize(
    ("wanted", "value", "taken"),
    [
        (str, "x", True), (str, 1, False), (str, True, False), (str, ["x"], False), (int, 1, True), (int, True, False),
        (int, 1.0, False), (int, "1", False), (int, 2**53, False), (float, 1, True), (float, 1.5, True), (float, False, False),
        (float, float("inf"), False), (float, float("nan"), False), (bool, True, True), (bool, 1, False), (bool, "true", False),
        (list, ["x", {"y": [1]}], True), (list, {"x": 1}, False), (list, "x", False), (dict, {"x": [1]}, True), (dict, [1], False),
        (list, [float("nan")], False), (list, ["x" * 5000], False), (dict, {"x": {1}}, False), (list, ["\ud800"], False),
        (str, "x" * 1024, True), (str, "x" * 1025, False), (str, "a\r\nb", False), (str, "a\0", False), (str, "\ud800", False),
        (str, "", True), (str, "é\u2028", True), (" ".join, ["a", "b"], True), (len, "abc", True), (lambda value: [value], "x", False),
    ],
)  # fmt: skip
def test_a_value_is_of_the_type_that_is_written_down(wanted: Any, value: Any, taken: bool) -> None:
    """Nothing is converted but by a function that was given for it; and nothing is left out quietly."""
    enrich = from_claims(it=("claim", wanted))

    if taken:
        made = wanted(value) if wanted in (len,) or wanted.__class__.__name__ == "builtin_function_or_method" else value
        assert enrich(principal(claim=value)) == {"it": made}
    else:
        assert code_of(enrich, principal(claim=value)) == "bad_claim_type"


@pytest.mark.parametrize(("value", "taken"), [("x", True), (True, True), (2.5, True), ([1], False), ({"a": 1}, False)])
def test_without_a_type_it_is_any_plain_value(value: Any, taken: bool) -> None:
    """Which every kind of API takes."""
    enrich = from_claims("it")

    if taken:
        assert enrich(principal(it=value)) == {"it": value}
    else:
        assert code_of(enrich, principal(it=value)) == "bad_claim_type"


def test_what_is_absent_refuses_unless_it_may_be() -> None:
    """Then its default stands for it, or nothing does."""
    with pytest.raises(MissingClaim):
        from_claims("tenant")(principal())
    with pytest.raises(MissingClaim):
        from_claims("tenant")(principal(tenant=None))

    assert from_claims(seats=("seats", int, 1), plan=("plan", str, None))(principal(plan=None)) == {"seats": 1}


def test_names_that_sound_like_a_secret_must_be_revealed() -> None:
    """Whether the claim's or the context's own."""
    for spec in (
        {"at": "access_token"},
        {"api_key": "x"},
        {"Authorization": "x"},
        {"sid": "session_state"},
        {"x": "client_secret"},
    ):
        with pytest.raises(ConfigError, match="reveal"):
            from_claims(**spec)

    assert from_claims("token_use", reveal=["token_use"])(principal(token_use="access")) == {"token_use": "access"}
    assert not any(map(is_secret_name, ("tenant", "plan", "email", "groups", "kid", "author", "passport_no"[:4])))


@pytest.mark.parametrize(
    "value",
    [
        signer().token(), f"prefix {signer().token()} suffix", "Bearer abcdefgh12345678", "basic dXNlcjpwYXNzd29yZA==",
        "-----BEGIN EC PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----", "AWS4-HMAC-SHA256 Credential=AKIA/x", "key-0123456789abcdef-usage",
        "x key-0123456789abcdef-usage x",
    ],
)  # fmt: skip
def test_values_that_hold_a_credential_are_refused(value: str) -> None:
    """Whatever their name; in lists too; and the usage key is one."""
    key = "key-0123456789abcdef-usage"

    assert code_of(from_claims("note"), principal(key, note=value)) == "secret_in_context"
    assert code_of(from_claims(notes=list), principal(key, notes=[{"deep": [value]}])) == "secret_in_context"


def test_a_refusal_does_not_repeat_the_value() -> None:
    """It would be logged after all."""
    token = signer().token()

    with pytest.raises(Forbidden) as caught:
        from_claims("note")(principal(note=token))

    assert token not in f"{caught.value!r} {caught.value} {caught.value.detail}"


def test_the_requests_own_credential_is_found_in_any_value() -> None:
    """Whole, without its scheme, as one cookie of several, and from the query; what is short is no credential."""
    event = request_event(
        {"Authorization": "ApiKey k_live_0123456789abcdef", "Cookie": "theme=dark; sid=0123456789abcdef0"},
        query={"ticket": "ticket-0123456789", "q": "red"},
    )
    request = parse(event)
    sources = (
        "header.authorization",
        "header.cookie",
        "querystring.ticket",
        "querystring.q",
        "context.identity.sourceIp",
    )

    for value in ("k_live_0123456789abcdef", "<k_live_0123456789abcdef>", "0123456789abcdef0", "ticket-0123456789"):
        with pytest.raises(Forbidden) as caught:
            demand_no_credential({"ok": "fine", "leak": [value]}, request, sources)
        assert (caught.value.code, caught.value.claim) == ("secret_in_context", "leak")
    demand_no_credential({"a": "ApiKey", "b": "red", "c": "dark", "d": 7, "e": "192.0.2.8"}, request, sources)


@pytest.mark.parametrize(
    "given",
    [
        {}, {"principalId": "x"}, {"claims": "x"}, {"integrationLatency": "x"}, {"a-b": "x"}, {"_a": "x"}, {"a" * 65: "x"}, {"a": ""},
        {"a": 7}, {"a": ("x",)}, {"a": ("x", 7)}, {"a": ("", str)}, {"a": ("x", str, 7, 8)}, {"a": ("x", int, "1")}, {"a": None},
        {"a": ("x", str, "a\n")}, {f"n{at}": "x" for at in range(65)}, {"a": "x", "reveal": "a"}, {"a": "x", "longest": 0},
        {"a": "x", "longest": 4097}, {"a": "x", "longest": True},
    ],
)  # fmt: skip
def test_odd_fields_are_faults(given: Any) -> None:
    """Names that the gateway takes for its own, or that no template can name; types that are none."""
    with pytest.raises(ConfigError):
        from_claims(**given)


def test_a_name_is_given_once() -> None:
    """By position or by keyword."""
    for call in (lambda: from_claims("a", "a"), lambda: from_claims("a", a="b")):
        with pytest.raises(ConfigError, match="second time"):
            call()


def test_a_budget_holds_for_all_parts_together() -> None:
    """In bytes of the JSON that is sent, which writes other letters out; the largest value is named."""
    enrich = within(40, from_claims("a"), lambda who: {"b": who.claims["b"]})

    assert enrich(principal(a="x" * 10, b="y")) == {"a": "x" * 10, "b": "y"}
    with pytest.raises(Forbidden) as caught:
        enrich(principal(a="é" * 10, b="y"))
    assert (caught.value.code, caught.value.claim) == ("context_too_large", "a")
    assert repr(within(40, from_claims("a"))) == "within(40, from_claims(a))"


@pytest.mark.parametrize("parts", [(from_claims("a"), from_claims("a")), (lambda who: {"x": object()},)])
def test_parts_that_do_not_go_together_are_a_fault(parts: Any) -> None:
    """The same name twice, or something that JSON does not have."""
    with pytest.raises(BadAnswer):
        within(100, *parts)(principal(a="x"))


@pytest.mark.parametrize("given", [(0, dict), (8193, dict), (True, dict), (100,), (100, 7), (100, dict)])
def test_odd_budgets_are_faults(given: Any) -> None:
    """None at all, more than a WebSocket API takes, or nothing to hold to it."""
    with pytest.raises(ConfigError):
        within(*given)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)
TYPES = st.sampled_from([str, int, float, bool, list, dict, None])


@given(
    names=st.dictionaries(st.one_of(st.text(max_size=8), st.sampled_from(sorted(RESERVED)), st.sampled_from(["a", "tenant", "x_1"])), TYPES, min_size=1, max_size=4),
    claims=st.dictionaries(st.sampled_from(["a", "b", "tenant"]), VALUES),
    optional=st.booleans(),
)  # fmt: skip
def test_what_is_rendered_never_breaks_the_gateways_rules(names: Any, claims: Any, optional: bool) -> None:
    """Any names, types and claims: a fault at once, a refusal, or a context that each kind of API takes."""
    spec = {
        name: (claim, wanted or str, *([None] if optional else []))
        for (name, wanted), claim in zip(names.items(), ["a", "b", "tenant", "a"], strict=False)
    }
    try:
        enrich = within(4096, from_claims(**spec))
    except ConfigError:
        return
    try:
        context = enrich(Principal("alice", claims=claims))
    except Refused:
        return

    nested = any(isinstance(value, (list, dict)) for value in context.values())
    for kind in ("http-v2", *(() if nested else FLAT_KINDS)):
        assert checked_context(context, kind) == context  # type: ignore[arg-type]
    raw = json.dumps(context, allow_nan=False, ensure_ascii=False).encode()
    assert json.loads(raw) == context
    assert not RESERVED & set(context)


def test_a_list_is_for_http_apis_of_payload_2_alone() -> None:
    """Every other kind of API would answer 500, and authkit says so first."""
    who = principal(groups=["a", "b"])
    nested = Authorizer(
        authenticate=authenticating(who), routes=[Route("GET", "/things/{thing}")], enrich=[from_claims(groups=list)]
    )
    plain = Authorizer(
        authenticate=authenticating(who),
        routes=[Route("GET", "/things/{thing}")],
        enrich=[from_claims(groups=("groups", " ".join))],
    )
    event = request_event(version="2.0")

    assert nested({**event, "routeArn": event["methodArn"]})["context"] == {"groups": ["a", "b"]}
    with pytest.raises(BadAnswer, match="groups"):
        nested(request_event())
    assert plain(token_event())["context"] == {"groups": "a b"}


@pytest.mark.parametrize("value", [7, [1, 2], {"a": 1}, ["hush-hush", None]])
def test_a_function_that_cannot_take_a_claim_refuses_the_request(value: Any) -> None:
    """Whatever it raises; of a claim that somebody may have filled in themselves."""
    enrich = from_claims(groups=("groups", " ".join))

    with pytest.raises(Forbidden, match="bad_claim_type") as caught:
        enrich(Principal("alice", claims={"groups": [7] if value == {"a": 1} else value}))

    assert "TypeError" in str(caught.value)


def test_what_a_function_says_of_a_claim_is_not_repeated() -> None:
    """Python's own messages show the value, and would put it into the log."""
    enrich = from_claims(seats=("seats", lambda value: int(value)))

    with pytest.raises(Forbidden) as caught:
        enrich(Principal("alice", claims={"seats": "hush-hush"}))

    assert "hush" not in str(caught.value)
    assert "ValueError" in caught.value.detail


def test_a_function_may_refuse_in_its_own_words() -> None:
    """As authkit's own refusals say no secret."""

    def refuse(_: object) -> str:
        raise Forbidden("plan_over")

    with pytest.raises(Forbidden, match="plan_over"):
        from_claims(plan=("plan", refuse))(Principal("alice", claims={"plan": "x"}))


@pytest.mark.parametrize("begin", ["AWS4-", "AWS4-HMAC", "eyJ", "Bearer ", "Basic  ", "-----BEGIN "])
def test_no_value_is_searched_again_from_each_of_its_letters(begin: str) -> None:
    """Eight times the text takes eight times as long, and not sixty-four times."""

    def seconds(size: int) -> float:
        context = {"value": (begin * size)[:size]}
        return min(timeit(lambda: demand_harmless(context, Principal("alice")), number=1) for _ in range(5))

    assert seconds(32_768) < 24 * seconds(4096)
