"""``authkit doctor`` prints a line a finding, and tells by its exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from authkit.cli import main
from authkit.local import blueprints


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of a blueprint."""
    return shutil.copytree(
        blueprints.folder() / "jwt_token", tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__")
    )


def test_a_good_project_is_0_and_says_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """But for the counts, on stderr."""
    code = main(["doctor", str(project)])

    said = capsys.readouterr()
    assert (code, said.out, said.err) == (0, "", "0 errors, 0 warnings, 0 notes\n")


def test_a_broken_one_is_1_with_a_line_a_finding(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong, where, and what to do."""
    (project / "requirements.txt").write_text("authkit\n")

    code = main(["doctor", str(project)])

    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        f"error: {project / 'requirements.txt'}: authkit on the public index is an unrelated package of 2009."
        " Write authkit-lambda. [package_unrelated]"
    ]


def test_this_folder_is_the_default(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one would call it."""
    monkeypatch.chdir(project)

    assert main(["doctor"]) == 0


def test_json_holds_the_same(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a script."""
    (project / "requirements.txt").write_text("authkit\n")

    code = main(["doctor", str(project), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert code == 1
    assert [each["code"] for each in told["findings"]] == ["package_unrelated"]
    assert (told["error"], told["warning"], told["note"]) == (1, 0, 0)


def test_a_folder_that_is_none_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """2, as for any command."""
    with pytest.raises(SystemExit) as ended:
        main(["doctor", str(tmp_path / "nowhere")])

    assert ended.value.code == 2
    assert "is not a folder" in capsys.readouterr().err


def test_a_folder_with_nothing_to_judge_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It cannot tell."""
    assert main(["doctor", str(tmp_path)]) == 3
    assert "no handler, no template" in capsys.readouterr().err
