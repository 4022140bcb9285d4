"""The JOSE cookbook (RFC 7520, RFC 8037): what is signed asymmetrically in compact form verifies, the rest is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit.errors import BadSignature, InvalidHeader, KeyProblem, MalformedToken, Unauthenticated
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
UNENCODED = "rfc7797/hmac-sha2_b64_false.json"
ENCRYPTED = "curve25519/ecdh-es.json"
REFUSED = {
    HMAC: "alg_not_allowed",
    "jws/4_5.signature_with_detached_content.json": "alg_not_allowed",
    UNENCODED: "bad_base64url",
    ENCRYPTED: "encrypted_token",
}
# Examples that the compact form cannot hold: header members that are not signed, and several signatures.
JSON_ONLY = (
    "jws/4_6.protecting_specific_header_fields.json",
    "jws/4_7.protecting_content_only.json",
    "jws/4_8.multiple_signatures.json",
    "rfc7797/4.2.hmac-sha2_b64_false.json",
)
KEYS = {
    "jwk/3_1.ec_public_key.json": "EC",
    "jwk/3_2.ec_private_key.json": "invalid_key",
    "jwk/3_3.rsa_public_key.json": "RSA",
    "jwk/3_4.rsa_private_key.json": "invalid_key",
    "jwk/3_5.symmetric_key_mac_computation.json": "invalid_key",
    "jwk/3_6.symmetric_key_encryption.json": "invalid_key",
}
FILES = tuple(f"cookbook/{file}" for file in (*VERIFIED, *REFUSED, *JSON_ONLY, *KEYS))
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
    """Shared secrets where public keys are due, detached and unencoded payloads, and what is encrypted (A2, H1)."""
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


def written_as_json() -> list[tuple[str, str]]:
    """Return each example that has a JSON serialization, with the name of that: general, or flattened."""
    examples = [*VERIFIED, *REFUSED, *JSON_ONLY] if FOLDER.is_dir() else []
    return [(file, name) for file in examples for name in load(f"cookbook/{file}")["output"] if name != "compact"]


@pytest.mark.parametrize(("file", "name"), written_as_json())
def test_a_json_serialization_is_refused(file: str, name: str) -> None:
    """A3: whoever signed it, as text, spaced out, as bytes and as an object; RFC 7519 section 1 knows the compact form only."""
    output = load(f"cookbook/{file}")["output"][name]
    spellings: list[Any] = [json.dumps(output), json.dumps(output, indent=2), json.dumps(output).encode(), output]

    for token in spellings:
        with pytest.raises(MalformedToken, match="not_three_segments"):
            opened(token)


def test_every_example_that_the_compact_form_cannot_hold_has_been_seen() -> None:
    """None of the above has lost its JSON, and none of these has gained another form."""
    written = {file for file, _ in written_as_json()}

    assert written >= set(JSON_ONLY)
    assert all("compact" not in load(f"cookbook/{file}")["output"] for file in JSON_ONLY)


def test_what_is_not_signed_makes_no_token_when_it_is_left_out() -> None:
    """A3: the signed parts of one of several signatures, put into the compact form, have lost their key's name."""
    example = load("cookbook/jws/4_8.multiple_signatures.json")
    first, second, _ = example["signing"]
    compact = f"{first['sig-input']}.{first['sig']}"

    assert opened(compact).header.kid is None
    with pytest.raises(MalformedToken, match="bad_json"):  # this one has no protected header at all
        opened(f"{second['sig-input']}.{second['sig']}")


def test_a_key_for_agreement_signs_nothing() -> None:
    """C5: X25519, as it is published, and without its use (RFC 8037 section 3.1)."""
    jwk = public(load(f"cookbook/{ENCRYPTED}"))
    assert (jwk["crv"], jwk["use"]) == ("X25519", "enc")

    with pytest.raises(KeyProblem, match="key_use_mismatch"):
        read_key(jwk)
    with pytest.raises(KeyProblem, match="not a curve that signs"):
        read_key({name: value for name, value in jwk.items() if name != "use"})


def test_an_unencoded_payload_is_refused_whatever_signs_it() -> None:
    """RFC 7797: its header members have no place in a JWT."""
    protected = load(f"cookbook/{UNENCODED}")["signing"]["protected"]
    assert protected["b64"] is False

    with pytest.raises(InvalidHeader, match="crit_unsupported"):
        opened(b64(json.dumps({**protected, "alg": "ES256"}).encode()) + "..AA")


@pytest.mark.parametrize(("file", "verdict"), KEYS.items(), ids=KEYS)
def test_the_published_keys_are_read_or_refused_for_cause(file: str, verdict: str) -> None:
    """RFC 7520 section 3: public ones are keys, private and symmetric ones are not."""
    try:
        found = read_key(load(f"cookbook/{file}")).kty
    except KeyProblem as refusal:
        found = refusal.code

    assert found == verdict
