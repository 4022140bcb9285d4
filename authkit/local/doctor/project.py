"""Project: what a folder holds of an authorizer, and the function that its template makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import ConfigError
from ...policy.files import load
from ...policy.pointers import NOTHING
from ..lint.template import filled_in

_TEMPLATES = ("template.yaml", "template.yml", "template.json")
_DOCUMENTS = ("openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.yml", "swagger.json")
_USUAL = "app.py:handler"
_HANDLER = re.compile(r"[A-Za-z_][\w/.]*\.[A-Za-z_]\w*")
_NAMED_IN_URI = re.compile(r"\$\{(\w+)\.Arn\}")


class Function(NamedTuple):
    """The authorizer's function, as a template states it.

    Attributes:
        name: its logical id.
        place: file and path in it.
        properties: with those of ``Globals``, parameters at their defaults.
    """

    name: str
    place: str
    properties: Mapping[str, Any]

    @property
    def variables(self) -> Mapping[str, Any]:
        """Its environment."""
        return mapping(mapping(self.properties.get("Environment")).get("Variables"))

    @property
    def target(self) -> str | None:
        """File and name of its handler, relative to the template."""
        handler, code = self.properties.get("Handler"), self.properties.get("CodeUri", ".")
        if not isinstance(handler, str) or not _HANDLER.fullmatch(handler) or not isinstance(code, str):
            return None
        module, _, name = handler.rpartition(".")
        return f"{Path(code) / module.replace('.', '/')}.py:{name}"


class Project(NamedTuple):
    """A folder.

    Attributes:
        folder: where it is.
        templates: SAM or CloudFormation templates in it, parameters at their defaults, by file.
        terraform: the text of its ``.tf`` files, by file.
        documents: its OpenAPI documents.
        function: the authorizer's, where a template tells.
        target: the handler; None where there is none.
    """

    folder: Path
    templates: Mapping[str, Mapping[str, Any]]
    terraform: Mapping[str, str]
    documents: tuple[str, ...]
    function: Function | None
    target: str | None

    @property
    def files(self) -> list[str]:
        """Every file that says how an authorizer is attached."""
        return [*self.templates, *self.documents, *self.terraform]

    @property
    def handler(self) -> Path | None:
        """The handler's file."""
        return None if self.target is None else Path(self.target.rpartition(":")[0])


def found(folder: Path, handler: str | None = None) -> Project:
    """Return what there is in a folder.

    Args:
        folder: where to look; below it nobody does.
        handler: the target, where it is not what the template names or ``app.py:handler``.

    Raises:
        ConfigError: there is nothing of an authorizer, or a template cannot be read.
    """
    files = [folder / name for name in _TEMPLATES if (folder / name).is_file()]
    read = {str(file): load(file.read_bytes(), str(file), intrinsics=True) for file in files}
    templates = {file: filled_in(content) for file, content in read.items()}
    terraform = {str(file): file.read_text(encoding="utf-8", errors="replace") for file in sorted(folder.glob("*.tf"))}
    documents = tuple(str(folder / name) for name in _DOCUMENTS if (folder / name).is_file())
    function = next((each for file, content in templates.items() for each in _authorizers(content, file)), None)
    target = handler or _target(folder, function)
    if target is None and not (templates or terraform or documents):
        raise ConfigError(f"{folder} holds no handler, no template, no .tf file and no OpenAPI document")
    return Project(folder, templates, terraform, documents, function, target)


def functions_in(file: str) -> list[Function]:
    """Return the functions that a template attaches as authorizers; of a file that is no template there are none.

    Raises:
        ConfigError: it cannot be read.
        OSError: there is none.
    """
    return list(_authorizers(filled_in(load(Path(file).read_bytes(), file, intrinsics=True)), file))


def resources(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the resources of a template: name, type and properties."""
    for name, each in mapping(content.get("Resources")).items():
        yield str(name), str(mapping(each).get("Type")), mapping(mapping(each).get("Properties"))


def mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping; what is none is an empty one."""
    return value if isinstance(value, Mapping) else NOTHING


def _target(folder: Path, function: Function | None) -> str | None:
    named = function.target if function else None
    for each in (named, _USUAL):
        if each is not None and (folder / each.rpartition(":")[0]).is_file():
            return str(folder / each)
    return None


def _authorizers(content: Mapping[str, Any], file: str) -> Iterator[Function]:
    """Yield the functions that a template attaches as authorizers."""
    functions = {name: given for name, kind, given in resources(content) if kind == "AWS::Serverless::Function"}
    shared = mapping(mapping(content.get("Globals")).get("Function"))
    for name in dict.fromkeys(_attached(content)):
        if name in functions:
            yield Function(name, f"{file}:/Resources/{name}", _merged(shared, functions[name]))


def _attached(content: Mapping[str, Any]) -> Iterator[str]:
    for _, kind, given in resources(content):
        if kind in ("AWS::Serverless::Api", "AWS::Serverless::HttpApi"):
            for each in mapping(mapping(given.get("Auth")).get("Authorizers")).values():
                yield from _names(mapping(each).get("FunctionArn"))
        elif kind in ("AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer"):
            yield from _names(given.get("AuthorizerUri"))
        elif kind == "AWS::AppSync::GraphQLApi":
            yield from _names(mapping(given.get("LambdaAuthorizerConfig")).get("AuthorizerUri"))


def _names(arn: object) -> list[str]:
    """Return the logical ids of functions whose ARN this is, or is made of."""
    got = mapping(arn).get("Fn::GetAtt")
    if got is not None:
        return [str(got[0] if isinstance(got, list) else str(got).partition(".")[0])]
    return _NAMED_IN_URI.findall(str(mapping(arn).get("Fn::Sub", "")))


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """Merge as SAM does: environments name by name."""
    variables = {
        **mapping(mapping(shared.get("Environment")).get("Variables")),
        **mapping(mapping(own.get("Environment")).get("Variables")),
    }
    return {**shared, **own, **({"Environment": {"Variables": variables}} if variables else {})}
