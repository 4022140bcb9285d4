"""Whatever bytes come in: a refusal, an outage, or a token that is truly good."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import JWTBearer
from authkit.errors import MalformedToken, Refused, Unauthenticated, Unavailable
from authkit.keys.answer import Response
from authkit.keys.cachecontrol import DEFAULT, LONGEST, SHORTEST, lifetime
from authkit.keys.jwk import read_key
from authkit.keys.key import Key
from authkit.keys.keyset import BadKeySet, KeySet
from authkit.keys.url import RELAXATIONS, Origin, parse_url
from authkit.tokens.base64url import ALPHABET, decode, decode_text, encode
from authkit.tokens.strictjson import parse_object
from tests.support.tokens import AUDIENCE, ISSUER, NOW, b64, bearer, good_claims, signer

VERIFIER = bearer(signer("ES256"), signer("RS256", "rsa"), signer("EdDSA", "ed"))
ALGORITHMS = ("ES256", "RS256", "EdDSA")

numbers = st.integers() | st.floats() | st.sampled_from([NOW, NOW + 1, -1, 2**63, 1e300])
leaves = st.none() | st.booleans() | numbers | st.text() | st.sampled_from([ISSUER, AUDIENCE, "k1", "ES256", "none"])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
claim_names = st.sampled_from(["iss", "aud", "exp", "nbf", "iat", "sub", "cnf", "scope", "jti"]) | st.text(max_size=5)
header_names = st.sampled_from(["alg", "kid", "typ", "cty", "crit", "b64", "jwk", "jku", "x5c"]) | st.text(max_size=5)
segments = st.text(alphabet=ALPHABET.decode(), max_size=80)
good_segments = st.tuples(*[st.builds(b64, st.binary(max_size=60))] * 3).map(".".join)
near_tokens = st.lists(segments, min_size=1, max_size=5).map(".".join)
members = st.sampled_from(["kty", "kid", "alg", "use", "key_ops", "crv", "x", "y", "n", "e", "d", "k"])
member_values = values | st.sampled_from(["RSA", "EC", "OKP", "oct", "P-256", "Ed25519", "RS256", "AQAB", "sig"])


def verify(token: object) -> dict[str, Any] | None:
    """Return the claims, or None if it was refused in one of the ways that are allowed."""
    try:
        return dict(VERIFIER.verify(token, at=NOW))  # type: ignore[arg-type]
    except (Unauthenticated, Unavailable):
        return None


@given(st.text() | st.binary() | near_tokens | good_segments | values)
def test_nothing_but_a_refusal_comes_of_garbage(token: object) -> None:
    """Text, bytes, near tokens, or no text at all."""
    assert verify(token) is None


@given(
    header=st.dictionaries(header_names, values, max_size=5),
    payload=st.dictionaries(claim_names, values, max_size=6),
    kid=st.sampled_from(["k1", "rsa", "ed"]),
)
def test_a_signed_token_of_any_content_is_refused_or_says_the_right_things(
    header: dict[str, Any], payload: dict[str, Any], kid: str
) -> None:
    """With a genuine signature on it, what passes has issuer, audience and an end to come."""
    alg = {"k1": "ES256", "rsa": "RS256", "ed": "EdDSA"}[kid]
    token = signer(alg, kid).raw({"alg": alg, "kid": kid, **header}, payload)

    claims = verify(token)

    if claims is not None:
        assert claims["iss"] == ISSUER
        assert AUDIENCE in claims["aud"]
        assert claims["exp"] > NOW
        assert "cnf" not in claims


@given(header=st.binary(max_size=60), payload=st.binary(max_size=60))
def test_a_signed_token_of_any_bytes_is_refused(header: bytes, payload: bytes) -> None:
    """Whatever stands in the first two segments."""
    assert verify(signer().raw(header, payload)) is None


@given(
    st.dictionaries(
        st.text().filter(lambda name: name not in {*good_claims(), "cnf", "jti"}),  # whose kinds are demanded
        st.text() | st.booleans() | st.none(),
    )
)
def test_valid_claims_come_back_as_they_were(extra: dict[str, Any]) -> None:
    """Whatever else they say."""
    claims = {**good_claims(), **extra}

    assert verify(signer().raw(signer().header(), json.dumps(claims, ensure_ascii=False).encode())) == claims


@pytest.mark.parametrize("alg", ALGORITHMS)
@given(data=st.data())
def test_a_flipped_bit_is_never_accepted(alg: str, data: st.DataObject) -> None:
    """Anywhere in the token, signature and dots included."""
    kid = {"ES256": "k1", "RS256": "rsa", "EdDSA": "ed"}[alg]
    token = bytearray(signer(alg, kid).token().encode())
    assert verify(bytes(token))
    token[data.draw(st.integers(0, len(token) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    assert verify(bytes(token)) is None


@given(data=st.data())
def test_a_token_changed_anywhere_is_never_accepted(data: st.DataObject) -> None:
    """Cut, repeated, or with something put in."""
    token = signer().token()
    start, end = sorted((data.draw(st.integers(0, len(token))), data.draw(st.integers(0, len(token)))))
    changed = token[:start] + data.draw(st.text(max_size=3) | st.just(token[start:end] * 2)) + token[end:]

    assert changed == token or verify(changed) is None


@given(st.binary() | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_key_set_or_none(raw: bytes) -> None:
    """Nothing but BadKeySet is raised."""
    with suppress(BadKeySet):
        assert len(KeySet.parse(raw)) > 0


@given(st.lists(st.dictionaries(members, member_values, max_size=8) | values, max_size=5), st.booleans())
def test_any_list_of_keys_is_a_set_or_none(keys: list[Any], good: bool) -> None:
    """And a good key among them is found, whatever stands beside it, unless it has the same name."""
    listed = [*keys, signer().jwk] if good else keys
    try:
        found = KeySet({"keys": listed})
    except BadKeySet:
        assert not good
        return
    if good and not any(isinstance(key, dict) and key.get("kid") == "k1" for key in keys):
        assert found.find("k1", "ES256")


@given(st.dictionaries(members, member_values) | values)
def test_any_jwk_is_a_key_or_refused(jwk: Any) -> None:
    """And what becomes a key refuses a signature of nothing."""
    try:
        key = read_key(jwk)
    except Unauthenticated:
        return
    assert isinstance(key, Key)
    for alg in key.algorithms:
        with pytest.raises(Unauthenticated):
            key.verify(alg, b"", b"")


@given(st.integers(2**2047, 2**2049), st.sampled_from([3, 65537, 2**32 - 1]), st.binary(min_size=256, max_size=257))
def test_a_modulus_of_any_kind_verifies_nothing_by_chance(modulus: int, exponent: int, signature: bytes) -> None:
    """Numbers that are no product of two primes cause a refusal, and no other exception."""
    n = b64(modulus.to_bytes((modulus.bit_length() + 7) // 8, "big"))
    try:
        key = read_key({"kty": "RSA", "n": n, "e": b64(exponent.to_bytes(4, "big"))})
    except Unauthenticated:
        return
    for alg in ("RS256", "PS512"):
        with pytest.raises(Unauthenticated):
            key.verify(alg, signature, b"data")


@given(st.binary(), st.dictionaries(st.text(), st.text()), st.sampled_from([200, 304]))
def test_any_answer_of_an_issuer_is_an_outage_or_a_set(body: bytes, headers: dict[str, str], status: int) -> None:
    """Discovery and key set alike."""
    strange = JWTBearer(
        issuer=ISSUER, audience=AUDIENCE, fetch=lambda url, timeout, etag=None: Response(status, headers, body)
    )

    with pytest.raises((Unauthenticated, Unavailable)):
        strange.verify(signer().token(), at=NOW)


@given(st.binary(max_size=200))
def test_base64url_has_one_spelling(data: bytes) -> None:
    """What encodes comes back, and no other text gives the same bytes."""
    text = encode(data)

    assert decode(text.encode()) == decode_text(text) == data


@given(segments)
def test_what_decodes_is_what_encodes(text: str) -> None:
    """A segment is the one spelling of its bytes, or refused."""
    try:
        data = decode(text.encode())
    except MalformedToken:
        return
    assert encode(data) == text


@given(st.binary() | values.map(lambda value: json.dumps(value).encode()) | st.text().map(str.encode))
def test_json_is_read_as_json_or_refused(raw: bytes) -> None:
    """What is read is what the standard library reads."""
    try:
        value = parse_object(raw)
    except Refused:
        return
    assert value == json.loads(raw)


@given(st.text() | st.text(alphabet="htps:/.@#?[]%\\a1 \n").map("https://".__add__))
def test_any_url_is_taken_apart_or_refused(url: str) -> None:
    """Nothing but ValueError is raised, and what passes is https."""
    try:
        origin = parse_url(url, relax=frozenset(RELAXATIONS))
    except ValueError:
        return
    assert isinstance(origin, Origin)
    assert 0 < origin.port < 65536
    assert origin.target.startswith("/")
    assert origin.host.isascii()


@given(st.dictionaries(st.sampled_from(["cache-control", "age"]), st.text() | st.integers().map("max-age={}".format)))
def test_any_cache_control_is_a_lifetime_within_bounds(headers: dict[str, str]) -> None:
    """No issuer can push us out of them."""
    assert lifetime(headers) == DEFAULT or SHORTEST <= lifetime(headers) <= LONGEST
