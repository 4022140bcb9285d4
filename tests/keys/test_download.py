"""Key sets by hand: from an issuer, its metadata, or a URL of keys."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.errors import ConfigError, KeysUnavailable
from authkit.keys.answer import Response
from authkit.keys.download import Download, download
from tests.support.tokens import ISSUER, jwks, signer

URL = "https://keys.example.com/jwks"
WELL_KNOWN = f"{ISSUER}.well-known/openid-configuration"
BODY = json.dumps(jwks(signer())).encode()


class Web:
    """A transport that serves documents by URL; what it has not got answers 404."""

    def __init__(self, documents: dict[str, Any]) -> None:
        self.documents = documents
        self.asked: list[str] = []

    def __call__(self, url: str, *, timeout: float, etag: str | None = None) -> Response:
        self.asked.append(url)
        if url not in self.documents:
            raise KeysUnavailable("fetch_status", detail="answered 404")
        document = self.documents[url]
        if isinstance(document, Exception):
            raise document
        return Response(200, {}, document if isinstance(document, bytes) else json.dumps(document).encode())


METADATA = {"issuer": ISSUER, "jwks_uri": URL}


def test_an_issuer_is_asked_where_its_keys_are() -> None:
    """Discovery, by its rules."""
    web = Web({WELL_KNOWN: METADATA, URL: BODY})

    assert download(ISSUER, web) == download(ISSUER, web, issuer=ISSUER) == Download(BODY, URL, ISSUER)
    with pytest.raises(KeysUnavailable, match="404"):
        download(ISSUER, Web({ISSUER: BODY}), issuer=ISSUER)


def test_a_place_without_metadata_is_that_of_keys() -> None:
    """Then nobody says whose they are, unless the caller does."""
    assert download(URL, Web({URL: BODY})) == Download(BODY, URL, None)
    assert download(URL, Web({URL: BODY}), issuer=ISSUER) == Download(BODY, URL, ISSUER)
    assert download(f"{URL}?v=1", Web({f"{URL}?v=1": BODY})) == Download(BODY, f"{URL}?v=1", None)


@pytest.mark.parametrize("issuer", [ISSUER, ISSUER.rstrip("/")])
def test_metadata_names_the_issuer_above_it(issuer: str) -> None:
    """With or without a slash in the end."""
    web = Web({WELL_KNOWN: {"issuer": issuer, "jwks_uri": URL}, URL: BODY})

    assert download(WELL_KNOWN, web) == Download(BODY, URL, issuer)


def test_metadata_elsewhere_needs_its_issuer_said() -> None:
    """F9: a document is not believed about whose it is."""
    elsewhere = "https://idp.example.com/.well-known/oauth-authorization-server/tenant"

    with pytest.raises(ConfigError, match="--issuer"):
        download(elsewhere, Web({elsewhere: METADATA}))
    assert download(elsewhere, Web({elsewhere: METADATA, URL: BODY}), issuer=ISSUER).issuer == ISSUER


@pytest.mark.parametrize("place", [ISSUER, WELL_KNOWN])
def test_metadata_of_another_issuer_is_refused(place: str) -> None:
    """F8: and not taken for a key set."""
    with pytest.raises(KeysUnavailable, match="discovery_issuer_mismatch"):
        download(place, Web({WELL_KNOWN: {**METADATA, "issuer": "https://evil.example/"}, place: BODY, URL: BODY}))


@pytest.mark.parametrize("place", [ISSUER, WELL_KNOWN])
def test_an_issuer_that_is_down_is_asked_once(place: str) -> None:
    """Nothing is guessed then."""
    web = Web({WELL_KNOWN: KeysUnavailable("fetch_timeout", detail="no answer")})

    with pytest.raises(KeysUnavailable, match="fetch_timeout"):
        download(place, web)
    assert web.asked == [WELL_KNOWN]


@pytest.mark.parametrize("place", ["http://idp.example.com/", "https://u:hunter2@idp.example.com/", "ftp://x/", "x"])
def test_a_place_against_the_rules_is_a_configuration_error(place: str) -> None:
    """F1: not repeated, for it may hold a password."""
    with pytest.raises(ConfigError) as fault:
        download(place, Web({}))

    assert "hunter2" not in str(fault.value)
