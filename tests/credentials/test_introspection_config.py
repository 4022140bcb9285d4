"""Introspection tells all that is wrong with its configuration, while it is constructed."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Header
from authkit.credentials.introspection import Introspection
from tests.credentials.introspecting import Proof
from tests.support.tokens import AUDIENCE

URL = "https://idp.example.com/introspect"


def build(**changes: Any) -> Introspection:
    """Construct one with changes; a setting given as ``...`` is left out."""
    settings = {"url": URL, "client_id": "api", "client_secret": "hunter2", "audience": AUDIENCE, **changes}
    return Introspection(**{name: value for name, value in settings.items() if value is not ...})


FAULTS = [
    ({"url": "http://idp.example.com/"}, "url must begin with https"),
    ({"url": "https://u:hunter2@idp.example.com/"}, "url must name a host, and no user"),
    ({"url": "https://10.0.0.1/"}, "url names a private address"),
    ({"url": "https://169.254.169.254/", "relax": ["private-address"]}, "url names an address that never"),
    ({"url": None}, "url is no URL"),
    ({"client_id": ""}, "client_id"),
    ({"client_id": None}, "client_id"),
    ({"client_id": "\ud800"}, "client_id"),
    ({"client_secret": ""}, "client_secret"),
    ({"client_secret": None}, "client_secret"),
    ({"client_secret": b""}, "client_secret"),
    ({"client_secret": b"\xff"}, "client_secret"),
    ({"client_secret": 5}, "client_secret"),
    ({"client_secret": "\ud800"}, "client_secret"),
    ({"audience": ""}, "audience"),
    ({"audience": None}, "audience"),
    ({"audience": []}, "audience"),
    ({"audience": [AUDIENCE, 5]}, "audience"),
    ({"issuer": ""}, "issuer"),
    ({"issuer": ["https://idp.example.com/"]}, "issuer"),
    ({"auth": "none"}, "auth is"),
    ({"auth": ["basic"]}, "auth is"),
    ({"token_type_hint": ""}, "token_type_hint"),
    ({"token_type_hint": 5}, "token_type_hint"),
    ({"source": "authorization"}, "source"),
    ({"principal": ""}, "principal"),
    ({"scopes": "scope"}, "scopes"),
    ({"required": "exp"}, "required"),
    ({"required": [5]}, "required"),
    ({"claims": {"a": []}}, "claims"),
    ({"claims": {"a": 1.5}}, "claims"),
    ({"claims": ["a"]}, "claims"),
    ({"checks": [5]}, "checks"),
    ({"require": [len]}, "require"),
    ({"proofs": [len]}, "proofs"),
    ({"proofs": 5}, "proofs"),
    ({"revoked": 5}, "revoked"),
    ({"cache_seconds": -1}, "cache_seconds"),
    ({"cache_seconds": 3601}, "cache_seconds"),
    ({"cache_seconds": True}, "cache_seconds"),
    ({"cache_seconds": float("nan")}, "cache_seconds"),
    ({"cache_seconds": None}, "cache_seconds"),
    ({"entries": 0}, "entries"),
    ({"entries": 1.5}, "entries"),
    ({"entries": True}, "entries"),
    ({"leeway": 301}, "leeway"),
    ({"leeway": -1}, "leeway"),
    ({"timeout": 0}, "timeout"),
    ({"timeout": 31}, "timeout"),
    ({"timeout": None}, "timeout"),
    ({"timeout": float("inf")}, "timeout"),
    ({"relax": "http-loopback"}, "relax holds only"),
    ({"relax": ["padding"]}, "relax holds only http-loopback, private-address, unbound-token"),
    ({"relax": [5]}, "relax holds only"),
    ({"relax": [[]]}, "relax holds only"),
    ({"relax": None}, "relax holds only"),
    ({"relax": ["unbound-token"]}, "unbound-token is for"),
    ({"post": "x"}, "post cannot be called"),
    ({"clock": None}, "clock cannot be called"),
    ({"clock": 5}, "clock cannot be called"),
    ({"monotonic": None}, "monotonic cannot be called"),
    ({"jitter": 0.5}, "jitter cannot be called"),
]


@pytest.mark.parametrize(("changes", "words"), FAULTS)
def test_a_fault_is_named_and_no_secret_with_it(changes: dict[str, Any], words: str) -> None:
    """Each by the argument it is in."""
    with pytest.raises(ConfigError) as fault:
        build(**changes)

    assert str(fault.value).startswith("Introspection: ")
    assert words in str(fault.value)
    assert "hunter2" not in str(fault.value)


def test_all_faults_are_in_one_message() -> None:
    """And not one after another."""
    with pytest.raises(ConfigError) as fault:
        build(url="x", client_id="", client_secret=None, audience=None, timeout=0, relax=["x"], leeway=-1, claims=5)

    words = ("url", "client_id", "client_secret", "audience", "timeout", "relax", "leeway", "claims")
    assert [word for word in words if word not in str(fault.value)] == []


@pytest.mark.parametrize("name", ["url", "client_id", "client_secret", "audience"])
def test_some_arguments_have_no_default(name: str) -> None:
    """Least of all the audience: without it, tokens for others would do."""
    with pytest.raises(TypeError, match=name):
        build(**{name: ...})


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://127.0.0.1:8080/introspect", "relax": {"http-loopback"}},
        {"url": "https://10.0.0.1/introspect", "relax": ("private-address",)},
        {"client_secret": lambda: "x", "auth": "post", "token_type_hint": None},
        {"source": Header("x-token"), "principal": "username", "scopes": (), "required": {"exp"}},
        {"proofs": [Proof()], "relax": ["unbound-token"]},
        {"cache_seconds": 0, "entries": 1, "leeway": 300, "timeout": 30, "issuer": "any text"},
    ],
)
def test_what_is_well_formed_is_taken(changes: dict[str, Any]) -> None:
    """Nothing is sent, and no transport is loaded, before the first token."""
    assert repr(build(**changes)).startswith("Introspection(Endpoint(host=")
