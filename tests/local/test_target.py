"""What a command loads by name: from the current directory, with errors in words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from authkit.errors import ConfigError
from authkit.local.target import is_target, load


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a directory of one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


@pytest.mark.parametrize("target", ["app:handler", "src.app:handler", "app:api.handler", "../base/app.py:handler"])
def test_targets(target: str) -> None:
    """A module by its name or its file, and a name in it."""
    assert is_target(target)


@pytest.mark.parametrize("text", ["app", "app:", ":handler", "app handler:x", "openapi.yaml", "a/b:c", "app:a-b", ""])
def test_what_is_no_target(text: str) -> None:
    """Files among it."""
    assert not is_target(text)
    with pytest.raises(ConfigError, match="is no target; write module:name"):
        load(text)


def test_a_package_in_the_current_directory_and_a_name_within_a_name(here: Path) -> None:
    """As Lambda would load it."""
    (here / "target_package_1").mkdir()
    (here / "target_package_1" / "app.py").write_text("class api:\n    handler = 42\n")

    assert load("target_package_1.app:api.handler") == 42


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import no_such_thing_here", "no module named 'no_such_thing_here'"),
        ("from authkit import NoSuchName", "cannot import name 'NoSuchName'"),
        ("def f(:", "not Python, line 1"),
        ("x = 1\nraise KeyError('s3cret')", "KeyError in loading it at broken.py:2"),
        ("import json\n\njson.loads('s3cret')", "JSONDecodeError in loading it at broken.py:3"),
        (
            "import os\nx = os.environ['NOT_SET_ANYWHERE']",
            "broken.py:2: environment variable NOT_SET_ANYWHERE is not set",
        ),
        ("import os\ndel os.environ['s3cret']", "KeyError in loading it at broken.py:2"),
        ("import os\nos.environ[7]", "TypeError in loading it at broken.py:2"),
        ("raise SystemExit", "it ended the process as it was loaded"),
        ("from authkit import Route\nRoute('GET', 'x')", "Route GET x: the path must begin with a slash"),
    ],
)
def test_a_module_that_cannot_be_run_is_told_in_words(source: str, words: str, here: Path) -> None:
    """Without the message of a foreign error, which may hold a secret."""
    (here / "broken.py").write_text(source)

    with pytest.raises(ConfigError) as fault:
        load("broken.py:handler")

    assert words in str(fault.value)
    assert "s3cret" not in str(fault.value)


def test_a_missing_file_and_a_missing_name_are_told() -> None:
    """With what there is instead."""
    with pytest.raises(ConfigError, match=r"nowhere\.py: no such file"):
        load("nowhere.py:handler")
    with pytest.raises(ConfigError, match="json has no 'handler'"):
        load("json:handler")
