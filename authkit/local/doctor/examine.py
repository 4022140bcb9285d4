"""Examine: everything that is known about a project folder, worst first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...authorizer import Authorizer
from ...errors import ConfigError
from ...sigv4.edge import OriginSigner
from ..lint import against, rules, table
from ..lint.finding import ORDER, Finding, Severity
from ..lint.reading import read
from ..lint.settings import Settings
from . import answers, deployment, exposed, loading, package, variables
from .project import Project, found


def examine(folder: Path, handler: str | None = None) -> list[Finding]:
    """Return the findings.

    Args:
        folder: the project's.
        handler: its target, where it is not what the template names or ``app.py:handler``.

    Raises:
        ConfigError: there is nothing of an authorizer, or a file cannot be read.
    """
    project = found(folder, handler)
    everything = dict.fromkeys([*_of_files(project), *_of_handler(project)])
    return sorted(everything, key=lambda each: (ORDER[each.severity], each))


def _of_files(project: Project) -> Iterator[Finding]:
    yield from deployment.judge(project)
    yield from variables.judge(project)
    yield from package.judge(project)
    yield from exposed.judge(project)


def _of_handler(project: Project) -> Iterator[Finding]:
    """Yield what linter and table say. The settings are judged even where the handler cannot be loaded."""
    settings = read(project.files)
    yield from rules.judge(settings)
    try:
        handler = loading.handler_of(project)
    except ConfigError as fault:
        advice = "Put that right; variables whose value only a deployment knows can be set in your shell."
        yield Finding("handler_not_loaded", "error", str(project.target), str(fault), advice)
        return
    if handler is None:
        problem = "there is no handler to compare the settings with"
        severity: Severity = "warning" if settings.attachments else "note"
        yield Finding("handler_missing", severity, str(project.folder), problem, "Name it: --handler FILE.py:NAME.")
        return
    if isinstance(handler, OriginSigner):
        problem = "it signs at the edge: there is no authorizer here to compare the settings with"
        yield Finding(
            "handler_signs", "note", str(project.target), problem, "Attach IAM authorization to every method."
        )
        return
    yield from _together(project, handler, settings)


def _together(project: Project, handler: Authorizer, settings: Settings) -> Iterator[Finding]:
    yield from against.judge(handler, settings.attachments)
    yield from table.judge(handler.routes, str(project.target))
    yield from answers.judge(project, handler)
