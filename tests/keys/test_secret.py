"""Secrets: HMAC with what is given, and nothing that is published (rows B3, B6, C14, C15, D7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authkit import ConfigError, JWTBearer
from authkit.errors import BadSignature, KeyProblem
from authkit.keys.secret import SHORTEST, Secret, Secrets
from tests.support.tokens import b64, jwks, new_signer, signer

STRONG = bytes(range(100, 164))


def jwk(value: bytes = STRONG, **members: Any) -> dict[str, Any]:
    return {"kty": "oct", "k": b64(value), **members}


def published(alg: str) -> dict[str, bytes]:
    """Return a public key in every spelling it is found in."""
    public = signer(alg).private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "pem": pem,
        "pem-after-blanks": b" \n\t" + pem,
        "pem-other-armour": pem.replace(b"BEGIN PUBLIC KEY", b"BEGIN  PUBLIC KEY"),
        "pem-lower-case": pem.lower(),
        "pem-body": b"".join(pem.splitlines()[1:-1]),
        "pem-crlf": pem.replace(b"\n", b"\r\n"),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "ssh": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "jwk": json.dumps(signer(alg).jwk).encode(),
        "jwks": json.dumps(jwks(signer(alg))).encode(),
        "jwks-with-a-long-name-before": json.dumps({"name": "x" * 500, **jwks(signer(alg))}).encode(),
        "jwk-with-its-kind-last": json.dumps(dict(reversed(signer(alg).jwk.items()))).encode(),
        "pem-after-a-long-text": b"Certificate:\n" + b"    Data: x\n" * 40 + pem,
        "pem-in-utf-16": pem.decode().encode("utf-16"),
        "pem-in-base64": base64.b64encode(pem),
        "der-and-a-line-end": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) + b"\n",
        "der-in-base64url": b64(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).encode(),
        "der-in-hex": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex().encode(),
        "ssh-without-its-name": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1],
        "certificate": b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(os.urandom(300)),
    }


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
@pytest.mark.parametrize("spelling", published("ES256"))
def test_what_is_published_is_no_secret(alg: str, spelling: str) -> None:
    """B3: everybody could sign with it."""
    with pytest.raises(ConfigError, match="looks like a public key"):
        Secret(published(alg)[spelling], algorithms=["HS256"])


@pytest.mark.parametrize("alg", SHORTEST)
def test_a_secret_is_as_long_as_the_hash(alg: str) -> None:
    """C14: one byte less is a weak key."""
    assert Secret(STRONG[: SHORTEST[alg]], algorithms=[alg])
    with pytest.raises(ConfigError, match="weak_key"):
        Secret(STRONG[: SHORTEST[alg] - 1], algorithms=[alg])


@pytest.mark.parametrize("value", [b"", bytes(64), b"a" * 64, b"abc" * 30, ""])
def test_a_secret_that_can_be_guessed_is_refused(value: Any) -> None:
    """C14: empty, all zero, or of hardly any different bytes."""
    with pytest.raises(ConfigError, match="weak_key"):
        Secret(value, algorithms=["HS256"])


def test_the_length_of_the_longest_hash_counts() -> None:
    """Where several algorithms are allowed."""
    with pytest.raises(ConfigError, match="weak_key"):
        Secret(STRONG[:48], algorithms=["HS256", "HS512"])


@pytest.mark.parametrize("alg", SHORTEST)
def test_a_mac_verifies_whole(alg: str) -> None:
    """D7: cut, lengthened or empty it does not."""
    secret = Secret(STRONG, algorithms=[alg])
    mac = hmac.digest(STRONG, b"data", {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[alg])

    secret.verify(alg, mac, b"data")
    for bad in (mac[:-1], mac + b"\0", mac[: len(mac) // 2], b"", bytes(len(mac)), hashlib.sha256(b"data").digest()):
        with pytest.raises(BadSignature):
            secret.verify(alg, bad, b"data")


def test_a_secret_is_for_its_algorithms_only() -> None:
    """B4: nor for another length of the same hash."""
    with pytest.raises(KeyProblem, match="key_alg_mismatch"):
        Secret(STRONG, algorithms=["HS256"]).verify("HS384", bytes(48), b"")


GOOD: dict[str, tuple[Any, str | None]] = {
    "bytes": (STRONG, None),
    "bytes-any-name": (STRONG, "whatever"),
    "text": ("Not-a-good-one-but-long-enough-to-be-one", None),
    "jwk": (jwk(), None),
    "jwk-pinned": (jwk(alg="HS256", use="sig", key_ops=["verify"]), None),
    "jwk-named": (jwk(kid="a"), "a"),
    "by-name": ({"a": STRONG, "b": STRONG[::-1]}, "b"),
    "set": ({"keys": [jwk(kid="a"), jwk(STRONG[::-1], kid="b")]}, "a"),
}


@pytest.mark.parametrize(("given", "kid"), GOOD.values(), ids=GOOD)
def test_a_secret_is_given_in_several_ways(given: Any, kid: str | None) -> None:
    """One without a name serves every token; with names, the token says which."""
    assert Secrets(given, algorithms=["HS256"]).find(kid, "HS256").verify


BAD: dict[str, Any] = {
    "none": None,
    "number": 5,
    "list": [STRONG],
    "empty-mapping": {},
    "empty-set": {"keys": []},
    "two-without-names": {"keys": [jwk(), jwk(STRONG[::-1])]},
    "the-same-name-twice": {"keys": [jwk(kid="a"), jwk(STRONG[::-1], kid="a")]},
    "C15-aes": jwk(alg="A256GCM"),
    "C15-other-hash": jwk(alg="HS512"),
    "C7-use": jwk(use="enc"),
    "C7-operations": jwk(key_ops=["sign"]),
    "C7-operations-text": jwk(key_ops="verify"),
    "no-text": jwk(k=5),
    "padded": {"kty": "oct", "k": base64.b64encode(STRONG).decode()},
    "absent": {"kty": "oct"},
    "kid-number": jwk(kid=5),
    "public": {"keys": [signer().jwk]},
    "public-alone": signer().jwk,
    "value-none": {"a": None},
}


@pytest.mark.parametrize("given", BAD.values(), ids=BAD)
def test_what_is_no_secret_is_a_configuration_error(given: Any) -> None:
    """And no message shows it."""
    with pytest.raises(ConfigError) as fault:
        Secrets(given, algorithms=["HS256"])

    assert b64(STRONG) not in str(fault.value)


@pytest.mark.parametrize("kid", [None, "c", "A"])
def test_a_secret_that_is_not_there_is_not_replaced_by_another(kid: str | None) -> None:
    """B18, D10: no trial of all of them, and no default."""
    secrets = Secrets({"a": STRONG, "b": STRONG[::-1]}, algorithms=["HS256"])

    with pytest.raises(KeyProblem) as fault:
        secrets.find(kid, "HS256")
    assert fault.value.code == ("kid_missing" if kid is None else "key_not_found")


def test_no_repr_shows_a_secret() -> None:
    """Only names and algorithms."""
    text = "Not-a-good-one-but-long-enough-to-be-one"
    told = repr(Secret(text, algorithms=["HS256"])) + repr(Secrets({"a": text}, algorithms=["HS256"]))

    assert text not in told
    assert "'a'" in told


def test_a_secret_and_public_keys_do_not_go_together() -> None:
    """B3, B6: by type; there is no place where the one could be taken for the other."""
    given: dict[str, Any] = {"issuer": "https://idp.example.com/", "audience": "x"}

    with pytest.raises(ConfigError, match="use one or the other"):
        JWTBearer(**given, secret=STRONG, jwks=jwks(new_signer()))
    with pytest.raises(ConfigError, match="only asymmetric ones"):
        JWTBearer(**given, algorithms=["HS256"], jwks="https://idp.example.com/keys")
    with pytest.raises(ConfigError, match="only those of a secret"):
        JWTBearer(**given, algorithms=["HS256", "RS256"], secret=STRONG)


@pytest.mark.parametrize("start", ["sk-proj-", "disk-", "Task-force-", "begin-", "0", "{", "[", "MII", "ssh"])
def test_a_good_secret_may_begin_with_anything(start: str) -> None:
    """A routine rotation must not crash the function."""
    rest = "hZ3vQ8xW1nB6yT4cR9kL2mF7pD5sG0jA-aUeIoE"

    assert Secret(f"{start}{rest}", algorithms=["HS256"])


def test_random_secrets_are_secrets() -> None:
    """In whatever way they are written."""
    for _ in range(3000):
        raw = os.urandom(48)
        for written in (raw, b64(raw), raw.hex(), base64.b64encode(raw)):
            assert Secret(written, algorithms=["HS256"])
