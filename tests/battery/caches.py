"""Section G, rows 1 to 8: floods, outages, threads and bounds."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from authkit.errors import KeysUnavailable
from authkit.keys.answer import Response
from authkit.keys.remote import RemoteKeys, Timing
from authkit.tokens.cache import Remembered, TokenCache
from tests.battery.case import ACCEPTED, Case, deed, misconfigured, observed
from tests.battery.world import World
from tests.keys.provider import DOWN, URL
from tests.keys.provider import World as Provided
from tests.support.tokens import ISSUER, b64, jwks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from authkit import JWTBearer

THREADS = 64
BOUND = 10.0  # seconds that anything here may take at the very worst


def held(world: World, **settings: Any) -> tuple[Provided, JWTBearer]:
    """Return a provider, and a verifier that has its set in hand."""
    provided = Provided(**settings)
    provided.provider.keys = [world.signer()]
    bearer = world.bearer(jwks=provided.keys)
    bearer.verify(world.good())
    return provided, bearer


def named(world: World, kid: str) -> str:
    """Return a token properly signed by a key of another name."""
    return world.good(world.signer(kid=kid))


def floods() -> Iterator[Case]:
    yield deed("G1", "a-thousand-names", "key_not_found key_not_found_cooldown, 1 fetch more", _flood)
    yield deed(
        "G1",
        "a-thousand-names-while-the-issuer-is-down",
        "key_not_found key_not_found_cooldown, 1 fetch more",
        lambda w: _flood(w, down=True),
    )
    yield deed("G1", "good-tokens-amid-it", f"{ACCEPTED}, 2 fetches", _good_amid)
    yield deed("G1", "one-fetch-a-cooldown", "4 fetches", _over_cooldowns)
    yield deed("G2", "a-rotation-is-seen-within-a-cooldown", ACCEPTED, _rotation)
    yield deed("G2", "a-scheduled-renewal-has-its-own-budget", ACCEPTED, _scheduled)
    yield deed("G2", "names-remembered", "bounded", _names)
    yield deed("G3", "two-thousand-from-many-threads", "1 fetch more", _parallel_flood)
    yield deed("G3", "recorded-when-it-fails", "1 fetch more", lambda w: _parallel_flood(w, down=True))
    yield deed("G4", "two-hundred-at-a-cold-start", "fetch_timeout, 1 fetch", lambda w: _cold_outage(w, 200, 0))
    yield deed("G4", "for-ten-minutes-once-a-second", "fetch_timeout, at most 30 fetches", _long_outage)
    yield deed("G4", "known-keys-meanwhile", f"{ACCEPTED}, at most 30 fetches", lambda w: _long_outage(w, known=True))
    yield deed("G4", "foreign-exceptions-of-a-transport", "fetch_refused", _odd_transport)


def _flood(world: World, *, down: bool = False) -> str:
    provided, bearer = held(world)
    if down:
        provided.provider.answer = DOWN
    before = provided.keys.fetches
    codes = {observed(lambda each=each: bearer.verify(named(world, f"s{each}"))) for each in range(1000)}
    return f"{' '.join(sorted(codes))}, {provided.keys.fetches - before} fetch more"


def _good_amid(world: World) -> str:
    provided, bearer = held(world)
    codes = set()
    for each in range(200):
        observed(lambda each=each: bearer.verify(named(world, f"s{each}")))
        codes.add(observed(lambda: bearer.verify(world.good())))
    return f"{' '.join(codes)}, {provided.keys.fetches} fetches"


def _over_cooldowns(world: World) -> str:
    """Ninety seconds are three cooldowns, and the first fetch came before them."""
    provided, bearer = held(world)
    for each in range(89):
        provided.passes(1)
        for other in range(5):
            observed(lambda each=each, other=other: bearer.verify(named(world, f"{each}-{other}")))
    return f"{provided.keys.fetches} fetches"


def _rotation(world: World) -> str:
    provided, bearer = held(world)
    new = world.signer(kid="new", key="new")
    for each in range(50):
        observed(lambda each=each: bearer.verify(named(world, f"s{each}")))
    provided.provider.keys.append(new)
    seen = ""
    for each in range(31):  # one cooldown, second by second, with strangers in front
        provided.passes(1)
        observed(lambda each=each: bearer.verify(named(world, f"t{each}")))
        seen = observed(lambda: bearer.verify(world.good(new)))
    return seen


def _scheduled(world: World) -> str:
    provided, bearer = held(world)
    provided.provider.keys.append(world.signer(kid="new", key="new"))
    provided.passes(899)
    observed(lambda: bearer.verify(named(world, "stranger")))  # spends the cooldown
    return observed(lambda: bearer.verify(world.good(world.signer(kid="new", key="new"))))


def _names(world: World) -> str:
    provided, bearer = held(world)
    for each in range(1500):
        provided.passes(31)
        observed(lambda each=each: bearer.verify(named(world, f"s{each}")))
    known = provided.keys.state().absent
    return "bounded" if 0 < known <= 1000 else f"{known} names"


class Gate:
    """A transport that answers once it is let."""

    def __init__(self, world: World, *, shut: bool = False, down: bool = False) -> None:
        self.body = json.dumps(jwks(world.signer())).encode()
        self.down = down
        self.times = 0
        self.entered = threading.Event()
        self.open = threading.Event()
        if not shut:
            self.open.set()

    def __call__(self, url: str, *, timeout: float, etag: str | None = None) -> Response:
        self.times += 1
        self.entered.set()
        assert self.open.wait(BOUND)
        if self.down:
            raise KeysUnavailable("fetch_status", detail="h answered 500")
        return Response(200, {}, self.body)


def behind(world: World, gate: Gate, **timing: float) -> JWTBearer:
    """Return a verifier whose keys come through a gate; its clocks stand still."""
    limits = Timing(**{"timeout": BOUND, "renewal": BOUND, **timing})
    keys = RemoteKeys(
        lambda _: URL, gate, timing=limits, monotonic=lambda: 1000.0, wall=lambda: 1000.0, jitter=lambda: 0.0
    )
    return world.bearer(jwks=keys)


def _parallel_flood(world: World, *, down: bool = False) -> str:
    gate = Gate(world)
    bearer = behind(world, gate)
    bearer.verify(world.good())
    gate.down = down
    texts = [named(world, f"s{each}") for each in range(2000)]
    with ThreadPoolExecutor(THREADS) as threads:
        codes = set(threads.map(lambda text: observed(lambda: bearer.verify(text)), texts))
    odd = codes - {"key_not_found", "key_not_found_cooldown"}
    return f"{odd}" if odd else f"{gate.times - 1} fetch more"


def _cold_outage(world: World, count: int, seconds: float) -> str:
    provided = Provided()
    provided.provider.answer = DOWN
    bearer = world.bearer(jwks=provided.keys)
    text = world.good()
    codes = set()
    for _ in range(count):
        codes.add(observed(lambda: bearer.verify(text)))
        provided.passes(seconds)
    return f"{' '.join(codes)}, {provided.keys.fetches} fetch"


def _long_outage(world: World, *, known: bool = False) -> str:
    provided, bearer = held(world)
    provided.provider.answer = DOWN
    provided.passes(3600 if known else 25 * 3600)
    before, text, codes = provided.keys.fetches, world.good(), set()
    for _ in range(600):
        codes.add(observed(lambda: bearer.verify(text)))
        provided.passes(1)
    made = provided.keys.fetches - before
    return f"{' '.join(codes)}, {'at most 30' if made <= 30 else made} fetches"


def _odd_transport(world: World) -> str:
    codes = set()
    for error in (
        ValueError("x"),
        KeyError("x"),
        RuntimeError("x"),
        OSError(5, "x"),
        UnicodeDecodeError("utf-8", b"x", 0, 1, "x"),
        RecursionError(),
    ):
        provided = Provided()
        provided.provider.answer = error
        codes.add(observed(lambda p=provided: world.bearer(jwks=p.keys).verify(world.good())))  # type: ignore[misc]
    return " ".join(codes)


def outages() -> Iterator[Case]:
    for name, seconds, expected in (
        ("an-hour", 3600.0, ACCEPTED),
        ("almost-a-day", 86_000.0, ACCEPTED),
        ("more-than-a-day", 90_000.0, "fetch_timeout"),
    ):
        yield deed("G5", f"down-for-{name}", expected, lambda w, s=seconds: _down_for(w, s))
    for name, body in {
        "html": b"<html>",
        "empty-set": b'{"keys":[]}',
        "empty": b"",
        "garbage": b"\xff" * 100,
        "unusable-keys": b'{"keys":[{"kty":"oct","k":"AA"}]}',
        "null": b"null",
    }.items():
        yield deed("G5", f"answers-{name}", ACCEPTED, lambda w, b=body: _down_for(w, 3600.0, body=b))
    yield deed("G5", "max_stale-of-zero", "fetch_timeout", lambda w: _down_for(w, 1000.0, timing=Timing(max_stale=0)))
    yield deed("G5", "recovers", f"{ACCEPTED} fetch_timeout {ACCEPTED}", _recovers)
    yield deed("G6", "known-key-while-a-stranger-waits", f"{ACCEPTED} at once", _known_meanwhile)
    yield deed("G6", "known-key-while-a-renewal-hangs", f"{ACCEPTED} at once", lambda w: _known_meanwhile(w, due=True))
    yield deed("G7", "threads-at-a-cold-start", f"{ACCEPTED}, 1 fetch", _herd)
    yield deed("G7", "threads-and-tasks-mixed", f"{ACCEPTED}, 1 fetch", lambda w: _herd(w, tasks=True))
    yield deed("G7", "threads-in-an-outage", "fetch_status, 1 fetch", lambda w: _herd(w, down=True))
    yield deed("G7", "a-waiter-has-a-deadline-of-its-own", "fetch_timeout", _impatient)
    if hasattr(os, "fork"):
        yield deed("G7", "forked-while-another-thread-fetches", ACCEPTED, _forked)


def _down_for(world: World, seconds: float, *, body: bytes | None = None, **settings: Any) -> str:
    provided, bearer = held(world, **settings)
    provided.provider.answer, provided.provider.body = (DOWN if body is None else None), body
    provided.passes(seconds)
    return observed(lambda: bearer.verify(world.good()))


def _recovers(world: World) -> str:
    provided, bearer = held(world)
    words = [observed(lambda: bearer.verify(world.good()))]
    provided.provider.answer = DOWN
    provided.passes(90_000)
    words.append(observed(lambda: bearer.verify(world.good())))
    provided.provider.answer = None
    provided.passes(31)
    words.append(observed(lambda: bearer.verify(world.good())))
    return " ".join(words)


def _known_meanwhile(world: World, *, due: bool = False) -> str:
    """The other fetch hangs until we are done, so whatever waited for it would show."""
    gate, now = Gate(world), [1000.0]
    limits = Timing(timeout=BOUND, renewal=BOUND)
    clock: Callable[[], float] = lambda: now[0]
    keys = RemoteKeys(lambda _: URL, gate, timing=limits, monotonic=clock, wall=clock, jitter=lambda: 0.0)
    bearer = world.bearer(jwks=keys)
    bearer.verify(world.good())
    gate.open.clear()
    gate.entered.clear()
    now[0] += 5000.0 if due else 0.0
    with ThreadPoolExecutor(1) as threads:
        threads.submit(observed, lambda: bearer.verify(world.good() if due else named(world, "stranger")))
        assert gate.entered.wait(BOUND)
        began = time.monotonic()
        seen = {observed(lambda: bearer.verify(world.good())) for _ in range(20)}
        took = time.monotonic() - began
        gate.open.set()
    return f"{' '.join(seen)} {'at once' if took < 1 else f'after {took:.1f} s'}"


def _herd(world: World, *, tasks: bool = False, down: bool = False) -> str:
    gate = Gate(world, shut=True, down=down)
    bearer = behind(world, gate)
    text = world.good()

    async def together() -> list[str]:
        async def one() -> str:
            found = await asyncio.gather(bearer.averify(text), return_exceptions=True)
            return getattr(found[0], "code", ACCEPTED)

        return await asyncio.gather(*(one() for _ in range(THREADS if tasks else 0)))

    with ThreadPoolExecutor(THREADS) as threads:
        futures = [threads.submit(observed, lambda: bearer.verify(text)) for _ in range(THREADS)]
        assert gate.entered.wait(BOUND)
        threading.Timer(0.02, gate.open.set).start()
        codes = {*asyncio.run(together()), *(future.result(BOUND) for future in futures)}
    return f"{' '.join(codes)}, {gate.times} fetch"


def _impatient(world: World) -> str:
    gate = Gate(world, shut=True)
    bearer = behind(world, gate, timeout=0.05)
    with ThreadPoolExecutor(1) as threads:
        threads.submit(observed, lambda: bearer.verify(world.good()))
        assert gate.entered.wait(BOUND)
        seen = observed(lambda: bearer.verify(world.good()))
        gate.open.set()
    return seen


def _forked(world: World) -> str:
    gate = Gate(world, shut=True)
    bearer = behind(world, gate, timeout=1.0)
    text = world.good()
    with ThreadPoolExecutor(1) as threads:
        threads.submit(observed, lambda: bearer.verify(text))
        assert gate.entered.wait(BOUND)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a process with threads forks is what is looked at
            child = os.fork()
        if child == 0:
            gate.open.set()
            os._exit(0 if observed(lambda: bearer.verify(text)) == ACCEPTED else 1)
        gate.open.set()
        _, status = os.waitpid(child, 0)
    return ACCEPTED if os.waitstatus_to_exitcode(status) == 0 else "the child could not verify"


def bounds() -> Iterator[Case]:
    yield deed("G8", "memory-of-bad-tokens", "bounded", _memory)
    yield deed("G8", "memory-of-verified-tokens", "100 entries", _entries)
    yield deed("G8", "a-token-that-is-too-large-to-keep", "0 entries", lambda w: _entries(w, largest=16))
    yield deed("G8", "unknown-issuers", "unknown_issuer, 0 fetches, bounded", _issuers)
    for name, given in {
        "no-entries": {"entries": 0},
        "negative": {"entries": -1},
        "float": {"entries": 1.5},
        "too-many": {"entries": 10**9},
        "no-seconds": {"seconds": 0},
        "for-ever": {"seconds": float("inf")},
        "nan": {"seconds": float("nan")},
        "too-large": {"largest": 10**9},
    }.items():
        yield misconfigured("G8", f"cache-{name}", cache=TokenCache(**given))  # type: ignore[arg-type]
    for name, value in {"true": True, "dict": {}, "int": 5}.items():
        yield misconfigured("G9", f"cache-{name}", cache=value)


def _memory(world: World) -> str:
    """What a thousand more distinct bad tokens leave behind, once as many have gone through."""
    _, bearer = held(world)
    head, body, signature = world.good().split(".")
    evil = world.attacker()

    def bad(number: int) -> None:
        observed(lambda: bearer.verify(f"{head}.{body}.{b64(number.to_bytes(64, 'big'))}"))
        observed(lambda: bearer.verify(evil.raw(evil.header(x=number), {"iss": ISSUER})))
        observed(lambda: bearer.verify(named(world, f"{number}")))
        observed(lambda: bearer.verify(f"{b64(b'%d' % number)}.{body}.{signature}"))

    for number in range(300):
        bad(number)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(1000, 1400):
            bad(number)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    return "bounded" if grown < 100_000 else f"{grown} bytes more"


def _entries(world: World, largest: int = 4096) -> str:
    memory: Remembered[int] = Remembered(TokenCache(entries=100, largest=largest))
    for number in range(5000):
        text = f"token-number-{number:010}"
        memory.put(memory.digest(text), number, 0.0)
    return f"{len(memory)} entries"


def _issuers(world: World) -> str:
    from authkit.credentials.by_issuer import by_issuer

    asked: list[str] = []
    clock = lambda: world.now
    fetch = lambda url, **_: asked.append(url)
    joined = by_issuer(
        *(world.bearer(jwks=None, issuer=f"https://{each}.example/", fetch=fetch, clock=clock) for each in "ab")
    )
    texts = [world.good(iss=f"https://evil{each}.example/") for each in range(300)]
    codes = {observed(lambda t=text: joined.verify(t)) for text in texts[:100]}  # type: ignore[misc]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        codes |= {observed(lambda t=text: joined.verify(t)) for text in texts[100:]}  # type: ignore[misc]
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    return f"{' '.join(codes)}, {len(asked)} fetches, {'bounded' if grown < 50_000 else grown}"


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (floods, outages, bounds):
        yield from part()
