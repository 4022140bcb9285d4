"""The README of every blueprint tells the truth: its commands are run, and print what it says."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from pathlib import Path

import pytest

from tests.blueprints.blueprint import ROOT, Blueprint, Step, blueprints, ran, steps

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="bash or curl is missing"),
]

PORT = "8480"
MARK = "--- step "


def free_port() -> str:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def script(told: list[Step], port: str) -> str:
    """Return the commands as one script that says where the output of each begins, and leaves nothing running."""
    lines = ["set -u", "trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null' EXIT"]
    for number, step in enumerate(told):
        command = step.command.replace(f":{PORT}", f":{port}")
        if step.runs_on:
            command = re.sub(r"\bauthkit (emulate|demo)\b", rf"authkit \1 --port {port}", command)
            command = f"{command.rstrip('& ')} > step{number}.log 2>&1 &"
        lines.append(f"echo '{MARK}{number}'\n{command}")
    return "\n".join(lines)


@pytest.mark.parametrize("blueprint", blueprints(), ids=lambda each: each.name)
def test_the_commands_of_the_readme_print_what_it_says(blueprint: Blueprint, tmp_path: Path) -> None:
    """From making a key to the last curl, as somebody would paste them; only the installation is left out."""
    folder = shutil.copytree(blueprint.path, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__"))
    command = tmp_path / "bin" / "authkit"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m authkit "$@"\n')
    command.chmod(0o755)
    told = [step for step in steps(blueprint.text("README.md")) if not step.command.startswith("pip ")]
    environment = {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    run = ran(["bash", "-c", script(told, free_port())], cwd=folder, env=environment)

    printed = re.split(rf"^{MARK}\d+\n", run.stdout, flags=re.MULTILINE)[1:]
    logs = [log.read_text() for log in sorted(folder.glob("step*.log"))]
    assert printed == [step.prints for step in told], "\n".join([run.stderr, *logs])
    assert len([step for step in told if re.fullmatch(r"[1-5]\d\d\n", step.prints)]) >= 3  # statuses
    assert cleared(folder, blueprint) == {path.name for path in blueprint.path.iterdir()} - {"__pycache__"}


def cleared(folder: Path, blueprint: Blueprint) -> set[str]:
    """Return what is left after the README's ``rm``: keys that were made to try things out must not be packed."""
    said = re.search(r"^rm .*$", blueprint.text("README.md").partition("## Deploy it")[2], re.MULTILINE)
    assert said
    removed = ran(["bash", "-c", said[0]], cwd=folder)
    assert removed.stderr == ""
    return {path.name for path in folder.iterdir() if not re.fullmatch(r"step\d+\.log|__pycache__", path.name)}
