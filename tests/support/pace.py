"""What a call takes of a processor, in seconds of a machine at rest.

A limit in seconds says nothing about the code where the machine is busy, a tracer watches every line or the garbage of
other tests is collected meanwhile. So what takes too long is tried again, undisturbed, and beside it a piece of work
whose length is known.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRIES = 8
AT_REST = 0.0002  # seconds that the yardstick takes on such a machine
TEXT = json.dumps([{"kid": f"k{number}", "n": "x" * 40, "list": [1, 2.5, None]} for number in range(150)])


def seconds(call: Callable[[], object]) -> float:
    """Return the processor seconds of a call, in this thread."""
    began = time.thread_time()
    call()
    return time.thread_time() - began


def soon(call: Callable[[], object], within: float) -> bool:
    """Return whether a call takes no more than so many seconds."""
    return least(lambda: seconds(call), within) <= within


def least(measure: Callable[[], float], enough: float) -> float:
    """Return the least seconds of some tries, as they were on a machine at rest; one that is little enough is the last."""
    found = measure()
    with _undisturbed():
        for _ in range(TRIES):
            if found <= enough:
                break
            found = min(found, measure() / _slowness())
    return found


def _slowness() -> float:
    """Return how many times longer everything takes just now."""
    return max(1.0, min(seconds(_yardstick) for _ in range(3)) / AT_REST)


def _yardstick() -> int:
    """Do a bit of all: C's loops, Python's, and memory."""
    return sum(ord(letter) for key in json.loads(TEXT) for letter in key["n"])


@contextmanager
def _undisturbed() -> Iterator[None]:
    watcher = sys.gettrace()
    sys.settrace(None)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        sys.settrace(watcher)
