"""Trials of what fetches keys, each against a server of its own on this machine that behaves as the trial says."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.key_clients import ALG, KeyClient
from benchmarks.key_server import BROKEN, issuer
from benchmarks.latency import Latency
from tests.support.tokens import jwks, new_signer

if TYPE_CHECKING:
    from tests.faults.server import Connection

HERD = 64
HANGS = 2.0  # seconds a server takes that is at fault
SLUGGISH = 3.0  # … and one that takes longer than any renewal may
RENEWALS = 4  # tokens between two pauses
CHUNK = b" " * 65536
HUGE = 64 * 1024 * 1024

Make = Callable[..., KeyClient]
Figures = dict[str, Any]


class Counts(NamedTuple):
    """How many of each thing a trial sends, and how many seconds it waits for what does not end."""

    kids: int
    kids_at_500: int
    valid: int
    known: int
    patience: float


FULL, QUICK = Counts(10_000, 1000, 200, 500, 9.0), Counts(500, 100, 20, 200, 3.0)


def _outcomes(verify: Callable[[str], object], tokens: Iterable[str]) -> list[str]:
    """Return the name of each refusal; empty where a token passes."""
    return [_outcome(verify, token) for token in tokens]


def _outcome(verify: Callable[[str], object], token: str) -> str:
    try:
        verify(token)
    except Exception as error:  # noqa: BLE001 - the names of the errors are what is asked for
        return type(error).__name__
    return ""


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def herd(make: Make, _: Counts) -> Figures:
    """64 threads with a valid token each, cold, against a server that takes 0.2 s."""
    with issuer() as at, ThreadPoolExecutor(HERD) as pool:
        at.script = at.slowly
        client, start = make(at.server.url), threading.Barrier(HERD)
        tokens = [at.token() for _ in range(HERD)]

        def one(token: str) -> tuple[str, float]:
            start.wait()
            began = time.perf_counter()
            return _outcome(client.verify, token), time.perf_counter() - began

        results = list(pool.map(one, tokens))
        passed = sum(not outcome for outcome, _ in results)
        return {"fetches": at.fetches, "passed": passed, "longest_s": max(seconds for _, seconds in results)}


def unknown_kids(make: Make, counts: Counts) -> Figures:
    """Tokens that each name another unknown key, right after the first fetch."""
    with issuer() as at:
        client, tokens = make(at.server.url), at.strangers(counts.kids)
        client.verify(at.token())
        seconds = _timed(lambda: _outcomes(client.verify, tokens))
        return {"fetches": at.fetches - 1, "each_us": seconds / counts.kids * 1e6}


def unknown_kids_at_500(make: Make, counts: Counts) -> Figures:
    """The same, once every cooldown is over and the server answers 500; then valid tokens."""
    with issuer() as at:
        client, tokens = make(at.server.url, brief=True), at.strangers(counts.kids_at_500)
        valid = [at.token() for _ in range(counts.valid)]
        client.verify(valid[0])
        at.script = BROKEN["500"]
        client.after_life()
        seconds = _timed(lambda: _outcomes(client.verify, tokens))
        client.after_cooldown()  # by then what is fetched behind has been asked for too
        fetches = at.fetches - 1
        refused = sum(map(bool, _outcomes(client.verify, valid)))
        return {"fetches": fetches, "each_us": seconds / counts.kids_at_500 * 1e6, "valid_refused": refused}


def outage(make: Make, counts: Counts) -> Figures:
    """Valid tokens after the keys' life, while the server is broken in one way or another."""
    found: Figures = {}
    for name, script in BROKEN.items():
        with issuer() as at:
            client = make(at.server.url, brief=True)
            client.verify(at.token())
            at.script = script
            client.after_life()
            refused = [each for each in _outcomes(client.verify, [at.token() for _ in range(counts.valid)]) if each]
            client.after_cooldown()
            found[name] = {"fetches": at.fetches - 1, "valid_refused": len(refused), "with": sorted(set(refused))}
    return found


def cold_outage(make: Make, counts: Counts) -> Figures:
    """Valid tokens before any key was fetched, while the server answers 500."""
    with issuer() as at:
        at.script = BROKEN["500"]
        client, valid = make(at.server.url), [at.token() for _ in range(counts.valid)]
        outcomes = _outcomes(client.verify, valid)
        return {"fetches": at.fetches, "with": sorted(set(outcomes))}


def new_key(make: Make, _: Counts) -> Figures:
    """A key that is published right after the first fetch."""
    with issuer() as at:
        client = make(at.server.url)
        client.verify(at.token())
        at.keys.append(new_signer(ALG, "k2", use="sig"))
        outcome = _outcome(client.verify, at.token(at.keys[1]))
        return {"fetches": at.fetches - 1, "outcome": outcome or "passes"}


def known_while_hanging(make: Make, counts: Counts) -> Figures:
    """Tokens of a known key, one after the other, while the fetch that an unknown one has caused hangs; before it the same."""
    with issuer() as at, ThreadPoolExecutor(1) as pool:
        client, asked = make(at.server.url, brief=True), threading.Event()
        (stranger,), known = at.strangers(1), at.token()
        client.verify(known)
        client.after_life()
        client.verify(known)  # the keys are new again, so that only the unknown one is a reason to fetch
        before = _each(client, known, counts.known, lambda: True)

        def hang(connection: Connection) -> None:
            asked.set()
            at.slowly(connection, HANGS)

        at.script = hang
        client.after_cooldown()
        waiting = pool.submit(_outcome, client.verify, stranger)
        asked.wait(HANGS)
        while_hanging = _each(client, known, counts.known, lambda: not waiting.done())
        waiting.result()
        return {
            "asked": asked.is_set(),
            "verified": len(while_hanging.micros),
            "waits_ms": while_hanging.at(1.0) / 1e3,
            "p99_us": while_hanging.at(0.99),
            "p99_before_us": before.at(0.99),
        }


def _each(client: KeyClient, token: str, most: int, going_on: Callable[[], bool]) -> Latency:
    """Verify a token so often at most, and once at least; stop when what is waited for is over."""
    taken = [_timed(lambda: client.verify(token))]
    while len(taken) < most and going_on():
        taken.append(_timed(lambda: client.verify(token)))
    return Latency("known", tuple(sorted(each * 1e6 for each in taken)))


def slow_renewal(make: Make, _: Counts) -> Figures:
    """Valid tokens after the keys' life, while the server takes three seconds: at once, after a pause, and after another."""
    with issuer() as at:
        client = make(at.server.url, brief=True)
        client.verify(at.token())
        at.script = lambda connection: at.slowly(connection, SLUGGISH)
        client.after_life()
        tokens = [at.token() for _ in range(RENEWALS * 4)]
        waits = []
        for start in range(0, len(tokens), RENEWALS):
            waits.append(max(_timed(lambda token=token: client.verify(token)) for token in tokens[start:][:RENEWALS]))
            client.after_cooldown()
        *ordinary, once = sorted(waits)  # of the one that waits longer there is one in each lifetime
        # To the hundredth, as the machine adds its milliseconds to any time-out.
        return {"ordinary_s": round(max(ordinary), 2), "once_s": round(once, 2)}


def drip(make: Make, counts: Counts) -> Figures:
    """A first token, while the server sends its answer byte by byte and never ends."""
    with issuer() as at:
        at.script = lambda connection: connection.drip(
            itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b" "))
        )
        client, token = make(at.server.url), at.token()
        outcome: list[str] = []
        thread = threading.Thread(target=lambda: outcome.append(_outcome(client.verify, token)), daemon=True)
        thread.start()
        seconds = _timed(lambda: thread.join(counts.patience))
        return {"waits_s": seconds, "ends": not thread.is_alive(), "with": outcome}


def huge(make: Make, _: Counts) -> Figures:
    """A first token, while the server sends 64 MiB of blanks before its key set."""
    with issuer() as at:
        body = json.dumps(jwks(*at.keys)).encode()
        sent = [0]

        def flood(connection: Connection) -> None:
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (HUGE + len(body)))
            for _ in range(HUGE // len(CHUNK)):
                connection.send(CHUNK)
                sent[0] += len(CHUNK)
            connection.send(body)

        at.script = flood
        client, token = make(at.server.url), at.token()
        before = _peak_mib()
        outcome: list[str] = []
        seconds = _timed(lambda: outcome.append(_outcome(client.verify, token)))
        grown = _peak_mib() - before
        return {"outcome": outcome[0] or "taken", "seconds": seconds, "sent_mib": sent[0] >> 20, "grown_mib": grown}


def _peak_mib() -> int:
    """Return the most memory this process has held, where the system tells."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) >> 10


def html(make: Make, _: Counts) -> Figures:
    """A first token, while the server answers 200 with a page."""
    with issuer() as at:
        at.script = BROKEN["HTML"]
        client = make(at.server.url)
        return {"with": _outcome(client.verify, at.token())}


TRIALS: dict[str, Callable[[Make, Counts], Figures]] = {
    "herd": herd,
    "unknown kids": unknown_kids,
    "unknown kids at 500": unknown_kids_at_500,
    "outage": outage,
    "cold outage": cold_outage,
    "new key": new_key,
    "known while hanging": known_while_hanging,
    "slow renewal": slow_renewal,
    "drip": drip,
    "huge": huge,
    "html": html,
}
