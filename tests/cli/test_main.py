"""What becomes of a command's exceptions: an exit code, and words that do nothing to a terminal."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from authkit import cli
from authkit.errors import ConfigError, Unauthenticated, Unavailable


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs a command which raises something."""

    def run(fault: BaseException) -> int:
        def command(arguments: argparse.Namespace) -> int:
            raise fault

        parser = argparse.ArgumentParser()
        parser.set_defaults(run=command)
        monkeypatch.setattr(cli, "build_parser", lambda: parser)
        return cli.main([])

    return run


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Unauthenticated("bad", detail="\x1b[2J"), cli.REFUSED, "authkit: refused: bad: \\x1b[2J\n"),
        (ConfigError("a \x1b]0;owned\x07 b\n  c\r\u202e"), cli.CANNOT_TELL, "a \\x1b]0;owned\\x07 b\n  c\\r\\u202e\n"),
        (Unavailable("down", detail="é…"), cli.CANNOT_TELL, "authkit: down: é…\n"),
        (OSError("\x9b2J"), cli.CANNOT_TELL, "authkit: \\x9b2J\n"),
    ],
)
def test_no_fault_steers_a_terminal(
    fault: Exception, code: int, words: str, raising: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Escapes are shown as such; lines stay lines, and letters letters."""
    assert raising(fault) == code

    printed = capsys.readouterr()
    assert printed.err.endswith(words)
    assert printed.out == ""
    assert all(each.isprintable() or each == "\n" for each in printed.err)


def test_who_ends_a_command_is_no_fault(raising: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is said."""
    assert raising(KeyboardInterrupt()) == cli.OK
    assert capsys.readouterr() == ("", "")
