"""Look-ups: remembered, bounded, kept to a deadline, and with a rule for outages."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import Principal
from authkit.enrich.bounded import MOST_LEFT, Bounded
from authkit.enrich.lookup import Lookup
from authkit.errors import ConfigError, Forbidden, MissingClaim, Refused, Unavailable


class Store:
    """A store that gives what it holds, fails when told to, and counts."""

    def __init__(self, **held: Any) -> None:
        self.held = held
        self.failing: Exception | None = None
        self.asked: list[str] = []

    bounded = True

    def __call__(self, key: str) -> Any:
        self.asked.append(key)
        if self.failing is not None:
            raise self.failing
        return self.held.get(key)


class Clock:
    """Both clocks, which stand still until they are set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def made(store: Any = None, **changes: Any) -> tuple[Lookup, Store, Clock]:
    """Return a look-up of plans, its store, and the clock it goes by."""
    clock = Clock()
    found = store if store is not None else Store(acme={"plan": "pro", "seats": 5})
    settings = {"by": "tenant", "give": {"plan": str, "seats": ("seats", int, 1)}, "clock": clock, "monotonic": clock, "jitter": lambda: 0.0}  # fmt: skip
    return Lookup(found, **{**settings, **changes}), found, clock


def of(tenant: Any, key: str | None = None) -> Principal:
    return Principal("alice", claims={"tenant": tenant}, usage_key=key)


def code_of(look_up: Lookup, who: Principal) -> str:
    """Return the code of a refusal or an outage."""
    try:
        look_up(who)
    except (Refused, Unavailable) as fault:
        return fault.code
    return ""


def test_what_is_kept_of_a_principal_is_given() -> None:
    """What was asked for, of the types that were written down; defaults where something is absent."""
    look_up, store, _ = made(Store(acme={"plan": "pro", "seats": 5, "more": "x"}, small={"plan": "free"}))

    assert look_up(of("acme")) == {"plan": "pro", "seats": 5}
    assert look_up(of("small")) == {"plan": "free", "seats": 1}
    assert store.asked == ["acme", "small"]
    assert repr(look_up) == "Lookup(gives=['plan', 'seats'], seconds=60)"


def test_the_key_is_a_claim_or_made_of_the_principal() -> None:
    """As of issuer and subject, where several issuers name subjects."""
    store = Store(**{"idp/alice": {"plan": "pro"}})
    look_up, _, _ = made(store, by=lambda who: f"{who.claims['iss']}/{who.id}", give=["plan"])

    assert look_up(Principal("alice", claims={"iss": "idp"})) == {"plan": "pro"}
    with pytest.raises(MissingClaim):
        made()[0](Principal("alice"))


@pytest.mark.parametrize("key", ["", 7, None, ["acme"], "a\nb", "x" * 513, "\0"])
def test_an_odd_key_is_refused_and_not_asked_for(key: Any) -> None:
    """It would be a key of whoever chose it."""
    look_up, store, _ = made()

    assert code_of(look_up, of(key)) == "lookup_key"
    assert store.asked == []


def test_it_is_remembered_for_a_while() -> None:
    """And asked for anew after it; by a clock that went back as well."""
    look_up, store, clock = made(seconds=60)
    look_up(of("acme"))
    store.held["acme"] = {"plan": "free"}

    clock.now += 59.9
    assert look_up(of("acme"))["plan"] == "pro"
    clock.now += 0.1
    assert look_up(of("acme"))["plan"] == "free"
    clock.now -= 1000
    look_up(of("acme"))
    assert len(store.asked) == 3


def test_nothing_is_remembered_where_that_is_said() -> None:
    """Each decision asks."""
    look_up, store, _ = made(seconds=0)

    look_up(of("acme"))
    look_up(of("acme"))

    assert len(store.asked) == 2


def test_no_more_keys_are_remembered_than_that() -> None:
    """Whoever has many identities pushes nothing but other entries out."""
    look_up, store, _ = made(Store(**{str(at): {"plan": "p"} for at in range(10)}), entries=3)

    for at in range(10):
        look_up(of(str(at)))
    look_up(of("9"))
    look_up(of("0"))

    assert len(store.asked) == 11
    assert len(look_up._memory) == 3


def test_nothing_there_is_a_refusal_for_ten_seconds_at_most() -> None:
    """Or what was given for that; whoever is added is soon known."""
    look_up, store, clock = made()
    lenient, _, _ = made(store, absent={"plan": "none"})

    assert code_of(look_up, of("new")) == "not_found"
    assert lenient(of("new")) == {"plan": "none"}
    store.held["new"] = {"plan": "pro"}
    clock.now += 9
    assert code_of(look_up, of("new")) == "not_found"
    clock.now += 1
    assert look_up(of("new"))["plan"] == "pro"


@pytest.mark.parametrize(
    "failure", [RuntimeError("secret"), Unavailable("store_timeout"), OSError("secret"), KeyError("secret")]
)
def test_an_outage_is_an_outage(failure: Exception) -> None:
    """No Deny, which would be kept; and nothing of what the store said."""
    look_up, store, _ = made()
    store.failing = failure

    with pytest.raises(Unavailable) as caught:
        look_up(of("acme"))

    assert "secret" not in f"{caught.value}{caught.value.detail}"


def test_the_last_answer_serves_an_outage_within_a_bound() -> None:
    """Stale seconds after it was fresh, and no longer; then it recovers."""
    look_up, store, clock = made(seconds=60, stale=300)
    look_up(of("acme"))
    store.failing = RuntimeError()

    clock.now += 359.9
    assert look_up(of("acme"))["plan"] == "pro"
    clock.now += 0.1
    assert code_of(look_up, of("acme")) == "lookup_unavailable"
    store.failing = None
    clock.now += 60
    assert look_up(of("acme"))["plan"] == "pro"


def test_that_there_was_nothing_does_not_serve_an_outage() -> None:
    """Whoever was added meanwhile is not refused by a Deny that is kept."""
    look_up, store, clock = made(seconds=60, stale=300)
    assert code_of(look_up, of("new")) == "not_found"
    store.failing = RuntimeError()

    clock.now += 11

    assert code_of(look_up, of("new")) == "lookup_unavailable"


def test_what_is_given_otherwise_serves_where_nothing_else_does() -> None:
    """After the last answer, before the 500."""
    look_up, store, clock = made(seconds=60, stale=60, otherwise={"plan": "basic", "seats": 0})
    look_up(of("acme"))
    store.failing = RuntimeError()

    clock.now += 100
    assert look_up(of("acme"))["plan"] == "pro"
    assert look_up(of("other")) == {"plan": "basic", "seats": 0}
    clock.now += 100
    assert look_up(of("acme"))["plan"] == "basic"


def test_a_store_that_fails_is_left_alone_for_a_while() -> None:
    """Two keys that fail mean the store; then there is one attempt for each pause, and one key's own trouble is its own."""
    look_up, store, clock = made(Store(acme={"plan": "pro"}))
    store.failing = RuntimeError()

    for key in ("a", "b", "a", "b", "c", "d"):
        code_of(look_up, of(key))
    assert store.asked == ["a", "b"]
    store.failing = None
    assert code_of(look_up, of("acme")) == "lookup_unavailable"
    clock.now += 30
    assert look_up(of("acme"))["plan"] == "pro"


def test_a_key_that_makes_the_store_fail_does_not_shut_others_out() -> None:
    """One alone is kept apart."""
    store = Store(acme={"plan": "pro"}, bad={"plan": 7})
    look_up, _, _ = made(store)

    assert [code_of(look_up, of("bad")) for _ in range(3)] == ["lookup_invalid"] * 3
    assert look_up(of("acme"))["plan"] == "pro"
    assert store.asked == ["bad", "acme"]


def test_odd_records_do_not_shut_others_out() -> None:
    """Two callers could have them, as by a name that is too long; and each is asked for again once ten seconds are over."""
    store = Store(acme={"plan": "pro"}, odd={"plan": "x" * 2000}, odder={"plan": "y" * 2000})
    look_up, _, clock = made(store)

    for tenant in ("odd", "odder", "odd", "odder"):
        assert code_of(look_up, of(tenant)) == "lookup_invalid"
    assert look_up(of("acme"))["plan"] == "pro"
    assert store.asked == ["odd", "odder", "acme"]

    store.held["odd"] = {"plan": "free"}
    clock.now += 10
    assert look_up(of("odd"))["plan"] == "free"


@pytest.mark.parametrize(
    "found",
    [
        7,
        "x",
        ["plan"],
        {},
        {"plan": None},
        {"plan": 7},
        {"plan": "a\n"},
        {"plan": "x" * 2000},
        {"plan": "p", "seats": "5"},
    ],
)
def test_what_is_not_as_it_must_be_is_an_outage_of_the_store(found: Any) -> None:
    """It is not the caller's fault, and no Deny."""
    look_up, _, _ = made(Store(acme=found))

    assert code_of(look_up, of("acme")) == "lookup_invalid"


def test_a_store_may_refuse() -> None:
    """As one that knows whom it has shut out; that is asked each time."""
    store = Store()
    store.failing = Forbidden("shut_out")
    look_up, _, _ = made(store)

    assert [code_of(look_up, of("acme")) for _ in range(3)] == ["shut_out"] * 3
    assert len(store.asked) == 3


def test_values_that_hold_a_credential_are_refused() -> None:
    """Also those remembered, for another caller's usage key is another."""
    look_up, _, _ = made(Store(acme={"plan": "usage-key-0123456789"}))

    assert look_up(of("acme"))["plan"] == "usage-key-0123456789"
    assert code_of(look_up, of("acme", "usage-key-0123456789")) == "secret_in_context"


def test_what_is_given_is_nobodys_to_change() -> None:
    """The next caller gets what was found."""
    look_up, _, _ = made()

    look_up(of("acme")).clear()

    assert look_up(of("acme"))["plan"] == "pro"


def test_many_at_once_ask_once() -> None:
    """Of one key."""
    entered, leave = threading.Event(), threading.Event()
    asked = []

    def slow(key: str) -> Any:
        asked.append(key)
        entered.set()
        leave.wait(10)
        return {"plan": "pro"}

    look_up, _, _ = made(slow, timeout=None)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(look_up(of("acme")))) for _ in range(16)]
    for thread in threads:
        thread.start()
    entered.wait(10)
    leave.set()
    for thread in threads:
        thread.join(10)

    assert asked == ["acme"]
    assert found == [{"plan": "pro", "seats": 1}] * 16


def test_whoever_waits_too_long_for_another_is_told_so() -> None:
    """A store that hangs holds nobody for ever."""
    entered, leave = threading.Event(), threading.Event()

    def hanging(key: str) -> Any:
        entered.set()
        leave.wait(10)
        return {"plan": "pro"}

    hanging.bounded = True  # type: ignore[attr-defined]
    look_up, _, _ = made(hanging, timeout=0.01)
    first = threading.Thread(target=look_up, args=(of("acme"),))
    first.start()
    entered.wait(10)

    with pytest.raises(Unavailable) as caught:
        look_up(of("acme"))
    leave.set()
    first.join(10)

    assert "another request" in caught.value.detail


def test_what_may_be_absent_and_has_no_default_is_left_out() -> None:
    """No null goes into a context."""
    look_up, _, _ = made(Store(acme={"plan": None}), give={"plan": ("plan", str, None)})

    assert look_up(of("acme")) == {}


def test_a_callable_that_takes_too_long_is_left_behind() -> None:
    """And when too many are, none is begun until one has come back."""
    leave = threading.Event()
    begun = []

    def hanging(key: str) -> Any:
        begun.append(key)
        leave.wait(10)
        return {"plan": "pro"}

    bounded = Bounded(hanging, 0.001)
    for at in range(MOST_LEFT + 2):
        with pytest.raises(Unavailable) as caught:
            bounded(str(at))
        assert caught.value.code == "lookup_timeout"
    assert len(begun) == MOST_LEFT
    leave.set()
    for thread in bounded._left:
        thread.join(10)

    assert Bounded(hanging, 10.0)("x") == {"plan": "pro"}
    assert made(hanging, timeout=5.0)[0](of("acme"))["plan"] == "pro"


def test_what_a_callable_raises_in_its_thread_is_raised() -> None:
    """By name alone."""

    def failing(key: str) -> Any:
        raise RuntimeError("secret")

    with pytest.raises(Unavailable) as caught:
        made(failing)[0](of("acme"))

    assert caught.value.detail == "the look-up raised RuntimeError"


@pytest.mark.parametrize(
    "given",
    [
        {"by": ""}, {"by": 7}, {"give": {7: str}}, {"give": {}}, {"give": "plan"}, {"give": [7]}, {"give": {"token": str}}, {"seconds": -1}, {"seconds": 90_000},
        {"seconds": float("nan")}, {"seconds": 50_000, "stale": 50_000}, {"seconds": 0, "stale": 5}, {"entries": 0}, {"entries": 1.5},
        {"timeout": 0}, {"timeout": 9}, {"timeout": True}, {"otherwise": {"other": 1}}, {"absent": {"other": 1}}, {"absent": "x"},
        {"clock": 7}, {"jitter": None}, {"monotonic": int},
    ],
)  # fmt: skip
def test_odd_arguments_are_faults(given: dict[str, Any]) -> None:
    """All of them at construction."""
    with pytest.raises(ConfigError):
        made(**given)


def test_a_class_is_nothing_to_find_with() -> None:
    """Nor is what cannot be called."""
    for find in (Store, 7):
        with pytest.raises(ConfigError, match="find"):
            made(find)


@given(steps=st.lists(st.tuples(st.sampled_from(["ask", "fail", "heal", "change"]), st.floats(0, 100)), max_size=30))
def test_no_answer_is_ever_older_than_it_may_be(steps: list[tuple[str, float]]) -> None:
    """Whatever the store does: what is given was true at most ``seconds`` ago, or ``seconds + stale`` in an outage."""
    look_up, store, clock = made(Store(acme={"plan": "0"}), seconds=30, stale=60)
    true_at, failed = [(clock.now, "0")], False
    for step, wait in steps:
        clock.now += wait
        if step == "change":
            true_at.append((clock.now, str(len(true_at))))
            store.held["acme"] = {"plan": true_at[-1][1]}
        elif step != "ask":
            store.failing = RuntimeError() if step == "fail" else None
            failed = failed or step == "fail"
        else:
            try:
                plan = look_up(of("acme"))["plan"]
            except Unavailable:
                continue
            ended = next((since for since, each in true_at if int(each) == int(plan) + 1), clock.now)
            assert clock.now - ended < (90 if failed else 30)
