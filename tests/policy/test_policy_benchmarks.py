"""The compiler's benchmarks run, and print what they are for. What they count is held to; what they time is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import policy_compile, policy_decisions
from benchmarks.apis import NAMES, document
from tests.judge.documents import rules_of

pytestmark = pytest.mark.usefixtures("alone")


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_tables_are_compiled_and_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Each shape at each size, with medians and spreads, and the budgets that concern it."""
    code = policy_compile.main(["--quick", "--routes", "10,300", "--json"])

    found = printed(capsys)
    assert code == 0
    assert [(row["shape"], row["routes"]) for row in found["tables"]] == [
        (shape, size) for size in (10, 300) for shape in ("ordinary", "bound", "unbound")
    ]
    assert all(row["compile_ms"] > 0 and row["again_us"] > 0 and row["resources"] > 0 for row in found["tables"])
    assert len(found["budgets"]) == 3


def test_callers_with_more_grants_are_timed_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Of each shape, those who hold 1, 3, 10 and all 30 scopes; who holds more is granted more."""
    policy_compile.main(["--quick", "--routes", "10", "--json"])

    found = printed(capsys)["grants"]
    for shape in ("ordinary", "bound", "unbound"):
        rows = [row for row in found if row["shape"] == shape]
        assert [row["held"] for row in rows] == [1, 3, 10, 30]
        assert [row["granted"] for row in rows] == sorted({row["granted"] for row in rows})
        assert rows[-1]["granted"] == policy_compile.GRANTED_ROUTES
        assert all(row["first_policy_ms"] > 0 and row["again_us"] > 0 for row in rows)


def test_figures_of_the_compiler_are_told_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """With machine and versions below."""
    policy_compile.main(["--quick", "--routes", "10"])

    out = capsys.readouterr().out
    assert "compile ms" in out
    assert "scopes held" in out
    assert "authkit" in out


def test_decisions_are_the_same_in_any_number_of_processes(capsys: pytest.CaptureFixture[str]) -> None:
    """The seed decides; each source has its part, and none of them a fault."""
    told = []
    for processes in ("1", "2"):
        assert policy_decisions.main(["--decisions", "2000", "--seed", "3", "--json", "--processes", processes]) == 0
        told.append(printed(capsys))

    for found in told:
        for row in (found, *found["sources"].values()):
            del row["seconds"]
        del found["processes"]
    assert told[0] == told[1]
    assert told[0]["sources"].keys() == {*policy_decisions.RANDOM, *NAMES}
    assert all(row["over_allowed"] == row["over_denied_ordinary"] == 0 for row in told[0]["sources"].values())


def test_decisions_are_told_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each source, and the documents as they were published."""
    policy_decisions.main(["--decisions", "100", "--processes", "1"])

    out = capsys.readouterr().out
    assert "kubernetes" in out
    assert "api Spotify Web API 1.0.0, routes 96, scopes 17, conflicts 0, residues 0" in out


@pytest.mark.parametrize("name", NAMES)
def test_documents_of_public_apis_hold_paths_and_security_alone(name: str) -> None:
    """Nothing else of them is kept."""
    content = document(name)

    operations = [operation for item in content["paths"].values() for operation in item.values()]
    assert content.keys() == {"openapi", "info", "components", "security", "paths"}
    assert content["info"].keys() == {"title", "version", "description"}
    assert all(operation.keys() <= {"security"} for operation in operations)
    assert len(rules_of(content)) == len(operations)


def test_documents_are_of_many_sizes_and_some_have_scopes() -> None:
    """One of over 300 routes, one of a few, and one with scopes at least."""
    tables = [rules_of(document(name)) for name in NAMES]

    assert max(map(len, tables)) > 1000
    assert min(map(len, tables)) < 20
    assert sum(any(rule.scopes for rule in table) for table in tables) >= 4
