"""The pytest plugin, in runs of pytest of its own: its fixtures, and what it costs whoever does not use them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINT = '[project.entry-points.pytest11]\nauthkit = "authkit.testing.plugin"\n'

pytest_plugins = ["pytester"]

USES = """
from authkit import Authorizer, JWTBearer, Route
from authkit.testing import BAD_TOKENS, allows, decision, rest_request
import pytest

@pytest.fixture
def handler(authkit_issuer, authkit_clock):
    return Authorizer(
        authenticate=JWTBearer(
            issuer=authkit_issuer.url, audience=authkit_issuer.audience, jwks=authkit_issuer.jwks, clock=authkit_clock,
        ),
        routes=[Route("GET", "/orders/{id}", scopes={"orders:read"}), Route("DELETE", "/orders/{id}", scopes={"x"})],
        observe=lambda record: None,
    )

def test_a_reader_may_read(handler, authkit_issuer):
    answer = handler(rest_request("GET", "/orders/1", token=authkit_issuer.token(scope="orders:read")))
    assert allows(answer, "GET", "/orders/2")
    assert not allows(answer, "DELETE", "/orders/2")

@pytest.mark.parametrize("name", BAD_TOKENS)
def test_refuses(handler, authkit_issuer, name):
    token = authkit_issuer.bad_tokens(scope="orders:read")[name]
    assert decision(handler, rest_request("GET", "/orders/1", token=token)).status == 401

def test_a_token_ends(handler, authkit_issuer, authkit_clock):
    event = rest_request("GET", "/orders/1", token=authkit_issuer.token(scope="orders:read", expires_in=60))
    assert decision(handler, event).status == 200
    authkit_clock.advance(60)
    assert decision(handler, event).status == 401

def test_rides_out_an_outage(authkit_issuer, authkit_key_server, authkit_clock):
    bearer = JWTBearer(
        issuer=authkit_issuer.url, audience=authkit_issuer.audience, jwks=authkit_key_server.jwks_url,
        relax={"http-loopback"}, clock=authkit_clock,
    )
    bearer.verify(authkit_issuer.token())
    authkit_key_server.go_down()
    assert bearer.verify(authkit_issuer.token())

def test_signs_for_iam(authkit_iam_gateway, authkit_clock):
    import requests
    from authkit.sigv4.clients import RequestsAuth
    from authkit.testing.iam import CREDENTIALS
    auth = RequestsAuth(CREDENTIALS, region="eu-west-1", service="execute-api", clock=authkit_clock)
    assert requests.get(f"{authkit_iam_gateway.url}/orders/1", auth=auth, timeout=5).status_code == 200
    assert requests.get(f"{authkit_iam_gateway.url}/orders/1", timeout=5).status_code == 403
"""


CONFTEST = """
import json, sys

def pytest_sessionfinish():
    with open("modules.json", "w") as file:
        json.dump(sorted(sys.modules), file)
"""


@pytest.fixture
def installed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a place for runs of pytest that find this tree as they find an installed distribution."""
    place = pytester.mkdir("site")
    (place / "authkit").symlink_to(ROOT / "authkit", target_is_directory=True)
    about = place / "authkit_lambda-0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: authkit-lambda\nVersion: 0\n")
    (about / "entry_points.txt").write_text("[pytest11]\nauthkit = authkit.testing.plugin\n")
    (about / "RECORD").write_text("authkit/__init__.py,,\nauthkit/testing/plugin.py,,\n")
    monkeypatch.setenv("PYTHONPATH", str(place))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    monkeypatch.delenv("PYTEST_PLUGINS", raising=False)
    return pytester


def modules(pytester: pytest.Pytester, *arguments: str) -> set[str]:
    """Return the modules that are loaded at the end of a run."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *arguments)
    result.assert_outcomes(passed=1)
    return set(json.loads((pytester.path / "modules.json").read_text()))


def test_the_distribution_names_the_plugin() -> None:
    """As these tests do."""
    assert ENTRY_POINT in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_a_users_tests_find_the_fixtures(installed: pytest.Pytester) -> None:
    """With warnings as errors, and nothing else said than that the package is installed."""
    installed.makepyfile(USES)

    result = installed.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")

    result.assert_outcomes(passed=4 + 14)


def test_the_fixtures_tell_what_they_are(installed: pytest.Pytester) -> None:
    """To whoever asks pytest."""
    result = installed.runpytest_subprocess("--fixtures", "-p", "no:cacheprovider")

    found = re.findall(r"^(authkit_\w+)(?: \[\w+ scope\])? -- \S+\n    \S", result.stdout.str(), re.MULTILINE)
    assert found == ["authkit_clock", "authkit_iam_gateway", "authkit_issuer", "authkit_key_server"]


def test_whoever_uses_none_loads_three_modules(installed: pytest.Pytester) -> None:
    """Counted against a run in which the plugin is blocked."""
    without = modules(installed, "-p", "no:authkit")

    extra = modules(installed) - without

    assert extra == {"authkit", "authkit.testing", "authkit.testing.plugin"}


def test_a_fixture_loads_what_it_gives(installed: pytest.Pytester) -> None:
    """And not the rest: a clock needs neither keys nor sockets."""
    installed.makeconftest(CONFTEST)
    installed.makepyfile("def test_clock(authkit_clock): assert authkit_clock() == authkit_clock()")

    installed.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)

    loaded = set(json.loads((installed.path / "modules.json").read_text()))
    assert {name for name in loaded if name.startswith("authkit")} == {
        "authkit",
        "authkit.testing",
        "authkit.testing.clock",
        "authkit.testing.plugin",
    }
    assert not {"cryptography", "jwt"} & loaded


def test_it_can_be_named_where_nothing_is_loaded_by_itself(
    installed: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PYTEST_DISABLE_PLUGIN_AUTOLOAD, or from a checkout."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    installed.makepyfile("def test_clock(authkit_clock): pass")

    installed.runpytest_subprocess("-p", "authkit.testing.plugin").assert_outcomes(passed=1)


def test_each_test_has_an_issuer_of_its_own(installed: pytest.Pytester) -> None:
    """A rotation, or time that has gone by, stays with its test; the keys are made once."""
    installed.makepyfile(
        """
        kids = []

        def test_one(authkit_issuer, authkit_clock):
            kids.append(authkit_issuer.jwks)
            authkit_issuer.rotate()
            authkit_clock.advance(10**9)

        def test_other(authkit_issuer, authkit_clock):
            assert [authkit_issuer.jwks] == kids
            assert authkit_clock() < 10**10
        """
    )

    installed.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_the_names_of_the_kit_are_loaded_on_first_use() -> None:
    """And are what they are called."""
    import authkit.testing as kit

    assert sorted(kit.__all__) == sorted(set(kit.__all__) & set(dir(kit)))
    assert all(getattr(kit, name) is not None for name in kit.__all__)
    assert not hasattr(kit, "StubIsuer")
    assert sys.modules["authkit.testing"] is kit
