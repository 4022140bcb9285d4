"""What is known of keys: how long it counts, who asks the store, and what happens when that is down."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given as given_each
from hypothesis import settings
from hypothesis import strategies as st

from authkit.credentials.client import Client
from authkit.errors import Refused, Unavailable
from authkit.stores.clients import Issued, RecordInvalid
from authkit.stores.clients_issue import revoke
from tests.credentials.apikeys.keys import NOW, Clock, Store, credential, given, request

DOWN = Unavailable("api_keys_timeout", detail="DynamoDB table keys: ReadTimeoutError")


def test_an_answer_is_asked_for_once_while_it_lasts() -> None:
    """And once more after it."""
    store, clock = Store(), Clock()
    text = given(store).text
    key = credential(store, clock, cache_seconds=60)

    for passed in (0, 30, 29.9):
        clock.now += passed
        key(request(text))
    assert store.asked == 1
    clock.now += 0.2
    key(request(text))
    assert store.asked == 2


def test_no_more_than_so_many_are_known() -> None:
    """The one that was known first makes room."""
    store = Store()
    texts = [given(store, Client(f"c{number}")).text for number in range(5)]
    key = credential(store, entries=3)

    for text in (*texts, *texts[2:]):
        key(request(text))
    assert store.asked == 5
    key(request(texts[0]))
    assert store.asked == 6


def test_keys_that_were_removed_do_not_crowd_out_good_ones() -> None:
    """They are apart, and bounded too."""
    store = Store()
    good = given(store).text
    gone = [given(store, Client(f"c{number}")) for number in range(20)]
    for each in gone:
        store.replace(each.issued, None)
    key = credential(store, entries=5)
    key(request(good))

    for each in gone * 2:
        with pytest.raises(Refused, match="api_key_unknown"):
            key(request(each.text))
    asked = store.asked
    key(request(good))

    assert store.asked == asked
    assert repr(key._memory) == "KeyMemory(known=1, unknown=5, seconds=60)"


def test_of_many_threads_one_asks() -> None:
    """The others wait for its answer."""
    store = Store()
    text = given(store).text
    begun, go = threading.Event(), threading.Event()

    class Slow:
        asked = 0

        def find(self, digest: str) -> Issued | None:
            Slow.asked += 1
            begun.set()
            assert go.wait(10)
            return store.find(digest)

    key = credential(Slow())
    with ThreadPoolExecutor(64) as pool:
        answers = [pool.submit(key, request(text)) for _ in range(64)]
        assert begun.wait(10)
        go.set()
        found = {answer.result(10).id for answer in answers}

    assert (found, Slow.asked) == ({"acme"}, 1)


@pytest.mark.parametrize("failure", [DOWN, RuntimeError("s3cret"), TimeoutError("s3cret")])
def test_a_known_key_outlives_an_outage_within_the_bound(failure: Exception) -> None:
    """Until the last good answer is max_stale old, and not a moment longer."""
    store, clock = Store(), Clock()
    text = given(store).text
    key = credential(store, clock, cache_seconds=60, max_stale=600)
    key(request(text))
    store.failure = failure

    for _ in range(9):
        clock.now += 60
        assert key(request(text)).id == "acme"
    clock.now += 60
    with pytest.raises(Unavailable) as caught:
        key(request(text))

    assert "s3cret" not in str(caught.value)
    assert caught.value.code in {"api_keys_timeout", "api_keys_unavailable"}


def test_without_a_bound_nothing_outlives_its_time() -> None:
    """max_stale 0."""
    store, clock = Store(), Clock()
    text = given(store).text
    key = credential(store, clock, max_stale=0)
    key(request(text))
    store.failure = DOWN

    clock.now += 59
    key(request(text))
    clock.now += 1
    with pytest.raises(Unavailable):
        key(request(text))


def test_a_key_nobody_knows_is_an_outage_and_no_refusal() -> None:
    """A Deny would be kept."""
    store = Store()
    text = given(store).text
    store.failure = DOWN

    with pytest.raises(Unavailable, match="api_keys_timeout"):
        credential(store)(request(text))


def test_a_store_that_is_down_is_asked_once_a_pause() -> None:
    """Of 1, 2, 4 … 30 seconds, whoever asks; and as soon as it is back, it is."""
    store, clock = Store(), Clock()
    texts = [given(store, Client(f"c{number}")).text for number in range(10)]
    key = credential(store, clock)
    store.failure = DOWN
    asked_at = []

    for second in range(120):
        clock.now = NOW + second
        before = store.asked
        for text in texts:
            with pytest.raises(Unavailable, match="api_keys_timeout"):
                key(request(text))
        asked_at += [second] * (store.asked - before)
    store.failure = None
    clock.now += 30

    assert asked_at == [0, 1, 3, 7, 15, 31, 61, 91]
    assert [key(request(text)).id for text in texts] == [f"c{number}" for number in range(10)]


def test_what_was_taken_back_before_an_outage_stays_so() -> None:
    """The last answer counts, not the last good one before it."""
    store, clock = Store(), Clock()
    revoked, removed = given(store), given(store, Client("b"))
    key = credential(store, clock)
    for each in (revoked, removed):
        key(request(each.text))
    revoke(store, revoked.issued.id)
    store.replace(removed.issued, None)
    clock.now += 60
    for each in (revoked, removed):
        with pytest.raises(Refused):
            key(request(each.text))
    store.failure = DOWN
    clock.now += 300

    with pytest.raises(Refused, match="revoked"):
        key(request(revoked.text))
    with pytest.raises(Unavailable):
        key(request(removed.text))


def test_a_bad_record_concerns_its_key_alone() -> None:
    """It begins no pause for others, and spoils nothing that is known."""
    store, clock = Store(), Clock()
    known, fresh = given(store), given(store, Client("b"))
    key = credential(store, clock)
    key(request(known.text))
    clock.now += 60
    store.failure = RecordInvalid(detail="the record of the digest 0000…: bad_json")

    assert key(request(known.text)).id == "acme"
    with pytest.raises(RecordInvalid):
        key(request(fresh.text))
    store.failure = None
    assert key(request(fresh.text)).id == "b"


@pytest.mark.parametrize(("wall", "monotonic"), [(-7200, 0), (7200, 0), (0, 7200)])
def test_neither_clock_alone_makes_an_answer_younger(wall: float, monotonic: float) -> None:
    """One may be set, the other may stand still while the environment sleeps."""
    store, clock, steady = Store(), Clock(), Clock()
    made = given(store)
    key = credential(store, clock, monotonic=steady)
    key(request(made.text))
    revoke(store, made.issued.id)

    clock.now += wall
    steady.now += monotonic

    with pytest.raises(Refused, match="revoked"):
        key(request(made.text))


def test_who_waits_too_long_is_told_so_or_served_what_is_known() -> None:
    """When another's question hangs: never forever."""
    from authkit.credentials.apikey_memory import KeyMemory, Limits
    from authkit.keys.clocks import Clocks

    clock = Clock()
    limits = Limits(seconds=1, unknown_seconds=1, max_stale=100, entries=5)
    memory: KeyMemory[str] = KeyMemory(limits, clocks=Clocks(clock, clock), jitter=lambda: 0.0, patience=0.01)
    name = memory.name("k")
    flight = memory._flights[name[0] % len(memory._flights)]
    with flight.entered(), pytest.raises(Unavailable, match="waited too long"):
        memory.ask(name, lambda: "a")
    memory.ask(name, lambda: "a")
    clock.now += 2
    with flight.entered():
        assert memory.ask(name, lambda: "b").known == "a"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 2)),
        st.tuples(st.just("revoke"), st.integers(0, 2)),
        st.tuples(st.just("pass"), st.sampled_from([1, 5, 20, 70, 400])),
        st.tuples(st.sampled_from(["down", "up"]), st.just(0)),
    ),
    max_size=40,
)


@given_each(STEPS)
@settings(deadline=None)
def test_a_key_never_passes_longer_than_stated_after_it_was_taken_back(steps: list[tuple[str, int]]) -> None:
    """Whatever happens in between: 60 seconds while the store is well, 300 in all."""
    store, clock = Store(), Clock()
    made = [given(store, Client(f"c{number}")) for number in range(3)]
    key = credential(store, clock, cache_seconds=60, max_stale=300)
    revoked_at: dict[int, float] = {}
    well_since: float | None = clock.now

    for step, which in steps:
        if step == "pass":
            clock.now += which
        elif step == "revoke":
            revoke(store, made[which].issued.id)
            revoked_at.setdefault(which, clock.now)
        elif step in ("down", "up"):
            store.failure = DOWN if step == "down" else None
            well_since = None if step == "down" else (well_since if well_since is not None else clock.now)
        else:
            try:
                key(request(made[which].text))
            except (Refused, Unavailable):
                continue
            since = clock.now - revoked_at.get(which, clock.now + 1)
            assert since < 300
            if well_since is not None and clock.now - well_since > 31:  # the longest pause after an outage
                assert since < 60 + 31


def test_a_custom_store_needs_only_to_find() -> None:
    """The rest of the protocol is for those who change it."""
    kept = Store()
    made = given(kept)

    class Mine:
        def find(self, digest: str) -> Any:
            return kept.find(digest)

    assert credential(Mine())(request(made.text)).id == "acme"


@pytest.mark.parametrize("answer", ["acme", 7, {"id": "acme"}])
def test_a_store_that_answers_with_something_else_lets_nobody_in(answer: Any) -> None:
    """Neither of another type."""
    text = given(Store()).text

    class Mine:
        def find(self, digest: str) -> Any:
            return answer

    with pytest.raises(RecordInvalid, match=f"the store answered with {type(answer).__name__}"):
        credential(Mine())(request(text))


def test_an_odd_answer_to_one_key_is_no_failure_of_the_store() -> None:
    """Else whoever holds one odd key could keep all others out, for as long as a pause is."""
    kept = Store()
    odd, good = given(kept).text, given(kept, Client("b")).text
    asked: list[str] = []

    class Mine:
        def find(self, digest: str) -> Any:
            asked.append(digest)
            found = kept.find(digest)
            return found if found and found.client.id == "b" else {"id": "acme"}

    key = credential(Mine())
    for _ in range(3):
        with pytest.raises(RecordInvalid):
            key(request(odd))

    assert key(request(good)).id == "b"


def test_a_store_that_answers_with_another_key_lets_nobody_in() -> None:
    """Whoever asked would be taken for its client."""
    kept = Store()
    text, other = given(kept).text, given(kept, Client("b"))

    class Mine:
        def find(self, digest: str) -> Any:
            return other.issued

    with pytest.raises(RecordInvalid, match="another key"):
        credential(Mine())(request(text))
