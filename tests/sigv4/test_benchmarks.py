"""The benchmarks of signatures run, and print what they are for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks import node, sigv4_differential, sigv4_peers, sigv4_speed
from benchmarks.sigv4_requests import BODY_SIZE, prepare

pytestmark = pytest.mark.usefixtures("alone")

SMALL = ["--quick", "--blocks", "1", "--calls", "2"]


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def _without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTHKIT_NODE_MODULES", raising=False)


@pytest.mark.usefixtures("_without_node")
def test_signing_and_verifying_are_timed_beside_the_floor(capsys: pytest.CaptureFixture[str]) -> None:
    """With ratios of both passes, the budgets, and the names of peers that are not there."""
    code = sigv4_speed.main([*SMALL, "--json"])

    found = printed(capsys)
    assert code == 0
    for what in ("sign GET", "sign POST", "verify GET", "verify POST"):
        rows = {row["name"]: row for row in found[what]}
        assert len(rows["authkit"]["ratios"]["floor"]) == 2
    assert [each["budget"] for each in found["budgets"]] == [
        "sign GET / floor",
        "sign POST / floor",
        "verify GET / floor",
    ]
    there = {row["name"] for row in found["sign GET"]}
    assert there == {"floor", "authkit", *sigv4_peers.SIGNERS} - set(found["absent"])
    assert "node aws4" in found["absent"]


@pytest.mark.usefixtures("_without_node")
def test_some_rows_can_be_timed_without_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    """For who asks about authkit alone; a row that is none is usage."""
    sigv4_speed.main([*SMALL, "--json", "--alone", "--rows", "verify GET"])

    found = printed(capsys)
    assert [row["name"] for row in found["verify GET"]] == ["floor", "authkit"]
    assert "sign GET" not in found
    assert found["absent"] == []
    with pytest.raises(SystemExit):
        sigv4_speed.main(["--rows", "sign PUT"])


@pytest.mark.external
def test_every_other_signer_takes_part(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the requirements, where these are installed."""
    for module in ("requests_aws4auth", "asigv4", "awscrt", "botocore"):
        pytest.importorskip(module, reason=f"{module} is not installed")

    sigv4_speed.main([*SMALL, "--json", "--rows", "sign GET"])

    assert set(printed(capsys)["absent"]) <= {"node aws4"}


@pytest.mark.external
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_node_signs_the_same_requests(method: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its own bare operation always, aws4 where it is installed: the child ends if one arrives at another signature."""
    if shutil.which("node") is None:
        pytest.skip("node is not on PATH")
    if node.missing(node.SIGNERS):
        monkeypatch.setenv("AUTHKIT_NODE_MODULES", str(tmp_path))

    with node.signing([prepare(method, number) for number in range(3)]) as child:
        taken = {each.name: each.block(1, 2) for each in child.contenders()}

    installed = set() if node.missing(node.SIGNERS) else {"node aws4"}
    assert taken.keys() == {"node crypto.createHmac"} | installed
    assert min(taken.values()) > 0
    assert set(child.versions) == {"node", "aws4"}


def test_the_figures_are_told_in_a_table_too(capsys: pytest.CaptureFixture[str]) -> None:
    """With machine and versions below; who is missing is said on stderr."""
    sigv4_speed.main(SMALL)

    told = capsys.readouterr()
    assert "median µs" in told.out
    assert "Budgets (design section 8" in told.out
    for name in sigv4_peers.missing(sigv4_peers.SIGNERS):
        assert name in told.err


def test_the_requests_are_what_they_are_said_to_be() -> None:
    """A GET with three parameters, a POST with a body of 2,047 bytes, five headers each."""
    get, post = prepare("GET", 1), prepare("POST", 1)

    assert (len(post.body), get.body) == (BODY_SIZE, b"")
    assert (get.url.count("="), len(get.headers), len(post.headers)) == (3, 5, 5)
    assert set(get.signed.signed_headers) == {*get.names, "x-amz-date"}


def test_the_differential_run_judges_as_many_requests_as_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A small run, as JSON and as lines, without a fault."""
    pytest.importorskip("botocore.auth", reason="botocore is not installed")

    code = sigv4_differential.main(["--requests", "300", "--seed", "7", "--json"])

    found = printed(capsys)
    assert (code, found["requests"], found["faults"]) == (0, 300, 0)
    assert sigv4_differential.main(["--requests", "20"]) == 0
    assert "the same as botocore's" in capsys.readouterr().out
