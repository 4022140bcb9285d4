"""The JOSE cookbook (RFC 7520, RFC 8037): what is signed asymmetrically in compact form verifies, the rest is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.errors import BadSignature, InvalidHeader, KeyProblem, Unauthenticated
from authkit.keys.jwk import read_key
from authkit.keys.secret import Secrets
from authkit.keys.verify import verify_jws
from authkit.tokens.algorithms import ALGORITHMS
from authkit.tokens.jws import Envelope, Opener
from tests.support.tokens import b64, unb64
from tests.vectors.jwt_data import FOLDER, load, needed

pytestmark = needed

VERIFIED = {
    "jws/4_1.rsa_v15_signature.json": "RS256",
    "jws/4_2.rsa-pss_signature.json": "PS384",
    "jws/4_3.ecdsa_signature.json": "ES512",
    "curve25519/jws.json": "EdDSA",
}
HMAC = "jws/4_4.hmac-sha2_integrity_protection.json"
REFUSED = {
    HMAC: "alg_not_allowed",
    "jws/4_5.signature_with_detached_content.json": "alg_not_allowed",
    "rfc7797/hmac-sha2_b64_false.json": "bad_base64url",
}
PUBLIC = {"kty", "kid", "use", "crv", "x", "y", "n", "e"}


def public(example: dict[str, Any]) -> dict[str, Any]:
    """Return the public half of the example's key."""
    return {name: value for name, value in example["input"]["key"].items() if name in PUBLIC}


def opened(token: str) -> Envelope:
    return Opener(algorithms=ALGORITHMS, types=["jwt"]).open(token)


@pytest.mark.parametrize(("file", "alg"), VERIFIED.items(), ids=VERIFIED)
def test_an_example_verifies_stage_by_stage(file: str, alg: str) -> None:
    """Header, payload and signing input are those of the example, and the signature is its key's."""
    example = load(f"cookbook/{file}")

    envelope = opened(example["output"]["compact"])

    assert (envelope.header.alg, envelope.header.kid) == (alg, example["signing"]["protected"].get("kid"))
    assert envelope.payload.decode() == example["input"]["payload"]
    assert envelope.signed.decode() == example["signing"]["sig-input"]
    assert envelope.signature == unb64(example["signing"]["sig"])
    read_key(public(example)).verify(alg, envelope.signature, envelope.signed)


@pytest.mark.parametrize("file", VERIFIED)
def test_an_example_does_not_verify_with_another_payload(file: str) -> None:
    """One bit is enough."""
    example = load(f"cookbook/{file}")
    envelope = opened(example["output"]["compact"])
    changed = envelope.signed[:-1] + bytes([envelope.signed[-1] ^ 1])

    with pytest.raises(BadSignature):
        read_key(public(example)).verify(envelope.header.alg, envelope.signature, changed)


@pytest.mark.parametrize("file", VERIFIED)
def test_the_examples_own_private_key_is_refused(file: str) -> None:
    """C9: published with its private half, a key is compromised."""
    with pytest.raises(KeyProblem, match="invalid_key"):
        read_key(load(f"cookbook/{file}")["input"]["key"])


@pytest.mark.parametrize(("file", "code"), REFUSED.items(), ids=REFUSED)
def test_what_is_not_done_is_refused(file: str, code: str) -> None:
    """Shared secrets where public keys are due, detached and unencoded payloads."""
    token = load(f"cookbook/{file}")["output"]["compact"]

    with pytest.raises(Unauthenticated) as fault:
        opened(token)

    assert fault.value.code == code


def test_the_shared_secret_verifies_what_it_protects() -> None:
    """RFC 7520 section 4.4, with the secret as the JWK it is published as."""
    example = load(f"cookbook/{HMAC}")
    secrets = Secrets(example["input"]["key"], algorithms=["HS256"])
    token = example["output"]["compact"]

    assert verify_jws(token, secrets, algorithms=["HS256"]).decode() == example["input"]["payload"]
    with pytest.raises(BadSignature):
        verify_jws(token[:-2] + ("AA" if token[-2:] != "AA" else "BA"), secrets, algorithms=["HS256"])


def test_an_unencoded_payload_is_refused_whatever_signs_it() -> None:
    """RFC 7797: its header members have no place in a JWT."""
    protected = load("cookbook/rfc7797/hmac-sha2_b64_false.json")["signing"]["protected"]
    assert protected["b64"] is False

    with pytest.raises(InvalidHeader, match="crit_unsupported"):
        opened(b64(json.dumps({**protected, "alg": "ES256"}).encode()) + "..AA")


def test_the_published_keys_are_read_or_refused_for_cause() -> None:
    """RFC 7520 section 3: public ones are keys, private and symmetric ones are not."""
    found = {}
    for file in sorted((FOLDER / "cookbook/jwk").glob("*.json")):
        try:
            found[file.name[:3]] = read_key(load(f"cookbook/jwk/{file.name}")).kty
        except KeyProblem as refusal:
            found[file.name[:3]] = refusal.code

    assert found == {
        "3_1": "EC", "3_2": "invalid_key", "3_3": "RSA", "3_4": "invalid_key", "3_5": "invalid_key", "3_6": "invalid_key",
    }  # fmt: skip
