"""Every benchmark runs, and prints what it is for."""

from __future__ import annotations

import json

import pytest

from benchmarks import policy_decisions


def test_the_policy_sweep_judges_as_many_decisions_as_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A small run, as JSON, without a fault."""
    code = policy_decisions.main(["--decisions", "3000", "--seed", "7", "--json"])

    printed = json.loads(capsys.readouterr().out)
    assert code == 0
    assert printed["decisions"] >= 3000
    assert (printed["over_allowed"], printed["over_denied_ordinary"]) == (0, 0)
    assert printed["tables"] > 10
