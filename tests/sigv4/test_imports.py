"""What loads with `authkit.sigv4`, counted in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from authkit import sigv4

ROOT = Path(__file__).resolve().parents[2]
COSTLY = {
    "asyncio",
    "dataclasses",
    "email",
    "http.client",
    "inspect",
    "socket",
    "ssl",
    "typing_extensions",
    "urllib.parse",
}

LOAD = """
import sys
before = set(sys.modules)
import authkit.sigv4 as sigv4
loaded = {name: getattr(sys.modules[name], "__file__", None) or "" for name in set(sys.modules) - before}
key = sigv4.Credentials(access_key_id="AKID", secret_access_key="secret")
signed = sigv4.sign(method="GET", url="https://a.example/", credentials=key, region="a", service="b", clock=lambda: 0)
policy = sigv4.Policy(regions=["a"], services=["b"])
sigv4.verify(
    method="GET", url="/", headers=[("Host", "a.example"), *signed.headers], body=b"", policy=policy,
    lookup=lambda key_id, scope: key, clock=lambda: 0,
)
used = sorted(set(sys.modules) - before - set(loaded))
import json
print(json.dumps({"loaded": loaded, "used": used}))
"""


def run(code: str) -> Any:
    begin = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", begin + code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nothing_third_party_and_nothing_costly_loads() -> None:
    """Neither with the import, nor by signing and verifying with a secret."""
    told = run(LOAD)

    foreign = {name for name in told["loaded"] if name.split(".")[0] not in {*sys.stdlib_module_names, "authkit"}}
    assert foreign == set()
    assert [place for place in told["loaded"].values() if "site-packages" in place] == []
    assert set(told["loaded"]) & COSTLY == set()
    assert told["used"] == []


def test_the_modules_that_load_are_few() -> None:
    """Ours, and those of authkit they rest on."""
    ours = {name for name in run(LOAD)["loaded"] if name.startswith("authkit")}

    assert {name for name in ours if not name.startswith("authkit.sigv4")} == {
        "authkit",
        "authkit.errors",
        "authkit.tokens",
        "authkit.tokens.lock",
    }


def test_the_exported_names_are_there() -> None:
    """Each once, and no other that is public."""
    assert sorted(sigv4.__all__) == sorted(set(sigv4.__all__))
    assert all(getattr(sigv4, name) is not None for name in sigv4.__all__)
