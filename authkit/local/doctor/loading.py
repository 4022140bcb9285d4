"""Loading: the handler, as Lambda would load it with the environment that its template sets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...authorizer import Authorizer
from ...sigv4.edge import OriginSigner
from .. import target
from ..handlers import authorizer_in
from .project import Project

_UNKNOWN = re.compile(r"\$\{([^}!]+)\}")
_NOWHERE = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}


def handler_of(project: Project) -> Authorizer | OriginSigner | None:
    """Return the handler, or what signs in its place; None where the folder has neither.

    What the environment has already counts; then what the template sets; what only a deployment knows is made up.

    Raises:
        ConfigError: it cannot be loaded, or is no Authorizer.
    """
    if project.target is None:
        return None
    with _environment(environment(project)):
        found = target.load(project.target)
        return found if isinstance(found, OriginSigner) else authorizer_in(found, project.target)


def environment(project: Project) -> dict[str, str]:
    """Return what the template sets, each value as far as it is known."""
    variables: Mapping[str, Any] = project.function.variables if project.function else {}
    return {str(name): _text(str(name), value) for name, value in variables.items()}


def _text(name: str, value: object) -> str:
    if isinstance(value, Mapping) and isinstance(value.get("Fn::Sub"), str):  # what stands around the unknown is known
        return _UNKNOWN.sub(lambda found: f"some-{found[1].lower()}", value["Fn::Sub"])
    return f"some-{name.lower()}" if isinstance(value, (Mapping, list)) else "" if value is None else str(value)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name, value in {**_NOWHERE, **variables}.items():
        os.environ.setdefault(name, value)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
