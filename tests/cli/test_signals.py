"""How a command that runs on is ended: in processes of their own, because signals are a process's."""

from __future__ import annotations

import subprocess
import sys

import pytest

WAIT = 20
BEGIN = """
import os, signal, sys, threading, time
from authkit.cli.signals import endings

before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
"""
END = """
print([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before, signal.set_wakeup_fd(-1))
"""
BEFORE_THE_WAIT = """
with endings() as wait:
    signal.raise_signal(signal.SIGTERM)
    wait()
"""
# The interpreter is left while it waits, so a handler in Python could not wake it.
TAKEN_BY_ANOTHER_THREAD = """
def take():
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

with endings() as wait:
    threading.Timer(0.05, take).start()
    wait()
"""
OF_ANOTHER_KIND = """
signal.signal(signal.SIGUSR1, lambda number, frame: print("another", flush=True))
with endings() as wait:
    os.kill(os.getpid(), signal.SIGUSR1)
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
    wait()
    print("ended", flush=True)
"""


# Where nobody waits any more, it does nothing: no signal is sent that could end the process.
FROM_WITHIN = """
with endings() as wait:
    threading.Timer(0.05, wait.end).start()
    wait()
wait.end()
"""


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (BEFORE_THE_WAIT, []),
        (TAKEN_BY_ANOTHER_THREAD, []),
        (OF_ANOTHER_KIND, ["another", "ended"]),
        (FROM_WITHIN, []),
    ],
    ids=["before the wait", "taken by another thread", "of another kind", "from within"],
)
def test_a_signal_ends_the_wait_whenever_and_whoever_takes_it(script: str, said: list[str]) -> None:
    """And what stood for the signals before stands again."""
    command = [sys.executable, "-c", BEGIN + script + END]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=WAIT, check=False)

    assert (ended.stdout.split("\n"), ended.stderr, ended.returncode) == ([*said, "True -1", ""], "", 0)


def test_a_command_that_is_interrupted_says_so_by_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As shells have it: 128 and the signal's number."""
    from authkit.cli import main, verify

    def interrupted(_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "run", interrupted)

    assert main(["verify", "-"]) == 130
    assert capsys.readouterr() == ("", "")
