"""Exposed: secrets that stand in files which go into a repository, a function's package or a deployment's state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ..lint.finding import Finding
from .project import Project, mapping

_ELSEWHERE = "Keep it in Secrets Manager and name it here; and change it, for whoever could read this file has it."
_KEYS = re.compile(r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----")
_PRIVATE_JWK = re.compile(
    r"\"d\"\s*:\s*\"[A-Za-z0-9_-]{40,}\""
)  # RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2
_ELSE = frozenset(
    {".git", ".aws-sam", ".terraform", ".venv", "venv", "node_modules", "__pycache__"}
)  # packed by nobody
_LARGEST, _MOST = 65_536, 2000  # bytes of a file that is looked at, and files
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
    others = (project.folder / name for name in ("samconfig.toml", "terraform.tfvars", ".env"))
    files = [*map(Path, project.files), *others]
    if project.handler is not None:
        files.append(project.handler)
    for file in files:
        if file.is_file():
            yield from _lines(str(file), _text(file))
    for file in _beside(project.folder):
        if file not in files:
            yield from _private_keys(str(file), _text(file))
    for name, content in project.templates.items():
        yield from _parameters(name, content)


def _beside(folder: Path) -> Iterator[Path]:
    """Yield the small files of a folder, which go into the package unless somebody takes them out."""
    found = (each for each in sorted(folder.rglob("*")) if not _ELSE & set(each.relative_to(folder).parts))
    small = (each for each in found if each.is_file() and each.stat().st_size <= _LARGEST)
    yield from islice(small, _MOST)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _private_keys(file: str, text: str) -> Iterator[Finding]:
    key = _KEYS.search(text) or ('"kty"' in text and _PRIVATE_JWK.search(text))
    if key:
        line = text.count("\n", 0, key.start()) + 1
        advice = (
            "It goes into the package and into the repository: remove it, and use another key wherever it was in use."
        )
        yield Finding("secret_exposed", "error", f"{file}:{line}", "a private key stands here", advice)


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
