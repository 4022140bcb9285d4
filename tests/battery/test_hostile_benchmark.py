"""The benchmark of hostile tokens runs, and fails where authkit is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import hostile_tokens
from benchmarks.hostile_tokens import Count
from tests.battery.case import token

if TYPE_CHECKING:
    import pytest

SMALL = ["--rows", "A4,B1,B12,D4,E2,G12"]


def test_the_battery_is_put_before_everybody_who_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON: authkit has nothing wrong, and PyJWT, which is always there, has its row."""
    code = hostile_tokens.main([*SMALL, "--json"])

    found = json.loads(capsys.readouterr().out)["verifiers"]
    ours = found["authkit"]
    assert code == 0
    assert ours["cases"] > 100
    assert [ours[name] for name in ("wrongly_accepted", "valid_refused", "otherwise_wrong", "foreign_exceptions")] == [
        0
    ] * 4
    assert 0 < found["PyJWT"]["cases"] < ours["cases"]
    assert found["PyJWT"]["wrongly_accepted"] > 0


def test_the_table_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    """With the versions below it."""
    hostile_tokens.main(["--rows", "B12"])

    printed = capsys.readouterr().out
    assert "wrongly accepted" in printed
    assert [line.split()[0] for line in printed.splitlines()[1:3]] == ["authkit", "PyJWT"]
    assert "python " in printed


def test_a_library_that_is_missing_is_named_and_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing fails for it."""
    assert hostile_tokens.installed({"no_such.library": hostile_tokens.pyjwt}) == []

    assert "no_such.library" in capsys.readouterr().err


def test_every_way_to_be_wrong_is_counted() -> None:
    """A yes that should be a no, a no that should be a yes, another no, and a foreign exception."""
    hostile, valid = (
        token("A1", "x", expected, lambda world: world.with_claims()) for expected in ("bad_json", "accepted")
    )
    count = Count("any")

    for case, seen in (
        (hostile, "accepted"),
        (valid, "bad_json"),
        (hostile, "bad_utf8"),
        (hostile, "foreign KeyError"),
        (hostile, "bad_json"),
    ):
        count.add(case, seen)

    figures = count.figures()
    assert (count.cases, len(count.wrong)) == (5, 4)
    assert [
        figures[name] for name in ("wrongly_accepted", "valid_refused", "otherwise_wrong", "foreign_exceptions")
    ] == [1] * 4
