"""Reading: what a blueprint's template and its Terraform say, for the tests that compare them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.blueprints.blueprint import Blueprint, blueprints

REST = [each for each in blueprints() if "AWS::Serverless::Api" in each.text("template.yaml")]
GATEWAYS = [each for each in blueprints() if not each.graphql]
CALLED_BY_PAGES = [each for each in REST if "AllowedOrigin" in each.template()["Parameters"]]

ALL = pytest.mark.parametrize("blueprint", blueprints(), ids=lambda each: each.name)
OF_REST = pytest.mark.parametrize("blueprint", REST, ids=lambda each: each.name)
OF_GATEWAYS = pytest.mark.parametrize("blueprint", GATEWAYS, ids=lambda each: each.name)
OF_PAGES = pytest.mark.parametrize("blueprint", CALLED_BY_PAGES, ids=lambda each: each.name)


def resources(blueprint: Blueprint, *kinds: str) -> list[dict[str, Any]]:
    """Return the properties of the template's resources of some kinds."""
    return [each["Properties"] for each in blueprint.template()["Resources"].values() if each["Type"] in kinds]


def within(value: Any) -> Iterator[Mapping[str, Any]]:
    """Return every map in a value, itself too."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from within(each)


def listed(value: Any) -> list[Any]:
    """Return a value as a list, which it may be already."""
    return value if isinstance(value, list) else [value]


def blocks(blueprint: Blueprint, kind: str) -> list[str]:
    """Return the texts of Terraform's resources of a kind."""
    return re.findall(rf'^resource "{kind}" "\w+" \{{\n(.*?)^\}}', blueprint.text("main.tf"), re.DOTALL | re.MULTILINE)


def assigned(text: str) -> dict[str, str]:
    """Return what is assigned to names by lines of HCL, as it is spelled."""
    found = re.findall(r'^\s*"?([\w.-]+)"?\s*=\s*(.+?)\s*(?:\s# .*)?,?$', text, re.MULTILINE)
    return {name: value.strip('"') for name, value in found}


def events(blueprint: Blueprint) -> set[str]:
    """Return the methods and paths of the template's API."""
    every = [event for each in blueprint.functions().values() for event in each.get("Events", {}).values()]
    return {f"{each['Properties']['Method'].upper()} {each['Properties']['Path']}" for each in every}
