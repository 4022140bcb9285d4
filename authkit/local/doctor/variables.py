"""Variables: what the handler takes from its environment, against what is set there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ..lint.finding import Finding
from .project import Project

# What Lambda sets itself.
_GIVEN = re.compile(
    r"AWS_(?:DEFAULT_)?REGION|AWS_LAMBDA_\w+|AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|_HANDLER"
)

# What is in these may never be asked for. Where it is, loading the handler tells.
_CONDITIONAL = (ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def judge(project: Project) -> Iterator[Finding]:
    """Yield the variables without which the handler's module cannot be loaded, and which nothing sets."""
    if project.handler is None or not project.handler.is_file():
        return
    needed = [name for name in demanded(project.handler) if not _GIVEN.fullmatch(name)]
    if project.function is not None:
        yield from _missing(needed, set(project.function.variables), f"{project.function.place}/Properties/Environment")
    if project.terraform:
        words = set(re.findall(r"\w+", " ".join(project.terraform.values())))
        yield from _missing(needed, words, next(iter(project.terraform)))


def demanded(file: Path) -> list[str]:
    """Return the names of the variables that a file and what it imports from beside it cannot do without."""
    names: dict[str, None] = {}
    waiting, seen = [file], set[Path]()
    while waiting:
        each = waiting.pop()
        seen.add(each)
        try:
            tree = ast.parse(each.read_bytes())
        except (SyntaxError, ValueError):
            continue  # which loading it says better
        names |= dict.fromkeys(_subscripted(tree))
        waiting += [
            path for name in _imported(tree) if (path := file.parent / f"{name}.py").is_file() and path not in seen
        ]
    return list(names)


def _missing(needed: list[str], given: set[str], place: str) -> Iterator[Finding]:
    for name in needed:
        if name not in given:
            problem = f"the handler takes {name} from its environment, and nothing sets it: it cannot be loaded"
            yield Finding("variable_missing", "error", place, problem, f"Set {name} there.")


def _subscripted(tree: ast.AST) -> Iterator[str]:
    """Yield the names in ``os.environ["NAME"]``, but for those that are asked for on a condition alone."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _CONDITIONAL):
            continue
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environ(node.value):
            name = node.slice
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value
        waiting += reversed(list(ast.iter_child_nodes(node)))


def _is_environ(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "environ") or (
        isinstance(node, ast.Name) and node.id == "environ"
    )


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
