"""What ``jwks=`` may be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import ConfigError, KeyProblem, KeysUnavailable
from authkit.keys.answer import Response
from authkit.keys.filestore import FileStore
from authkit.keys.keyset import KeySet
from authkit.keys.remote import RemoteKeys
from authkit.keys.source import key_source
from authkit.keys.timing import Timing
from tests.keys.provider import WEAK
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
        if url not in self.documents:
            raise KeysUnavailable("fetch_status", detail="answered 404")
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
        key_source("https://localhost:9/", issuer=ISSUER).find("k1", "ES256")


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


KID_OPTIONAL = frozenset({"kid-optional"})


def test_a_token_without_a_key_name_needs_leave(tmp_path: Path) -> None:
    """B10: by name, for whatever kind of source."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(jwks(signer())))

    for given in (jwks(signer()), file, URL):
        with pytest.raises(KeyProblem, match="kid_missing"):
            key_source(given, issuer=ISSUER, fetch=Web({URL: jwks(signer())})).find(None, "ES256")
        relaxed = key_source(given, issuer=ISSUER, fetch=Web({URL: jwks(signer())}), relax=KID_OPTIONAL)
        assert relaxed.find(None, "ES256").kid == "k1"


def test_a_bundle_goes_with_a_url(tmp_path: Path) -> None:
    """It serves while the issuer does not answer."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(jwks(signer("ES256", "seed"))))

    for bundle in (file, str(file), jwks(signer("ES256", "seed"))):
        keys = key_source(URL, issuer=ISSUER, fetch=Web({}), bundle=bundle, on_event=lambda event: None)
        assert keys.find("seed", "ES256").kid == "seed"


def test_a_bundle_or_file_of_another_issuer_is_a_configuration_error() -> None:
    """C17: the stamp says so."""
    stamped = {**jwks(signer()), "authkit": {"issuer": "https://other.example/"}}

    with pytest.raises(ConfigError, match=r"holds the keys of 'https://other\.example/', not of"):
        key_source(URL, issuer=ISSUER, bundle=stamped)
    with pytest.raises(ConfigError, match=r"holds the keys of 'https://other\.example/', not of"):
        key_source(stamped, issuer=ISSUER)


def test_a_store_is_shared_by_sources_of_one_issuer_and_url(tmp_path: Path) -> None:
    """C17, G10: and by no others."""
    settings: dict[str, Any] = {"store": FileStore(tmp_path / "keys"), "on_event": lambda event: None}
    key_source(URL, issuer=ISSUER, fetch=Web({URL: jwks(signer())}), **settings).find("k1", "ES256")

    assert key_source(URL, issuer=ISSUER, fetch=Web({}), **settings).find("k1", "ES256")
    for url, issuer in ((URL, "https://other.example/"), (f"{URL}2", ISSUER), (None, ISSUER)):
        with pytest.raises(KeysUnavailable):
            key_source(url, issuer=issuer, fetch=Web({}), **settings).find("k1", "ES256")


def test_timing_and_events_reach_what_fetches() -> None:
    """Both are those given."""
    told: list[Any] = []
    keys = key_source(
        URL, issuer=ISSUER, fetch=Web({URL: jwks(signer())}), timing=Timing(lifetime=5), on_event=told.append
    )

    keys.find("k1", "ES256")

    assert isinstance(keys, RemoteKeys)
    assert keys.state().lifetime == 5
    assert [(event.name, event.issuer) for event in told] == [("fetch_started", ISSUER), ("fetched", ISSUER)]


def test_keys_left_out_of_ones_own_set_are_told() -> None:
    """While constructing."""
    told: list[Any] = []

    key_source(jwks(signer(), WEAK), issuer=ISSUER, on_event=told.append)

    assert [(event.name, event.issuer, event.kid, event.code) for event in told] == [
        ("key_skipped", ISSUER, "weak", "weak_key")
    ]


@pytest.mark.parametrize("settings", [{"bundle": "x"}, {"store": FileStore}, {"timing": Timing()}])
@pytest.mark.parametrize("given", [jwks(signer()), "jwks.json", KeySet(jwks(signer()))], ids=["dict", "file", "set"])
def test_what_is_for_fetching_needs_something_to_fetch(given: Any, settings: dict[str, Any]) -> None:
    """Nobody should believe that it has an effect."""
    with pytest.raises(ConfigError, match="bundle, store and timing"):
        key_source(given, issuer=ISSUER, **settings)


def test_all_faults_are_named_in_one_message() -> None:
    """Of a source that fetches."""
    with pytest.raises(ConfigError) as fault:
        key_source(
            "http://keys.example.com/", issuer=ISSUER, fetch=5, bundle="no-such-file.json", store=object(),  # type: ignore[arg-type]
            timing=Timing(cooldown=-1), on_event="log",  # type: ignore[arg-type]
        )  # fmt: skip

    for said in ("the URL must begin", "fetch cannot", "no-such-file.json", "get and put", "cooldown", "on_event"):
        assert said in str(fault.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bundle": 5}, "bundle must be a file or a mapping, not int"),
        ({"bundle": jwks(signer()), "timing": Timing(max_stale=0)}, "would never serve"),
        ({"timing": 5}, "a Timing, not int"),
    ],
)
def test_what_cannot_be_is_a_configuration_error(settings: dict[str, Any], said: str) -> None:
    """Each in its words."""
    with pytest.raises(ConfigError, match=said):
        key_source(URL, issuer=ISSUER, **settings)
