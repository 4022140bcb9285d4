"""``authkit explain`` without an event explains the last decision of demo or emulate on this machine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from authkit.cli import last, main
from authkit.errors import ConfigError
from authkit.local.explanation.last import Decision, place, write
from authkit.local.explanation.tree import Explanation, Node
from authkit.local.settings import Settings
from authkit.policy.route import Route
from authkit.policy.routes import Routes
from authkit.testing import StubIssuer

WAIT = 20  # seconds at most for anything a child process does

APP = """
from authkit import Authorizer, JWTBearer, Route
from authkit.testing import StubIssuer

issuer = StubIssuer(keys="explained")
handler = Authorizer(
    authenticate=JWTBearer(issuer=issuer.url, audience=issuer.audience, secret="a-secret-of-thirty-two-characters", algorithms=["HS256"]),
    routes=[Route("GET", "/orders/{id}", scopes={"orders:read"}), Route("GET", "/reports", scopes={"reports"})],
)
"""


@pytest.fixture
def explained(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command; return the exit code, what it printed, and what it said."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["explain", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def keep(folder: Path, *statuses: int, at: float = 0.0) -> None:
    """Keep decisions, the last one last."""
    outcomes: dict[int, Any] = {200: "allowed", 403: "refused", 500: "failed"}
    file = place({"XDG_CACHE_HOME": str(folder)})
    explanations = [
        Explanation(
            f"GET /{number}", "rest-request", status, outcomes[status], "", (Node("result", None, str(status)),)
        )
        for number, status in enumerate(statuses)
    ]
    write(file, [Decision(each, at, "authkit emulate app:handler") for each in explanations])


def test_where_there_is_none_it_is_said_plainly(explained: Any, cache: Path) -> None:
    """With what to do, and where it was looked for; nothing on stdout."""
    code, out, err = explained()

    assert (code, out) == (3, "")
    assert "there is no decision yet: call authkit demo or authkit emulate first" in err
    assert str(cache) in err


@pytest.mark.parametrize(("status", "code"), [(200, 0), (403, 1), (500, 3)])
def test_the_last_one_is_explained(status: int, code: int, explained: Any, cache: Path) -> None:
    """With an exit code as for an event; by whom and when is said on stderr."""
    keep(cache, 200, status)

    found, out, err = explained()

    assert found == code
    assert out.splitlines()[0].split() == ["GET", "/1", str(status)]
    assert "authkit emulate app:handler, " in err
    assert err.rstrip().endswith("h ago")


def test_earlier_ones_are_counted_back(explained: Any, cache: Path) -> None:
    """Two is the one before the last; as JSON it says when, and by what."""
    keep(cache, 403, 200)

    code, out, _ = explained("--last", "2", "--json")
    beyond = explained("--last", "3")

    assert code == 1
    assert json.loads(out)["asked"] == "GET /0"
    assert json.loads(out)["by"] == "authkit emulate app:handler"
    assert beyond[0] == 3
    assert "there are no 3 decisions, but 2" in beyond[2]


def test_a_page_is_written_to_its_file_or_printed(explained: Any, cache: Path, tmp_path: Path) -> None:
    """And a file that is no page is never written over: it may be the event."""
    keep(cache, 200)
    event, file = tmp_path / "event.json", tmp_path / "decision.html"
    event.write_text("precious")

    written = explained("--html", str(file))
    printed = explained("--html")
    with pytest.raises(SystemExit) as refused:
        explained("--html", str(event))

    assert (written[0], written[1]) == (0, "")
    assert file.read_text() == printed[1]
    assert "<h1>GET /0" in printed[1]
    assert (refused.value.code, event.read_text()) == (2, "precious")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--handler", "app:handler"], "--handler goes with an EVENT.json"),
        (["event.json"], "an EVENT.json needs a --handler"),
        (["event.json", "--handler", "app:handler", "--last", "2"], "--last is for decisions that were made"),
        (["--last", "0"], "--last counts from 1"),
        (["--json", "--html"], "not allowed with"),
    ],
)
def test_what_does_not_go_together_is_a_fault_of_usage(
    arguments: list[str], said: str, explained: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    with pytest.raises(SystemExit) as refused:
        explained(*arguments)

    assert refused.value.code == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_none_of_ours_is_told_as_that(explained: Any, cache: Path) -> None:
    """And nothing of it is shown."""
    file = place({"XDG_CACHE_HOME": str(cache)})
    file.parent.mkdir()
    file.write_text("a-secret-of-somebody")

    code, out, err = explained()

    assert (code, out) == (3, "")
    assert "remove it" in err
    assert "a-secret" not in err


@pytest.mark.parametrize(("at", "ago"), [(-30.0, "30 s ago"), (-600.0, "10 min ago"), (60.0, "0 s ago")])
def test_how_long_ago_it_was(at: float, ago: str) -> None:
    """In whole numbers, and never in the future."""
    from authkit.cli.explain import _ago

    assert _ago(-at) == ago


def test_the_tour_is_explained_afterwards(explained: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Its last call has an expired token."""
    assert main(["demo", "--tour", "--port", "0", "--issuer-port", "0"]) == 0
    capsys.readouterr()

    code, out, err = explained("--json")
    before = json.loads(explained("--last", "2", "--json")[1])

    told = json.loads(out)
    assert code == 1
    assert (told["asked"], told["status"], told["code"]) == ("GET /orders/1042", 401, "expired")
    assert err.startswith("authkit demo, ")
    assert (before["status"], before["code"]) == (401, "UNAUTHORIZED")
    assert "eyJ" not in out


def status_of(url: str, token: str) -> int:
    """Call, and return the status."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(
            urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"}), timeout=WAIT
        ) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_handler_that_is_emulated_is_explained_while_it_runs_and_afterwards(
    explained: Any, tmp_path: Path, cache: Path
) -> None:
    """What somebody types in another terminal: each slot of the handler is told, of a kept answer too."""
    import jwt

    app = tmp_path / "app.py"
    app.write_text(APP)
    issuer = StubIssuer()
    claims = {"iss": issuer.url, "aud": issuer.audience, "sub": "ada", "scope": "orders:read", "exp": 4102444800}
    token = jwt.encode(claims, "a-secret-of-thirty-two-characters", algorithm="HS256", headers={"typ": "at+jwt"})
    command = [sys.executable, "-m", "authkit", "emulate", f"{app}:handler", "--port", "0", "--ttl", "60"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        statuses = [status_of(f"{url}/orders/1", token), status_of(f"{url}/reports", token)]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=WAIT)
    finally:
        process.kill()
        process.wait(WAIT)

    code, out, err = explained("--json")
    first = json.loads(explained("--last", "2", "--json")[1])
    told = json.loads(out)
    places = [step["place"] for step in told["steps"]]
    assert statuses == [200, 403]
    assert (code, told["status"], told["asked"]) == (1, 403, "GET /reports")
    assert places == ["gateway", "cache", "policy", "result", "nearest"]
    assert told["steps"][-1]["more"] == ["the scope reports is missing"]
    assert [step["said"] for step in first["steps"] if step["place"] == "token"] == ["ada"]
    assert err.startswith(f"authkit emulate {app}:handler, ")
    assert "authkit explain explains the last decision" in said
    assert token not in out + json.dumps(first)


def test_where_nothing_can_be_kept_the_demo_runs_all_the_same(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said once on stderr, and the exit code is the scene's."""
    (cache / "authkit").write_text("in the way")

    code = main(["demo", "--break", "wrong-aud"])

    shown = capsys.readouterr()
    assert code == 0
    assert shown.err.count("decisions are not kept for authkit explain") == 1
    assert threading.active_count() < 20


def test_without_a_home_nothing_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """And it is said, once."""

    def nowhere() -> Path:
        raise ConfigError("there is no home directory")

    with last.keeper("authkit demo", nowhere).running() as keeper:
        tell = last.kept(keeper, print, Settings(("header.a",)), Routes([Route("GET", "/a")]), None)

    assert tell is print
    assert "decisions are not kept for authkit explain: there is no home directory" in capsys.readouterr().err
