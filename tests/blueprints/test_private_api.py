"""private_api: its resource policy is the one that authkit generates, in both templates, and lets nobody else in."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from authkit.policy.resource_policy import evaluate_resource_policy
from tests.blueprints.blueprint import FOLDER, ROOT, Blueprint, ran

ENDPOINT = "vpce-0a1b2c3d4e5f67890"
PRIVATE = Blueprint(FOLDER / "private_api")
API = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234"


def generated() -> dict[str, Any]:
    """Return what ``policy.py`` prints."""
    run = ran([sys.executable, "policy.py", ENDPOINT], cwd=PRIVATE.path, env={"PYTHONPATH": str(ROOT)})
    policy: dict[str, Any] = json.loads(run.stdout)
    return policy


def test_the_sam_template_has_the_generated_statements() -> None:
    """Nobody has to trust a policy that was written by hand."""
    auth = PRIVATE.template()["Resources"]["Api"]["Properties"]["Auth"]

    statements = json.dumps(auth["ResourcePolicy"]["CustomStatements"]).replace(
        '{"Ref": "VpcEndpoint"}', f'"{ENDPOINT}"'
    )

    assert json.loads(statements) == generated()["Statement"]


def test_terraform_has_the_generated_policy() -> None:
    """The same, in Terraform's words."""
    policy = json.dumps(generated()).replace(f'"{ENDPOINT}"', "var.vpc_endpoint")

    in_hcl = re.sub(r'("aws:\w+"|"\w+"):', lambda key: key[1].strip('"' if ":" not in key[1] else "") + "=", policy)

    told = PRIVATE.text("main.tf").replace(" # as policy.py prints it", "")
    assert re.sub(r"[\s,]", "", in_hcl) in re.sub(r"[\s,]", "", told)


def test_the_policy_denies_another_way_in_and_allows_nothing_by_itself() -> None:
    """Through the endpoint the authorizer decides; what it is silent on stays refused."""
    policy = json.loads(json.dumps(generated()).replace('"execute-api:/', f'"{API}/'))

    def verdict(method: str, endpoint: str) -> str:
        asked = f"{API}/live/{method}/entries"
        return evaluate_resource_policy(policy, asked, {"aws:SourceVpce": endpoint}).verdict

    assert verdict("GET", ENDPOINT) == "implicit deny"
    assert verdict("GET", "vpce-99999999999999999") == "explicit deny"
    assert verdict("OPTIONS", ENDPOINT) == "allow"
