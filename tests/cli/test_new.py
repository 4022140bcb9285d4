"""``authkit new`` copies a blueprint, and never over anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from authkit.cli import main
from authkit.local import blueprints


def test_the_list_says_what_each_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    """A name and a sentence a line."""
    code = main(["new", "--list"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines] == sorted(
        path.parent.name for path in blueprints.folder().glob("*/README.md")
    )
    assert all(len(line.split()) > 5 for line in lines)


def test_a_copy_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every file, byte for byte, and nothing that running it has left behind."""
    code = main(["new", "jwt_token", str(tmp_path / "mine")])

    made = {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()}
    origin = blueprints.folder() / "jwt_token"
    assert code == 0
    assert made == {path.name: path.read_bytes() for path in origin.iterdir() if path.is_file()}
    assert capsys.readouterr().out.splitlines() == sorted(str(tmp_path / "mine" / name) for name in made)


def test_json_names_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a script."""
    main(["new", "jwt_token", str(tmp_path / "mine"), "--json"])
    copied = json.loads(capsys.readouterr().out)
    main(["new", "--list", "--json"])
    listed = json.loads(capsys.readouterr().out)

    assert copied["blueprint"] == "jwt_token"
    assert str(tmp_path / "mine" / "app.py") in copied["files"]
    assert "jwt_token" in listed


def test_an_empty_folder_may_be_there(tmp_path: Path) -> None:
    """As ``git init`` of an empty one does."""
    assert main(["new", "jwt_token", str(tmp_path)]) == 0


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with a file in it stays as it is."""
    (tmp_path / "app.py").write_text("mine")

    code = main(["new", "jwt_token", str(tmp_path)])

    assert code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["app.py"]
    assert "not an empty folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nothing", "../jwt_token", ".", ""])
def test_what_is_no_blueprint_is_named_with_those_there_are(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name is a name, and no path."""
    with pytest.raises(SystemExit) as stop:
        main(["new", name, str(tmp_path / "mine")])

    assert stop.value.code == 2
    assert not (tmp_path / "mine").exists()
    assert "there are api_key_usage_plan, " in capsys.readouterr().err or not name


def test_both_words_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """Usage, exit code 2."""
    with pytest.raises(SystemExit) as stop:
        main(["new", "jwt_token"])

    assert stop.value.code == 2
    assert "folder" in capsys.readouterr().err
