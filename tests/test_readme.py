"""The README tells the truth: its code runs, its output is regenerated, its picture is the tree.

``AUTHKIT_WRITE_README=1 python3 .ci/dev test tests/test_readme.py`` writes the demo's output into it.
"""

from __future__ import annotations

import os
import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import authkit
from authkit import Authorizer, JWTBearer
from authkit.cli import main
from authkit.local.demo import GATEWAY_PORT, ISSUER_PORT
from authkit.testing import BAD_TOKENS

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
COMMAND = "$ python3 .ci/dev demo --tour\n"


def readme_block(text: str, start: str) -> str:
    """Return what stands between a line and the end of its code block."""
    return text[text.index(start) + len(start) :].split("```", 1)[0]


def test_the_demo_prints_what_the_readme_shows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run the tour for real; only the ports, and a second on the clock, may differ."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # it keeps its last decisions for `authkit explain`
    code = main(["demo", "--tour", "--port", "0", "--issuer-port", "0"])

    shown = capsys.readouterr().out
    ports = re.search(r"gateway http://127\.0\.0\.1:(\d+)   issuer http://127\.0\.0\.1:(\d+)", shown)
    assert ports is not None
    shown = shown.replace(ports[1], str(GATEWAY_PORT)).replace(ports[2], str(ISSUER_PORT))
    shown = re.sub(r"expired \d+ s ago", "expired 60 s ago", shown)
    text = README.read_text(encoding="utf-8")
    if os.environ.get("AUTHKIT_WRITE_README"):
        text = text.replace(readme_block(text, COMMAND), shown.rstrip("\n") + "\n")
        README.write_text(text, encoding="utf-8")
    assert code == 0
    assert readme_block(text, COMMAND) == shown.rstrip("\n") + "\n"


def test_the_python_of_the_readme_runs() -> None:
    """What a user pastes builds an authorizer with the sources the README names."""
    code = readme_block(README.read_text(encoding="utf-8"), "```python\n")

    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)

    handler = names["handler"]
    assert isinstance(handler, Authorizer)
    assert handler.identity_sources == ("header.authorization",)
    assert handler.cacheable


def test_the_bearers_of_the_readme_are_built(capsys: pytest.CaptureFixture[str]) -> None:
    """Three issuers in one, and what they demand in words; nothing is fetched for that."""
    text = README.read_text(encoding="utf-8")

    names: dict[str, object] = {}
    exec(compile(readme_block(text[text.index("## Whose tokens") :], "```python\n"), "README.md", "exec"), names)

    told = capsys.readouterr().out
    assert isinstance(names["authenticate"], JWTBearer)
    for words in ("eu-west-1_a1B2c3D4e", "{tenantid}", "https://idp.example.com/", "client_id is app or web"):
        assert words in told


def test_the_other_ways_in_of_the_readme_are_built() -> None:
    """Its own last line says what the gateway must key its cache on; all of it together may be cached."""
    text = README.read_text(encoding="utf-8")

    names: dict[str, object] = {}
    exec(compile(readme_block(text[text.index("## Other ways in") :], "```python\n"), "README.md", "exec"), names)

    handler = names["handler"]
    assert isinstance(handler, Authorizer)
    assert handler.cacheable


def test_the_tests_of_the_readme_pass(pytester: pytest.Pytester) -> None:
    """As a user runs them, with the plugin."""
    text = README.read_text(encoding="utf-8")
    pytester.makepyfile(readme_block(text[text.index("## Test it with your rules") :], "```python\n"))

    plugin = [] if _installed() else ["-p", "authkit.testing.plugin"]

    pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider", *plugin).assert_outcomes(passed=1 + len(BAD_TOKENS))


def _installed() -> bool:
    """Tell whether pytest finds the plugin by itself, as it does where authkit is installed."""
    return any(each.value == "authkit.testing.plugin" for each in entry_points(group="pytest11"))


def test_every_preset_and_credential_the_readme_names_is_there() -> None:
    """By the name it is imported by."""
    text = README.read_text(encoding="utf-8")
    table = text[text.index("| preset | for |") : text.index("**Keys** are found")]
    presets = re.findall(
        r"`([a-z0-9_]+)`", "".join(line.split("|")[1] for line in table.splitlines() if line[:3] == "| `")
    )

    assert len(presets) == 11
    for name in (*presets, "Introspection", "DPoP", "CertificateBound", "verify_jws", "FileStore"):
        assert callable(getattr(authkit, name))


def test_the_readme_draws_every_folder_and_module_of_the_package() -> None:
    """The architecture can be drawn from the folder list."""
    text = README.read_text(encoding="utf-8")
    drawn = set(re.findall(r"^  ([a-z0-9_]+(?:/|\.py)) ", text, re.MULTILINE))
    package = ROOT / "authkit"

    folders = {f"{path.name}/" for path in package.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    modules = {path.name for path in package.glob("*.py") if not path.name.startswith("__")}

    assert drawn == folders | modules


def test_the_top_level_holds_what_was_agreed_and_nothing_else() -> None:
    """A reader who opens the tree sees what it is."""
    agreed = {"pyproject.toml", "README.md", "authkit", "blueprints", "tests", "benchmarks"}
    agreed |= {"LICENSE", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "dist", "build"}

    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.name != "__pycache__"}

    assert found <= agreed


def test_the_readme_names_the_package_that_is_ours() -> None:
    """The plain name on the public index is somebody else's."""
    text = README.read_text(encoding="utf-8")

    assert "pip install authkit-lambda" in text
    assert not re.search(r"pip install authkit(?!-lambda)", text)
