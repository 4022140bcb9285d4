"""Blueprint: one folder under blueprints/, read for the tests as its user and its deployment read it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "blueprints"
SECTIONS = ("What it does", "What to change", "Call it here", "Deploy it", "What it costs", "When not to use it")


class Blueprint(NamedTuple):
    """A folder, and what its files say."""

    path: Path

    @property
    def name(self) -> str:
        """Return its name."""
        return self.path.name

    def text(self, file: str) -> str:
        """Return a file's text."""
        return (self.path / file).read_text(encoding="utf-8")

    def template(self) -> dict[str, Any]:
        """Return the SAM template, its intrinsics as maps of one member."""
        loaded: dict[str, Any] = yaml.load(self.text("template.yaml"), _Loader)
        return loaded

    def event(self) -> dict[str, Any]:
        """Return the example event."""
        loaded: dict[str, Any] = json.loads(self.text("event.json"))
        return loaded

    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the properties of the functions of the template, by their logical names."""
        resources = self.template()["Resources"].items()
        return {name: each["Properties"] for name, each in resources if each["Type"] == "AWS::Serverless::Function"}

    @property
    def authorizes(self) -> bool:
        """Whether it is an authorizer's: another signs requests, and API Gateway checks them."""
        return "Authorizer" in self.functions()

    @property
    def graphql(self) -> bool:
        """Whether it is of AppSync, and not of API Gateway."""
        return "AWS::AppSync::GraphQLApi" in self.text("template.yaml")

    def environment(self) -> dict[str, str]:
        """Return what the authorizer's environment is deployed with, parameters at their defaults or made up."""
        template = self.template()
        variables = self.functions()["Authorizer"].get("Environment", {}).get("Variables", {})
        parameters = template.get("Parameters", {})
        return {name: _resolved(value, parameters) for name, value in variables.items()}


def blueprints() -> list[Blueprint]:
    """Return all of them that have a handler."""
    return [Blueprint(path.parent) for path in sorted(FOLDER.glob("*/app.py"))]


@contextmanager
def imported(blueprint: Blueprint, environment: Mapping[str, str], name: str = "app") -> Iterator[Any]:
    """Import a module, the handler's, as Lambda does: from its own folder, with its environment."""
    import os

    before, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    os.environ.update(environment)
    sys.path.insert(0, str(blueprint.path))
    try:
        import importlib

        yield importlib.import_module(name)
    finally:
        os.environ.clear()
        os.environ.update(before)
        sys.path[:] = path
        for each in (name, *(set(sys.modules) - modules)):
            module = sys.modules.get(each)
            if module is not None and str(getattr(module, "__file__", "")).startswith(str(blueprint.path)):
                del sys.modules[each]


class Step(NamedTuple):
    """A command of a README, and what it is said to print."""

    command: str
    prints: str

    @property
    def runs_on(self) -> bool:
        """Tell whether it is left running."""
        return self.command.endswith("&")


def steps(readme: str) -> list[Step]:
    """Return the commands of a README's console blocks, in order."""
    found: list[Step] = []
    for block in re.findall(r"^```console\n(.*?)^```", readme, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines(keepends=True)
            taken = 1
            while lines[taken - 1].rstrip("\n").endswith("\\"):
                taken += 1
            found.append(Step("".join(lines[:taken]).strip(), "".join(lines[taken:])))
    return found


def _resolved(value: Any, parameters: Mapping[str, Any]) -> str:
    """Return a value of the environment; what only a deployment knows is made up."""
    if isinstance(value, dict):
        ((function, argument),) = value.items()
        if function == "Ref" and argument in parameters:
            return str(parameters[argument].get("Default", f"some-{argument.lower()}"))
        if function == "Fn::Sub" and isinstance(argument, str):
            return re.sub(r"\$\{([^}!]+)\}", lambda name: _resolved({"Ref": name[1]}, parameters), argument)
        return f"some-{re.sub('[^a-z0-9]+', '-', json.dumps(argument).lower()).strip('-')}"
    return str(value)


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms, ``!Ref x`` as ``{"Ref": "x"}``."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def ran(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it said."""
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)
