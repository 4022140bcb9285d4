"""``authkit demo --break`` acts a scene out, as text or as JSON, and is done in a moment."""

from __future__ import annotations

import json
import re

import pytest

from authkit.cli import build_parser, main
from authkit.cli.demo import SCENES
from authkit.local.scenes import playbill


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_acted_out_as_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each act by its number, what came of each request, and the lesson; exit code 0."""
    code = main(["demo", "--break", name])

    shown = capsys.readouterr()
    numbers = [int(found) for found in re.findall(r"^ ?(\d+) \S", shown.out, re.MULTILINE)]
    assert (code, shown.err) == (0, "")
    assert shown.out.startswith(f"{name}: ")
    assert numbers == list(range(1, len(numbers) + 1))
    assert shown.out.count("came back") == shown.out.count("   sent ")
    assert "What authkit does about it" in shown.out
    assert ("✗ what nobody would want" in shown.out) == (name == "cache-trap")
    assert "\033" not in shown.out  # this is no terminal


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_told_as_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One object and nothing else."""
    code = main(["demo", "--break", name, "--json"])

    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (told["scene"], told["as_told"]) == (name, True)
    asked = [step for step in told["steps"] if "sent" in step]
    assert all(step["status"] == step["expected"] for step in asked)
    assert all(step["trace"][0]["place"] == "gateway" for step in asked)


def test_the_scenes_of_the_command_are_those_that_are_played() -> None:
    """In their order."""
    assert list(SCENES) == list(playbill.SCENES)


def test_every_scene_stands_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """With a line that says what it is about."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["demo", "--help"])

    shown = capsys.readouterr().out
    for name, about in SCENES.items():
        assert f"  {name:<12} {about}" in shown


@pytest.mark.parametrize(
    "arguments", [["--break", "nothing"], ["--break", "expired", "--tour"], ["--json"], ["--break"]]
)
def test_wrong_usage(arguments: list[str]) -> None:
    """Exit code 2."""
    with pytest.raises(SystemExit) as refused:
        main(["demo", *arguments])

    assert refused.value.code == 2
