"""What deploys a blueprint, before the tools of its trade: cfn-lint, SAM, Terraform and checkov find nothing to say."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.blueprints.blueprint import FOLDER, ran
from tests.blueprints.deployment import terraform_environment

TOOLS = os.environ.get("AUTHKIT_TEMPLATE_TOOLS", "")
MIRROR = os.environ.get("AUTHKIT_TERRAFORM_PLUGINS", "")
QUIET = {"AWS_DEFAULT_REGION": "eu-west-1", "SAM_CLI_TELEMETRY": "0", "BC_SKIP_MAPPING": "TRUE"}
SKIP = re.compile(r"checkov:skip=(\w+)(?::(.*))?")
VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.DOTALL | re.MULTILINE)
LEAST = 4  # words of a reason

SAM = [path for path in sorted(FOLDER.rglob("*.yaml")) if "AWSTemplateFormatVersion" in path.read_text()]
TERRAFORM = sorted(FOLDER.rglob("*.tf"))
MODULES = sorted({path.parent for path in TERRAFORM})

pytestmark = pytest.mark.external
needs_tools = pytest.mark.skipif(
    not TOOLS, reason="AUTHKIT_TEMPLATE_TOOLS names no folder with cfn-lint, sam and checkov"
)
needs_terraform = pytest.mark.skipif(
    not (MIRROR and shutil.which("terraform")),
    reason="terraform, or the mirror of its AWS provider that AUTHKIT_TERRAFORM_PLUGINS names, is missing",
)


def told(path: Path) -> str:
    """Return what a test of a file is called."""
    return str(path.relative_to(FOLDER))


def tool(name: str, *arguments: str, home: Path) -> Any:
    """Run a tool of the templates' own environment."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return ran([str(Path(TOOLS) / name), *arguments], cwd=FOLDER, env={**environment, **QUIET, "HOME": str(home)})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for the tools, where SAM has asked for a newer version lately: it would ask over the network."""
    made = tmp_path_factory.mktemp("home")
    (made / ".aws-sam").mkdir()
    (made / ".aws-sam" / "metadata.json").write_text(json.dumps({"lastVersionCheck": time.time()}))
    return made


@pytest.fixture(scope="module")
def linted(home: Path) -> Mapping[str, list[str]]:
    """What cfn-lint finds, by file: one process for all of them."""
    run = tool("cfn-lint", "--format", "json", *map(str, SAM), home=home)
    found: dict[str, list[str]] = {}
    for each in json.loads(run.stdout):
        said = f"line {each['Location']['Start']['LineNumber']}: {each['Rule']['Id']} {each['Message']}"
        found.setdefault(each["Filename"], []).append(said)
    return found


@pytest.fixture(scope="module")
def judged(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[list[str], list[str]]]:
    """What checkov finds, and the ids of the checks that are skipped, by file: one process for all of them.

    It takes forty letters, digits and slashes for a secret key, and meets the files' own paths among the values: it
    is given copies, at paths that never have so many in a row.
    """
    root = shutil.copytree(FOLDER, tmp_path_factory.mktemp("copies_") / "_")
    files = [argument for path in (*SAM, *TERRAFORM) for argument in ("-f", str(root / told(path)))]
    run = tool("checkov", "--skip-download", "--compact", "-o", "json", *files, home=home)
    reports = json.loads(run.stdout)
    found: dict[str, tuple[list[str], list[str]]] = {str(root / told(path)): ([], []) for path in (*SAM, *TERRAFORM)}
    for report in reports if isinstance(reports, list) else [reports]:
        results = report["results"]
        for path in results["parsing_errors"]:
            found[path][0].append("cannot be read")
        for each in results["failed_checks"]:
            found[each["file_abs_path"]][0].append(f"{each['resource']} {each['check_id']} {each['check_name']}")
        for each in results["skipped_checks"]:
            found[each["file_abs_path"]][1].append(each["check_id"])
    return {str(FOLDER / Path(path).relative_to(root)): each for path, each in found.items()}


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """What Terraform finds, by blueprint: each is a module of one configuration, so that the provider starts once."""
    root = tmp_path_factory.mktemp("terraform")
    for module in MODULES:
        shutil.copytree(module, root / told(module), ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (root / "main.tf").write_text("".join(map(called, MODULES)))
    environment = terraform_environment(root)
    begun = ran(
        ["terraform", "init", "-backend=false", "-input=false", f"-plugin-dir={MIRROR}"], cwd=root, env=environment
    )
    assert begun.returncode == 0, begun.stderr
    run = ran(["terraform", "validate", "-json"], cwd=root, env=environment)
    found: dict[str, list[str]] = {}
    for each in json.loads(run.stdout)["diagnostics"]:
        place = each.get("range", {"filename": "", "start": {"line": 0}})
        said = f"{place['filename']}:{place['start']['line']} {each['summary']}: {each.get('detail')}"
        found.setdefault(str(Path(place["filename"]).parent), []).append(said)
    assert found.keys() <= set(map(told, MODULES)), found
    return found


def called(module: Path) -> str:
    """Return what calls a blueprint as a module; the values of variables without a default are not known yet."""
    name = told(module).replace("/", "_")
    variables = [each for path in module.glob("*.tf") for each in VARIABLE.findall(path.read_text())]
    needed = [variable for variable, body in variables if not re.search(r"^\s+default\s*=", body, re.MULTILINE)]
    declared = "".join(f'variable "{name}_{variable}" {{}}\n' for variable in needed)
    given = "".join(f"  {variable} = var.{name}_{variable}\n" for variable in needed)
    return f'{declared}module "{name}" {{\n  source = "./{told(module)}"\n{given}}}\n'


@needs_tools
@pytest.mark.parametrize("template", SAM, ids=told)
def test_cfn_lint_finds_nothing(template: Path, linted: Mapping[str, list[str]]) -> None:
    """Every property is one that CloudFormation knows, with a value it takes."""
    assert linted.get(str(template), []) == []


@needs_tools
@pytest.mark.parametrize("template", SAM, ids=told)
def test_sam_finds_a_template_valid(template: Path, home: Path) -> None:
    """SAM can transform it, without an account."""
    run = tool("sam", "validate", "--lint", "-t", str(template), home=home)

    assert (run.returncode, run.stderr) == (0, ""), run.stdout


@needs_terraform
@pytest.mark.parametrize("module", MODULES, ids=told)
def test_terraform_finds_a_configuration_valid(module: Path, validated: Mapping[str, list[str]]) -> None:
    """Every argument is one that the provider knows, and nothing in it is deprecated."""
    assert validated.get(told(module), []) == []


@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed")
@pytest.mark.parametrize("module", MODULES, ids=told)
def test_terraform_would_format_a_configuration_so(module: Path, tmp_path: Path) -> None:
    """In the form that its users' editors keep."""
    run = ran(["terraform", "fmt", "-check", "-diff"], cwd=module, env=terraform_environment(tmp_path))

    assert run.returncode == 0, run.stdout + run.stderr


@needs_tools
@pytest.mark.parametrize("file", [*SAM, *TERRAFORM], ids=told)
def test_checkov_finds_nothing_that_is_left_without_a_reason(
    file: Path, judged: Mapping[str, tuple[list[str], list[str]]]
) -> None:
    """What it is right about is done; every other finding has its reason beside it, and no reason is without one."""
    reasons = SKIP.findall(file.read_text())

    failed, skipped = judged[str(file)]

    assert failed == []
    assert [name for name, reason in reasons if len(reason.split()) < LEAST] == []
    # What looks like a secret in two files is told of one of them.
    assert {name for name, _ in reasons if not name.startswith("CKV_SECRET")} == {
        name for name in skipped if not name.startswith("CKV_SECRET")
    }
