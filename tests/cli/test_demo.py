"""``authkit demo`` runs, shows each decision, and ends when told."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from authkit.cli import main
from authkit.local.demo import EXAMPLES, running_demo, tour

WAIT = 20  # seconds at most for anything a child process does


class Running:
    """A demo in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        first = self.line()
        found = re.match(r"gateway (\S+)   issuer (\S+)", first)
        assert found is not None, first
        self.gateway, self.issuer = found.groups()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def line(self) -> str:
        return self._lines.get(timeout=WAIT)

    def until(self, text: str) -> str:
        """Return the next line that holds the text."""
        line = self.line()
        while text not in line:
            line = self.line()
        return line


@contextmanager
def a_running_demo(*more: str) -> Iterator[Running]:
    """Start ``authkit demo`` on free ports and end it by its process."""
    command = [sys.executable, "-m", "authkit", "demo", "--port", "0", "--issuer-port", "0", *more]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"}
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait(WAIT)
        assert process.stdout is not None
        process.stdout.close()


def call(url: str, token: str = "", method: str = "GET") -> tuple[int, str]:
    """Return status and body."""
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"Bearer {token}"} if token else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=WAIT) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_demo_answers_200_401_and_403_over_http_and_shows_why() -> None:
    """What somebody with curl sees, and what the terminal shows them."""
    with a_running_demo() as demo:
        token = call(f"{demo.issuer}/mint/reader")[1]
        allowed = call(f"{demo.gateway}/orders/1042", token)
        lines = [demo.until("GET /orders/1042"), demo.until("authorizer")]
        denied = call(f"{demo.gateway}/orders/1042/audit", token)
        nobody = call(f"{demo.gateway}/orders/1042")
        demo.process.send_signal(signal.SIGINT)
        code = demo.process.wait(WAIT)

    assert (allowed[0], json.loads(allowed[1])["authorizer"]["principalId"]) == (200, "reader")
    assert lines[0].rstrip().endswith("200")
    assert "allowed reader: 2 resources allowed, 1 denied" in lines[1]
    assert (denied[0], nobody[0], code) == (403, 401, 0)


def test_a_rotated_key_is_found_and_the_old_token_stays_good() -> None:
    """The first token of a new key makes the authorizer look again."""
    with a_running_demo("--ttl", "0") as demo:
        old = call(f"{demo.issuer}/mint/reader")[1]
        first = call(f"{demo.gateway}/orders/1", old)[0]
        call(f"{demo.issuer}/rotate", method="POST")
        new = call(f"{demo.issuer}/mint/reader")[1]
        statuses = [call(f"{demo.gateway}/orders/1", token)[0] for token in (new, old)]

    assert [first, *statuses] == [200, 200, 200]


def test_the_tour_makes_every_example_and_fails_where_one_goes_otherwise() -> None:
    """A wrong status is told by the exit code."""
    told = []

    with running_demo(port=0, issuer_port=0, tell=lambda _: None) as demo:
        good = tour(demo, told.append)
    with running_demo(port=0, issuer_port=0, tell=lambda _: None) as other:
        broken = other._replace(issuer=other.gateway)  # no token comes from there
        bad = tour(broken, lambda _: None)

    assert told == list(EXAMPLES)
    assert (good, bad) == (True, False)


def test_an_unreachable_issuer_is_a_500_and_not_a_deny() -> None:
    """An outage is told to the caller as one, and nothing is kept."""
    calls = []

    with running_demo(port=0, issuer_port=0, tell=calls.append) as demo:
        token = demo.dev_issuer.mint("reader")
        demo.dev_issuer.respond = lambda request: None  # type: ignore[method-assign]
        demo.dev_issuer.url = "http://127.0.0.1:9"  # discovery names another issuer
        status = call(f"{demo.gateway.url}/orders/1", token)[0]

    assert status == 500
    assert "unavailable: discovery_issuer_mismatch" in calls[0].steps[-1].said


def test_a_taken_port_is_told_with_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    """Words on stderr, nothing on stdout."""
    with running_demo(port=0, issuer_port=0, tell=lambda _: None) as demo:
        port = demo.gateway.url.rsplit(":", 1)[1]

        code = main(["demo", "--port", port, "--issuer-port", "0", "--tour"])

    shown = capsys.readouterr()
    assert (code, shown.out) == (3, "")
    assert f"port {port} is in use; --port 0 picks a free one" in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("option", ["--port", "--issuer-port"])
@pytest.mark.parametrize("port", ["99999", "-1", "eighty", "1e3", "٣"])
def test_what_is_no_port_is_wrong_usage(option: str, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """0 to 65535."""
    with pytest.raises(SystemExit) as ended:
        main(["demo", f"{option}={port}"])

    assert ended.value.code == 2
    assert "is no port: 0 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("ttl", ["3601", "-1", "nan", "inf", "long"])
def test_what_is_no_ttl_is_wrong_usage(ttl: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The gateway keeps nothing for longer than an hour."""
    with pytest.raises(SystemExit) as ended:
        main(["demo", f"--ttl={ttl}"])

    assert ended.value.code == 2
    assert "the TTL is 0 to 3600 seconds" in capsys.readouterr().err


def test_the_issuers_port_has_its_own_option(capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever is taken is named."""
    with running_demo(port=0, issuer_port=0, tell=lambda _: None) as demo:
        port = demo.issuer.url.rsplit(":", 1)[1]

        code = main(["demo", "--port", "0", "--issuer-port", port, "--tour"])

    assert code == 3
    assert "--issuer-port 0 picks a free one" in capsys.readouterr().err
