"""``authkit policy lint`` prints what is wrong with settings and handler; its exit codes are documented."""

from __future__ import annotations

import json
import os
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from authkit.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Module = Callable[[str], str]

FILES = Path(__file__).parent.parent / "local" / "lint_files"
APP = """
from authkit import Authorizer, JWTBearer, Route, reads
from authkit.testing import StubIssuer

@reads("header.x-tenant")
def tenant(request): ...

issuer = StubIssuer()
bearer = JWTBearer(issuer=issuer.url, audience=issuer.audience, jwks=issuer.jwks)
handler = Authorizer(authenticate=bearer, routes=[Route("GET", "/orders/{id}", scopes={"orders:read"})])
by_tenant = Authorizer(guards=[tenant], authenticate=bearer, routes=[Route("GET", "/orders/{id}")])
"""
CLEAN = """
resource "aws_api_gateway_authorizer" "bearer" {
  type                             = "REQUEST"
  identity_source                  = "method.request.header.Authorization"
  authorizer_result_ttl_in_seconds = 300
}
"""


@pytest.fixture
def clean(tmp_path: Path) -> str:
    """Write settings without a fault."""
    path = tmp_path / "clean.tf"
    path.write_text(CLEAN)
    return str(path)


def test_a_clean_file_is_exit_code_0(clean: str, module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """With and without its handler."""
    app = module(APP)

    assert main(["policy", "lint", clean]) == 0
    assert main(["policy", "lint", clean, "--handler", f"{app}:handler"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "1 authorizers, 0 errors, 0 warnings, 0 notes\n" * 2


def test_findings_are_exit_code_1_errors_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its place, and what to write instead."""
    code = main(["policy", "lint", str(FILES / "main.tf")])

    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert code == 1
    assert [line.split()[1] for line in lines if not line.startswith(" ")] == ["error"] * 5 + ["warning"] * 2
    assert f"{FILES / 'main.tf'}:32: error payload_missing" in shown.out
    assert '    State authorizer_payload_format_version: "2.0".' in lines
    assert shown.err == "4 authorizers, 5 errors, 2 warnings, 0 notes\n"


def test_a_source_that_only_the_handler_reads(clean: str, module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """The cached answer of one tenant would serve another."""
    app = module(APP)

    code = main(["policy", "lint", clean, "--handler", f"{app}:by_tenant", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert code == 1
    assert said["error"] == 1
    (finding,) = said["findings"]
    assert finding["code"] == "source_unkeyed"
    assert finding["place"] == f"{clean}:2"
    assert finding["advice"] == "Name method.request.header.x-tenant in identity_source."


def test_one_of_several_authorizers_can_be_named(module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are another handler's."""
    app = module(APP)
    asked = ["policy", "lint", str(FILES / "main.tf"), "--handler", f"{app}:handler", "--json", "--authorizer"]

    main([*asked, "short"])
    codes = {each["code"] for each in json.loads(capsys.readouterr().out)["findings"]}
    unknown = main([*asked, "nobody"])

    assert "source_unread" not in codes
    assert unknown == 3
    assert "--authorizer names 'nobody'; the files have bearer, chat, shop, short" in capsys.readouterr().err


def test_token_life_and_the_kind_of_api_can_be_told(
    clean: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What no file says."""
    scheme = {"x-amazon-apigateway-authorizer": {"type": "request", "authorizerResultTtlInSeconds": 0}}
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps({"openapi": "3.0.0", "components": {"securitySchemes": {"a": scheme}}}))

    assert main(["policy", "lint", clean, "--token-life", "60"]) == 1
    assert main(["policy", "lint", str(document)]) == 0
    assert main(["policy", "lint", str(document), "--api", "http"]) == 1
    shown = capsys.readouterr().out
    assert "ttl_above_token_life" in shown
    assert "payload_missing" in shown


def test_a_handler_alone_is_linted_for_its_table(module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """No file is needed for that."""
    assert main(["policy", "lint", "--handler", f"{module(APP)}:handler"]) == 0
    assert capsys.readouterr().err == "no files, 0 errors, 0 warnings, 0 notes\n"


def test_a_name_that_no_file_has_is_told_without_a_handler_too(clean: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the pen would judge nothing."""
    assert main(["policy", "lint", clean, "--authorizer", "nobody"]) == 3
    assert "--authorizer names 'nobody'; the files have " in capsys.readouterr().err


def test_a_handler_is_loaded_with_the_environment_of_its_template(
    tmp_path: Path, module: Module, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each function with its own; what is set already wins, and nothing is set afterwards."""
    source = 'import os\nassert (os.environ["ISSUER_OF_THE_TEST"], os.environ["TABLE"]) == {0}\n'
    mine = module(source.format(("mine", "some-table")) + dedent(APP))
    others = module(source.format(("shell", "some-table")) + dedent(APP))
    template = tmp_path / "template.json"
    template.write_text(json.dumps(sam_of({"theirs": "other", mine: "mine", others: "template"})))
    monkeypatch.delenv("ISSUER_OF_THE_TEST", raising=False)
    before = dict(os.environ)

    codes = [main(["policy", "lint", str(template), "--handler", f"{mine}:handler"])]
    after = dict(os.environ)
    monkeypatch.setenv("ISSUER_OF_THE_TEST", "shell")
    codes += [main(["policy", "lint", str(template), "--handler", f"{others}:handler"])]

    assert (codes, after) == ([0, 0], before), capsys.readouterr()


def sam_of(functions: dict[str, str]) -> dict[str, Any]:
    """Return a template with an authorizer for each handler, and what its variable is set to."""
    resources: dict[str, Any] = {}
    for number, (name, issuer) in enumerate(functions.items()):
        variables = {"ISSUER_OF_THE_TEST": issuer, "TABLE": {"Ref": "Table"}}
        given = {"Handler": f"{name}.handler", "CodeUri": ".", "Environment": {"Variables": variables}}
        resources[f"Function{number}"] = {"Type": "AWS::Serverless::Function", "Properties": given}
        attached = {"FunctionArn": {"Fn::GetAtt": f"Function{number}.Arn"}, "Identity": {"ReauthorizeEvery": 300}}
        auth = {"Authorizers": {name: attached}}
        resources[f"Api{number}"] = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "a", "Auth": auth}}
    return {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}


@pytest.mark.parametrize("file", ["app.py", "app:handler", "src/app.py:handler"])
def test_a_handler_in_the_place_of_a_file_is_wrong_usage(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is another argument."""
    with pytest.raises(SystemExit) as ended:
        main(["policy", "lint", file])

    named = file if ":" in file else f"{file}:handler"
    assert ended.value.code == 2
    assert f"{file} is no file of settings: write --handler {named}" in capsys.readouterr().err


def test_wrong_usage_is_exit_code_2() -> None:
    """Neither file nor handler."""
    with pytest.raises(SystemExit) as ended:
        main(["policy", "lint"])

    assert ended.value.code == 2


def test_what_cannot_be_read_is_exit_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither clean nor not."""
    (tmp_path / "x.json").write_text("{}")

    assert main(["policy", "lint", str(tmp_path / "x.json")]) == 3
    assert main(["policy", "lint", "no-such.tf"]) == 3
    shown = capsys.readouterr().err
    assert "is not a SAM or CloudFormation template" in shown
    assert "no-such.tf" in shown
