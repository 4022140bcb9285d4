"""One environment and its issuer, by a simulated clock: how long it lives without, and what made-up key names cost."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import NamedTuple

from authkit.errors import Refused, Unavailable
from authkit.keys.remote import RemoteKeys
from benchmarks.fleets import ISSUER, URL, Clock, Issuer
from benchmarks.issued import issue

STEP, LONGEST = 60.0, 48 * 3600.0  # seconds between two valid tokens, and how long they are tried
STRANGERS = 40 * 60  # seconds of made-up key names, one a second: less than the life of a set


class Endured(NamedTuple):
    """What came of it."""

    hours_served: float  # to tokens of a known key, after the issuer's last answer
    fetches_meanwhile: int
    strangers: int  # key names that were made up
    fetches_for_strangers: int
    seconds_between: int  # two of those at least


class Environment:
    """One set of keys, its issuer and their clock."""

    def __init__(self) -> None:
        issued, self.clock = issue("RS256", 1), Clock()
        self.kid = issued.key.kid
        self.issuer = Issuer(self.clock, json.dumps(issued.jwks).encode(), float("inf"))
        self._keys = RemoteKeys(
            lambda _: URL, self.issuer, issuer=ISSUER, url=URL, monotonic=self.clock, wall=self.clock,
            jitter=lambda: 0.5, on_event=lambda _: None,
        )  # fmt: skip

    def has(self, kid: str) -> bool:
        """Tell whether a token that names this key could be verified now."""
        try:
            self._keys.find(kid, "RS256")
        except (Refused, Unavailable):
            return False
        return True


def endured() -> Endured:
    """Try both."""
    hours, meanwhile = _without_issuer()
    fetches, between = _with_strangers()
    return Endured(hours, meanwhile, STRANGERS, fetches, between)


def _without_issuer() -> tuple[float, int]:
    there = Environment()
    assert there.has(there.kid)
    there.issuer.most, began = 0.0, there.clock.now
    served = began
    while there.has(there.kid) and served < began + LONGEST:
        served = there.clock.now
        there.clock.now += STEP
    return (served - began) / 3600, there.issuer.seconds.total() - 1


def _with_strangers() -> tuple[int, int]:
    there = Environment()
    assert there.has(there.kid)
    for number in range(STRANGERS):
        there.clock.now += 1
        assert not there.has(f"made-up-{number}")
    caused = sorted(there.issuer.seconds)[1:]
    return len(caused), min((after - before for before, after in pairwise(caused)), default=STRANGERS)
