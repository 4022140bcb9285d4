"""Exposed: secrets that stand in files which go into a repository or a deployment's state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..lint.finding import Finding
from .project import Project, mapping

_ELSEWHERE = "Keep it in Secrets Manager and name it here; and change it, for whoever could read this file has it."
_KEYS = re.compile(r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----")
# A value in the place of a secret that is letters and digits in one run: no reference, name or action looks so.
_NAMED = re.compile(
    r"\b(?P<name>\w*(?:secret|password|passwd|pepper|api_?key|private_?key|header_?value)\w*)[\"']?\s*[:=]\s*"
    r"(?P<quote>[\"']?)(?=[^\s\"']*\d)(?=[^\s\"']*[A-Za-z])[A-Za-z0-9+/_=-]{16,}(?P=quote)(?=\s*(?:[,}#]|$))",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"secret|password|passwd|pepper|private_?key", re.IGNORECASE)
_REFERENCE = re.compile(r"arn|name|id|topic", re.IGNORECASE)


def judge(project: Project) -> Iterator[Finding]:
    """Yield the places of what looks like a secret, and never the secret."""
    files = [*map(Path, project.files), project.folder / "samconfig.toml", project.folder / "terraform.tfvars"]
    if project.handler is not None:
        files.append(project.handler)
    for file in files:
        if file.is_file():
            yield from _lines(str(file), file.read_text(encoding="utf-8", errors="replace"))
    for name, content in project.templates.items():
        yield from _parameters(name, content)


def _lines(file: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        named = _NAMED.search(line)
        if _KEYS.search(line):
            yield Finding("secret_exposed", "error", f"{file}:{number}", "a key stands here", _ELSEWHERE)
        elif named:
            problem = f"the value of {named['name']} looks like a secret"
            yield Finding("secret_exposed", "error", f"{file}:{number}", problem, _ELSEWHERE)


def _parameters(file: str, content: Mapping[str, Any]) -> Iterator[Finding]:
    for name, each in mapping(content.get("Parameters")).items():
        secret = _PARAMETER.search(str(name)) and not _REFERENCE.search(_PARAMETER.sub("", str(name)))
        if secret and str(mapping(each).get("NoEcho")).lower() != "true":
            problem = f"the parameter {name} is shown to everybody who may describe the stack"
            advice = "Take the name of a secret in Secrets Manager instead, or say NoEcho: true."
            yield Finding("secret_echoed", "warning", f"{file}:/Parameters/{name}", problem, advice)
