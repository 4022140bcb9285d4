"""VPC endpoints, Origins, required headers and stage variables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.errors import BadEvent, ConfigError, Forbidden
from authkit.gateway.request import parse
from authkit.gateway.sources import is_place
from authkit.guards.endpoint import VpcEndpoint
from authkit.guards.headers import RequiredHeader
from authkit.guards.origin import Origin
from authkit.guards.stage import StageVariable
from tests.support.events import request_event, token_event

ENDPOINT, VPC = "vpce-0a1b2c3d4e5f67890", "vpc-0123456789abcdef0"
APP = "https://app.example.com"


def code_of(guard: Any, event: dict[str, Any]) -> str:
    """Return the code a guard refuses with, or nothing."""
    try:
        assert guard(parse(event)) is None
    except Forbidden as refusal:
        return refusal.code if refusal.claim in guard.reads else "of another place"
    return ""


def private(**identity: Any) -> dict[str, Any]:
    """Return an event of a private API."""
    return request_event(context={"identity": identity})


def http_v2(headers: dict[str, str]) -> dict[str, Any]:
    """Return an event of an HTTP API."""
    event = request_event(headers, version="2.0")
    return {**event, "routeArn": event["methodArn"]}


def test_only_what_comes_through_the_endpoint_passes() -> None:
    """The gateway alone says which it was."""
    guard = VpcEndpoint(endpoints=[ENDPOINT])

    assert code_of(guard, private(vpceId=ENDPOINT, vpcId=VPC)) == ""
    assert [code_of(guard, private(vpceId=each)) for each in ("vpce-1", "", None, [ENDPOINT])] == ["vpc_endpoint"] * 4
    assert code_of(guard, request_event({"vpceId": ENDPOINT})) == "vpc_endpoint"
    assert guard.reads == ("context.identity.vpceId",)


def test_endpoint_and_vpc_must_both_hold() -> None:
    """Where both are given."""
    guard = VpcEndpoint(endpoints=[ENDPOINT], vpcs=[VPC])

    assert guard.reads == ("context.identity.vpceId", "context.identity.vpcId")
    assert code_of(guard, private(vpceId=ENDPOINT, vpcId=VPC)) == ""
    assert code_of(guard, private(vpceId=ENDPOINT, vpcId="vpc-00000000")) == "vpc_endpoint"
    assert code_of(guard, private(vpceId="vpce-00000000", vpcId=VPC)) == "vpc_endpoint"
    assert repr(guard) == "VpcEndpoint(reads=('context.identity.vpceId', 'context.identity.vpcId'))"


@pytest.mark.parametrize("event", [token_event(), http_v2({})], ids=["token", "http-v2"])
def test_only_rest_apis_are_private(event: dict[str, Any]) -> None:
    """On any other the guard is attached wrongly."""
    with pytest.raises(BadEvent, match="REST"):
        VpcEndpoint(vpcs=[VPC])(parse(event))


@pytest.mark.parametrize("given", [{}, {"endpoints": ENDPOINT}, {"endpoints": [VPC]}, {"vpcs": [ENDPOINT, 7]}])
def test_ids_of_another_kind_are_faults(given: Any) -> None:
    """They would never match."""
    with pytest.raises(ConfigError):
        VpcEndpoint(**given)


def test_an_origin_is_taken_to_the_letter() -> None:
    """No patterns, no other port or scheme, no second one."""
    guard = Origin(APP, "http://localhost:3000")

    passing = [{"Origin": APP}, {"origin": "http://localhost:3000"}]
    refused: list[Any] = [
        {}, {"Origin": ""}, {"Origin": "null"}, {"Origin": f"{APP}/"}, {"Origin": f"{APP}:443"}, {"Origin": f"{APP}.evil.example"},
        {"Origin": "http://app.example.com"}, {"Origin": APP.upper()}, {"Origin": [APP, APP]}, {"Origin": f"{APP},{APP}"},
    ]  # fmt: skip

    assert [code_of(guard, request_event(each)) for each in passing] == ["", ""]
    assert [code_of(guard, request_event(each)) for each in refused] == ["origin"] * len(refused)
    assert code_of(guard, http_v2({"origin": f"{APP},{APP}"})) == "origin"
    assert (guard.reads, guard.per_request) == (("header.origin",), False)


def test_programs_may_come_without_an_origin_where_that_is_said() -> None:
    """But then nothing is cacheable: the gateway demands every identity source."""
    guard = Origin(APP, absent=True)

    codes = [code_of(guard, request_event(each)) for each in ({}, {"Origin": APP}, {"Origin": "null"}, {"Origin": ""})]

    assert codes == ["", "", "origin", "origin"]
    assert guard.per_request
    assert repr(guard) == "Origin('https://app.example.com', absent=True)"


@pytest.mark.parametrize(
    "origins",
    [
        (), ("*",), ("null",), ("app.example.com",), (f"{APP}/",), (f"{APP}:443",), ("http://app.example.com:80",),
        (APP.upper(),), ("https://*.example.com",), (7,), ("https://u@app.example.com",), ("ftp://app.example.com",),
    ],
)  # fmt: skip
def test_what_no_browser_sends_is_a_fault(origins: Any) -> None:
    """It would refuse everybody."""
    with pytest.raises(ConfigError):
        Origin(*origins)


def test_absent_is_said_with_a_truth_value() -> None:
    """A text would be taken for one."""
    with pytest.raises(ConfigError, match="absent"):
        Origin(APP, absent="no")  # type: ignore[arg-type]


def test_a_required_header_has_one_of_its_values() -> None:
    """Exactly, once, whatever its name's case."""
    guard = RequiredHeader("X-Api-Version", "2026-01", "2026-06")

    events: list[Any] = [
        {"x-api-version": "2026-06"}, {"X-API-VERSION": "2026-01"}, {"x-api-version": "2026-02"}, {"x-api-version": ""}, {},
        {"x-api-version": ["2026-01", "2026-01"]}, {"x-api-version": "2026-01", "X-Api-Version": "2026-06"},
    ]  # fmt: skip

    assert [code_of(guard, request_event(each)) for each in events] == [
        *("", "", "header_value", "header_missing", "header_missing", "header_repeated", "header_repeated")
    ]
    assert code_of(guard, http_v2({"x-api-version": "2026-01,2026-06"})) == "header_value"
    assert guard.reads == ("header.x-api-version",)
    assert repr(guard) == "RequiredHeader('x-api-version', values=2)"


def test_without_values_a_header_must_be_there() -> None:
    """Once, and not empty."""
    guard = RequiredHeader("x-correlation-id")

    assert code_of(guard, request_event({"X-Correlation-Id": "7"})) == ""
    assert code_of(guard, request_event({"X-Correlation-Id": ""})) == "header_missing"


@pytest.mark.parametrize(
    "given", [("",), ("x y",), (7,), ("x", ""), ("x", " v"), ("x", 7), ("x-api-key", "k"), ("Authorization", "v")]
)
def test_odd_headers_are_faults(given: Any) -> None:
    """And secrets are not for this guard."""
    with pytest.raises(ConfigError):
        RequiredHeader(*given)


def test_a_stage_must_say_so() -> None:
    """To the letter; a stage without the variable does not."""
    guard = StageVariable("tier", "gold", "silver")

    codes = [
        code_of(guard, request_event(stageVariables=each))
        for each in ({"tier": "gold"}, {"tier": "bronze"}, {"Tier": "gold"}, {}, None, {"tier": 7})
    ]

    assert codes == ["", *["stage_variable"] * 5]
    assert guard.reads == ("stageVariables.tier",)
    assert repr(guard) == "StageVariable('tier', values=2)"


@pytest.mark.parametrize("given", [("tier",), ("", "v"), ("a.b", "v"), ("tier", ""), ("tier", 7), (7, "v")])
def test_odd_variables_are_faults(given: Any) -> None:
    """Without a value there is nothing to compare."""
    with pytest.raises(ConfigError):
        StageVariable(*given)


@given(
    headers=st.dictionaries(st.sampled_from(["origin", "x-v", "X-V", "Origin"]), st.one_of(st.none(), st.text(), st.lists(st.text()), st.integers())),
    identity=st.one_of(st.none(), st.text(), st.dictionaries(st.sampled_from(["vpceId", "vpcId"]), st.one_of(st.none(), st.text(), st.integers()))),
    variables=st.one_of(st.none(), st.text(), st.dictionaries(st.just("tier"), st.one_of(st.none(), st.text(), st.integers()))),
)  # fmt: skip
def test_whatever_an_event_holds_it_is_refused_and_nothing_else(headers: Any, identity: Any, variables: Any) -> None:
    """Nothing drawn here is what a guard wants, so each says Forbidden; and each names places that gateways know."""
    event = request_event(
        headers=headers, context={"identity": identity}, stageVariables=variables, multiValueHeaders=None
    )
    guards = (Origin(APP), RequiredHeader("x-v", APP), StageVariable("tier", APP), VpcEndpoint(vpcs=[VPC]))

    assert all(code_of(guard, event) for guard in guards)
    assert all(is_place(place) for guard in guards for place in guard.reads)
