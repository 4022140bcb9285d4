"""CloudFrontSecret: only what came by one's own distribution, and nothing learned by whoever did not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import ConfigError, Forbidden, Unavailable
from authkit.gateway.request import parse
from authkit.guards.cloudfront import LONGEST, CloudFrontSecret
from authkit.stores import secrets
from tests.stores.stand_ins import AWSError, Clock, SecretsManagerStandIn
from tests.support.authorizers import authorizer
from tests.support.events import request_event, token_event

OLD, NEW, NEWER = "old-value-0123456789", "new-value-0123456789", "newer-value-0123456789"
HEADER = "X-Origin-Verify"


def request(*values: str, **changes: Any) -> Any:
    return parse(request_event({HEADER: list(values)} if values else {}, **changes))


def code(guard: CloudFrontSecret, asked: Any) -> str:
    """Return the code of a refusal or an outage; empty where the request passes."""
    try:
        assert guard(asked) is None  # type: ignore[func-returns-value]
    except (Forbidden, Unavailable) as fault:
        told = f"{fault!r} {fault} {fault.detail}"
        return "told a secret" if any(secret in told for secret in (OLD, NEW, NEWER)) else fault.code
    return ""


def kept(**settings: Any) -> tuple[CloudFrontSecret, SecretsManagerStandIn, Clock]:
    clock = Clock()
    server = SecretsManagerStandIn(clock, OLD)
    return CloudFrontSecret(secrets.manager("edge", client=server, **clock.settings, **settings)), server, clock


def test_the_secret_passes_and_nothing_else_does() -> None:
    """With a code for each reason."""
    guard = CloudFrontSecret(OLD)

    assert code(guard, request(OLD)) == ""
    assert code(guard, request()) == "origin_secret_missing"
    assert code(guard, request("")) == "origin_secret_missing"
    assert code(guard, request(OLD, OLD)) == "origin_secret_repeated"
    assert code(guard, request("guess", OLD)) == "origin_secret_repeated"
    for wrong in (OLD[:-1], OLD + "x", OLD.upper(), f" {OLD}", "é" * 20, "\ud800", OLD * 4000, "\0"):
        assert code(guard, request(wrong)) == "origin_secret_mismatch"


def test_refusals_name_the_header_and_what_may_be_wrong() -> None:
    """For the log; the caller learns 403."""
    with pytest.raises(Forbidden) as found:
        CloudFrontSecret(OLD)(request("guess"))

    assert found.value.claim == "header.x-origin-verify"
    assert "none of the 1 in use" in found.value.detail
    assert "guess" not in str(found.value)


def test_a_header_in_two_cases_is_repeated() -> None:
    """REST keeps the case that callers use."""
    event = request_event({HEADER: OLD, HEADER.lower(): OLD})

    assert code(CloudFrontSecret(OLD), parse(event)) == "origin_secret_repeated"


def test_an_http_api_joins_repeated_values_by_a_comma() -> None:
    """So one with a comma is several, and a secret has none."""
    event = {
        "type": "REQUEST",
        "version": "2.0",
        "routeArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/$default/GET/things",
        "headers": {"x-origin-verify": f"{OLD},{OLD}"},
        "requestContext": {},
    }

    assert code(CloudFrontSecret(OLD), parse(event)) == "origin_secret_repeated"
    assert code(CloudFrontSecret(OLD), parse({**event, "headers": {"x-origin-verify": OLD}})) == ""


def test_any_header_will_do_and_is_an_identity_source() -> None:
    """Or a kept answer would let others pass without it."""
    guard = CloudFrontSecret(OLD, header="X-Edge-Secret")

    assert guard.reads == ("header.x-edge-secret",)
    assert guard.per_request is False
    assert code(guard, parse(request_event({"x-EDGE-secret": OLD}))) == ""
    assert "header.x-edge-secret" in authorizer(guards=[guard]).identity_sources
    assert OLD not in repr(guard)


def test_one_whose_construction_failed_can_be_shown_in_its_traceback() -> None:
    """Whoever logs local variables sees the fault, and not one of ours in its place."""
    assert repr(CloudFrontSecret.__new__(CloudFrontSecret)) == "CloudFrontSecret()"


def test_the_one_value_of_a_token_event_stands_for_the_header() -> None:
    """An authorizer that checks nothing else can be a TOKEN authorizer of that header."""
    assert code(CloudFrontSecret(OLD), parse(token_event(OLD))) == ""
    assert code(CloudFrontSecret(OLD), parse(token_event("Bearer t"))) == "origin_secret_mismatch"


def test_every_valid_value_passes() -> None:
    """Given, or pending, current and previous."""
    guard, server, _ = kept()
    server.add("v1", NEW, "AWSCURRENT")
    server.add("v2", NEWER, "AWSPENDING")

    for each in (guard, CloudFrontSecret(secrets.given(OLD, NEW, NEWER))):
        assert [code(each, request(value)) for value in (OLD, NEW, NEWER, "guess")][:3] == ["", "", ""]
        assert code(each, request("guess")) == "origin_secret_mismatch"


def test_all_values_are_compared_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No early exit, and digests of one length: the time tells neither which nor how long."""
    from authkit.guards import cloudfront

    compared: list[tuple[int, int]] = []

    class Watched:
        @staticmethod
        def compare_digest(one: bytes, other: bytes) -> bool:
            compared.append((len(one), len(other)))
            return one == other

    monkeypatch.setattr(cloudfront, "hmac", Watched)
    guard = CloudFrontSecret(secrets.given(OLD, NEW, NEWER))
    counts = []
    for value in (OLD, NEWER, "x", "x" * 5000):
        compared.clear()
        code(guard, request(value))
        counts.append(len(compared))
        assert set(compared) == {(32, 32)}

    assert counts == [3, 3, 3, 3]


def test_a_new_value_is_noticed_when_a_request_comes_with_it() -> None:
    """Once the last fetch is an interval ago."""
    guard, server, clock = kept(interval=30)
    assert code(guard, request(OLD)) == ""
    server.add("v1", NEW, "AWSPENDING")

    clock.now += 30

    assert code(guard, request(NEW)) == ""
    assert code(guard, request(OLD)) == ""


def test_strangers_cause_one_fetch_an_interval() -> None:
    """A thousand of them."""
    guard, server, clock = kept(interval=30)
    guard(request(OLD))
    server.calls.clear()

    for number in range(1000):
        clock.now += 0.05
        assert code(guard, request(f"guess-{number}")) == "origin_secret_mismatch"

    assert len(server.calls) == 3  # one of each label


def test_who_sends_nothing_or_too_much_causes_no_fetch() -> None:
    """It could not be the secret."""
    guard, server, clock = kept()
    guard(request(OLD))
    server.calls.clear()
    clock.now += 100

    for values in ((), ("",), (OLD, OLD), ("x" * (LONGEST + 1),)):
        assert code(guard, request(*values)).startswith("origin_secret_")

    assert server.calls == []


def test_an_outage_is_no_refusal() -> None:
    """Without values nobody passes, and nobody is told no; a value that may be new is not known to be wrong."""
    guard, server, clock = kept()
    server.fails = AWSError("AccessDeniedException")
    assert code(guard, request(OLD)) == "secret_denied"
    server.fails = None
    clock.now += 1
    assert code(guard, request(OLD)) == ""
    server.fails = AWSError("InternalServiceError")
    clock.now += 60

    assert code(guard, request(NEW)) == "secret_unavailable"
    assert code(guard, request(OLD)) == ""


@pytest.mark.parametrize(
    "secret",
    ["", b"", "short", "a" * 40, "with,comma,0123456789", "with space 0123456789", "ü" * 20, None, 7, "x1" * 600],
)
def test_what_cannot_be_a_secret_is_said_while_constructing(secret: Any) -> None:
    """It refuses everybody by never being there."""
    with pytest.raises(ConfigError) as found:
        CloudFrontSecret(secret)

    assert not secret or str(secret) not in str(found.value)


def test_all_faults_are_in_one_message() -> None:
    """Header, least and source."""
    with pytest.raises(ConfigError) as found:
        CloudFrontSecret("", header="x origin", least=8)

    assert all(word in str(found.value) for word in ("header", "least", "empty"))
    with pytest.raises(ConfigError, match="one value"):
        CloudFrontSecret(secrets.given())
    with pytest.raises(ConfigError, match="64 bytes"):
        CloudFrontSecret(secrets.given(OLD, "x" * 5), least=64)


def test_a_fetched_secret_that_cannot_be_one_refuses_everybody() -> None:
    """As an outage: it is we who are wrong."""
    guard, server, _ = kept()
    server.add("v1", "short", "AWSCURRENT")
    server.labels.pop("AWSPREVIOUS")

    for value in ("short", OLD, ""):
        assert code(guard, request(value)) in ("origin_secret_unfit", "origin_secret_missing")
    with pytest.raises(Unavailable, match="16 bytes at least"):
        guard(request("short"))


def test_beside_an_unfit_value_the_fit_ones_pass() -> None:
    """And who has neither is not told no: the distribution may be sending the unfit one."""
    guard, server, _ = kept()
    server.add("v1", "short", "AWSPENDING")

    assert code(guard, request(OLD)) == ""
    assert code(guard, request("short")) == "origin_secret_unfit"


def test_a_source_of_ones_own_may_give_new_tuples_and_none_at_all() -> None:
    """No value refuses everybody."""

    class Own:
        values: tuple[bytes, ...] = (OLD.encode(),)

        def current(self) -> tuple[bytes, ...]:
            return (*self.values,)

        def after_mismatch(self) -> None:
            return None

    own = Own()
    guard = CloudFrontSecret(own)
    assert (code(guard, request(OLD)), code(guard, request(NEW))) == ("", "origin_secret_mismatch")

    own.values = ()

    assert code(guard, request(OLD)) == "origin_secret_unfit"
    assert (
        code(CloudFrontSecret(Own.__new__(type("Empty", (Own,), {"values": ()}))), request(OLD))
        == "origin_secret_unfit"
    )


@given(st.text(max_size=60), st.lists(st.sampled_from([OLD, NEW, NEWER]), min_size=1, max_size=3, unique=True))
def test_whatever_is_sent_only_the_values_pass(sent: str, valid: list[str]) -> None:
    """And nothing is ever raised but a refusal."""
    guard = CloudFrontSecret(secrets.given(*valid))

    for value in (sent, *valid, OLD + sent):
        passes = code(guard, request(value)) == ""
        assert passes == (value in valid)


def test_through_the_authorizer_it_is_a_deny() -> None:
    """403, and kept under the header."""
    handler = authorizer(guards=[CloudFrontSecret(OLD)])

    refused = handler(request_event({HEADER: "guess", "Authorization": "alice"}))
    passed = handler(request_event({HEADER: OLD, "Authorization": "alice"}))

    assert [each["Effect"] for each in refused["policyDocument"]["Statement"]] == ["Deny"]
    assert "Allow" in [each["Effect"] for each in passed["policyDocument"]["Statement"]]
