"""Locks, and a fork while another thread is in one (row 4.G G7)."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit.credentials.backoff import Backoff
from authkit.keys.clocks import Clocks
from authkit.stores.replay import MemoryReplay
from authkit.tokens.cache import Remembered, TokenCache
from authkit.tokens.lock import Lock

if TYPE_CHECKING:
    from collections.abc import Callable

BOUND = 10.0

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def replay() -> tuple[Lock, Callable[[], Any]]:
    store = MemoryReplay()
    return store._lock, lambda: store.consume("holder", "mark", until=time.time() + 60)


def remembered() -> tuple[Lock, Callable[[], Any]]:
    memory: Remembered[str] = Remembered(TokenCache())
    return memory._lock, lambda: memory.put(b"name", "entry", 0.0)


def backoff() -> tuple[Lock, Callable[[], Any]]:
    kept_off = Backoff(clocks=Clocks(time.monotonic, time.time), jitter=lambda: 0.0)
    return kept_off._lock, lambda: kept_off.begin(b"token", witnessed=False)


def in_child(work: Callable[[], Any]) -> str:
    """Run work in a forked child, and tell whether it came to its end in time."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            worker = threading.Thread(target=work, daemon=True)
            worker.start()
            worker.join(BOUND)
            os.write(writing, b"hangs" if worker.is_alive() else b"done")
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        told = answers.read().decode()
    os.waitpid(child, 0)
    return told


@forks
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # forking with threads is what is tested
@pytest.mark.parametrize("make", [replay, remembered, backoff])
def test_a_lock_that_is_held_at_a_fork_holds_nobody_up_in_the_child(
    make: Callable[[], tuple[Lock, Callable[[], Any]]],
) -> None:
    """The thread that would release it is not there."""
    lock, use = make()
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            inside.set()
            leave.wait(BOUND)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(BOUND)

    told = in_child(use)

    leave.set()
    thread.join(BOUND)
    assert told == "done"
    use()  # and in the parent it is open again


def test_one_thread_at_a_time_is_in_a_lock() -> None:
    """Whatever the others do, and also after one of them has left it by an exception."""
    lock, seen, most = Lock(), [0], [0]

    def work() -> None:
        for number in range(200):
            try:
                with lock:
                    seen[0] += 1
                    most[0] = max(most[0], seen[0])
                    seen[0] -= 1
                    if number % 3 == 0:
                        raise ValueError
            except ValueError:
                continue

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BOUND)

    assert most == [1]
