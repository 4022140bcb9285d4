"""Every blueprint is whole: short configuration, templates that are what the code needs, a README in its order."""

from __future__ import annotations

import re

import pytest

from authkit.cli import main
from authkit.gateway.request import parse
from tests.blueprints.blueprint import SECTIONS, Blueprint, blueprints, imported

NOWHERE = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}
SECRET = re.compile(r"AKIA[0-9A-Z]{16}|-----BEGIN|(?i:secret(?!smanager:)|password)\w*\s*[:=]\s*\"?[A-Za-z0-9/+]{16,}")
FILES = {"README.md", "app.py", "event.json", "main.tf", "requirements.txt", "template.yaml"}

ALL = pytest.mark.parametrize("blueprint", blueprints(), ids=lambda each: each.name)
AUTHORIZERS = pytest.mark.parametrize(
    "blueprint", [each for each in blueprints() if each.authorizes], ids=lambda each: each.name
)
GATEWAYS = pytest.mark.parametrize(
    "blueprint", [each for each in blueprints() if each.authorizes and not each.graphql], ids=lambda each: each.name
)
GRAPHQL = pytest.mark.parametrize(
    "blueprint", [each for each in blueprints() if each.authorizes and each.graphql], ids=lambda each: each.name
)


@ALL
def test_a_blueprint_has_every_file(blueprint: Blueprint) -> None:
    """Nobody copies one to find a part missing."""
    assert {path.name for path in blueprint.path.iterdir()} >= FILES


@ALL
def test_the_handler_is_configuration(blueprint: Blueprint) -> None:
    """Under 30 lines: what is longer belongs into the library."""
    assert len(blueprint.text("app.py").splitlines()) < 30


@ALL
def test_the_readme_says_it_in_order(blueprint: Blueprint) -> None:
    """The title is the name that ``authkit new`` takes; then what a reader asks, in the same order everywhere."""
    text = blueprint.text("README.md")

    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert text.startswith(f"# {blueprint.name}\n\n")
    assert tuple(title for title in titles if title in SECTIONS) == SECTIONS


@ALL
def test_no_secret_is_in_a_template(blueprint: Blueprint) -> None:
    """What looks like one is a reference."""
    for file in ("template.yaml", "main.tf", "app.py"):
        assert not SECRET.search(blueprint.text(file)), file


@pytest.mark.parametrize(
    "line",
    [
        'client_secret = "c2VjcmV0LW9mLXNvbWVib2R5"',
        "Password: correcthorsebattery",
        "secretsmanager_secret: c2VjcmV0LW9mLXNvbWVib2R5",
        f"AKIA{'EXAMPLE0' * 2}",
    ],
)
def test_a_secret_would_be_seen(line: str) -> None:
    """By the test above, which takes the name of an action for none."""
    assert SECRET.search(line)
    assert not SECRET.search("secretsmanager:UpdateSecretVersionStage")


@ALL
def test_limits_of_single_methods_are_of_methods_that_are_there(blueprint: Blueprint) -> None:
    """CloudFormation has slashes as ``~1`` there; what it does not find it throttles by nothing, and says nothing."""
    resources = blueprint.template()["Resources"].values()
    apis = [each["Properties"] for each in resources if each["Type"] == "AWS::Serverless::Api"]
    events = [each for function in blueprint.functions().values() for each in function.get("Events", {}).values()]
    methods = {(each["Properties"]["Method"].upper(), each["Properties"]["Path"]) for each in events}

    limited = [
        (each["HttpMethod"], each["ResourcePath"].removeprefix("/").replace("~1", "/"))
        for api in apis
        for each in api["MethodSettings"]
    ]

    assert set(limited) <= {("*", "*"), *methods}
    assert len(limited) == (2 if apis else 0)


@GATEWAYS
def test_the_templates_are_what_the_handler_needs(
    blueprint: Blueprint, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Identity sources, TTL, form of the answer and routes: the linter reads both, and finds nothing."""
    for name, value in {**NOWHERE, **blueprint.environment()}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(blueprint.path))

    files = [str(blueprint.path / file) for file in ("template.yaml", "main.tf")]
    code = main(["policy", "lint", *files, "--handler", f"{blueprint.path / 'app.py'}:handler"])

    said = capsys.readouterr()
    assert (code, said.out) == (0, "")
    assert int(said.err.split()[0]) >= len(files)


@GRAPHQL
def test_a_graphql_api_keeps_answers_only_where_it_may(blueprint: Blueprint) -> None:
    """AppSync's identity source is fixed; what is left to state is the TTL, which both templates state alike."""
    (api,) = (each for each in blueprint.template()["Resources"].values() if each["Type"] == "AWS::AppSync::GraphQLApi")
    ttl = api["Properties"]["LambdaAuthorizerConfig"]["AuthorizerResultTtlInSeconds"]

    with imported(blueprint, {**NOWHERE, **blueprint.environment()}) as app:
        may, sources = app.handler.cacheable, app.handler.identity_sources

    assert sources == ("header.authorization",)
    assert 0 <= ttl <= (3600 if may else 0)
    assert re.findall(r"authorizer_result_ttl_in_seconds\s*=\s*(\d+)", blueprint.text("main.tf")) == [str(ttl)]


@AUTHORIZERS
def test_the_event_is_one_of_the_gateway(blueprint: Blueprint) -> None:
    """`authkit explain event.json` has something to explain."""
    assert parse(blueprint.event()).kind
