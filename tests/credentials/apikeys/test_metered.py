"""Metering of callers who never see a usage plan's key (contract section 9)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import Authorizer, Route
from authkit.credentials.metered import UsageKeys, metered
from authkit.credentials.metered_key import is_usage_key
from authkit.errors import ConfigError, Forbidden, MissingClaim, Unavailable
from authkit.gateway.request import parse
from authkit.gateway.sources import reads
from authkit.principal import Principal
from authkit.testing.http_events import http_v1, http_v2
from authkit.testing.rest_events import rest_request, rest_token, websocket
from tests.credentials.apikeys.keys import Source
from tests.support.authorizers import Told

WEB, BATCH = "usage-key-of-the-web-plan-00", "usage-key-of-the-batch-plan-00"
EVENT = rest_request("GET", "/things/7", token="t")


def known(**claims: Any) -> Any:
    """Return a credential that knows everybody by these claims."""

    @reads("header.authorization")
    def authenticate(request: object) -> Principal:
        return Principal("ann", claims={"client_id": "web", **claims}, scopes={"a"}, expires_at=7)

    return authenticate


def principal(credential: Any, event: Any = EVENT) -> Principal:
    found: Principal = credential(parse(event))
    return found


def test_a_claim_says_whose_usage_key_it_is() -> None:
    """All else about the principal stays."""
    credential = metered(known(), by="client_id", keys={"web": WEB, "batch": BATCH})

    found = principal(credential)

    assert found.usage_key == WEB
    assert (found.id, found.scopes, found.claims["client_id"], found.expires_at) == ("ann", {"a"}, "web", 7)
    assert (credential.reads, credential.per_request) == (("header.authorization",), False)


def test_a_claim_may_be_the_usage_key_itself() -> None:
    """Where nobody sees the token who may not know the key."""
    assert principal(metered(known(plan=BATCH), by="plan")).usage_key == BATCH


def test_a_callable_may_say_it() -> None:
    """From the principal, or by a look-up of one's own."""
    assert principal(metered(known(), by=lambda p: {"ann": WEB}.get(p.id))).usage_key == WEB
    assert principal(metered(known(), by="client_id", keys=lambda name: {"web": WEB}[name])).usage_key == WEB


def test_what_vouches_for_one_request_still_does() -> None:
    """The answer may be kept no more than before."""
    inner = known()
    inner.per_request = True

    assert metered(inner, by="client_id").per_request is True


@pytest.mark.parametrize(
    "claims", [{"client_id": "stranger"}, {"client_id": ""}, {"client_id": ["web"]}, {"client_id": 7}]
)
def test_a_caller_without_a_usage_key_is_refused_or_gets_the_default(claims: dict[str, Any]) -> None:
    """The gateway would answer 403 anyway, and say less."""
    with pytest.raises(Forbidden) as caught:
        principal(metered(known(**claims), by="client_id", keys={"web": WEB}))
    lenient = metered(known(**claims), by="client_id", keys={"web": WEB}, default=BATCH)

    assert (caught.value.code, caught.value.claim) == ("usage_key_missing", "client_id")
    assert principal(lenient).usage_key == BATCH


def test_a_claim_that_is_absent_is_no_usage_key() -> None:
    """Whether by name or by a callable that asks for it."""
    with pytest.raises(Forbidden, match="usage_key_missing"):
        principal(metered(known(), by="azp", keys={"web": WEB}))
    with pytest.raises(MissingClaim):
        principal(metered(known(), by=lambda p: p.claims["azp"]))


@pytest.mark.parametrize("event", [http_v1("GET", "/", token="t"), http_v2("GET", "/", token="t"), websocket()])
def test_only_rest_apis_take_a_usage_key(event: Any) -> None:
    """Elsewhere the principal has none, and nobody is refused for it."""
    asked = []
    credential = metered(known(), by="client_id", keys=lambda name: asked.append(name))

    assert principal(credential, event).usage_key is None
    assert asked == []


@pytest.mark.parametrize("value", ["a1b2c3d4e5", "x" * 19, "x" * 129, "with a blank in its middle", "x" * 30 + "\n", 7])
def test_what_cannot_be_a_usage_key_is_the_operators_fault(value: Any) -> None:
    """An outage, not a refusal; never shown."""
    with pytest.raises(Unavailable, match="usage_key_invalid") as caught:
        principal(metered(known(), by=lambda _: value))

    assert str(value) not in str(caught.value) or value == 7


@pytest.mark.parametrize("length", [20, 30, 40, 128])
def test_usage_keys_have_these_lengths(length: int) -> None:
    """20 to 128, as the developer guide has it."""
    assert is_usage_key("k" * length)


def test_a_look_up_that_fails_is_an_outage() -> None:
    """With the type of what it raised, and no word of it."""

    def fails(_: object) -> str:
        raise RuntimeError("s3cret")

    for credential in (metered(known(), by=fails), metered(known(), by="client_id", keys=fails)):
        with pytest.raises(Unavailable, match="usage_keys_unavailable: the look-up raised RuntimeError") as caught:
            principal(credential)
        assert "s3cret" not in str(caught.value)


def test_usage_keys_come_from_a_secret() -> None:
    """One object; a name that is new is asked for anew, as often as the source lets it."""
    source = Source(b'{"web": "usage-key-of-the-web-plan-00"}')
    keys = UsageKeys(source)

    assert keys("web") == WEB
    assert source.mismatches == 0
    assert keys("batch") is None
    source.anew = (b'{"batch": "usage-key-of-the-batch-plan-00"}',)
    assert keys("batch") == BATCH
    assert source.mismatches == 2


@pytest.mark.parametrize("values", [(), (b"",), (b"[]",), (b"s3cret",), (b'{"a": 1, "a": 2}',)])
def test_a_secret_of_something_else_is_an_outage(values: tuple[bytes, ...]) -> None:
    """And is not shown."""
    keys = UsageKeys(Source(*values))

    with pytest.raises(Unavailable, match="usage_keys_unavailable") as caught:
        keys("web")

    assert "s3cret" not in str(caught.value) + repr(keys)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"authenticate": lambda request: None}, "authenticate must be"),
        ({"authenticate": None}, "authenticate must be"),
        ({"by": ""}, "by must be"),
        ({"by": 7}, "by must be"),
        ({"by": lambda p: WEB, "keys": {}}, "keys are looked up by a claim"),
        ({"keys": {"web": "s3cret"}}, "keys of web"),
        ({"keys": {"": WEB}}, "keys of "),
        ({"keys": 7}, "keys must map"),
        ({"default": "s3cret"}, "default: a usage key"),
    ],
)
def test_what_cannot_be_is_named_while_constructing(changes: dict[str, Any], words: str) -> None:
    """And no usage key is shown."""
    settings: dict[str, Any] = {"authenticate": known(), "by": "client_id", **changes}

    with pytest.raises(ConfigError, match="metered: ") as caught:
        metered(settings.pop("authenticate"), **settings)

    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_usage_keys_need_a_secret_source() -> None:
    """What was given is not shown."""
    with pytest.raises(ConfigError, match="UsageKeys: a secret source") as caught:
        UsageKeys({"web": WEB})

    assert WEB not in str(caught.value)


@pytest.mark.parametrize(
    ("event", "there"),
    [(EVENT, True), (rest_token("GET", "/things/7", "t"), True), (http_v2("GET", "/things/7", token="t"), False)],
)
def test_the_answer_carries_the_usage_key_and_the_record_does_not(event: Any, there: bool) -> None:
    """To the gateway of a REST API, and to nobody else."""
    told = Told()
    handler = Authorizer(
        authenticate=metered(known(), by="client_id", keys={"web": WEB}),
        routes=[Route("GET", "/things/{id}")],
        observe=told,
    )

    answer = handler(event)

    assert (answer.get("usageIdentifierKey") == WEB) is there
    assert WEB not in repr(told.only) + repr(told.only.fields()) + repr(handler)


def test_its_repr_shows_no_usage_key() -> None:
    """By what is looked up, and no more."""
    shown = repr(metered(known(), by="client_id", keys={"web": WEB})) + repr(metered(known(), by=lambda _: WEB))

    assert "by='client_id'" in shown
    assert WEB not in shown
