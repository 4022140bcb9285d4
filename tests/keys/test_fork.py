"""A process that is forked while it fetches (row 4.G G7)."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from authkit.keys.flight import Flight
from tests.keys.provider import DOWN, URL, Provider, World

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),  # forking with threads is what is tested
]

BOUND = 10.0


def in_child(work: Any) -> str:
    """Run work in a forked child and return what it returns, without anything of the test run in it."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, str(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        told = answers.read().decode()
    os.waitpid(child, 0)
    return told


def test_a_flight_that_is_under_way_at_a_fork_holds_nobody_up_in_the_child() -> None:
    """The thread that would end it is not there."""
    flight, inside, leave = Flight(), threading.Event(), threading.Event()

    def fly() -> None:
        with flight.entered():
            inside.set()
            leave.wait(BOUND)

    def enter() -> bool:
        with flight.entered(BOUND) as entered, flight.entered(0.0) as again:
            return entered and not again

    thread = threading.Thread(target=fly)
    thread.start()
    assert inside.wait(BOUND)

    told = in_child(enter)

    leave.set()
    thread.join(BOUND)
    assert told == "True"
    assert enter()


def test_a_child_finds_keys_while_its_parent_fetches() -> None:
    """At a cold start: it fetches for itself."""
    world = World()
    told = []

    class Forking(Provider):
        def __call__(self, url: str, *, timeout: float, etag: str | None = None) -> Any:
            if not told:
                told.append(in_child(lambda: (told.append(""), world.keys.find("k1", "ES256").kid)[1]))
            return super().__call__(url, timeout=timeout, etag=etag)

    world.keys._loader._fetch = Forking()

    assert world.keys.find("k1", "ES256").kid == "k1"
    assert told == ["k1"]


def test_a_child_has_the_set_of_its_parent() -> None:
    """And needs no fetch of its own."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    assert in_child(lambda: (world.keys.find("k1", "ES256").kid, world.provider.asked)) == f"('k1', [('{URL}', 2.0)])"
