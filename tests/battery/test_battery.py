"""The battery: at least one case for every row a verifier must survive, with keys made for this run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.battery.all_cases import every
from tests.battery.case import ACCEPTED, Case, observed, watched
from tests.battery.rows import ROWS
from tests.battery.world import World
from tests.support.pace import least, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = every()
TOKENS = [case for case in CASES if case.build]
DEEDS = [case for case in CASES if case.act]
BOUND = 0.005  # seconds of a processor at rest that one token, document or proof may take
# These set up TLS: OpenSSL reads all the roots it trusts, once for a client, whoever answers and before anybody does.
TLS_ROWS = ("F3", "F12")
TLS_CASES = ("F4-slow-look-up", "F8-a-private-address-behind-the-uri")
TLS_BOUND = 0.25


@pytest.fixture(scope="module")
def world() -> World:
    """Return the keys of this run."""
    return World()


@pytest.mark.parametrize("case", TOKENS, ids=lambda case: case.id)
def test_a_token_fares_as_its_row_demands(case: Case, world: World) -> None:
    """Accepted or refused with the row's code, by a refusal of authkit that tells nothing of the token."""
    attempt = case.build(world)

    seen = observed(attempt.run, attempt.secrets)

    assert seen in case.expected
    if seen == ACCEPTED and case.then:
        assert case.then(attempt.run())


@pytest.mark.parametrize("case", DEEDS, ids=lambda case: case.id)
def test_a_deed_ends_as_its_row_demands_and_soon(case: Case, world: World) -> None:
    """Behaviour: what is fetched, kept, configured or proven; and no one call of it that meets something hostile is slow."""
    bound = TLS_BOUND if case.row in TLS_ROWS or case.id in TLS_CASES else BOUND

    def act() -> float:
        with watched() as longest:
            assert case.act(world) in case.expected
        return longest[0]

    assert least(act, bound) <= bound


def test_no_token_takes_long(world: World) -> None:
    """Accepted or not."""
    slow = {}
    for case in TOKENS:
        took = least(_verification(case, world), BOUND)
        if took > BOUND:
            slow[case.id] = round(took * 1000, 1)

    assert slow == {}


def test_every_row_has_a_case_and_every_case_a_row() -> None:
    """No row is forgotten, and none is made up."""
    assert {case.row for case in CASES} == set(ROWS)


def test_no_two_cases_have_one_name() -> None:
    """A failure names one case."""
    repeated = [name for name, count in Counter(case.id for case in CASES).items() if count > 1]

    assert repeated == []


def _verification(case: Case, world: World) -> Callable[[], float]:
    attempt = case.build(world)
    return lambda: seconds(lambda: observed(attempt.run))
