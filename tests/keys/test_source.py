"""What ``jwks=`` may be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import ConfigError, KeysUnavailable
from authkit.keys.fetch import Response
from authkit.keys.keyset import KeySet
from authkit.keys.remote import RemoteKeys
from authkit.keys.source import key_source
from tests.support.tokens import ISSUER, jwks, signer

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://keys.example.com/jwks"


class Web:
    """A transport that serves documents by URL, and notes what was asked."""

    def __init__(self, documents: dict[str, Any]) -> None:
        self.documents = documents
        self.asked: list[str] = []

    def __call__(self, url: str, *, timeout: float, etag: str | None = None) -> Response:
        self.asked.append(url)
        return Response(200, {}, json.dumps(self.documents[url]).encode())


def test_a_mapping_is_a_set() -> None:
    """As it stands in a configuration."""
    assert isinstance(key_source(jwks(signer()), issuer=ISSUER), KeySet)


def test_a_file_is_a_set(tmp_path: Path) -> None:
    """By text or path."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(jwks(signer())))

    assert isinstance(key_source(file, issuer=ISSUER), KeySet)
    assert isinstance(key_source(str(file), issuer=ISSUER), KeySet)


def test_whatever_finds_keys_is_taken_as_it_is() -> None:
    """A key source of one's own, or one shared between verifiers."""
    keys = KeySet(jwks(signer()))

    assert key_source(keys, issuer=ISSUER) is keys


def test_a_url_is_fetched_for_the_first_token() -> None:
    """And not before."""
    web = Web({URL: jwks(signer())})
    keys = key_source(URL, issuer=ISSUER, fetch=web)
    assert web.asked == []

    assert keys.find("k1", "ES256").kid == "k1"

    assert web.asked == [URL]
    assert isinstance(keys, RemoteKeys)


def test_without_any_the_issuer_is_asked_where_they_are() -> None:
    """Discovery, for the first token and not before."""
    discovery = f"{ISSUER}.well-known/openid-configuration"
    web = Web({discovery: {"issuer": ISSUER, "jwks_uri": URL}, URL: jwks(signer())})
    keys = key_source(None, issuer=ISSUER, fetch=web)
    assert web.asked == []

    assert keys.find("k1", "ES256").kid == "k1"

    assert web.asked == [discovery, URL]


def test_without_a_transport_our_own_is_used() -> None:
    """It refuses a loopback address that has no leave, so nothing leaves this machine here."""
    with pytest.raises(KeysUnavailable, match="url_forbidden"):
        key_source("https://127.0.0.1:9/", issuer=ISSUER).find("k1", "ES256")


@pytest.mark.parametrize("value", [5, b"jwks.json", object(), ["k"], True])
def test_anything_else_is_a_configuration_error(value: Any) -> None:
    """It says what would do, and the type of what was given."""
    with pytest.raises(ConfigError, match=type(value).__name__):
        key_source(value, issuer=ISSUER)


@pytest.mark.parametrize("value", [{}, {"keys": []}, {"keys": [{"kty": "oct", "k": "AAAA"}]}, "no-such-file.json", ""])
def test_keys_that_are_not_usable_are_a_configuration_error(value: Any) -> None:
    """B3: a shared secret among them."""
    with pytest.raises(ConfigError):
        key_source(value, issuer=ISSUER)


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example.com/",
        "file:///etc/passwd",
        "https://u:hunter2@keys.example.com/",
        "https://a..b/",
        "ftp://h/x",
    ],
)
def test_a_url_against_the_rules_is_a_configuration_error(url: str) -> None:
    """F1: found while constructing, and not repeated, for it may hold a password."""
    with pytest.raises(ConfigError) as fault:
        key_source(url, issuer=ISSUER)

    assert "hunter2" not in str(fault.value)


@pytest.mark.parametrize(
    "issuer", ["https://", "https://idp.example.com:x", "https://u:hunter2@idp.example.com", "https://h/#f"]
)
def test_an_issuer_that_cannot_be_asked_is_a_configuration_error(issuer: str) -> None:
    """Where discovery begins has to be a URL; with keys of its own, an issuer is only a name."""
    with pytest.raises(ConfigError, match="discovery") as fault:
        key_source(None, issuer=issuer)

    assert "hunter2" not in str(fault.value)
    assert key_source(jwks(signer()), issuer=issuer)


@pytest.mark.parametrize(
    "metadata",
    [
        "https://login.example.com/tenant/v2.0/.well-known/openid-configuration",
        "https://login.example.com/.well-known/oauth-authorization-server/tenant",
    ],
)
def test_a_url_of_metadata_leads_to_the_keys_by_discovery(metadata: str) -> None:
    """It need not lie below the issuer, but must name it."""
    key = signer()
    web = Web({metadata: {"issuer": ISSUER, "jwks_uri": URL}, URL: jwks(key)})

    found = key_source(metadata, issuer=ISSUER, fetch=web).find(key.kid, key.alg)

    assert found.kid == key.kid
    assert web.asked == [metadata, URL]


def test_metadata_of_another_issuer_gives_no_keys() -> None:
    """F8, also where the URL was configured."""
    metadata = "https://login.example.com/.well-known/openid-configuration"
    web = Web({metadata: {"issuer": "https://other.example.com", "jwks_uri": URL}})

    with pytest.raises(KeysUnavailable) as fault:
        key_source(metadata, issuer=ISSUER, fetch=web).find("k", "ES256")

    assert fault.value.code == "discovery_issuer_mismatch"
    assert web.asked == [metadata]
