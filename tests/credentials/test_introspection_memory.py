"""What is remembered of answers, and how a server that fails is left alone (rows 4.H H8, H9, 4.G G4 and G8, jwt.md 6.1)."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from authkit.credentials.answers import LARGEST_KEPT
from authkit.errors import KeysUnavailable, Unavailable
from tests.credentials.introspecting import World, active
from tests.support.tokens import NOW

DOWN = KeysUnavailable("fetch_timeout", detail="idp.example.com did not answer")


def test_an_answer_serves_until_the_cap() -> None:
    """H8: sixty seconds, and not one more."""
    world = World()
    world.call()
    world.now += 59.9
    world.call()
    assert len(world.asked) == 1

    world.now += 0.1
    world.call()

    assert len(world.asked) == 2


def test_an_answer_serves_no_longer_than_its_token() -> None:
    """H8: in the second of ``exp`` the server is asked again, leeway or not: it may have given the token more time."""
    world = World(active(exp=NOW + 20), leeway=300)
    world.call()
    world.now += 20
    world.answer = {"active": False}

    assert world.code() == "inactive"
    assert len(world.asked) == 2


def test_a_token_without_end_is_remembered_to_the_cap() -> None:
    """H8: and no longer."""
    world = World(active(exp=...), cache_seconds=5)

    for _ in range(3):
        world.call()
        world.now += 5

    assert len(world.asked) == 3


@pytest.mark.parametrize("seconds", [0, 0.0])
def test_remembering_can_be_switched_off(seconds: float) -> None:
    """Then each use is a question."""
    world = World(cache_seconds=seconds)

    world.call()
    world.call()
    world.answer = {"active": False}
    assert [world.code(), world.code()] == ["inactive", "inactive"]

    assert len(world.asked) == 4


def test_what_depends_on_the_time_is_judged_at_each_use() -> None:
    """H8: a remembered answer is not a verdict."""
    world = World(active(exp=NOW + 30))
    world.call()

    with pytest.raises(Exception, match="expired"):
        world.introspection.verify("opaque", at=NOW + 30)

    assert len(world.asked) == 1


@pytest.mark.parametrize("changes", [{"active": False}, {"aud": "https://mail.example.com"}, {"sub": ...}])
def test_a_refusal_is_remembered_for_a_moment(changes: dict[str, Any]) -> None:
    """H8: a token that is sent again and again costs one question in ten seconds."""
    world = World(active(**changes))

    codes = {world.code() for _ in range(100)}
    assert (len(codes), len(world.asked)) == (1, 1)

    world.now += 10
    world.answer = active()
    assert world.call().id == "alice"


def test_a_refusal_is_remembered_no_longer_than_an_answer() -> None:
    """Where the cap is below ten seconds."""
    world = World({"active": False}, cache_seconds=2)

    world.code()
    world.now += 2
    world.code()

    assert len(world.asked) == 2


def test_a_token_that_ended_in_memory_is_not_asked_for_at_each_use() -> None:
    """G8: after the server has said no, that is what is remembered."""
    world = World(active(exp=NOW + 20))
    world.call()
    world.now += 20
    world.answer = {"active": False}

    for _ in range(50):
        assert world.code() == "inactive"

    assert len(world.asked) == 2


def test_strangers_cannot_crowd_out_good_tokens() -> None:
    """G8: refusals have a memory of their own, and it is bounded too."""
    world = World(lambda token: active() if token == "good" else {"active": False}, entries=10)
    world.call("good")

    for number in range(100):
        assert world.code(f"bad{number}") == "inactive"
    world.call("good")

    assert [asked["form"]["token"] for asked in world.asked].count("good") == 1
    assert "passed=1, refused=10" in world.introspection.explain()


def test_the_memory_of_good_tokens_is_bounded() -> None:
    """G8: the oldest makes room."""
    world = World(entries=2)

    for token in ("a", "b", "c", "c", "b", "a"):
        world.call(token)

    assert [asked["form"]["token"] for asked in world.asked] == ["a", "b", "c", "a"]


def test_a_very_long_answer_is_used_and_not_kept() -> None:
    """G8: bounded in bytes as well."""
    world = World(active(groups=["g" * LARGEST_KEPT]))

    world.call()
    world.call()

    assert len(world.asked) == 2


def test_tokens_are_told_apart_to_their_last_character() -> None:
    """G9: never by a part of them."""
    world = World(lambda token: active(sub=token))

    subjects = [world.call(token).id for token in ("a" * 5000, "a" * 4999 + "b", "a" * 5000 + "=", "a" * 5000)]

    assert len(set(subjects)) == 3
    assert len(world.asked) == 3


@pytest.mark.parametrize("clock", ["monotonic", "wall"])
def test_either_clock_ends_what_is_remembered(clock: str) -> None:
    """G11: a snapshot stops one of them, and an operator sets the other."""
    world = World(active(exp=...))
    world.call()

    world.skew += 60 if clock == "wall" else -60
    world.now += 0 if clock == "wall" else 60
    world.call()

    assert len(world.asked) == 2


@pytest.mark.parametrize("seconds", [5, 120])
def test_a_clock_that_went_back_keeps_nothing_alive(seconds: float) -> None:
    """What seems to come from the future is asked for again, at the latest when its time is over by the other clock."""
    world = World(active(exp=...))
    world.call()

    world.skew -= seconds
    world.now += 60
    world.call()

    assert len(world.asked) == 2


def test_revocation_is_asked_at_each_use() -> None:
    """H9: of a remembered answer too."""
    revoked: set[str] = set()
    world = World(revoked=lambda claims: claims["client_id"] in revoked)
    world.call()
    revoked.add("web")

    assert world.code() == "revoked"
    assert len(world.asked) == 1


def test_a_revocation_list_that_cannot_be_read_is_an_outage() -> None:
    """H9: fails closed, and never as a Deny; what was raised is not repeated."""

    def revoked(claims: Any) -> bool:
        raise ValueError("hunter2")

    world = World(revoked=revoked)

    with pytest.raises(Unavailable) as fault:
        world.call()
    assert fault.value.code == "revocation_unavailable"
    assert "hunter2" not in str(fault.value)


@pytest.mark.parametrize("status", [302, 400, 403, 404, 413, 414])
def test_a_status_that_a_token_may_cause_concerns_that_token_alone(status: int) -> None:
    """A firewall that takes offence at a stranger's token must not shut out everybody else's."""
    world = World()
    world.status = status

    world.detail("poison")
    world.detail("poison")
    world.status = 200
    world.call("good")

    assert [asked["form"]["token"] for asked in world.asked] == ["poison", "good"]


@pytest.mark.parametrize("answer", [b"<html>", {"active": "true"}, {}])
def test_an_answer_that_makes_no_sense_concerns_that_token_alone(answer: Any) -> None:
    """And that token for a moment."""
    world = World(lambda token: answer if token == "poison" else active())

    for _ in range(10):
        assert world.code("poison") == "introspection_unavailable"
    world.call("good")
    assert len(world.asked) == 2

    world.now += 10
    world.detail("poison")
    assert len(world.asked) == 3


def test_a_known_token_passes_while_its_server_is_down() -> None:
    """As long as its answer is remembered."""
    world = World()
    world.call("known")
    world.answer = DOWN

    world.detail("unknown")

    assert world.call("known").id == "alice"


def test_many_threads_agree() -> None:
    """G7: whatever they ask at once, each has its own answer."""
    world = World(lambda token: active(sub=token) if int(token) % 3 else {"active": False}, entries=20)
    found: list[tuple[int, str]] = []

    def work(number: int) -> None:
        for step in range(200):
            token = (number * 7 + step) % 40
            found.append((token, world.call(str(token)).id if token % 3 else world.code(str(token))))

    together(8, work)

    assert len(found) == 1600
    assert all(outcome == (str(token) if token % 3 else "inactive") for token, outcome in found)


def together(count: int, work: Any) -> None:
    """Run work in threads, and raise what one of them raises."""
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []
