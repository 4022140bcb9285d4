"""The house stands as designed: imports run one way, modules and functions stay small (design section 5)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "authkit"

# Each may import what stands before it, and its own.
LAYERS = (
    ("values", {"errors", "gateway"}),
    ("pure", {"policy", "tokens", "principal", "sigv4"}),
    ("what touches the world", {"keys", "stores", "credentials", "guards", "enrich", "observe"}),
    ("authorizer", {"authorizer"}),
    ("the laptop", {"local", "testing", "cli", "__main__", ""}),
)
LEVEL = {name: level for level, (_, names) in enumerate(LAYERS) for name in names}

LONGEST_MODULE = 250
TABLE_OF_NAMES = "authkit"  # each public name stands in it three times
LONGEST_FUNCTION = 40  # from its first statement on
LONGEST_WITH_ALL = 45  # with what it takes, and its docstring


class Import(NamedTuple):
    """One import of a module's code, and whether it is made as the module loads."""

    name: str
    top_level: bool
    line: int


def part_of(name: str) -> str:
    """Return the module or folder right below authkit that a full name belongs to."""
    return name.partition(".")[2].partition(".")[0]


class Module(NamedTuple):
    """A module of authkit, read but not run."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def part(self) -> str:
        """Return the module or folder right below authkit; empty for authkit itself."""
        return part_of(self.name)


def read(path: Path) -> Module:
    """Read one module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path)))


MODULES = [read(path) for path in sorted(PACKAGE.rglob("*.py"))]
NAMES = {module.name for module in MODULES}
EACH = pytest.mark.parametrize("module", MODULES, ids=[module.name for module in MODULES])


def imports(module: Module) -> list[Import]:
    """Return what a module imports when it runs; what only a type checker reads is left out."""
    return [
        found for node, top_level in _running(module.tree, top_level=True) for found in _named(node, module, top_level)
    ]


def _running(node: ast.AST, *, top_level: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        within = top_level and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield child, within
        yield from _running(child, top_level=within)


def _named(node: ast.AST, module: Module, top_level: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, top_level, node.lineno) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _resolved(node, module)
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield Import(inner if inner in NAMES else base, top_level, node.lineno)


def _resolved(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.path.name == "__init__.py" else module.name.split(".")[:-1]
    above = package[: len(package) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


@EACH
def test_every_module_has_a_layer(module: Module) -> None:
    """A new folder takes its place in the picture first."""
    assert module.part in LEVEL


@EACH
def test_imports_run_one_way(module: Module) -> None:
    """From values to pure parts, to what touches the world, to the authorizer, to the laptop."""
    upward = [
        f"line {found.line}: {found.name}"
        for found in imports(module)
        if found.name.split(".")[0] == "authkit" and LEVEL.get(part_of(found.name), 99) > LEVEL[module.part]
    ]

    assert upward == []


def test_no_modules_import_each_other_as_they_load() -> None:
    """Within a layer as well: whoever is loaded first would find the other half empty."""
    graph = {
        module.name: {found.name for found in imports(module) if found.top_level and found.name in NAMES}
        for module in MODULES
    }

    order = list(TopologicalSorter(graph).static_order())  # raises where they go round

    assert set(order) == NAMES


@EACH
def test_nothing_third_party_loads_with_a_module(module: Module) -> None:
    """It is imported by the constructor that needs it; the laptop's commands, and a plugin of pytest, may do as they like."""
    if module.part in ("cli", "local") or module.name == "authkit.testing.plugin":
        return

    foreign = [
        f"line {found.line}: {found.name}"
        for found in imports(module)
        if found.top_level and found.name.split(".")[0] not in {*sys.stdlib_module_names, "authkit"}
    ]

    assert foreign == []


def _lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[1:2] if ast.get_docstring(function) is not None else function.body[:1]
    return (function.end_lineno or 0) - first[0].lineno + 1 if first else 0


@EACH
def test_modules_and_functions_stay_small(module: Module) -> None:
    """What does not fit on a screen is read by nobody."""
    functions = [node for node in ast.walk(module.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= LONGEST_WITH_ALL]
    long += [node.name for node in functions if _lines_of_code(node) > LONGEST_FUNCTION]

    if module.name != TABLE_OF_NAMES:
        assert len(module.path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    assert long == []


@EACH
def test_annotations_are_not_postponed_where_named_tuples_are_made(module: Module) -> None:
    """They would be texts, and `typing.NamedTuple` compiles each: a tenth of a cold start. On the laptop it matters not."""
    if LEVEL[module.part] == LEVEL["local"]:
        return

    classes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    tuples = [each.name for each in classes for base in each.bases if ast.unparse(base) == "NamedTuple"]
    postponed = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in module.tree.body)

    assert not (tuples and postponed), tuples


@EACH
def test_only_commands_print(module: Module) -> None:
    """In a function, what is printed lands in somebody's log unasked."""
    if module.part in ("cli", "__main__"):
        return

    calls = (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))
    printing = [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]

    assert printing == []


def test_the_reader_sees_what_it_must() -> None:
    """Relative and absolute imports, inside functions too, and none of the type checker's."""
    source = (
        "from typing import TYPE_CHECKING\nfrom ..errors import Refused\nfrom . import shape\nimport authkit.cli\n"
        "if TYPE_CHECKING:\n    from ..authorizer import Authorizer\ndef f():\n    from ..keys.jwk import Key\n"
    )

    module = Module("authkit.policy.fake", PACKAGE / "policy/fake.py", ast.parse(source))

    assert [(found.name, found.top_level) for found in imports(module)] == [
        ("typing", True),
        ("authkit.errors", True),
        ("authkit.policy.shape", True),
        ("authkit.cli", True),
        ("authkit.keys.jwk", False),
    ]
