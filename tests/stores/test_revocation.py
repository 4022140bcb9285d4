"""Revocations: what was taken back is refused within a bound, and an outage is no answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import BindingProblem, Claims, ConfigError, InvalidClaims, TokenCache, Unavailable
from authkit.stores.revocation import MARGIN, Revocations
from authkit.stores.revocation_memory import MemoryRevocations
from tests.stores.stand_ins import Clock
from tests.support.tokens import ISSUER, NOW, bearer, good_claims, signer

ISS = "https://idp.example.com/"


class Counting:
    """A store in memory that counts what it is asked, can fail, and can be made to wait."""

    def __init__(self, clock: Clock) -> None:
        self._inner = MemoryRevocations(clock=clock.wall)
        self.asked: list[tuple[str, ...]] = []
        self.fails: Exception | None = None
        self.gate: Event | None = None
        self.entered = Event()

    def find(self, names: tuple[str, ...]) -> Any:
        self.asked.append(names)
        self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(30)
        if self.fails is not None:
            raise self.fails
        return self._inner.find(names)

    def add(self, name: str, before: float, until: float) -> None:
        self._inner.add(name, before, until)


def revocations(**settings: Any) -> tuple[Revocations, Counting, Clock]:
    clock = Clock()
    store = Counting(clock)
    return Revocations(store, **{**clock.settings, **settings}), store, clock


def claims(clock: Clock, **changes: Any) -> Claims:
    return Claims({"iss": ISS, "sub": "alice", "jti": "t1", "iat": int(clock.wall()) - 10, **changes})


def test_one_token_is_taken_back_and_no_other() -> None:
    """By its jti, which is its issuer's."""
    revoked, _, clock = revocations()

    revoked.revoke(issuer=ISS, jti="t1")

    assert revoked(claims(clock)) is True
    assert revoked(claims(clock, jti="t2")) is False
    assert revoked(claims(clock, iss="https://other.example.com/")) is False


def test_all_that_a_subject_had_is_taken_back_and_nothing_later() -> None:
    """The moment itself is not earlier than the moment; a token that tells no time is taken back."""
    revoked, _, clock = revocations(seconds=0)
    now = clock.wall()

    revoked.revoke(issuer=ISS, sub="alice", before=now)

    issued = {at: revoked(claims(clock, jti=str(at), iat=now + at)) for at in (-10, -0.5, 0, 5)}
    assert issued == {-10: True, -0.5: True, 0: False, 5: False}
    assert [revoked(claims(clock, iat=odd)) for odd in (None, "now", True, float("nan"))] == [True] * 4
    assert revoked(claims(clock, sub="bob")) is False


NAMELESS = Claims({"iss": ISS, "sub": "", "jti": 7})


def test_what_nobody_could_take_back_is_not_taken() -> None:
    """Else a token without a name is good, whatever is revoked."""
    revoked, store, _ = revocations()

    with pytest.raises(InvalidClaims, match=r"missing_claim \(jti\)"):
        revoked(NAMELESS)

    assert store.asked == []


def test_tokens_without_a_name_pass_where_that_is_said() -> None:
    """Nobody could have named it, and nobody is asked."""
    revoked, store, _ = revocations(unnamed=True)

    assert revoked(NAMELESS) is False
    assert store.asked == []


def test_what_lives_longer_than_revocations_are_kept_is_an_outage() -> None:
    """Else it is good again as soon as its revocation is forgotten, as a client certificate after a month."""
    revoked, _, clock = revocations(keep=1000)

    now = clock.wall()
    assert revoked(claims(clock, iat=now - 600, exp=now + 400)) is False
    assert revoked(claims(clock, iat=now + 60, exp=now + 1000)) is False
    assert revoked(claims(clock, iat="then", exp=now + 1000)) is False
    # The last: what was revoked when it was young is forgotten before it is old.
    for issued, end in (
        (now, now + 1001),
        (None, now + 1001),
        (now, float("inf")),
        (now, float("nan")),
        (now - 995, now + 10),
    ):
        with pytest.raises(Unavailable, match="revocation_keep"):
            revoked(claims(clock, iat=issued, exp=end))


def test_a_revocation_is_kept_for_as_long_as_leeway_lets_its_token_pass() -> None:
    """Who says until=exp, the last moment of the token, must not have it forgotten before the leeway is over."""
    seen: list[float] = []

    class Store:
        def find(self, names: tuple[str, ...]) -> Any:
            return {}

        def add(self, name: str, before: float, until: float) -> None:
            seen.append(until)

    clock = Clock()
    revoked = Revocations(Store(), keep=1000, **clock.settings)

    revoked.revoke(issuer=ISS, jti="t1", until=clock.wall() + 60)
    revoked.revoke(issuer=ISS, sub="alice")

    assert [until - clock.wall() for until in seen] == [60 + MARGIN, 1000 + MARGIN]
    assert MARGIN >= 300  # the greatest leeway there is


def test_one_token_is_taken_back_whenever_it_says_it_was_issued() -> None:
    """Not only those of before some moment."""
    revoked, _, clock = revocations()
    revoked.revoke(issuer=ISS, jti="t1")

    assert revoked(claims(clock, iat=float("inf"))) is True


@pytest.mark.parametrize("moment", [float("nan"), float("inf"), -1, "tomorrow", True])
def test_a_moment_that_is_none_is_refused(moment: Any) -> None:
    """It would be forgotten at once, or never, or break the store."""
    revoked, _, _ = revocations()

    for name in ("before", "until"):
        with pytest.raises(ConfigError, match="seconds since the epoch"):
            revoked.revoke(issuer=ISS, sub="alice", **{name: moment})


def test_the_store_holds_hashes_alone() -> None:
    """Whoever reads it learns neither subjects nor tokens."""
    revoked, store, clock = revocations()

    revoked(claims(clock))

    (names,) = store.asked
    assert [name.partition("#")[0] for name in names] == ["jti", "sub"]
    assert not any("alice" in name or "t1" in name for name in names)


def test_answers_are_remembered_for_a_bounded_time() -> None:
    """And a revocation is felt once that is over, by every other environment too."""
    revoked, store, clock = revocations(seconds=10)
    other = Revocations(store, **clock.settings)
    token = claims(clock)
    assert [revoked(token) for _ in range(5)] == [False] * 5
    assert len(store.asked) == 1

    other.revoke(issuer=ISS, sub="alice")

    clock.now += 9
    assert revoked(token) is False
    clock.now += 1
    assert revoked(token) is True
    assert len(store.asked) == 2


def test_ones_own_revocation_is_felt_at_once() -> None:
    """What was remembered of it is forgotten."""
    revoked, _, clock = revocations()
    revoked(claims(clock))

    revoked.revoke(issuer=ISS, jti="t1")

    assert revoked(claims(clock)) is True


def test_a_yes_is_remembered_for_longer_but_only_for_whom_it_is_one() -> None:
    """A later revocation of the same subject is felt as soon as a first."""
    revoked, store, clock = revocations(seconds=10, listed_seconds=300)
    revoked.revoke(issuer=ISS, sub="alice", before=clock.wall())
    earlier = claims(clock)
    later = claims(clock, jti="later", iat=clock.wall() + 1)
    assert (revoked(earlier), revoked(later)) == (True, False)
    Revocations(store, **clock.settings).revoke(issuer=ISS, sub="alice", before=clock.wall() + 5)

    clock.now += 20
    asked = len(store.asked)
    assert revoked(earlier) is True
    assert len(store.asked) == asked
    assert revoked(later) is True


def test_an_outage_is_no_answer() -> None:
    """Nobody passes, and nobody is told no, save who was known to be taken back."""
    revoked, store, clock = revocations()
    revoked.revoke(issuer=ISS, jti="back")
    assert revoked(claims(clock, jti="back")) is True
    store.fails = Unavailable("revocation_timeout", detail="down")

    with pytest.raises(Unavailable, match="revocation_timeout"):
        revoked(claims(clock, jti="t9"))

    assert revoked(claims(clock, jti="back")) is True


def test_the_last_answer_serves_within_a_bound_if_one_is_given() -> None:
    """For tokens that were seen before; for others there is none."""
    revoked, store, clock = revocations(max_stale=60)
    assert revoked(claims(clock)) is False
    store.fails = Unavailable("revocation_timeout", detail="down")

    clock.now += 59
    assert revoked(claims(clock)) is False
    with pytest.raises(Unavailable):
        revoked(claims(clock, jti="new"))
    clock.now += 1
    with pytest.raises(Unavailable):
        revoked(claims(clock))


def test_a_store_that_is_down_is_asked_once_a_pause_and_recovers() -> None:
    """However many ask; and the first answer ends the pause."""
    revoked, store, clock = revocations()
    store.fails = Unavailable("revocation_timeout", detail="down")

    for _ in range(100):
        with pytest.raises(Unavailable):
            revoked(claims(clock))
    assert len(store.asked) == 1

    store.fails = None
    clock.now += 1
    assert revoked(claims(clock)) is False
    assert len(store.asked) == 2


def test_many_who_ask_the_same_make_one_question() -> None:
    """Single flight: the others take its answer."""
    revoked, store, clock = revocations()
    store.gate = Event()

    with ThreadPoolExecutor(32) as threads:
        answers = [threads.submit(revoked, claims(clock)) for _ in range(32)]
        assert store.entered.wait(30)
        store.gate.set()
        assert {answer.result(30) for answer in answers} == {False}

    assert len(store.asked) == 1


def test_without_remembering_each_use_asks() -> None:
    """For whoever wants a revocation to be felt at once."""
    revoked, store, clock = revocations(seconds=0, listed_seconds=0)

    assert [revoked(claims(clock)) for _ in range(3)] == [False] * 3

    assert len(store.asked) == 3


def test_strangers_do_not_push_out_what_was_taken_back() -> None:
    """A yes has room of its own."""
    revoked, store, clock = revocations(entries=4)
    revoked.revoke(issuer=ISS, jti="back")
    assert revoked(claims(clock, jti="back", sub="x")) is True

    for number in range(50):
        revoked(claims(clock, jti=f"n{number}", sub=f"s{number}"))
    store.fails = Unavailable("revocation_timeout", detail="down")

    assert revoked(claims(clock, jti="back", sub="x")) is True


@given(st.lists(st.tuples(st.sampled_from(["revoke", "ask", "wait"]), st.integers(0, 30)), max_size=30))
def test_what_was_taken_back_never_passes_after_the_bound(steps: list[tuple[str, int]]) -> None:
    """Whatever happens in between: it holds for each environment that shares the store."""
    mine, store, clock = revocations(seconds=10)
    other = Revocations(store, **clock.settings)
    moments: list[tuple[float, float]] = []
    for step, number in steps:
        if step == "wait":
            clock.now += number
        elif step == "revoke":
            other.revoke(issuer=ISS, sub="alice", before=clock.wall() - number)
            moments.append((clock.wall() - number, clock.wall()))
        else:
            issued = clock.wall() - number
            due = any(issued < before and said + 10 <= clock.wall() for before, said in moments)
            possible = any(issued < before for before, _ in moments)
            answer = mine(claims(clock, iat=issued))
            assert answer or not due
            assert possible or not answer


def test_a_verified_token_that_is_remembered_is_taken_back_too() -> None:
    """`JWTBearer` asks at each use, whatever it remembers of the signature."""
    clock = Clock(NOW)
    revoked = Revocations(**clock.settings)
    verifier = bearer(signer(), revoked=revoked, cache=TokenCache())
    token = signer().token(good_claims(jti="t1"))
    assert verifier.verify(token)["jti"] == "t1"

    revoked.revoke(issuer=ISSUER, sub=good_claims()["sub"], before=NOW + 1)

    with pytest.raises(BindingProblem, match="revoked"):
        verifier.verify(token)


def test_revoke_is_told_which_or_whose() -> None:
    """One of them."""
    revoked, _, _ = revocations()

    for wrong in ({}, {"jti": "1", "sub": "2"}, {"jti": ""}):
        with pytest.raises(ConfigError):
            revoked.revoke(issuer=ISS, **wrong)


def test_wrong_settings_are_said_while_constructing() -> None:
    """All of them at once."""
    with pytest.raises(ConfigError) as found:
        Revocations(object(), seconds=-1, max_stale=float("inf"), entries=0, unnamed=1)  # type: ignore[arg-type]

    assert all(word in str(found.value) for word in ("seconds", "max_stale", "entries", "find and add", "unnamed"))


def test_memory_is_the_store_where_none_is_given() -> None:
    """For one process."""
    revoked = Revocations()

    assert repr(revoked) == "Revocations(MemoryRevocations(0 names), seconds=10, max_stale=0)"
