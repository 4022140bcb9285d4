"""What becomes of a command's exceptions: an exit code, and words that do nothing to a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import cli
from authkit.errors import Unauthenticated


@pytest.mark.parametrize("name", ["\x1b[2J", "\x1b]0;owned\x07", "\x9b2J", "a\rb", "\u202eb"])
def test_no_fault_steers_a_terminal(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file's name, for one, is as its owner wants it."""
    file = tmp_path / f"{name}.json"
    file.write_text('{"hello": 1}')

    code = cli.main(["policy", "lint", str(file)])

    printed = capsys.readouterr().err
    assert code == cli.CANNOT_TELL
    assert ascii(name)[1:-1] in printed
    assert all(each.isprintable() or each == "\n" for each in printed)


def test_lines_stay_lines_and_letters_letters() -> None:
    """A message of several lines is read as such, in any language."""
    assert cli._harmless(ValueError("é…:\n  – a\n  – b")) == "é…:\n  – a\n  – b"
    assert cli._harmless(Unauthenticated("bad", detail="\x1b[2J")) == "bad: \\x1b[2J"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ([], "3 cannot tell, 130 interrupted; 22 under sign -f"),
        (["demo"], "Exit codes: 0 done,"),
        (["emulate"], "Exit codes: 0 ended by Ctrl-C or a signal, 2 wrong usage, 3 cannot run"),
        (["new"], "Exit codes: 0 done, 2 wrong usage"),
        (["token"], "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 cannot tell."),
        (["token", "mint"], "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 cannot tell."),
        (["token", "keypair"], "Exit codes: 0 done, 2 wrong usage, 3"),
        (["token", "inspect"], "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 cannot tell."),
        (["policy", "lint"], "Whether API and table have the same routes authkit doctor says"),
    ],
)
def test_the_help_lists_the_exit_codes(command: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of each command that has its own."""
    with pytest.raises(SystemExit):
        cli.main([*command, "--help"])

    assert said in capsys.readouterr().out


@given(st.text())
def test_no_text_at_all_steers_a_terminal(text: str) -> None:
    """Only what shows itself, and the ends of lines, are left as they are."""
    shown = cli._harmless(ValueError(text))

    assert all(each.isprintable() or each == "\n" for each in shown)
    assert shown == text or not all(each.isprintable() or each == "\n" for each in text)
