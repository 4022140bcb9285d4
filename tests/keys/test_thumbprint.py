"""Thumbprints: the published examples, and what they leave out (RFC 7638)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.errors import KeyProblem
from authkit.keys.thumbprint import thumbprint
from tests.support.tokens import b64, signer

# RFC 7638 section 3.1.
RSA = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAt"
        "VT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn6"
        "4tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FD"
        "W2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9"
        "1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINH"
        "aQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
# RFC 8037 appendix A.2, with the thumbprint of A.3.
ED25519 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}

EXAMPLES = [
    (RSA, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
    (ED25519, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
]


@pytest.mark.parametrize(("jwk", "expected"), EXAMPLES)
def test_the_published_examples(jwk: dict[str, Any], expected: str) -> None:
    """RFC 7638 section 3.1 and RFC 8037 appendix A.3."""
    assert thumbprint(jwk) == expected


@pytest.mark.parametrize("alg", ["RS256", "ES256", "ES512", "ES256K", "EdDSA", "Ed448"])
def test_only_what_makes_the_key_counts(alg: str) -> None:
    """Neither the order of its members, nor its name, use or private half."""
    jwk = signer(alg).jwk
    dressed = dict(reversed([*jwk.items(), ("alg", alg), ("d", "AQ"), ("x5t", 7), ("kid", None)]))

    assert thumbprint(dressed) == thumbprint(jwk)


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_it_is_that_of_an_independent_implementation(alg: str) -> None:
    """Whatever the key."""
    jose = pytest.importorskip("joserfc.jwk")
    jwk = signer(alg).jwk

    assert thumbprint(jwk) == jose.import_key(jwk).thumbprint()


@pytest.mark.parametrize(
    ("jwk", "claim"),
    [
        (None, ""),
        ("RSA", ""),
        ([RSA], ""),
        ({}, "kty"),
        ({**RSA, "kty": "rsa"}, "kty"),
        ({**RSA, "kty": ["RSA"]}, "kty"),
        ({**RSA, "kty": None}, "kty"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "kty"),
        ({"kty": "RSA", "e": "AQAB"}, "n"),
        ({**RSA, "n": 65537}, "n"),
        ({**RSA, "n": ""}, "n"),
        ({**RSA, "n": 'A","x":"'}, "n"),
        ({**RSA, "n": "AQAB\\"}, "n"),
        ({**RSA, "e": "AQAB="}, "e"),
        ({**RSA, "e": "é"}, "e"),
        ({**RSA, "e": "\ud800"}, "e"),
        ({**ED25519, "crv": ["Ed25519"]}, "crv"),
        ({**ED25519, "crv": 'Ed25519","kty":"EC'}, "crv"),
        ({**ED25519, "kty": "EC"}, "y"),
    ],
)
def test_what_is_no_public_key_has_none(jwk: Any, claim: str) -> None:
    """And nothing in it can break out of the JSON that is hashed."""
    with pytest.raises(KeyProblem) as found:
        thumbprint(jwk)

    assert (found.value.code, found.value.claim) == ("invalid_key", claim)


def test_other_numbers_are_another_thumbprint() -> None:
    """To the last bit."""
    changed = {**ED25519, "x": b64(bytes(32))}

    assert thumbprint(changed) != thumbprint(ED25519)
