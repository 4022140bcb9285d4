"""The throughput benchmark runs, and prints what it is for; what it times is not held to."""

from __future__ import annotations

import json

import pytest

from benchmarks import emulator_throughput


def test_requests_are_counted_and_timed_for_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON for programs."""
    code = emulator_throughput.main(["--requests", "40", "--turns", "1", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert len(found["cases"]) == len(found["budgets"]) == len(emulator_throughput.CASES)
    assert all(each["per_core_second"] > 0 for each in found["cases"].values())
