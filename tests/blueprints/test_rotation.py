"""The blueprints with an origin secret: their rotation is configured for the authorizer and the template beside it."""

from __future__ import annotations

import importlib
import re
import sys

import pytest

from authkit import CloudFrontRotation
from tests.blueprints.blueprint import FOLDER, Blueprint, blueprints

ROTATED = [each for each in blueprints() if (each.path / "rotation.py").is_file()]
EACH = pytest.mark.parametrize("blueprint", ROTATED, ids=lambda each: each.name)


def test_there_are_some() -> None:
    """Else nothing below would show anything."""
    assert FOLDER / "cloudfront_secret_jwt" in [each.path for each in ROTATED]


@EACH
def test_the_function_loads_with_the_environment_of_its_template(
    blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the rotation, for the distribution and the API that the template makes."""
    variables = blueprint.functions()["Rotation"]["Environment"]["Variables"]
    told = {"DISTRIBUTION": "E123EXAMPLE", "URL": "https://abc.execute-api.eu-west-1.amazonaws.com/live/orders"}
    for name, value in {**told, "AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(blueprint.path))
    monkeypatch.delitem(sys.modules, "rotation", raising=False)

    handler = importlib.import_module("rotation").handler
    monkeypatch.delitem(sys.modules, "rotation")

    assert isinstance(handler, CloudFrontRotation)
    assert set(variables) == set(told)
    assert "E123EXAMPLE" in repr(handler)


@EACH
def test_the_rotation_waits_as_long_as_authorizers_keep_the_secret(blueprint: Blueprint) -> None:
    """With less an edge would send what an authorizer does not know yet."""
    kept = re.search(r"secrets\.at\([^)]*SECRET[^)]*\bseconds=(\d+)", blueprint.text("app.py"))
    waits = re.search(r"kept_seconds=(\d+)", blueprint.text("rotation.py"))

    assert kept
    assert waits
    assert int(kept[1]) <= int(waits[1])


@EACH
def test_the_origin_is_the_distributions(blueprint: Blueprint) -> None:
    """By its id in both templates; and it is asked at an address that the authorizer guards."""
    named = re.findall(r'origins=\["(\w+)"\]', blueprint.text("rotation.py"))
    distribution = blueprint.template()["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    url = blueprint.functions()["Rotation"]["Environment"]["Variables"]["URL"]["Fn::Sub"]

    assert [each["Id"] for each in distribution["Origins"]] == named
    assert re.findall(r'origin_id +(?:=) "(\w+)"', blueprint.text("main.tf")) == [*named, *named]
    assert f'Route("GET", "{url.partition("/live")[2]}"' in blueprint.text("app.py")


@EACH
def test_the_role_may_do_what_a_rotation_does_and_no_more(blueprint: Blueprint) -> None:
    """On this secret and this distribution."""
    policies = blueprint.template()["Resources"]["RotationRole"]["Properties"]["Policies"]
    (rotate,) = (each["PolicyDocument"]["Statement"] for each in policies if each["PolicyName"] == "rotate")
    documented = str(CloudFrontRotation.__doc__).partition("The function's role needs")[2].partition("Args:")[0]
    needed = set(re.findall(r"\b(?:Describe|Get|Put|Update)[A-Z]\w+", documented))

    granted = [action.rpartition(":")[2] for each in rotate for action in each["Action"]]

    assert sorted(granted) == sorted(needed)
    assert [each["Resource"] for each in rotate if each["Resource"] == "*"] == []


@EACH
def test_the_secret_is_no_output_and_comes_by_reference(blueprint: Blueprint) -> None:
    """Neither in the template, nor in Terraform's state."""
    template, terraform = blueprint.text("template.yaml"), blueprint.text("main.tf")

    assert "{{resolve:secretsmanager:${Secret}:SecretString}}" in template
    assert "custom_header" not in terraform
    assert "ignore_changes = [origin]" in terraform
    assert "secret_string_wo " in terraform
