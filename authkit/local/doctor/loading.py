"""Loading: a handler, as Lambda would load it with the environment that its template sets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...authorizer import Authorizer
from ...policy.pointers import NOTHING
from ...sigv4.edge import OriginSigner
from .. import target
from ..handlers import authorizer_in
from .project import Function, Project, functions_in

_UNKNOWN = re.compile(r"\$\{([^}!]+)\}")
NOWHERE = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}


class Variable(NamedTuple):
    """What a template sets a variable to, and whether some of that is made up, since only a deployment knows it."""

    text: str
    made_up: bool


def handler_of(project: Project) -> Authorizer | OriginSigner | None:
    """Return the handler, or what signs in its place; None where the folder has neither.

    What the environment has already counts; then what the template sets; what only a deployment knows is made up.

    Raises:
        ConfigError: it cannot be loaded, or is no Authorizer.
    """
    if project.target is None:
        return None
    function = project.function
    with surroundings(_variables([function] if function else []), NOWHERE):
        found = target.load(project.target)
        return found if isinstance(found, OriginSigner) else authorizer_in(found, project.target)


def stated(files: Iterable[str], named: str) -> dict[str, Variable]:
    """Return what templates set for the function of a target, or for all they have where none is known for its own.

    Args:
        files: templates, or anything else, which sets nothing.
        named: the target.

    Raises:
        ConfigError: a file cannot be read.
        OSError: there is none.
    """
    functions = [each for file in files if not file.endswith(".tf") for each in functions_in(file)]
    return _variables([each for each in functions if _is_at(each, named)] or functions)


def _is_at(function: Function, named: str) -> bool:
    """Tell whether a function's handler is what a target names."""
    module, _, name = named.rpartition(":")
    file = Path(module if module.endswith(".py") else f"{module.replace('.', '/')}.py")
    at, _, its_name = (function.target or "").rpartition(":")
    folder = Path(function.place.rpartition(":")[0]).parent
    return its_name == name and (folder / at).resolve() == file.resolve()


def _variables(functions: Iterable[Function]) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for function in functions:
        for name, value in function.variables.items():
            found.setdefault(str(name), Variable(_text(str(name), value), isinstance(value, (Mapping, list))))
    return found


def _text(name: str, value: object) -> str:
    if isinstance(value, Mapping) and isinstance(value.get("Fn::Sub"), str):  # what stands around the unknown is known
        return _UNKNOWN.sub(lambda found: f"some-{found[1].lower()}", value["Fn::Sub"])
    return f"some-{name.lower()}" if isinstance(value, (Mapping, list)) else "" if value is None else str(value)


@contextmanager
def surroundings(variables: Mapping[str, Variable], nowhere: Mapping[str, str] = NOTHING) -> Iterator[list[str]]:
    """Set what is not set yet while the block runs, and give the names of the variables of which that is so.

    Args:
        variables: the template's.
        nowhere: what keeps a handler that is loaded, and no more, from looking for a cloud around it.
    """
    before = dict(os.environ)
    known = {name: each.text for name, each in variables.items()}
    for name, value in {**nowhere, **known}.items():
        os.environ.setdefault(name, value)
    try:
        yield [name for name in known if name not in before]
    finally:
        os.environ.clear()
        os.environ.update(before)
