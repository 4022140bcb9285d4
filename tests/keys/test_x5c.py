"""Keys that are published with a certificate, held to it (RFC 7517 section 4.7; row C16)."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import ConfigError, KeyProblem
from authkit.keys.bundle import read_bundle
from authkit.keys.events import KeyEvent
from authkit.keys.jwk import UnusableKey, read_key
from authkit.keys.keyset import KeySet
from authkit.keys.source import key_source
from tests.battery.spellings import certificates
from tests.keys.provider import World, code_of
from tests.support.tokens import ISSUER, Signer, jwks, signer
from tests.test_imports import run

if TYPE_CHECKING:
    from pathlib import Path

ALGORITHMS = ("ES256", "ES384", "ES512", "ES256K", "RS256", "Ed25519", "Ed448")


def certified(key: Signer, by: Signer | None = None) -> Signer:
    """Return a key with a certificate, of its own or of another key."""
    der = certificates(by or key)["certificate-der"]
    return key._replace(jwk={**key.jwk, "x5c": [base64.b64encode(der).decode()]})


GOOD, EVIL = certified(signer()), certified(signer("ES256", "evil"), signer())


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_that_agrees_with_its_certificate_is_read(alg: str) -> None:
    """Of every kind that signs."""
    assert read_key(certified(signer(alg)).jwk, x5c_agrees=True).kty == signer(alg).jwk["kty"]


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_that_disagrees_with_its_certificate_is_no_key(alg: str) -> None:
    """By a reason of its own, and only where agreement is demanded."""
    jwk = certified(signer(alg), signer(alg, "other")).jwk

    with pytest.raises(UnusableKey, match="of another key") as fault:
        read_key(jwk, x5c_agrees=True)

    assert (fault.value.code, fault.value.reason, fault.value.claim) == ("invalid_key", "x5c_disagrees", "x5c")
    assert read_key(jwk)


def test_a_key_without_a_certificate_is_read() -> None:
    """Section 4.7: the member is optional."""
    assert read_key(signer().jwk, x5c_agrees=True)


def test_neither_the_chain_nor_the_time_of_a_certificate_counts() -> None:
    """Self-signed, long over, and whatever stands behind it."""
    jwk = {**GOOD.jwk, "x5c": [*GOOD.jwk["x5c"], "no certificate", 5]}

    assert read_key(jwk, x5c_agrees=True)


def test_the_others_go_on_working_and_it_is_told() -> None:
    """C10: one bad key among good ones."""
    world = World(x5c_agrees=True)
    world.provider.keys = [GOOD, EVIL]

    assert world.keys.find("k1", "ES256")
    assert code_of(world.keys, "evil") == "invalid_key"
    assert [(event.kid, event.code) for event in world.heard("key_skipped")] == [("evil", "x5c_disagrees")]


def test_a_set_of_such_keys_alone_never_replaces_a_good_one() -> None:
    """C12 and G5."""
    world = World(x5c_agrees=True)
    world.provider.keys = [GOOD]
    world.keys.find("k1", "ES256")

    world.provider.keys = [certified(signer(), signer("ES256", "evil"))]
    world.passes(2 * 3600)

    assert world.keys.find("k1", "ES256")
    assert [event.code for event in world.heard("fetch_failed")] == ["jwks_invalid"]


def test_keys_that_are_given_are_held_to_it_when_they_are_read(tmp_path: Path) -> None:
    """A mapping, a file, a bundle, and a set made by hand; and each key left out is told of."""
    told: list[KeyEvent] = []
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(jwks(GOOD, EVIL)))
    sets: list[Any] = [
        key_source(jwks(GOOD, EVIL), issuer=ISSUER, x5c_agrees=True, on_event=told.append),
        key_source(file, issuer=ISSUER, x5c_agrees=True, on_event=told.append),
        read_bundle(file, issuer=ISSUER, x5c_agrees=True),
        KeySet.bundled(file, x5c_agrees=True),
        KeySet.parse(file.read_bytes(), x5c_agrees=True),
    ]

    for keys in sets:
        assert keys.find("k1", "ES256")
        with pytest.raises(KeyProblem, match="invalid_key"):
            keys.find("evil", "ES256")
    assert [event.code for event in told] == ["x5c_disagrees"] * 2


def test_given_keys_that_all_disagree_are_a_configuration_error() -> None:
    """As of any set with no usable key."""
    with pytest.raises(ConfigError, match="'evil': invalid_key"):
        key_source(jwks(EVIL), issuer=ISSUER, x5c_agrees=True)


def test_a_key_source_has_to_be_told_itself() -> None:
    """It has read its keys already."""
    with pytest.raises(ConfigError, match="has read its keys already"):
        key_source(KeySet(jwks(GOOD)), issuer=ISSUER, x5c_agrees=True)


LOADS = """
import json, sys
from authkit.keys.source import key_source
key_source(json.loads({jwks!r}), issuer="https://idp.example.com/")
key_source("https://idp.example.com/jwks", issuer="https://idp.example.com/")
before = "cryptography.x509" in sys.modules
key_source("https://idp.example.com/jwks", issuer="https://idp.example.com/", x5c_agrees=True)
print(json.dumps([before, "cryptography.x509" in sys.modules]))
"""


def test_certificates_are_loaded_only_where_they_are_compared() -> None:
    """They take 44 milliseconds: when the source is made, and not in somebody's request."""
    printed = run(LOADS.format(jwks=json.dumps(jwks(GOOD))))

    assert printed == [False, True]
