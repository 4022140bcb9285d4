"""What a command writes: on any terminal, in colours where they are wanted, and to nobody without a word."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from authkit.cli import main, terminal

WAIT = 20  # seconds at most for anything a child process does
TOUR = ["demo", "--tour", "--port", "0", "--issuer-port", "0"]


class Terminal(io.StringIO):
    """Says that somebody watches."""

    def isatty(self) -> bool:
        return True


def child(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a command of authkit; its output goes to pipes."""
    command = [sys.executable, "-m", "authkit", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment})


@pytest.mark.parametrize(
    ("stream", "value", "expected"),
    [(Terminal(), None, True), (Terminal(), "", True), (Terminal(), "1", False), (io.StringIO(), None, False)],
)
def test_colours_are_for_terminals_whose_owner_wants_them(
    stream: io.StringIO, value: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR counts when it is there and not empty (no-color.org)."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)

    assert terminal.colours(stream) is expected


@pytest.mark.parametrize("command", [["explain"], ["demo", "--break", "wrong-aud"], TOUR])
def test_no_command_paints_where_that_is_not_wanted(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them ask the same."""
    main(TOUR)
    capsys.readouterr()
    shown = []
    for value in ("", "1"):
        monkeypatch.setenv("NO_COLOR", value)
        screen = Terminal()
        monkeypatch.setattr(sys, "stdout", screen)
        main(command)
        shown.append(screen.getvalue())

    assert ["\033[" in each for each in shown] == [True, False]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_lacks_a_letter_gets_a_question_mark(encoding: str) -> None:
    """And the gateway answers as ever, though its trace has lines that are in no such encoding."""
    for command in (TOUR, ["explain"], ["demo", "--break", "wrong-aud"]):
        process = child(*command, PYTHONIOENCODING=encoding)
        out, err = process.communicate(timeout=WAIT)

        assert b"Traceback" not in err
        assert b"could not be answered" not in err
        assert process.returncode == (1 if command == ["explain"] else 0)  # the tour ends with an expired token
        assert b"?? ? gateway" in out


def test_what_takes_no_such_setting_is_left_alone() -> None:
    """As a stream of a test's own, or none at all."""
    text = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    terminal.take_any_text(io.StringIO(), None, text)

    assert text.errors == "replace"


@pytest.mark.parametrize("command", [["explain"], TOUR, ["explain", "--json"]])
def test_a_reader_that_has_gone_ends_a_command_without_a_word(command: list[str], cache: Path) -> None:
    """As a shell has it: 128 and SIGPIPE."""
    main(TOUR)
    reading, writing = os.pipe()
    os.close(reading)

    try:
        process = subprocess.run(
            [sys.executable, "-m", "authkit", *command],
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=WAIT,
            check=False,
        )
    finally:
        os.close(writing)

    assert process.returncode == terminal.READER_GONE == 128 + signal.SIGPIPE
    assert re.fullmatch(rb"(authkit demo, \d+ s ago\n)?", process.stderr)


def test_a_demo_that_nobody_watches_any_more_ends_with_the_next_call() -> None:
    """Behind `| head -1`, as soon as there is something to tell: no call gets another answer for that."""
    import requests

    process = child("demo", "--port", "0", "--issuer-port", "0")
    assert process.stdout is not None
    try:
        found = re.search(r"gateway (\S+)", process.stdout.readline().decode())
        while b"authkit explain" not in process.stdout.readline():
            pass
        process.stdout.close()
        assert found is not None
        statuses = []
        with suppress(requests.ConnectionError):  # it may end before it has answered
            statuses.append(requests.get(f"{found[1]}/orders/1", timeout=WAIT).status_code)
        code = process.wait(WAIT)
        assert process.stderr is not None
        said = process.stderr.read()
    finally:
        process.kill()
        process.wait(WAIT)
        if process.stderr is not None:
            process.stderr.close()

    assert statuses in ([401], [])
    assert (code, said) == (terminal.READER_GONE, b"")


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_what_nobody_reads_is_written_nowhere(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither now nor as the interpreter ends; what somebody reads is left as it is."""
    read, write = os.pipe()
    with os.fdopen(read, encoding="utf-8") as reader, os.fdopen(write, "w", encoding="utf-8") as writer:
        monkeypatch.setattr(sys, name, writer)
        before = terminal.reader_gone()
        reader.close()
        with pytest.raises(BrokenPipeError):
            print("to nobody", file=writer, flush=True)

        after = terminal.reader_gone()
        print("to nobody", file=writer, flush=True)

    assert (before, after) == (False, True)


def test_a_command_whose_reader_has_gone_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its exit code does."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8") as writer:
        monkeypatch.setattr(sys, "stdout", writer)

        code = main(["new", "--list"])

    assert (code, capsys.readouterr().err) == (terminal.READER_GONE, "")


def test_another_broken_pipe_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is not the command's own output says what it is."""
    from authkit.cli import new

    def broken(*_: object) -> int:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(new, "run", broken)

    assert main(["new", "--list"]) == 3
    assert "Broken pipe" in capsys.readouterr().err


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return what puts an authkit into a folder, and calls it from there."""

    def made(folder: str) -> Path:
        program = tmp_path / folder / "bin" / "authkit"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "argv", [str(program), "demo"])
        monkeypatch.delenv("VIRTUAL_ENV", raising=False)
        monkeypatch.setenv("PATH", "/nowhere")
        return program

    return made


def test_what_is_on_the_path_is_called_by_its_name(
    installed: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any terminal."""
    program = installed("usual")
    monkeypatch.setenv("PATH", str(program.parent))

    assert terminal.called() == "authkit"


def test_what_is_not_on_the_path_of_another_terminal_is_called_by_its_place(
    installed: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is what only an environment that is activated here brings."""
    program = installed("a b")
    elsewhere = terminal.called()
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setenv("VIRTUAL_ENV", str(program.parent.parent))

    assert elsewhere == terminal.called() == f"'{program}'"


def test_a_module_is_called_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same Python; and what calls `main` itself says nothing of how."""
    monkeypatch.setattr(sys, "argv", ["/somewhere/authkit/__main__.py", "demo"])
    as_module = terminal.called()
    monkeypatch.setattr(sys, "argv", ["/somewhere/pytest"])

    assert (as_module, terminal.called()) == (f"{sys.executable} -m authkit", "authkit")
