"""From an issuer to the URL of its keys (rows 4.F F8 to F10)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.errors import KeysUnavailable
from authkit.keys.answer import Response
from authkit.keys.discovery import discover

ISSUER = "https://idp.example.com"
KEYS = "https://keys.example.net/jwks"


def ask(document: Any, *, issuer: str = ISSUER, relax: frozenset[str] = frozenset()) -> str:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    asked: list[tuple[str, float]] = []

    def fetch(url: str, *, timeout: float) -> Response:
        asked.append((url, timeout))
        return Response(200, {}, body)

    found = discover(issuer, fetch, timeout=1.5, relax=relax)
    assert asked == [(issuer.rstrip("/") + "/.well-known/openid-configuration", 1.5)]
    return found


def code_of(document: Any, **settings: Any) -> str:
    with pytest.raises(KeysUnavailable) as fault:
        ask(document, **settings)
    assert "idp.example.com/.well-known/openid-configuration" in fault.value.detail
    return fault.value.code


@pytest.mark.parametrize("issuer", [ISSUER, f"{ISSUER}/", f"{ISSUER}/tenant", f"{ISSUER}/tenant/"])
def test_the_document_tells_where_the_keys_are(issuer: str) -> None:
    """With or without a slash at the end; keys at another https host are common, and allowed."""
    assert ask({"issuer": issuer, "jwks_uri": KEYS}, issuer=issuer) == KEYS


@pytest.mark.parametrize(
    "named",
    [f"{ISSUER}/", "https://IDP.example.com", "https://evil.example", "", None, [ISSUER], {"issuer": ISSUER}, ...],
)
def test_a_document_of_another_issuer_is_refused(named: Any) -> None:
    """F8: the value must be identical, and a slash makes a difference."""
    document = {"jwks_uri": KEYS} if named is ... else {"issuer": named, "jwks_uri": KEYS}

    assert code_of(document) == "discovery_issuer_mismatch"


@pytest.mark.parametrize(
    "uri",
    [
        ...,
        None,
        5,
        [KEYS],
        "",
        "http://idp.example.com/jwks",
        "file:///etc/passwd",
        "/jwks",
        "https://u:p@h/",
        "https://a..b/",
        "https://é/",
    ],
)
def test_keys_at_a_forbidden_url_are_refused(uri: Any) -> None:
    """F8: missing, in clear, or no URL at all."""
    document = {"issuer": ISSUER} if uri is ... else {"issuer": ISSUER, "jwks_uri": uri}

    assert code_of(document) == "url_forbidden"


def test_leave_for_this_machine_holds_for_the_keys_too() -> None:
    """A development issuer has both on loopback."""
    uri = "http://127.0.0.1:1234/jwks"

    assert ask({"issuer": ISSUER, "jwks_uri": uri}, relax=frozenset({"http-loopback"})) == uri


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"\xff", b'{"issuer":"a","issuer":"b"}', b"[" * 9999])
def test_what_is_no_document_is_refused(body: bytes) -> None:
    """HTML, arrays, duplicate members, deep nests."""
    assert code_of(body) == "discovery_invalid"


def test_what_else_the_document_says_changes_nothing() -> None:
    """F10: its list of algorithms never widens ours."""
    document = {"issuer": ISSUER, "jwks_uri": KEYS, "id_token_signing_alg_values_supported": ["none", "HS256"]}

    assert ask(document) == KEYS
