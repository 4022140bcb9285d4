"""A server that is down is left alone, and a token that only upsets it concerns nobody else (row 4.G G4, 4.F F5)."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from authkit.credentials.backoff import LONGEST_PAUSE, MOST_APART
from authkit.errors import KeysUnavailable, Unavailable
from tests.credentials.introspecting import World, active
from tests.credentials.test_introspection_memory import together

DOWN = KeysUnavailable("fetch_timeout", detail="idp.example.com did not answer")
FAILURES = [DOWN, ValueError("hunter2"), OSError("hunter2"), KeysUnavailable("url_forbidden", detail="x")]


class Statuses(World):
    """A server whose status depends on the token."""

    def __init__(self, status: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.status_of = status

    def post(self, url: str, *, body: bytes, **rest: Any) -> Any:
        self.status = self.status_of(body.decode().partition("&")[0].removeprefix("token="))
        return super().post(url, body=body, **rest)

    def count(self, beginning: str) -> int:
        """Return how often it was asked about tokens that begin so."""
        return sum(asked["form"]["token"].startswith(beginning) for asked in self.asked)


def poisoned(token: str) -> int:
    """Return the status of a server that cannot digest some tokens."""
    return 500 if token.startswith("poison") else 200


def attempts(world: World, seconds: int, *, each: int = 10, tokens: int = 1_000_000) -> list[float]:
    """Ask about many tokens a second, and return at which second each attempt was made."""
    times: list[float] = []
    begun = len(world.asked)
    for step in range(seconds * each):
        before = len(world.asked)
        detail = world.detail(f"t{begun + step % tokens}")
        times += [step / each] * (len(world.asked) - before)
        world.now += 1 / each
        assert "hunter2" not in detail
    return times


def busiest(times: list[float]) -> int:
    """Return the most attempts in any second."""
    return max(sum(begin <= time < begin + 1 for time in times) for begin in times)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_server_that_is_silent_is_asked_once_in_a_pause(failure: Exception) -> None:
    """G4: a flood of distinct tokens costs one question after 1, 2, 4 … 30 seconds, and each is answered at once."""
    world = World(failure)

    times = attempts(world, 120)

    assert times == pytest.approx([0, 1, 3, 7, 15, 31, 61, 91], abs=0.15)


def test_a_server_that_fails_two_tokens_is_asked_once_in_a_pause() -> None:
    """G4: a status may be the fault of one, and hardly that of the next."""
    world = World()
    world.status = 500

    times = attempts(world, 120)

    assert times == pytest.approx([0, 0.1, 1.1, 3.1, 7.1, 15.1, 31.1, 61.1, 91.1], abs=0.15)


@pytest.mark.parametrize("status", [200, 500, 502, 503, 504])
@pytest.mark.parametrize("witness", [False, True])
def test_a_server_that_is_down_is_not_hammered(status: int, witness: bool) -> None:
    """G4: two tokens find out, and the witness if there is one; then one attempt after each pause."""
    world = World()
    if witness:
        world.call("known")
    world.status = status
    if status == 200:
        world.answer = DOWN

    times = attempts(world, 600, each=20)

    assert busiest(times) <= 3
    assert len(times) <= 26
    assert 0 < sum(asked["form"]["token"] == "known" for asked in world.asked[1:]) < 15 or not witness


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("witness", [None, "t1", "another"])
def test_a_single_token_is_not_asked_about_again_and_again(status: int, witness: str | None) -> None:
    """G4: it has pauses of its own, where nothing else is asked and nothing remembered, and be it the witness."""
    world = World(cache_seconds=0)
    if witness:
        world.call(witness)
    world.status, world.answer = status, DOWN if status == 200 else world.answer

    times = attempts(world, 120, tokens=1)

    if witness == "another" and status == 200:  # the witness is asked about in its turn
        assert (busiest(times), len(times)) == (1, 9)
    else:
        assert times == pytest.approx([0, 1, 3, 7, 15, 31, 61, 91], abs=0.15)


def test_one_token_that_the_server_hangs_on_shuts_out_nobody() -> None:
    """Nor one whose connection a firewall drops: who comes after it learns from the witness that all is well."""
    world = World(lambda token: DOWN if token == "poison" else active(exp=...), cache_seconds=0)
    world.call("good")

    for step in range(600):
        world.now += 0.5
        world.detail("poison")
        world.now += 0.5
        assert world.call(f"good{step}").id == "alice"

    assert len(world.asked) <= 601 + 2 * (600 / LONGEST_PAUSE + 8)


@pytest.mark.parametrize("status", [401, 429])
def test_a_status_that_no_token_causes_is_an_outage_at_once(status: int) -> None:
    """G4: it is about us."""
    world = World()
    world.status = status

    details = {world.detail(f"t{number}").partition(";")[0] for number in range(100)}

    assert details == {f"idp.example.com answered {status}"}
    assert len(world.asked) == 1


def test_one_strangers_token_shuts_out_nobody() -> None:
    """A token that makes the server answer 500, sent twice a second for an hour beside tokens it does not know yet."""
    world = Statuses(poisoned, cache_seconds=0, answer=active(exp=...))

    for step in range(3600):
        world.now += 0.5
        world.detail("poison")
        world.now += 0.5
        world.detail("poison")
        assert world.call(f"good{step}").id == "alice"

    assert world.count("poison") <= 3600 / LONGEST_PAUSE + 8


def test_strangers_tokens_shut_out_nobody_however_many_they_are() -> None:
    """Once a token has passed, it is asked about, at most once for two that fail: its answer says that all is well."""
    world = Statuses(poisoned, cache_seconds=0, answer=active(exp=...))
    world.call("good")

    for step in range(600):
        for number in range(10):
            assert "answered 500" in world.detail(f"poison{step}-{number}")
        world.now += 1
        assert world.call(f"good{step}").id == "alice"

    assert world.count("poison") == 6000
    assert world.count("good") <= 1 + 600 + 6000 / 2


def test_strangers_who_were_there_first_hold_up_the_first_good_token_for_a_pause() -> None:
    """With no witness yet, nobody can say that the server is well; then the pauses are over, and forgotten."""
    world = Statuses(poisoned)
    world.detail("poison1")
    world.detail("poison2")
    assert "not asked again" in world.detail("good")

    world.now += 1
    assert world.call("good").id == "alice"
    world.detail("poison3")
    world.detail("poison4")

    assert world.call("another").id == "alice"


def test_two_tokens_that_fail_long_apart_say_nothing() -> None:
    """Nor do those between which there was an answer, nor one token twice."""
    world = Statuses(poisoned)

    world.detail("poison1")
    world.now += 10
    world.detail("poison2")
    assert world.call("good1").id == "alice"
    world.introspection._endpoint._witness = None
    world.detail("poison3")
    world.introspection._endpoint._witness = None
    world.now += 1
    world.detail("poison3")

    assert world.call("good2").id == "alice"


def test_a_witness_finds_the_server_well_again_though_strangers_make_it_fail() -> None:
    """The attempt after a pause is not theirs alone, although they are always first."""
    world = Statuses(poisoned)
    world.call("known")
    world.status_of = lambda token: 500
    attempts(world, 60)
    world.status_of = poisoned

    def second(step: int) -> str:
        world.now += 1
        world.detail(f"poison{step}")
        try:
            return str(world.call(f"good{step}").id)
        except Unavailable:
            return ""

    told = [second(step) for step in range(100)]

    assert 0 < told.index("alice") <= 2 * LONGEST_PAUSE
    assert set(told[told.index("alice") :]) == {"alice"}


def test_a_witness_that_the_server_cannot_digest_any_more_shuts_out_nobody() -> None:
    """Every other attempt is about the token that came."""
    spoilt: set[str] = set()
    world = Statuses(lambda token: 500 if token in spoilt else poisoned(token))
    world.call("known")
    spoilt.add("known")
    world.detail("poison1")
    world.detail("poison2")
    assert "500" in world.detail("good")

    world.now += 1
    world.detail("good")
    world.now += 2

    assert world.call("good").id == "alice"
    assert world.call("another").id == "alice"


def test_the_witness_itself_is_asked_about_once() -> None:
    """When it comes with a request of its own, and is no longer remembered."""
    world = Statuses(poisoned, cache_seconds=0)
    world.call("known")
    world.detail("poison1")
    world.detail("poison2")

    assert world.call("known").id == "alice"

    assert world.count("known") == 2


def test_an_outage_is_not_remembered_of_the_token() -> None:
    """When the server is back, so is everybody."""
    world = World(DOWN)
    world.detail()

    world.now += 1
    world.answer = active()

    assert world.call().id == "alice"
    world.answer = DOWN
    world.detail("another")
    world.now += 1  # the first pause again, because the server had answered
    world.answer = active()
    assert world.call("another").id == "alice"


def test_who_made_the_server_fail_is_not_held_to_it_after_an_outage() -> None:
    """It was the server, and not they."""
    world = World(DOWN)
    for number in range(2):
        world.detail(f"t{number}")
    world.now += 1
    world.answer = active()

    assert [world.call(f"t{number}").id for number in range(2)] == ["alice"] * 2


def test_what_is_known_of_tokens_that_fail_is_bounded() -> None:
    """G8: the oldest makes room."""
    world = Statuses(poisoned)
    world.call("good")

    for number in range(3 * MOST_APART):
        world.detail(f"poison{number}")

    backoff = world.introspection._endpoint._backoff
    assert len(backoff._apart) == MOST_APART
    assert len(backoff._failing) <= 2


@pytest.mark.parametrize(
    ("asked", "pause"), [("0", 1), ("20", 20), ("600", 30), ("x", 1), ("Thu, 01 Jan 1970 00:00:00 GMT", 1)]
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_a_server_asks_to_be_left_alone_is_heeded(status: int, asked: str, pause: float) -> None:
    """F5: Retry-After, up to half a minute: strangers' garbage may have earned it, and all have to wait."""
    world = World()
    world.status, world.headers = status, {"retry-after": asked}
    world.detail()

    world.now += pause - 0.1
    world.detail()
    assert len(world.asked) == 1

    world.now += 0.2
    world.detail()
    assert len(world.asked) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_second_of_garbage_costs_others_half_a_minute_at_most(status: int) -> None:
    """And the next attempt shows that the server is well."""
    world = Statuses(poisoned)
    world.call("known")
    world.status_of = lambda token: status
    world.headers["retry-after"] = "600"
    world.detail("garbage")
    world.status_of = poisoned

    world.now += LONGEST_PAUSE - 0.1
    assert "not asked again" in world.detail("good")
    world.now += 0.1

    assert world.call("good").id == "alice"


def test_the_pause_is_told_to_whoever_asks() -> None:
    """With how much of it is left."""
    world = World(KeysUnavailable("fetch_status", detail="busy", retry_after=20))
    world.detail()
    world.now += 5

    with pytest.raises(Unavailable) as fault:
        world.call()

    assert fault.value.retry_after == pytest.approx(15)
    assert fault.value.detail == "fetch_status: busy; not asked again for 15.0 s"


@pytest.mark.parametrize("witness", [False, True])
def test_of_many_that_fail_at_once_one_counts(witness: bool) -> None:
    """G4: or a herd would make a pause of a second into one of half a minute, and one goes first after it."""
    herd = threading.Barrier(8)

    def fail(token: str) -> Any:
        if token != "known":
            herd.wait(10)
        return DOWN

    world = World()
    if witness:
        world.call("known")
    world.answer = fail
    together(8, lambda number: world.detail(f"t{number}"))
    world.answer = DOWN
    world.detail("doubtful")
    begun = len(world.asked)

    world.now += 1
    together(8, lambda number: world.detail(f"u{number}"))
    assert len(world.asked) == begun + 1

    world.now += 2
    world.detail("v")
    assert len(world.asked) == begun + 2


def test_a_token_that_passed_is_shown_nowhere() -> None:
    """Although one is held."""
    world = World()
    world.call("tok-3f9a")
    held = world.introspection

    shown = [repr(held), held.explain(), repr(vars(held)), repr(held._endpoint), repr(held._endpoint._backoff)]

    assert not any("tok-3f9a" in text for text in shown)
