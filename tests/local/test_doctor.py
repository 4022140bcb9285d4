"""The doctor finds what was broken in a copy of a blueprint, and nothing in one that is whole."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest

from authkit.errors import ConfigError
from authkit.local.doctor import package
from authkit.local.doctor.answers import largest
from authkit.local.doctor.examine import examine
from authkit.local.doctor.variables import demanded
from authkit.local.handlers import load_handler
from authkit.local.lint.finding import Finding

BLUEPRINTS = Path(__file__).resolve().parents[2] / "blueprints"
EVERY = sorted(path.parent for path in BLUEPRINTS.glob("*/app.py"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of jwt_token."""
    return shutil.copytree(BLUEPRINTS / "jwt_token", tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__"))


def change(file: Path, old: str, new: str) -> None:
    """Replace a text that is there."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def found(project: Path) -> dict[str, Finding]:
    """Return the findings by their codes, the first of each."""
    return {each.code: each for each in reversed(examine(project))}


@pytest.mark.parametrize("blueprint", EVERY, ids=lambda path: path.name)
def test_a_blueprint_is_well(blueprint: Path) -> None:
    """What people copy needs no doctor; notes may stand."""
    assert [str(each) for each in examine(blueprint) if each.severity != "note"] == []


def test_what_signs_at_the_edge_is_no_authorizer() -> None:
    """And is said to be none, without a word of blame."""
    (finding,) = (each for each in examine(BLUEPRINTS / "edge_sigv4_signer") if each.code.startswith("handler"))

    assert (finding.code, finding.severity) == ("handler_signs", "note")


def test_a_folder_with_nothing_in_it_cannot_be_judged(tmp_path: Path) -> None:
    """It is not said to be well."""
    with pytest.raises(ConfigError, match="no handler, no template"):
        examine(tmp_path)


def test_settings_are_held_against_the_handler(project: Path) -> None:
    """What the linter finds stands among the findings."""
    change(project / "template.yaml", "Header: Authorization", "Header: X-Token")

    assert {"source_unkeyed", "source_unread"} <= found(project).keys()


def test_a_route_that_the_table_lacks_is_named(project: Path) -> None:
    """A call to it would be refused whoever makes it."""
    change(project / "app.py", '        Route("POST", "/orders", scopes={"orders:write"}),\n', "")

    finding = found(project)["route_missing"]

    assert "POST /orders" in finding.problem
    assert finding.place.endswith("template.yaml:/Resources/Api")


def test_a_route_that_the_api_lacks_is_named(project: Path) -> None:
    """It is a slip of the pen, or a method that was forgotten."""
    change(project / "app.py", '"/users/{sub}/profile"', '"/user/{sub}/profile"')

    assert {"route_missing", "route_unknown"} <= found(project).keys()


def test_a_route_that_is_behind_no_authorizer_is_named(project: Path) -> None:
    """The table says who may call it, and everybody may."""
    change(
        project / "template.yaml",
        "Method: GET, Path: /orders}",
        "Method: GET, Path: /orders, Auth: {Authorizer: NONE}}",
    )

    assert "GET /orders" in found(project)["route_open"].problem


def test_an_openapi_document_is_compared_with_the_table(project: Path) -> None:
    """Where there is one beside the template."""
    (project / "openapi.json").write_text('{"openapi": "3.0.1", "info": {}, "paths": {"/other": {"get": {}}}}')

    assert "GET /other" in found(project)["routes_differ"].problem


def test_routes_that_only_a_deployment_knows_are_noted(project: Path) -> None:
    """Nothing is claimed of what could not be read."""
    change(project / "template.yaml", "Path: /orders}}", "Path: !ImportValue place}}")

    assert found(project)["routes_unread"].severity == "note"


@pytest.mark.parametrize(
    ("file", "word"), [("template.yaml", "ISSUER: !Ref Issuer, "), ("main.tf", "ISSUER = var.issuer, ")]
)
def test_a_variable_that_nothing_sets_is_named(project: Path, file: str, word: str) -> None:
    """The function would fail as it is loaded."""
    change(project / file, word, "")

    finding = found(project)["variable_missing"]

    assert "ISSUER" in finding.problem
    assert file in finding.place


def test_variables_of_modules_beside_it_count_and_conditional_ones_do_not(tmp_path: Path) -> None:
    """What Lambda would run as it loads the module."""
    (tmp_path / "app.py").write_text(
        "import os\nimport other\nfrom os import environ\nA = os.environ['A']\nB = environ['B']\n"
        "os.environ['C'] = 'c'\nD = os.environ['D'] if A else 1\nname = 'E'\nF = os.environ[name]\n"
        "def later(): return os.environ['G']\n"
    )
    (tmp_path / "other.py").write_text("import app\nfrom os import environ\nH = environ['H']\nimport broken\n")
    (tmp_path / "broken.py").write_text("this is no Python")

    assert sorted(demanded(tmp_path / "app.py")) == ["A", "B", "H"]


def test_a_handler_that_cannot_be_loaded_is_one_finding_among_the_others(project: Path) -> None:
    """The settings are judged all the same."""
    change(project / "app.py", "from authkit import", "from authkits import")
    change(project / "template.yaml", "ReauthorizeEvery: 300", "ReauthorizeEvery: 3601")

    assert {"handler_not_loaded", "ttl_out_of_range"} <= found(project).keys()


def test_settings_without_a_handler_are_judged_alone(project: Path) -> None:
    """And it says that there was nothing to compare them with."""
    (project / "app.py").unlink()

    assert found(project)["handler_missing"].severity == "warning"


def test_a_handler_can_be_named(project: Path) -> None:
    """Where it is not where the template says."""
    (project / "app.py").rename(project / "other.py")

    findings = examine(project, str(project / "other.py:handler"))

    assert [each for each in findings if each.severity != "note"] == []


@pytest.mark.parametrize("file", ["template.yaml", "main.tf"])
def test_a_runtime_that_authkit_does_not_run_on_is_an_error(project: Path, file: str) -> None:
    """In either template."""
    change(project / file, "python3.13", "python3.9")
    (project / "main.tf" if file == "template.yaml" else project / "template.yaml").unlink()

    assert found(project)["runtime_unknown"].severity == "error"


def test_what_is_missing_of_logs_traces_limits_and_firewall_is_noted(project: Path) -> None:
    """Notes: nothing is wrong with the answers."""
    text = (project / "template.yaml").read_text()
    text = re.sub(r"(?s)      MethodSettings:.*?\n\n", "\n", text).replace("      TracingEnabled: true\n", "")
    text = text[: text.index("  Firewall:")].replace("    Tracing: Active\n", "")
    (project / "template.yaml").write_text(text)
    (project / "main.tf").unlink()

    notes = {code: each.severity for code, each in found(project).items() if code.endswith("_missing")}

    assert notes == dict.fromkeys(["firewall_missing", "limits_missing", "logs_missing", "tracing_missing"], "note")


def test_the_same_is_noted_of_terraform(project: Path) -> None:
    """By the words that a configuration would have."""
    (project / "template.yaml").unlink()
    text = (project / "main.tf").read_text()
    for word in ("access_log_settings", '"Active"', "throttling_rate_limit", "aws_wafv2_web_acl_association"):
        assert word in text
        text = text.replace(word, '"Other"' if word.startswith('"') else "other")
    (project / "main.tf").write_text(text)

    notes = {code for code, each in found(project).items() if each.severity == "note"}

    assert notes >= {"firewall_missing", "limits_missing", "logs_missing", "tracing_missing"}


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("template.yaml", "# AKIA" + "Z" * 16),
        ("template.yaml", '# OriginSecret: "a1b2c3d4e5f6a7b8c9d0"'),
        ("main.tf", '# HeaderValue = "a1b2c3d4e5f6a7b8c9d0"'),
        ("app.py", '# api_key = "a1b2c3d4e5f6a7b8c9d0"'),
        ("samconfig.toml", "-----BEGIN " + "PRIVATE KEY-----"),
    ],
)
def test_a_secret_in_a_file_is_an_error_that_does_not_repeat_it(project: Path, file: str, line: str) -> None:
    """By file and line."""
    place = project / file
    place.write_text((place.read_text() if place.exists() else "") + line + "\n")

    finding = found(project)["secret_exposed"]

    assert finding.place == f"{place}:{len(place.read_text().splitlines())}"
    assert "a1b2c3" not in str(finding)
    assert "Z" * 16 not in str(finding)


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("dev.jwk", '{"kty": "EC", "crv": "P-256",\n"d": "' + "a1" * 22 + '"}', 2),
        ("keys/k.pem", "-----BEGIN EC PRIVATE KEY-----\n" + "Z" * 16, 1),
        ("deep/er/notes.txt", "x\nAKIA" + "Z" * 16, 2),
    ],
)
def test_a_private_key_beside_the_handler_would_be_packed(project: Path, file: str, text: str, place: int) -> None:
    """Wherever in the folder it lies; what nobody packs is passed over."""
    (project / file).parent.mkdir(parents=True, exist_ok=True)
    (project / file).write_text(text)
    (project / ".git").mkdir()
    (project / ".git" / "k.pem").write_text(text)

    finding = found(project)["secret_exposed"]

    assert (finding.place, finding.severity) == (f"{project / file}:{place}", "error")
    assert not {"a1a1", "ZZZZ"} & set(str(finding).split('"'))


def test_a_public_key_is_no_secret(project: Path) -> None:
    """A key set is packed on purpose."""
    (project / "jwks.json").write_text('{"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "d"}]}')

    assert "secret_exposed" not in found(project)


@pytest.mark.parametrize(
    "line",
    [
        "secretsmanager:UpdateSecretVersionStage",
        'HeaderValue: !Sub "{{resolve:secretsmanager:${Secret}:SecretString}}"',
        "SECRET: !Ref OriginSecret1234567890",
        "secret = aws_secretsmanager_secret.origin1.arn",
        "password_length = 43",
    ],
)
def test_a_reference_is_no_secret(project: Path, line: str) -> None:
    """Nor an action's name."""
    with (project / "template.yaml").open("a") as file:
        file.write(f"# {line}\n")

    assert "secret_exposed" not in found(project)


def test_a_parameter_that_takes_a_secret_is_not_echoed(project: Path) -> None:
    """One that takes a secret's name may be."""
    parameters = "Parameters:\n  ClientSecret: {Type: String, Default: ''}\n  SecretArn: {Type: String, Default: ''}\n"
    change(project / "template.yaml", "\nParameters:\n", f"\n{parameters}")

    findings = [each for each in examine(project) if each.code == "secret_echoed"]

    assert [each.place.rpartition("/")[2] for each in findings] == ["ClientSecret"]


def test_the_unrelated_package_is_an_error(project: Path) -> None:
    """The name on the index is another's."""
    (project / "requirements.txt").write_text("authkit>=1\nauthkit-lambda\n")

    assert found(project)["package_unrelated"].severity == "error"


def packed(project: Path, sizes: dict[str, int]) -> None:
    """Build a package of files of these sizes."""
    with zipfile.ZipFile(project / "build.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, size in sizes.items():
            archive.writestr(name, bytes(size))


def test_what_a_package_need_not_hold_is_named(project: Path) -> None:
    """The runtime's own, tools, and what is heavy."""
    packed(project, {"app.py": 10, "boto3/a.py": 10, "pytest/a.py": 10, "numpy/a.so": package.HEAVY + 1})

    assert {"package_there", "package_for_building", "package_heavy"} <= found(project).keys()
    assert "package_too_big" not in found(project)


def test_a_package_that_lambda_would_not_take_is_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is unzipped counts."""
    built = project / ".aws-sam" / "build" / "Authorizer" / "big"
    built.mkdir(parents=True)
    with (built / "a.so").open("wb") as file:
        file.truncate(package.MOST + 1)  # a file with a hole: no disk is filled

    assert "250.0 MB" in found(project)["package_too_big"].problem


def test_what_is_no_zip_file_is_an_error(project: Path) -> None:
    """It would not be deployed."""
    (project / "build.zip").write_bytes(b"no zip")

    assert found(project)["package_broken"].severity == "error"


def wide(tmp_path: Path, more: str) -> str:
    """Write a handler whose policies are big, and return its target."""
    (tmp_path / "wide.py").write_text(
        "from authkit import Authorizer, JWTBearer, Route\n"
        "key = {'kty': 'EC', 'crv': 'P-256', 'kid': 'a', 'alg': 'ES256',\n"
        " 'x': 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4', 'y': '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM'}\n"
        "handler = Authorizer(\n"
        "    authenticate=JWTBearer(issuer='https://i.example.com', audience='a', algorithms=['ES256'], jwks={'keys': [key]}),\n"
        f"    routes=[Route('GET', f'/things-{{each}}', scopes={{'read'}}) for each in range(100)]{more},\n)\n"
    )
    return f"{tmp_path / 'wide.py'}:handler"


def test_an_answer_beyond_what_is_known_to_be_taken_is_a_warning(tmp_path: Path) -> None:
    """With the bytes it takes."""
    target = wide(tmp_path, "")

    (finding,) = (each for each in examine(tmp_path, target) if each.code == "answer_big")

    assert f"{largest(load_handler(target)):,} bytes" in finding.problem
    assert finding.severity == "warning"


def test_simple_answers_are_never_big(tmp_path: Path) -> None:
    """They hold no policy."""
    target = wide(tmp_path, ", response='simple'")

    assert "answer_big" not in {each.code for each in examine(tmp_path, target)}


def test_a_condition_of_the_users_own_is_no_fault(tmp_path: Path) -> None:
    """It may want claims that nobody can make up."""
    target = wide(tmp_path, " + [Route('GET', '/x', when=lambda p: p.claims['tenant'] == 'a')]")

    assert [each.code for each in examine(tmp_path, target) if each.severity == "error"] == []


def test_a_limit_of_the_users_own_is_no_fault(tmp_path: Path) -> None:
    """It may want claims that nobody can make up: then no size is known."""
    target = wide(tmp_path, ", limits=[lambda p: {'Null': {p.claims['tenant']: 'true'}}]")

    assert largest(load_handler(target)) == 0
    assert "answer_big" not in {each.code for each in examine(tmp_path, target)}


def test_a_document_that_cannot_be_read_is_noted(project: Path) -> None:
    """Inline, and of no version."""
    change(
        project / "template.yaml",
        "      StageName: live\n",
        "      StageName: live\n      DefinitionBody: {paths: {}}\n",
    )

    assert "routes_unread" in found(project)


def test_an_http_api_without_a_log_is_noted_and_needs_no_firewall(tmp_path: Path) -> None:
    """It takes no web ACL."""
    project = shutil.copytree(
        BLUEPRINTS / "http_api_simple", tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__")
    )
    text = (project / "template.yaml").read_text()
    assert "AccessLogSettings:" in text
    (project / "template.yaml").write_text(text.replace("AccessLogSettings:", "Tags:"))

    codes = found(project).keys()

    assert "logs_missing" in codes
    assert "firewall_missing" not in codes


@pytest.fixture
def simple(tmp_path: Path) -> Path:
    """A copy of http_api_simple."""
    ignored = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(BLUEPRINTS / "http_api_simple", tmp_path / "mine", ignore=ignored)


@pytest.mark.parametrize(
    ("old", "new", "takes"),
    [
        ('Route("POST", "/invoices",', 'Route("GET", "/invoices/all",', "GET /invoices/all and GET /invoices/{id}"),
        ('Route("GET", "/invoices/{id}",', 'Route("GET", "/invoices/1",', "more than the table has a route for"),
    ],
)
def test_a_simple_answer_that_cannot_be_kept_is_an_error(simple: Path, old: str, new: str, takes: str) -> None:
    """The function answers with a 500 there, and says why; better known before."""
    change(simple / "app.py", old, new)

    finding = found(simple)["simple_answers_differ"]

    assert finding.severity == "error"
    assert f"GET /invoices/{{id}} takes {takes}" in finding.problem


def test_a_table_that_is_not_the_apis_may_not_say_so(simple: Path) -> None:
    """What the gateway keeps for another route would open it."""
    change(
        simple / "app.py",
        "    routes=[\n",
        "    routes=Routes([\n        Route('GET', '/invoices/all', scopes={'audit'}),\n",
    )
    change(simple / "app.py", "    ],\n    enrich", "    ], one_to_one=True),\n    enrich")
    change(simple / "app.py", "JWTBearer, Route\n", "JWTBearer, Route, Routes\n")

    finding = found(simple)["not_one_to_one"]

    assert (finding.severity, "the API has no GET /invoices/all" in finding.problem) == ("error", True)


def test_a_handler_that_the_template_names_in_no_way_we_know_is_looked_for_where_it_usually_is(project: Path) -> None:
    """In app.py."""
    change(project / "template.yaml", "Handler: app.handler", "Handler: !ImportValue handler")

    assert "handler_missing" not in found(project)
