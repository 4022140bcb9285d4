"""The battery of sigv4.md 3d: nothing wrong, and no exception but a refusal that keeps its secrets."""

from __future__ import annotations

from collections import Counter

import pytest

from authkit.errors import NoCredential, Refused, Unauthenticated
from tests.sigv4.battery import ACCEPTED, PLACES, Case, cases
from tests.sigv4.forging import SECRET, TOKEN

CASES = cases()


def outcome(case: Case) -> str:
    """Return what came of a case in one word, and what is wrong with the refusal itself."""
    sent = case.build()
    try:
        sent.verify()
    except Refused as refused:
        return refused.code + _wrong_with(refused)
    return ACCEPTED


def _wrong_with(refused: Refused) -> str:
    told = f"{refused} {refused!r} {refused.args} {vars(refused)} {refused.__cause__}"
    facts = {
        ", not as Unauthenticated": isinstance(refused, Unauthenticated),
        ", and NoCredential is wrong": isinstance(refused, NoCredential) == (refused.code == "credential_missing"),
        ", and tells a secret": not any(secret in told for secret in (SECRET, TOKEN)),
    }
    return "".join(what for what, holds in facts.items() if not holds)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_request_fares_as_its_class_demands(case: Case) -> None:
    """Accepted, or refused with the code of its class."""
    assert outcome(case) in case.expected.split("|")


def test_every_class_has_as_many_cases_as_were_counted() -> None:
    """None is forgotten."""
    counted = Counter(case.row for case in CASES)

    assert set(counted) == set(PLACES)
    assert {row for row, least in PLACES.items() if counted[row] < least} == set()


def test_no_two_cases_have_one_name() -> None:
    """A failure names one case."""
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []
