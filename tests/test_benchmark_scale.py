"""The simulation of many environments, calls and API keys (benchmarks/scale.py): what it counts is the same each time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit import Stored
from benchmarks import api_key_store, scale
from benchmarks.callers import Call, gateway_cache, hour_of_calls, reaching
from benchmarks.fleets import LANDS, RAMP, SETUPS, Clock, Issuer, Setup, Store, fleet
from benchmarks.outage import STEP

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(scope="module")
def found() -> scale.Found:
    """Return a small run of all of it."""
    return scale.found(60, 2000, 1)


def test_a_fleet_refuses_nobody_and_a_store_spares_the_issuer(found: scale.Found) -> None:
    """Each environment fetches once in the first minute; with a store, those that began before the first set was there."""
    fleets = {each.name: each for each in found.fleets}

    assert found.as_simulated
    assert not any(each.refused for each in found.fleets)
    assert fleets["each fetches"].first_minute == fleets["a bundled set"].first_minute == 60
    assert 1 <= fleets["a shared store"].first_minute <= 60 * LANDS / RAMP * 5
    assert fleets["each fetches"].peak_later <= fleets["each fetches, no jitter"].peak_later


def test_an_issuer_that_is_too_busy_costs_callers_unless_the_set_is_bundled() -> None:
    """Of environments without a set those wait that the issuer did not answer; a bundle serves all of them."""
    bare, bundled = (
        fleet(Setup(name, bundled=name == "bundled"), 60, 1, hours=0.1, most=1) for name in ("bare", "bundled")
    )

    assert bare.refused > 10
    assert bundled.refused == 0
    assert min(bare.fetches, bundled.fetches) >= 60


def test_what_is_put_in_the_store_is_there_a_fetch_later() -> None:
    """So that environments which start within that time all fetch."""
    clock = Clock()
    store, stored = (
        Store(clock),
        Stored(b"{}", "https://idp.example.com/", "https://idp.example.com/jwks.json", clock.now),
    )
    store.put("set", stored)

    before = store.get("set")
    clock.now += LANDS

    assert (before, store.get("set")) == (None, stored)


def test_an_issuer_answers_so_many_a_second() -> None:
    """The rest is told to come back."""
    clock = Clock()
    issuer = Issuer(clock, b"{}", 2)

    statuses = [issuer().status for _ in range(3)]
    clock.now += 1

    assert [*statuses, issuer().status] == [200, 200, 503, 200]
    assert issuer.seconds.total() == 4


def test_an_environment_lives_a_day_without_its_issuer_and_strangers_cost_a_fetch_in_thirty_seconds(
    found: scale.Found,
) -> None:
    """By the defaults: the figures that are told of them."""
    assert found.outage.hours_served == pytest.approx(24, abs=2 * STEP / 3600)
    assert 0 < found.outage.fetches_meanwhile < found.outage.hours_served * 3600 / STEP
    assert 30 <= found.outage.seconds_between < 40
    assert found.outage.strangers / 40 < found.outage.fetches_for_strangers <= found.outage.strangers / 30


def test_the_gateway_keeps_one_answer_a_caller_for_its_ttl() -> None:
    """From the call that reached the function on, not from the last one."""
    calls = [Call(0.0, 1), Call(30.0, 1), Call(30.0, 2), Call(59.9, 1), Call(60.0, 1)]

    assert list(reaching(calls, 60)) == [calls[0], calls[2], calls[4]]
    assert list(reaching(calls, 0)) == calls


def test_the_longer_the_ttl_the_more_is_saved() -> None:
    """The same hour of calls, whoever counts it."""
    saved = gateway_cache(hour_of_calls(50, 500, 3))

    assert [each.share for each in saved] == sorted({each.share for each in saved})
    assert saved[0].invocations == 500
    assert saved[-1].invocations <= 50
    assert hour_of_calls(50, 500, 3) == hour_of_calls(50, 500, 3)


def test_items_have_the_size_that_dynamodb_says() -> None:
    """Names and texts count by their bytes, a number by its digits."""
    assert api_key_store.item_size({"digest": {"S": "a" * 64}, "ü": {"S": "é"}, "version": {"N": "123"}}) == 70 + 4 + 10


def test_a_table_of_keys_is_worked_out_on_paper() -> None:
    """One read unit an item, a hundred bytes more each in storage, and half the price if the answer may be old."""
    paper = api_key_store.paper(1_000_000)

    assert 250 < paper.item_bytes < 400
    assert paper.gigabytes == pytest.approx((paper.item_bytes + 100) / 1000)
    assert (paper.read_units, paper.usd_a_million_reads, paper.usd_a_million_eventual_reads) == (1, 0.125, 0.0625)
    assert paper.issuing_usd == pytest.approx(0.625)


def test_memory_of_keys_spares_reads_and_made_up_keys_cost_none(found: scale.Found) -> None:
    """Without memory each call is a read; the longer it keeps, and the fewer environments there are, the fewer."""
    hours = {(each.ttl, each.environments, each.cache_seconds): each for each in found.hours}

    assert found.made_up_reads == 0
    assert hours[0, 50, 0].reads == hours[0, 50, 0].calls == 2000
    assert hours[0, 5, 300].reads < hours[0, 5, 60].reads < hours[0, 50, 60].reads < 2000
    assert hours[60, 5, 60].reach < 2000
    assert all(each.hits == pytest.approx(1 - each.reads / each.reach) for each in found.hours)


def test_one_large_table_is_compiled_whatever_the_size_of_the_fleet(found: scale.Found) -> None:
    """Ten thousand routes."""
    assert found.table.routes == 10_000
    assert min(found.table[1:]) > 0


def test_all_of_it_is_told_as_json_and_in_lines(found: scale.Found) -> None:
    """Each part that is asked for, with the machine below."""
    told: Any = json.loads(json.dumps(scale.as_json(found)))
    lines = scale.in_words(found)

    assert [each["name"] for each in told["fleets"]] == [each.name for each in SETUPS]
    assert told["busy_issuer"]["answers_a_second"] == 100
    assert {"cache", "api_keys", "api_keys_on_paper", "made_up_reads", "table", "python"} <= told.keys()
    for part in (
        "peak a s",
        "answers 100 fetches a second",
        "gateway's own cache",
        "for 24.0 h after",
        "no hot partition",
        "10,000 routes",
    ):
        assert part in lines


def test_a_run_of_it_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, by its own options."""
    code = scale.main(["--quick", "--environments", "20", "--json"])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["environments"] == 20
