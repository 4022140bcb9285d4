"""RemoteKeys and many threads: one flight, and a known key never waits (rows 4.G G6 and G7)."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import KeyProblem, KeysUnavailable
from authkit.keys.answer import Response
from authkit.keys.remote import RemoteKeys, Timing
from tests.support.tokens import Signer, jwks, signer

if TYPE_CHECKING:
    from collections.abc import Iterator

BOUND = 10.0  # seconds a test may take at the very worst
THREADS = 64


class Gate:
    """A transport that answers only once it is let."""

    def __init__(self, *, open_at_once: bool = True) -> None:
        self.keys: list[Signer] = [signer()]
        self.fault: KeysUnavailable | None = None
        self.entered = threading.Event()
        self.open = threading.Event()
        self.times = 0
        if open_at_once:
            self.open.set()

    def __call__(self, url: str, *, timeout: float, etag: str | None = None) -> Response:
        self.times += 1
        self.entered.set()
        assert self.open.wait(BOUND)
        if self.fault:
            raise KeysUnavailable(self.fault.code, detail=self.fault.detail)
        return Response(200, {}, json.dumps(jwks(*self.keys)).encode())

    def shut(self) -> None:
        """Let the next fetch hang."""
        self.entered.clear()
        self.open.clear()


class Settable:
    """Clocks that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def remote(gate: Gate, clock: Settable, **timing: float) -> RemoteKeys:
    settings = Timing(**{"timeout": BOUND, "renewal": BOUND, **timing})
    return RemoteKeys(lambda _: "https://h/", gate, timing=settings, monotonic=clock, wall=clock, jitter=lambda: 0.0)


@contextmanager
def pool(gate: Gate) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            yield threads
        finally:
            gate.open.set()  # nobody is left hanging, whatever the test finds


def outcomes(futures: list[Future[Any]]) -> list[str]:
    """Return the kid found, or the code of the refusal, of each."""
    found = []
    for future in futures:
        try:
            found.append(future.result(BOUND).kid)
        except (KeyProblem, KeysUnavailable) as fault:
            found.append(fault.code)
    return found


def test_sixty_four_threads_at_a_cold_start_make_one_fetch() -> None:
    """All wait for the same one, and all get their key."""
    gate = Gate(open_at_once=False)
    keys = remote(gate, Settable())

    with pool(gate) as threads:
        futures = [threads.submit(keys.find, "k1", "ES256") for _ in range(THREADS)]
        assert gate.entered.wait(BOUND)
        gate.open.set()

        assert outcomes(futures) == ["k1"] * THREADS

    assert gate.times == 1


def test_sixty_four_threads_in_an_outage_make_one_fetch() -> None:
    """The others learn what became of it."""
    gate = Gate(open_at_once=False)
    gate.fault = KeysUnavailable("fetch_status", detail="h answered 500")
    keys = remote(gate, Settable())

    with pool(gate) as threads:
        futures = [threads.submit(keys.find, "k1", "ES256") for _ in range(THREADS)]
        assert gate.entered.wait(BOUND)
        gate.open.set()

        assert outcomes(futures) == ["fetch_status"] * THREADS

    assert gate.times == 1


def test_sixty_four_threads_with_a_set_that_is_due_make_one_fetch() -> None:
    """Whoever finds it due renews it; the others are served from the set in hand meanwhile."""
    gate, clock = Gate(), Settable()
    keys = remote(gate, clock)
    keys.find("k1", "ES256")
    clock.now += 3600
    gate.shut()

    with pool(gate) as threads:
        renewing = threads.submit(keys.find, "k1", "ES256")
        assert gate.entered.wait(BOUND)
        others = [threads.submit(keys.find, "k1", "ES256") for _ in range(THREADS)]

        assert outcomes(others) == ["k1"] * THREADS
        assert not renewing.done()
        gate.open.set()
        assert outcomes([renewing]) == ["k1"]

    assert gate.times == 2


def test_a_known_key_never_waits_while_an_unknown_one_is_asked_for() -> None:
    """G6: no lock is held that a known key needs."""
    gate = Gate()
    keys = remote(gate, Settable())
    keys.find("k1", "ES256")
    gate.shut()

    with pool(gate) as threads:
        asking = threads.submit(keys.find, "stranger", "ES256")
        assert gate.entered.wait(BOUND)

        assert keys.find("k1", "ES256").kid == "k1"  # in this thread: it would hang here
        assert not asking.done()
        gate.open.set()
        assert outcomes([asking]) == ["key_not_found"]


def test_all_tokens_of_a_new_key_share_the_fetch_that_brings_it() -> None:
    """A rotation under load: nobody is refused for asking while the answer is on its way."""
    gate = Gate()
    keys = remote(gate, Settable())
    keys.find("k1", "ES256")
    gate.keys = [signer("ES256", "k2")]
    gate.shut()

    with pool(gate) as threads:
        first = threads.submit(keys.find, "k2", "ES256")
        assert gate.entered.wait(BOUND)
        others = [threads.submit(keys.find, "k2", "ES256") for _ in range(THREADS - 1)]
        gate.open.set()

        assert outcomes([first, *others]) == ["k2"] * THREADS

    assert gate.times == 2


def test_a_flood_of_unknown_names_from_many_threads_makes_one_fetch() -> None:
    """G1, G3: however they interleave."""
    gate = Gate()
    keys = remote(gate, Settable())
    keys.find("k1", "ES256")

    with pool(gate) as threads:
        codes = outcomes([threads.submit(keys.find, f"s{each}", "ES256") for each in range(2000)])

    assert set(codes) <= {"key_not_found", "key_not_found_cooldown"}
    assert gate.times == 2


def test_waiting_has_an_end_of_its_own() -> None:
    """G7: who waits for another's fetch that hangs gives up in time, at a cold start and for a new key."""
    gate = Gate(open_at_once=False)
    keys = remote(gate, Settable(), timeout=0.05)

    with pool(gate) as threads:
        hanging = threads.submit(keys.find, "k1", "ES256")
        assert gate.entered.wait(BOUND)
        with pytest.raises(KeysUnavailable, match="another request began"):
            keys.find("k1", "ES256")
        gate.open.set()
        assert outcomes([hanging]) == ["k1"]

        gate.shut()
        hanging = threads.submit(keys.find, "s1", "ES256")
        assert gate.entered.wait(BOUND)
        with pytest.raises(KeyProblem, match="key_not_found_cooldown"):
            keys.find("s2", "ES256")
        gate.open.set()
        assert outcomes([hanging]) == ["key_not_found"]


def test_a_set_that_came_while_we_looked_is_used() -> None:
    """A request that began with the old set, in a cooldown, finds the new one in its place."""
    gate, clock = Gate(), Settable()
    keys = remote(gate, clock)
    keys.find("k1", "ES256")
    old = keys._keeper.held
    assert old is not None
    gate.keys = [signer("ES256", "k2")]
    keys.find("k2", "ES256")

    assert keys._ask_again(old, "k2", "ES256", KeyProblem("key_not_found")).keys.find("k2", "ES256").kid == "k2"

    assert gate.times == 2


def test_a_renewal_that_another_has_just_done_is_not_repeated() -> None:
    """A request that saw the old set as due takes the new one."""
    gate, clock = Gate(), Settable()
    keys = remote(gate, clock)
    keys.find("k1", "ES256")
    old = keys._keeper.held
    assert old is not None
    clock.now += 3600
    keys.find("k1", "ES256")

    assert keys._keeper.renewed(old) is keys._keeper.held
    assert gate.times == 2


def test_what_was_on_its_way_does_not_come_back_after_invalidating() -> None:
    """A fetch that began before may bring the very key that got out."""
    gate = Gate()
    keys = remote(gate, Settable())
    keys.find("k1", "ES256")
    gate.shut()

    with pool(gate) as threads:
        asking = threads.submit(keys.find, "stranger", "ES256")
        assert gate.entered.wait(BOUND)
        invalidating = threads.submit(keys.invalidate)
        gate.open.set()
        assert outcomes([asking]) == ["key_not_found"]
        invalidating.result(BOUND)

    assert keys.state().origin == "none"


def test_prefetching_from_many_threads_makes_one_fetch() -> None:
    """G7: at a cold start, beside requests that came early."""
    gate = Gate(open_at_once=False)
    keys = remote(gate, Settable())

    with pool(gate) as threads:
        futures = [threads.submit(keys.prefetch) for _ in range(THREADS)]
        assert gate.entered.wait(BOUND)
        gate.open.set()
        assert [future.result(BOUND) for future in futures] == [True] * THREADS

    assert gate.times == 1
