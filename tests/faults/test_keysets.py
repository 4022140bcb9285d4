"""Key sets over real sockets, from an issuer that misbehaves: what it costs, and who waits (design section 8, rows 4.G).

Clocks are the test's, so pauses and lifetimes pass at once; only fetches take real time. Who waits for whom is told by
the order of events: a thread that would have to wait stands still at a gate that the test has not opened.
"""

from __future__ import annotations

import itertools
import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import KeyProblem, KeysUnavailable
from authkit.keys.fetch import fetcher
from authkit.keys.remote import RemoteKeys
from authkit.keys.timing import Timing
from tests.faults.server import BOUND, Connection, Server, answer
from tests.support.tokens import jwks, signer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authkit.keys.events import KeyEvent
    from tests.faults.server import Script

LOOPBACK = frozenset({"http-loopback"})
THREADS = 64
HOUR = 3600.0
DAY = 24 * HOUR


class Provider:
    """An issuer that answers with its keys, or by the script of a fault."""

    def __init__(self) -> None:
        self.kids = ["k1"]
        self.etag = ""
        self.control = "Cache-Control: max-age=900"
        self.fault: Script | None = None
        self.asked = 0
        self.entered = threading.Event()
        self.open = threading.Event()
        self.open.set()

    def __call__(self, connection: Connection) -> None:
        self.asked += 1
        self.entered.set()
        if not self.open.wait(BOUND):
            return
        if self.fault:
            self.fault(connection)
        elif self.etag and f"If-None-Match: {self.etag}".encode() in connection.request:
            connection.send(answer("304 Not Modified", b"", self.control))
        else:
            body = json.dumps(jwks(*(signer("ES256", kid) for kid in self.kids))).encode()
            connection.send(answer("200 OK", body, self.control, *([f"ETag: {self.etag}"] if self.etag else [])))

    def shut(self) -> None:
        """Let the next request hang until `open` is set."""
        self.entered.clear()
        self.open.clear()


class World:
    """A provider behind a socket, the source that asks it, and the time of both."""

    def __init__(self, server: Server, provider: Provider, timing: Timing) -> None:
        self.now = 1000.0
        self.provider = provider
        self.told: list[KeyEvent] = []
        clocks = {"monotonic": lambda: self.now, "wall": lambda: self.now, "jitter": lambda: 0.0}
        fetch = fetcher(relax=LOOPBACK)
        self.keys = RemoteKeys(lambda _: server.url, fetch, timing=timing, on_event=self.told.append, **clocks)

    def code_of(self, kid: str = "k1") -> str:
        """Return how looking for a key ends: with its own name, or a code."""
        try:
            return str(self.keys.find(kid, "ES256").kid)
        except (KeyProblem, KeysUnavailable) as fault:
            return fault.code


@contextmanager
def world(**timing: float) -> Iterator[World]:
    provider = Provider()
    with Server(provider) as server:
        try:
            yield World(server, provider, Timing(**{"timeout": BOUND / 2, "renewal": BOUND / 2, **timing}))
        finally:
            provider.open.set()


def together(given: World, kids: list[str]) -> list[Future[str]]:
    """Look for keys from many threads, and return once one of them has reached the provider, which is shut."""
    threads = ThreadPoolExecutor(THREADS)
    futures = [threads.submit(given.code_of, kid) for kid in kids]
    assert given.provider.entered.wait(BOUND)
    threads.shutdown(wait=False)
    return futures


def outcomes(futures: list[Future[str]]) -> list[str]:
    return [future.result(BOUND) for future in futures]


def test_a_herd_of_64_threads_at_a_cold_start_makes_one_fetch() -> None:
    """G7."""
    with world() as given:
        given.provider.shut()
        herd = together(given, ["k1"] * THREADS)
        given.provider.open.set()

        assert outcomes(herd) == ["k1"] * THREADS
        assert given.provider.asked == 1


def test_a_herd_in_an_outage_makes_one_fetch() -> None:
    """G4, G7: all learn what became of it."""
    with world() as given:
        given.provider.fault = lambda connection: connection.send(answer("500 Oops"))
        given.provider.shut()
        herd = together(given, ["k1"] * THREADS)
        given.provider.open.set()

        assert outcomes(herd) == ["fetch_status"] * THREADS
        assert given.provider.asked == 1


def test_ten_thousand_unknown_names_in_a_cooldown_make_one_fetch() -> None:
    """G1."""
    with world() as given:
        given.code_of()

        codes = [given.code_of(f"s{each}") for each in range(10_000)]

        assert given.provider.asked == 2
        assert codes == ["key_not_found", *["key_not_found_cooldown"] * 9_999]
        assert given.code_of() == "k1"


def test_a_flood_from_many_threads_makes_one_fetch() -> None:
    """G3: the cooldown is written down before the fetch, so a parallel flood does not slip through."""
    with world() as given:
        given.code_of()
        given.provider.shut()
        flood = together(given, [f"s{each}" for each in range(1000)])
        given.provider.open.set()

        assert set(outcomes(flood)) <= {"key_not_found", "key_not_found_cooldown"}
        assert given.provider.asked == 2


def test_a_flood_does_not_hide_a_rotation() -> None:
    """G2: the new key is found one cooldown after the flood began at the latest."""
    with world() as given:
        given.code_of()
        given.code_of("s0")
        given.provider.kids = ["k2", "k1"]

        found = []
        for second in range(1, 31):
            given.now += 1
            found.append(given.code_of("k2"))
            given.code_of(f"s{second}")

        assert found == [*["key_not_found_cooldown"] * 29, "k2"]
        assert given.provider.asked == 3


def test_a_thousand_names_at_an_issuer_that_fails_make_one_attempt_a_backoff_step() -> None:
    """G4: at a cold start, in half a minute: after 1, 2, 4 and 8 seconds more."""
    with world() as given:
        given.provider.fault = lambda connection: connection.send(answer("500 Oops"))

        codes = set()
        for each in range(1000):
            codes.add(given.code_of(f"s{each}"))
            given.now += 0.03

        assert codes == {"fetch_status"}
        assert given.provider.asked == 5


def test_an_outage_takes_no_known_key_away_until_max_stale() -> None:
    """G5: each second token of a day, and one attempt every half a minute."""
    with world() as given:
        given.code_of()
        given.provider.fault = lambda connection: connection.send(answer("503 Busy"))
        attempts = given.provider.asked

        codes = []
        for _ in range(480):
            given.now += DAY / 480
            codes.append(given.code_of())
        given.now += 1
        after = given.code_of()

        assert set(codes) == {"k1"}
        assert after == "fetch_status"
        assert given.provider.asked - attempts <= 481
        assert {event.name for event in given.told} >= {"fetch_failed", "stale_served"}


def test_a_known_key_never_waits_for_a_renewal_that_hangs() -> None:
    """G6: whoever found the set due stands at the gate; everybody else is served, in this thread."""
    with world() as given:
        given.code_of()
        given.now += HOUR
        given.provider.shut()
        (renewing,) = together(given, ["k1"])

        served = [given.code_of() for _ in range(100)]

        assert served == ["k1"] * 100
        assert not renewing.done()
        given.provider.open.set()
        assert outcomes([renewing]) == ["k1"]
        assert given.provider.asked == 2


def test_a_known_key_never_waits_for_an_unknown_one() -> None:
    """G6: a stranger's name that the issuer takes its time over is the stranger's affair."""
    with world() as given:
        given.code_of()
        given.provider.shut()
        (asking,) = together(given, ["stranger"])

        served = [given.code_of() for _ in range(100)]

        assert served == ["k1"] * 100
        assert not asking.done()
        given.provider.open.set()
        assert outcomes([asking]) == ["key_not_found"]


def test_all_tokens_of_a_new_key_share_the_fetch_that_brings_it() -> None:
    """A rotation under load: nobody is refused while the answer is on its way."""
    with world() as given:
        given.code_of()
        given.provider.kids = ["k2"]
        given.provider.shut()
        herd = together(given, ["k2"] * THREADS)
        given.provider.open.set()

        assert outcomes(herd) == ["k2"] * THREADS
        assert given.provider.asked == 2
        assert given.code_of() == "key_not_found_cooldown"


def test_a_confirmed_set_is_the_same_set() -> None:
    """F7: 304, over and over, and a rotation after it."""
    with world() as given:
        given.provider.etag = '"v1"'
        first = given.keys.find("k1", "ES256")

        for _ in range(5):
            given.now += 700
            assert given.keys.find("k1", "ES256") is first
        assert given.provider.asked == 6
        given.provider.etag, given.provider.kids = '"v2"', ["k2"]
        given.now += 700

        assert given.code_of("k2") == "k2"
        assert given.provider.asked == 7


def drip(connection: Connection) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    connection.drip(itertools.repeat(b" "))


def flood(connection: Connection) -> None:
    """Eighty megabytes, of which nobody reads more than the first."""
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 80000000\r\n\r\n")
    for _ in range(80):
        connection.send(b" " * 1_000_000)


FAULTS: dict[str, tuple[Script, str]] = {
    "delay": (Connection.hang, "fetch_timeout"),
    "drip": (drip, "fetch_timeout"),
    "500": (lambda connection: connection.send(answer("500 Oops")), "fetch_status"),
    "429": (lambda connection: connection.send(answer("429 Too Many", b"", "Retry-After: 1")), "fetch_status"),
    "redirect": (lambda connection: connection.send(answer("302 Found", b"", "Location: /jwks")), "fetch_status"),
    "garbage": (lambda connection: connection.send(answer("200 OK", b"<html>Sign in</html>")), "jwks_invalid"),
    "noise": (lambda connection: connection.send(bytes(range(256)) * 8), "fetch_refused"),
    "no-keys": (lambda connection: connection.send(answer("200 OK", b'{"keys":[]}')), "jwks_invalid"),
    "100000-keys": (
        lambda connection: connection.send(answer("200 OK", b'{"keys":[' + b"{}," * 99_999 + b"{}]}")),
        "jwks_invalid",
    ),
    "304-unasked": (lambda connection: connection.send(answer("304 Not Modified")), "fetch_status"),
    "80-megabytes": (flood, "fetch_too_large"),
    "closes": (lambda connection: None, "fetch_refused"),
}


@pytest.mark.parametrize(("fault", "code"), FAULTS.values(), ids=FAULTS)
def test_whatever_the_issuer_does_good_keys_stay_and_it_recovers(fault: Script, code: str) -> None:
    """G5, C12: at a cold start it is an outage; later nobody notices; and when it is over, it is over at once."""
    patience = 0.5 if code == "fetch_timeout" else 5.0  # seconds: a busy machine is none of the other faults
    with world(timeout=patience, renewal=patience) as given:
        given.provider.fault = fault
        assert given.code_of() == code
        given.provider.fault = None
        given.now += 1
        assert given.code_of() == "k1"

        given.provider.fault = fault
        given.now += HOUR
        assert [given.code_of() for _ in range(10)] == ["k1"] * 10
        assert given.provider.asked == 3
        given.provider.fault, given.provider.kids = None, ["k2"]
        given.now += 1

        assert given.code_of("k2") == "k2"
        assert [event.code for event in given.told if event.name == "fetch_failed"] == [code] * 2


def test_a_busy_issuer_is_left_alone_for_as_long_as_it_asks() -> None:
    """F5: Retry-After, as it comes over the wire; half a minute at most where there is no key to serve."""
    with world() as given:
        given.provider.fault = lambda connection: connection.send(answer("503 Busy", b"", "Retry-After: 120"))
        given.code_of()
        cold = _asked_each_second(given, 31)
        given.now += 30
        given.provider.fault = None
        given.code_of()
        given.provider.fault = lambda connection: connection.send(answer("503 Busy", b"", "Retry-After: 120"))
        given.now += HOUR
        given.code_of()
        serving = _asked_each_second(given, 121)

        assert cold[28:] == [1, 2, 2]
        assert serving[118:] == [4, 5, 5]


def _asked_each_second(given: World, seconds: int) -> list[int]:
    asked = []
    for _ in range(seconds):
        given.now += 1
        given.code_of()
        asked.append(given.provider.asked)
    return asked


@pytest.mark.parametrize("seed", range(3))
def test_a_storm_of_everything_at_once_leaves_bounded_traces(seed: int) -> None:
    """G8: 64 threads, known and unknown names, a provider that fails every other time, a clock that runs."""
    with world(cooldown=1) as given:
        given.code_of()
        turns = itertools.count()
        broken = answer("500 Oops")

        def moody(connection: Connection) -> None:
            body = json.dumps(jwks(signer())).encode()
            connection.send(broken if next(turns) % 2 else answer("200 OK", body))

        given.provider.fault = moody

        def work(number: int) -> Any:
            given.now += 0.5
            return given.code_of("k1" if number % 4 == seed else f"s{number}")

        with ThreadPoolExecutor(THREADS) as threads:
            codes = list(threads.map(work, range(1000)))

        assert {code for number, code in enumerate(codes) if number % 4 == seed} == {"k1"}
        assert {code for number, code in enumerate(codes) if number % 4 != seed} <= {
            "key_not_found", "key_not_found_cooldown",
        }  # fmt: skip
        state = given.keys.state()
        assert state.kids == ("k1",)
        assert state.absent <= 1000
        assert given.provider.asked == state.fetches <= 502
