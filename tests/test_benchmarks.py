"""Every benchmark runs, and prints what it is for. What it counts is held to; what it times is not."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import handler_speed, keyset_behaviour, node, peers, policy_decisions, verify_speed
from benchmarks.events import KINDS, event
from benchmarks.handlers import HAND_WRITTEN, authkit_handler, effect_of, others
from benchmarks.issued import claims, issue
from tests.faults.server import Server, answer, says

pytestmark = pytest.mark.usefixtures("alone")

SMALL = ["--quick", "--blocks", "1", "--calls", "2", "--json"]


@pytest.fixture
def _without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTHKIT_NODE_MODULES", raising=False)


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_the_policy_sweep_judges_as_many_decisions_as_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A small run, as JSON, without a fault."""
    code = policy_decisions.main(["--decisions", "3000", "--seed", "7", "--json"])

    found = printed(capsys)
    assert code == 0
    assert found["decisions"] >= 3000
    assert (found["over_allowed"], found["over_denied_ordinary"]) == (0, 0)
    assert found["tables"] > 10


def test_the_differential_run_judges_as_many_tokens_as_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A small run, as JSON, with every difference counted by its rule."""
    pytest.importorskip("joserfc.jwt", reason="joserfc is not installed")
    from benchmarks import token_differential

    code = token_differential.main(["--tokens", "600", "--seed", "7", "--json"])

    found = printed(capsys)
    assert code == 0
    assert (found["tokens"], found["faults"]) == (600, 0)
    for peer in ("pyjwt", "joserfc"):
        assert sum(found["rules"][peer].values()) == found[f"differences to {peer}"]


def test_the_differential_run_tells_its_rules_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its sentence."""
    pytest.importorskip("joserfc.jwt", reason="joserfc is not installed")
    from benchmarks import token_differential

    token_differential.main(["--tokens", "100"])

    assert "RFC 7515 4 and RFC 7519 4: names are unique" in capsys.readouterr().out


@pytest.mark.usefixtures("_without_node")
@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "HS256"])
def test_verification_is_timed_beside_the_floor_and_pyjwt(alg: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Times are told in both passes, and budgets with whether they were kept; none of them is a failure."""
    code = verify_speed.main([*SMALL, "--algorithms", alg])

    found = printed(capsys)
    rows = {row["name"]: row for row in found["algorithms"][alg]}
    assert code == 0
    assert {"floor", "no check but the signature", "authkit", "PyJWT, key object"} <= rows.keys()
    assert len(rows["authkit"]["ratios"]["floor"]) == 2
    assert f"{alg} / floor" in {each["budget"] for each in found["budgets"]}
    assert found["python"]


def test_a_whole_handler_is_timed_for_new_repeated_and_bad_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    """REST events by both algorithms, every other kind by one, and every kind of garbage is refused."""
    code = handler_speed.main(SMALL)

    found = printed(capsys)
    assert code == 0
    assert {f"{alg} {kind}" for alg in ("RS256", "ES256") for kind in ("REQUEST", "TOKEN")} <= found.keys()
    for kind in KINDS:
        rows = {row["name"] for row in found[f"ES256 {kind}"]}
        assert {"floor", handler_speed.NEW, handler_speed.MISS, handler_speed.HIT, HAND_WRITTEN} <= rows
        assert f"ES256 {kind}, {handler_speed.HIT} / floor" in {each["budget"] for each in found["budgets"]}
    assert len(found["refused_us"]) >= 10
    assert all(each["calls"] == handler_speed.QUICK_SINGLE for each in found["latency"]["RS256 REQUEST"])


def test_a_handler_can_be_timed_for_some_kinds_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Those that are named, in lines for people too; a kind that is none is usage."""
    handler_speed.main([*SMALL[:-1], "--kinds", "AppSync,REQUEST", "--algorithms", "ES256"])

    out = capsys.readouterr().out
    assert "ES256, AppSync event" in out
    assert "ES256, REQUEST event" in out
    assert "single calls" in out
    assert not [word for word in ("RS256", "TOKEN", "WebSocket", "refused") if word in out]
    with pytest.raises(SystemExit):
        handler_speed.main(["--kinds", "SOAP"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_timed_tells_good_tokens_from_bad(kind: str) -> None:
    """Every handler allows the pool's tokens, and no other's; authkit's says what it would say behind a gateway."""
    issued, stranger = issue("ES256", 1), issue("ES256", 1)
    body = json.dumps(issued.jwks).encode()

    with Server(says(answer("200 OK", body))) as server:
        handlers = {"authkit": authkit_handler(issued, kind), **others(issued, kind, server.url)}
        effects = {
            name: [effect_of(each, event(kind, by.tokens[0].decode())) for by in (issued, stranger)]
            for name, each in handlers.items()
        }

    assert effects == {name: ["Allow", "Deny"] for name in handlers}


def test_ryjwt_is_asked_for_what_authkit_asks_for() -> None:
    """It verifies what is good, and demands the end that it would do without."""
    pytest.importorskip("ryjwt", reason="ryjwt is not installed")
    for alg in ("RS256", "ES256", "HS256"):
        issued = issue(alg, 1)
        verify = peers.ryjwt(issued)
        endless = issued.key.token({name: value for name, value in claims().items() if name != "exp"}, typ="JWT")

        assert verify(issued.tokens[0].decode()) == peers.authkit(issued).verify(issued.tokens[0].decode())
        for bad in (endless, issued.key.token({**claims(), "aud": "another"}, typ="JWT")):
            with pytest.raises(Exception, match=r"(?i)exp|aud"):
                verify(bad)


def test_fetches_of_keys_are_as_few_as_the_design_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts are gates: a herd, a flood of unknown keys, outages, and what no bound would stop."""
    gates = "herd,unknown kids,outage,cold outage,huge,html"

    code = keyset_behaviour.main(["--quick", "--json", "--trials", gates])

    found = printed(capsys)
    kept = {each["budget"]: each["met"] for each in found["budgets"] if not each["budget"].startswith("µs")}
    assert code == 0
    assert len(kept) == 12
    assert all(kept.values()), kept
    assert found["clients"]["authkit"]["html"]["with"] == "KeysUnavailable"


@pytest.mark.external
def test_verifiers_for_node_take_their_turns(capsys: pytest.CaptureFixture[str]) -> None:
    """Those that are installed; Node's own bare operation always."""
    if node.missing():
        pytest.skip(node.missing())

    verify_speed.main([*SMALL, "--algorithms", "ES256"])

    found = printed(capsys)
    assert {"node crypto.verify", "node jose"} <= {row["name"] for row in found["algorithms"]["ES256"]}
    assert found["node"].startswith("v")


@pytest.mark.usefixtures("_without_node")
def test_tables_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """The same figures in lines, with machine and versions below."""
    verify_speed.main([*SMALL[:-1], "--algorithms", "ES256"])
    keyset_behaviour.main(["--quick", "--trials", "new key"])

    out = capsys.readouterr().out
    assert "median µs" in out
    assert "Budgets (design section 8" in out
    assert "PyJWKClient" in out


@pytest.mark.parametrize(
    ("script", "arguments", "figure"),
    [
        ("check_speed", SMALL, "budgets"),
        ("api_key_check", SMALL, "budgets"),
        ("network_check", ["--ranges", "50", "--blocks", "1", "--calls", "2", "--json"], "microseconds"),
    ],
)
def test_what_a_check_costs_is_printed(
    script: str, arguments: list[str], figure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside its budget; a time gates nothing."""
    module = importlib.import_module(f"benchmarks.{script}")

    code = module.main(arguments)

    assert code == 0
    assert printed(capsys)[figure]


LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell a process's memory")


@LINUX
def test_a_cold_start_is_told_with_its_budgets(capsys: pytest.CaptureFixture[str]) -> None:
    """Every way decides; what it loads is counted, and no way with keys in hand loads a way to fetch them."""
    pytest.importorskip("certifi", reason="certifi is not installed")
    pytest.importorskip("aws_lambda_powertools", reason="Powertools is not installed")
    from benchmarks import cold_start

    code = cold_start.main(["--starts", "1", "--json"])

    found = printed(capsys)
    ways = {each["name"]: each for each in found["ways"]}
    assert code == 0
    assert len(found["budgets"]) == 4
    assert ways["authkit, keys bundled"]["modules"] < ways["authkit, keys over https"]["modules"]
    assert ways["authkit, keys over https"]["modules"] < ways["the usual: PyJWKClient, Powertools"]["modules"]


def test_a_slim_package_decides_and_is_smaller(capsys: pytest.CaptureFixture[str]) -> None:
    """With nothing in reach but what is in it."""
    pytest.importorskip("packaging", reason="packaging is not installed")
    from benchmarks import package_size

    code = package_size.main(["--json"])

    whole, slim = printed(capsys)["packages"]
    assert code == 0
    assert whole["decides"]
    assert slim["decides"]
    assert slim["unzipped"] < whole["unzipped"] < package_size.LIMIT


@LINUX
def test_bad_credentials_leave_nothing_behind(capsys: pytest.CaptureFixture[str]) -> None:
    """A few thousand distinct ones of each kind."""
    from benchmarks import memory

    code = memory.main(["--count", "3000", "--json"])

    assert code == 0
    assert len(printed(capsys)["runs"]) == 4


def test_a_million_is_what_memory_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default; fewer where it must be quick."""
    from benchmarks import memory

    asked: list[int] = []
    monkeypatch.setattr(memory, "attacks", lambda issued: {"none": lambda number: None})
    monkeypatch.setattr(memory, "grown", lambda name, count, attack: asked.append(count) or memory.Grown(name, (1, 1)))

    memory.main([])
    memory.main(["--quick"])

    assert asked == [1_000_000, 20_000]


def test_all_of_them_make_one_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every script the folder has is in the list; a run of one is told with its budgets and bars."""
    from benchmarks import __main__ as everything

    code = everything.main(
        ["network_check", "--report", str(tmp_path / "report.html"), "--json", str(tmp_path / "all.json")]
    )

    folder = Path(everything.__file__).parent
    runnable = {path.stem for path in folder.glob("*.py") if "__main__" in path.read_text() and path.stem != "__main__"}
    assert code == 0
    assert {script.name for script in everything.SCRIPTS} == runnable
    assert "network_check" in json.loads((tmp_path / "all.json").read_text())
    assert "<h1>authkit benchmarks</h1>" in (tmp_path / "report.html").read_text()
    assert capsys.readouterr().out == f"{tmp_path / 'report.html'}\n"


def test_a_stranger_among_the_scripts_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Usage, exit code 2."""
    from benchmarks import __main__ as everything

    with pytest.raises(SystemExit) as stop:
        everything.main(["nothing"])

    assert stop.value.code == 2
    assert "nothing" in capsys.readouterr().err


def test_the_gate_breaks_where_a_cost_is_doubled_and_only_if_it_is_so_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds in the first run is not measured again; what is broken is, and the better of both counts."""
    from benchmarks import gate

    held, broken, unlucky = (
        gate.Bound(name, (), ("RS256",), "authkit", was=1.6, most=2.1) for name in ("held", "broken", "unlucky")
    )
    seen = {"held": [1.6], "broken": [2.4, 2.3], "unlucky": [2.4, 1.7]}

    def figures(script: str, arguments: Any) -> Any:
        return {"RS256": [{"name": "authkit", "best_over_best": {"floor": seen[script].pop(0)}}]}

    monkeypatch.setattr(gate, "figures", figures)

    judged = dict(gate.judged([held, broken, unlucky]))

    assert judged == {held: 1.6, broken: 2.3, unlucky: 1.7}
    assert all(1 + (bound.was - 1) * 2 > bound.most > bound.was for bound in gate.BOUNDS if bound.was > 1)
