"""A newcomer's path: copy a blueprint, change two lines, call it. Nothing else is asked of them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.blueprints.blueprint import ROOT, Blueprint, ran
from tests.blueprints.test_readmes import free_port
from tests.e2e.child import Child

pytestmark = [pytest.mark.external, pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing")]

ISSUER, AUDIENCE = "https://login.newcomer.example/", "https://shop.newcomer.example"
CHANGED = {
    "Default: https://idp.example.com/": f"Default: {ISSUER}",
    "Default: https://api.example.com": f"Default: {AUDIENCE}",
}
AUTHKIT = [sys.executable, "-m", "authkit"]


def changed(template: str) -> str:
    """Return the template with two of its lines changed."""
    lines = template.splitlines(keepends=True)
    return "".join(line.replace(line.strip(), CHANGED.get(line.strip(), line.strip()), 1) for line in lines)


def test_two_lines_make_a_blueprint_ones_own(tmp_path: Path) -> None:
    """`authkit new`, issuer and audience in the template, `authkit emulate`, curl: 200, and 401 for the old audience."""
    here = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "AWS_EC2_METADATA_DISABLED": "true"}
    made = ran([*AUTHKIT, "new", "jwt_token", "mine"], cwd=tmp_path, env=here)
    assert made.returncode == 0, made.stderr
    mine = Blueprint(tmp_path / "mine")
    before = mine.text("template.yaml")
    (mine.path / "template.yaml").write_text(changed(before))
    differing = [a for a, b in zip(before.splitlines(), mine.text("template.yaml").splitlines(), strict=True) if a != b]
    ran([*AUTHKIT, "token", "keypair", "dev"], cwd=mine.path, env=here)
    port = free_port()

    def token(audience: str) -> str:
        settings = ["--key", "dev.jwk", "--issuer", ISSUER, "--audience", audience, "--sub", "ann"]
        return ran(
            [*AUTHKIT, "token", "mint", *settings, "--claim", "scope=orders:read"], cwd=mine.path, env=here
        ).stdout.strip()

    def status(token: str) -> str:
        shown = ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", "-H", f"Authorization: Bearer {token}"]
        return ran([*shown, f"http://127.0.0.1:{port}/orders/1042"], cwd=mine.path, env=here).stdout

    emulate = [*AUTHKIT, "emulate", "app:handler", "--sam", "template.yaml", "--port", port]
    with Child(emulate, env={**here, **mine.environment(), "JWKS": "dev.jwks.json"}, cwd=mine.path) as gateway:
        gateway.wait_for(lambda line: "127.0.0.1" in line)
        seen = [status(token(AUDIENCE)), status(token("https://api.example.com"))]

    assert len(differing) == len(CHANGED)
    assert seen == ["200", "401"]
