"""``authkit policy matrix`` and ``diff``: who may call what, and what changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from authkit.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Module = Callable[[str], str]

OLD = """
from authkit import Route
ROUTES = [
    Route("GET", "/orders/{id}", scopes={"orders:read"}),
    Route("GET", "/orders/{id}/items/{item}", scopes={"orders:read"}),
    Route("GET", "/orders/{id}/items", scopes={"items:list"}),
]
"""
NEW = OLD.replace('scopes={"items:list"}', 'scopes={"orders:read"}')
CONFLICTING = """
from authkit import Route, Routes
ROUTES = Routes([Route("GET", "/a/{x}", scopes={"s"}), Route("GET", "/a/{x}/{y}", scopes={"t"}),
                 Route("GET", "/a/{x}/{y}/{z}", scopes={"s"})], on_conflict="refuse")
"""

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/"


def document(*resources: str) -> str:
    """Return a policy that allows."""
    listed = [STAGE + each for each in resources]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": listed}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_the_matrix_shows_everybody_the_table_tells_apart(module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """A residue is told with the request it refuses, and is no fault."""
    code = main(["policy", "matrix", f"{module(OLD)}:ROUTES"])

    shown = capsys.readouterr().out
    assert code == 0
    assert "GET /orders/{id}/items/{item}  orders:read  denied  denied   residue" in shown
    assert "GET /orders/x1/items/items is refused" in shown


def test_the_matrix_of_a_grants_file(module: Module, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Principals by name, as data."""
    grants = tmp_path / "grants.json"
    grants.write_text(
        json.dumps({"ada": {"scopes": ["orders:read", "items:list"]}, "bob": {"claims": {"tenant": "a"}}})
    )

    code = main(["policy", "matrix", f"{module(OLD)}:ROUTES", "--grants", str(grants), "--json"])

    said = json.loads(capsys.readouterr().out)
    assert code == 0
    assert said["columns"] == ["ada", "bob"]
    assert [[cell["state"] for cell in route["cells"]] for route in said["routes"]] == [["allowed", "denied"]] * 3


def test_a_conflict_in_the_matrix_is_exit_code_1(module: Module, tmp_path: Path) -> None:
    """Ordinary values of a granted route are refused."""
    grants = tmp_path / "grants.json"
    grants.write_text('{"ada": {"scopes": ["s"]}}')

    assert main(["policy", "matrix", f"{module(CONFLICTING)}:ROUTES", "--grants", str(grants)]) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", "names nobody"),
        ('{"ada": {"scope": []}}', "ada: a grant has scopes and claims, and nothing else"),
        ('{"ada": {"scopes": 1}}', "ada: scopes are a list of texts, and claims an object"),
    ],
)
def test_a_grants_file_of_another_form_is_named(
    content: str, words: str, module: Module, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what is wrong in it."""
    grants = tmp_path / "grants.json"
    grants.write_text(content)

    assert main(["policy", "matrix", f"{module(OLD)}:ROUTES", "--grants", str(grants)]) == 3
    assert words in capsys.readouterr().err


def test_the_difference_of_two_tables_is_markdown(module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """Routes, and who gains; exit code 1 tells that something changed."""
    old, new = module(OLD), module(NEW)

    code = main(["policy", "diff", f"{old}:ROUTES", f"{new}:ROUTES"])

    shown = capsys.readouterr().out
    assert code == 1
    assert "### Routes" in shown
    assert "| changed | `GET /orders/{id}/items` | `items:list` | `orders:read` |" in shown


def test_no_difference_is_exit_code_0(module: Module, capsys: pytest.CaptureFixture[str]) -> None:
    """And says so, in each form."""
    app = module(OLD)

    assert main(["policy", "diff", f"{app}:ROUTES", f"{app}:ROUTES", "--text"]) == 0
    assert main(["policy", "diff", f"{app}:ROUTES", f"{app}:ROUTES", "--json"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Nothing changed.\n")
    assert json.loads(shown.removeprefix("Nothing changed.\n")) == {"routes": [], "changes": []}


def test_two_versions_of_one_file_are_compared_with_what_lies_beside_each(
    tmp_path: Path, module: Module, capsys: pytest.CaptureFixture[str]
) -> None:
    """As two worktrees of a repository are, where both have a module of the same name."""
    module("")
    for folder, scope in (("base", "items:list"), ("head", "orders:read")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "scopes_beside.py").write_text(f"ITEMS = {scope!r}\n")
        (tmp_path / folder / "app.py").write_text(
            "from scopes_beside import ITEMS\nfrom authkit import Route\nROUTES = [Route('GET', '/items', scopes={ITEMS})]\n"
        )

    code = main(["policy", "diff", "base/app.py:ROUTES", "head/app.py:ROUTES", "--text"])

    assert code == 1
    assert "~  GET /items  items:list  orders:read" in capsys.readouterr().out


def test_openapi_documents_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the routes they stand for."""
    paths = []
    for name, scopes in (("old", ["orders:read"]), ("new", [])):
        content = {
            "openapi": "3.0.3",
            "components": {"securitySchemes": {"ours": {"type": "oauth2"}}},
            "paths": {"/orders": {"get": {"security": [{"ours": scopes}]}}},
        }
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps(content))

    code = main(["policy", "diff", *map(str, paths), "--json"])

    assert code == 1
    assert json.loads(capsys.readouterr().out)["routes"] == [
        {"what": "changed", "route": "GET /orders", "before": ["orders:read"], "after": []}
    ]


def test_an_api_of_a_sam_template_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Named where the template has several."""
    event = {"Type": "Api", "Properties": {"Method": "get", "Path": "/a", "RestApiId": {"Ref": "One"}}}
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"E": event}}}
    apis = {name: {"Type": "AWS::Serverless::Api", "Properties": {}} for name in ("One", "Two")}
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": function, **apis}}
    (tmp_path / "a.json").write_text(json.dumps(template))
    paths = [str(tmp_path / "a.json")] * 2

    assert main(["policy", "diff", *paths, "--resource", "One"]) == 0
    assert main(["policy", "diff", *paths]) == 3
    assert "several APIs, One, Two" in capsys.readouterr().err


@pytest.mark.parametrize("names", [("app.py", "b.py:handler"), ("a.py:handler", "app.py")])
def test_a_module_is_to_be_named_with_what_is_meant_in_it(
    names: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not read as JSON or YAML."""
    with pytest.raises(SystemExit) as ended:
        main(["policy", "diff", *names])

    assert ended.value.code == 2
    assert "app.py is a module: write app.py:handler" in capsys.readouterr().err


def test_policies_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Resource by resource, with a request that shows it."""
    (tmp_path / "old.json").write_text(document("GET/orders", "GET/orders/*"))
    (tmp_path / "new.json").write_text(document("GET/orders"))

    code = main(["policy", "diff", str(tmp_path / "old.json"), str(tmp_path / "new.json")])

    shown = capsys.readouterr().out
    assert code == 1
    assert f"- Allow {STAGE}GET/orders/*" in shown
    assert "lost" in shown


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("{app}:ROUTES", "one is a table and the other a policy"),
        ("other.json", "other.json is no policy, no OpenAPI document and no SAM template"),
        ("bad.json", "cannot tell: "),
    ],
)
def test_what_cannot_be_compared_is_exit_code_3(
    new: str, words: str, tmp_path: Path, module: Module, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what each of them is."""
    app = module(OLD)
    (tmp_path / "old.json").write_text(document("GET/orders"))
    (tmp_path / "other.json").write_text('{"hello": 1}')
    (tmp_path / "bad.json").write_text('{"Version": "2012-10-17", "Statement": []}')

    assert main(["policy", "diff", "old.json", new.format(app=app)]) == 3
    assert words in capsys.readouterr().err
