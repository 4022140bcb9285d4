"""What loads with authkit, counted in fresh interpreters, and the names it exports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import authkit
from tests.support.events import bearer_event
from tests.support.tokens import AUDIENCE, ISSUER, good_claims, jwks, signer

ROOT = Path(__file__).resolve().parent.parent

NOT_BEFORE_THE_FIRST_DECISION = {
    "aws_lambda_powertools",
    "boto3",
    "cryptography.x509",
    "dataclasses",
    "hashlib",
    "http.client",
    "inspect",
    "jwt",
    "pydantic",
    "requests",
    "ssl",
    "urllib3",
}

DECIDE = """
import sys
before = set(sys.modules)  # what the environment itself loads, by .pth files for instance
import json
given = json.loads(sys.stdin.read())
from authkit import Authorizer, JWTBearer, Route
handler = Authorizer(
    authenticate=JWTBearer(
        issuer=given["issuer"], audience=given["audience"], algorithms=[given["alg"]], jwks=given["jwks"],
        clock=lambda: 1_700_000_000,
    ),
    routes=[Route("GET", "/things/{id}", scopes={"orders:read"}), Route("GET", "/u/{sub}", bind={"sub": "sub"})],
)
answer = handler(given["event"])
print(json.dumps({"answer": answer, "modules": sorted(set(sys.modules) - before)}))
"""

LOAD = """
import sys
before = set(sys.modules)
import authkit
places = {name: getattr(sys.modules[name], "__file__", None) or "" for name in set(sys.modules) - before}
import json
print(json.dumps(places))
"""


def run(code: str, given: Any = None) -> Any:
    """Run code in a fresh interpreter that sees this tree, and return what it prints."""
    begin = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", begin + code],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_importing_authkit_loads_nothing_third_party() -> None:
    """Neither from site-packages nor by a name that the standard library does not have."""
    places = run(LOAD)

    foreign = {name for name in places if name.split(".")[0] not in {*sys.stdlib_module_names, "authkit"}}
    assert foreign == set()
    assert [place for place in places.values() if "site-packages" in place] == []
    assert {name for name in places if name.startswith("authkit")} == {"authkit"}


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_the_first_decision_loads_only_what_it_needs(alg: str) -> None:
    """With a bundled key set: no transport, no other JWT library, no costly part of the standard library."""
    key = signer(alg)
    given = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "alg": alg,
        "jwks": jwks(key),
        "event": bearer_event(key.token(good_claims())),
    }

    told = run(DECIDE, given)

    assert told["answer"]["principalId"] == "alice"
    loaded = set(told["modules"])
    assert loaded & NOT_BEFORE_THE_FIRST_DECISION == set()
    # Its parts of one key kind bring the small `_serialization`; the costly package is the one without the underscore.
    assert {name for name in loaded if name.startswith("cryptography") and "serialization" in name.split(".")} == set()


COMPILED = """
import sys
compiled = []
sys.addaudithook(lambda event, given: compiled.append(given) if event == "compile" else None)
{start}
import json
print(json.dumps([str(source) for source, name in compiled if name == "<string>"]))
"""

BEARER = """
from authkit import Authorizer, JWTBearer, Route
bearer = JWTBearer(issuer="https://idp.example.com/", audience="api", jwks={jwks!r})
Authorizer(authenticate=bearer, routes=[Route("GET", "/")])
"""
STARTS = {
    "a bearer with keys": BEARER.format(jwks=jwks(signer("ES256"))),
    "a bearer whose keys are fetched": BEARER.format(jwks="https://idp.example.com/keys"),
    "API keys": """
from authkit import APIKey, Authorizer, MemoryClients, Route
keys = APIKey(store=MemoryClients({}), pepper=b"0123456789abcdef0123456789abcdef")
Authorizer(authenticate=keys, routes=[Route("GET", "/")])
""",
    "a signature": """
from authkit import sigv4
mine = sigv4.Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="not-a-real-key")
sigv4.sign(method="GET", url="https://a.example.com/", credentials=mine, region="eu-west-1", service="execute-api")
""",
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_cold_start_compiles_no_annotation(start: str) -> None:
    """`typing.NamedTuple` compiles those that are texts, and the first compile of a process takes a millisecond."""
    compiled = run(COMPILED.format(start=start))

    assert [source for source in compiled if "lambda _cls" not in source] == []  # what makes the tuples themselves


def test_the_exported_names_are_the_lazy_table_and_the_version() -> None:
    """A name in one and not in the other could be seen and not be had."""
    assert set(authkit.__all__) == {*authkit._HOME, "__version__"}
    assert len(authkit.__all__) == len(set(authkit.__all__))
    assert sorted(authkit.__all__) == sorted(set(authkit.__all__) & set(dir(authkit)))


@pytest.mark.parametrize("name", authkit.__all__)
def test_each_exported_name_loads(name: str) -> None:
    """And is at home where the table says."""
    value = getattr(authkit, name)

    assert value is not None
    if name in authkit._MODULES:
        assert value.__name__ == f"authkit.{authkit._MODULES[name]}"
    elif name != "__version__":
        assert value.__module__ == f"authkit.{authkit._HOME[name]}"
        assert getattr(value, "__name__", name) == name  # a sentinel has none


def test_a_star_import_brings_them_all() -> None:
    """In a fresh interpreter, where none has been loaded yet."""
    names = run("from authkit import *\nimport json; print(json.dumps(sorted(set(dir()) - {'json', 'sys'})))")

    assert set(authkit.__all__) <= set(names) | {"__version__"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As in any module, so that `hasattr` and the import statement work."""
    assert not hasattr(authkit, "JWTBarer")
    with pytest.raises(AttributeError, match="module 'authkit' has no attribute 'JWTBarer'"):
        authkit.JWTBarer  # noqa: B018 - looking it up is what is tested
    with pytest.raises(ImportError):
        from authkit import JWTBarer  # noqa: F401
