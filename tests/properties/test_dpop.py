"""Whatever becomes of a good proof: a refusal; and URLs: one spelling each, and never one for two."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from authkit.errors import KeyProblem, Refused, Unavailable
from authkit.keys.thumbprint import thumbprint
from authkit.tokens.dpop import plain_url, public_base, urls_of
from tests.credentials.proofs import (
    DOMAIN,
    HOLDER,
    JKT,
    TOKEN,
    URL,
    dpop,
    good_header,
    good_proof,
    proof,
    public,
    request,
)
from tests.support.tokens import NOW, b64, signer, unb64

ALGORITHMS = ("ES256", "EdDSA", "RS256")
KEYS = {alg: signer(alg, "holder") for alg in ALGORITHMS}

numbers = st.integers() | st.floats() | st.sampled_from([NOW, NOW + 11, NOW - 61, -1, 2**63, 1e300])
leaves = st.none() | st.booleans() | numbers | st.text() | st.sampled_from(["GET", "POST", URL, JKT, TOKEN])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
demanded = st.sampled_from(["htm", "htu", "ath", "iat"])
header_members = st.sampled_from(["typ", "alg", "jwk", "crit", "b64", "jku", "x5u", "cty", "zip", "enc"])
jwk_members = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "p", "oth", "use", "key_ops", "alg", "k"])

path_characters = st.characters(codec="utf-8") | st.sampled_from("/.%~-_:@!$&'()*+,;=?#[]| \\2Ff5Ee")
paths = st.lists(st.text(path_characters, max_size=6), max_size=5).map(lambda parts: "/" + "/".join(parts))
pieces = st.sampled_from([*"abAB12.~-_:@$&/;", "%2F", "%2f", "%41", "%7e", "%25", "%2E", "%3A", "%e5", "//", ".."])
written = st.lists(pieces, max_size=10).map("".join)
urls = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["https", "HTTPS", "http", "wss", "ws"]),
    st.sampled_from(["h", "H", "api.example.com", "[::1]", "h.", "127.0.0.1"]),
    st.sampled_from(["", ":", ":443", ":80", ":8443", ":0443", ":0"]),
    written.map(lambda path: "/" + path) | st.just(""),
)


def verdict(given_proof: Any, token: Any = TOKEN, jkt: Any = JKT) -> bool:
    """Tell whether a proof is taken; whatever is raised but a refusal fails the test."""
    try:
        dpop()(request(given_proof), token, jkt)
    except Refused:
        return False
    return True


@given(st.text() | st.text(alphabet="abcXYZ012-_.=,").filter(bool))
def test_nothing_but_a_refusal_comes_of_garbage(text: str) -> None:
    """H5: in place of a proof."""
    assert not verdict(text)


@pytest.mark.parametrize("alg", ALGORITHMS)
@given(data=st.data())
def test_a_flipped_bit_is_never_taken(alg: str, data: st.DataObject) -> None:
    """H5: anywhere in the proof, signature and dots included."""
    key = KEYS[alg]
    given_proof = bytearray(proof(key, jti="one").encode())
    assert verdict(given_proof.decode(), jkt=thumbprint(key.jwk))
    given_proof[data.draw(st.integers(0, len(given_proof) - 1))] ^= 1 << data.draw(st.integers(0, 6))

    assert not verdict(given_proof.decode(), jkt=thumbprint(key.jwk))


@given(data=st.data())
def test_a_proof_changed_anywhere_is_never_taken(data: st.DataObject) -> None:
    """H5: cut, repeated, or with something put in."""
    good = proof()
    start, end = sorted((data.draw(st.integers(0, len(good))), data.draw(st.integers(0, len(good)))))
    changed = good[:start] + data.draw(st.text(max_size=3) | st.just(good[start:end] * 2)) + good[end:]

    assert changed == good or not verdict(changed)


@given(name=st.sampled_from(["typ", "alg", "jwk", "kid"]) | st.text(max_size=4), value=values, payload=st.booleans())
def test_a_change_that_is_not_signed_is_never_taken(name: str, value: Any, payload: bool) -> None:
    """H5: of any member of the header or claim."""
    segments = proof().split(".")
    part = json.loads(unb64(segments[int(payload)]))
    changed = {**part, name: value}
    assume(json.dumps(changed) != json.dumps(part))
    segments[int(payload)] = b64(json.dumps(changed).encode())

    assert not verdict(".".join(segments))


@given(name=demanded, value=values)
def test_a_signed_claim_of_another_value_is_never_taken(name: str, value: Any) -> None:
    """H5: what is not this request, token or moment, though the right key has signed it."""
    good = good_proof()
    if name == "iat":
        assume(isinstance(value, bool) or not isinstance(value, (int, float)) or not NOW - 60 <= value <= NOW + 10)
    assume(value != good[name] or type(value) is not type(good[name]))

    assert not verdict(proof(**{name: value}))


@given(name=header_members, value=values)
def test_a_signed_header_of_another_value_is_never_taken(name: str, value: Any) -> None:
    """H5: each of these members has one value, or none."""
    assume(value != good_header().get(name, ...))
    assume(not (name == "typ" and isinstance(value, str) and value.lower().endswith("dpop+jwt")))

    assert not verdict(proof(header={name: value}))


@given(st.dictionaries(jwk_members, values, max_size=4), st.dictionaries(st.text(max_size=4), values, max_size=2))
def test_any_jwk_is_the_confirmed_key_or_refused(changes: dict[str, Any], more: dict[str, Any]) -> None:
    """H5: what is taken has the thumbprint of the token."""
    jwk = {**public(HOLDER), **more, **changes}

    if verdict(proof(header={"jwk": jwk})):
        assert thumbprint(jwk) == JKT
        assert not {"d", "p", "oth"} & jwk.keys()


@given(values | st.dictionaries(jwk_members, values | st.sampled_from(["RSA", "EC", "OKP", "AQAB", "P-256"])))
def test_any_jwk_has_a_thumbprint_or_none(jwk: Any) -> None:
    """Nothing but a refusal is raised."""
    try:
        assert len(thumbprint(jwk)) == 43
    except KeyProblem:
        return


@given(token=st.text() | values, confirmation=st.text() | values)
def test_any_token_and_confirmation_is_refused(token: Any, confirmation: Any) -> None:
    """H5: a proof of one key for one token fits no other."""
    assume((token, confirmation) != (TOKEN, JKT))

    assert not verdict(proof(), token, confirmation)


@given(context=st.dictionaries(st.sampled_from(["domainName", "path", "httpMethod", "http"]), values))
def test_any_context_is_a_refusal_or_the_same_request(context: dict[str, Any]) -> None:
    """H5: whatever an event holds in the places that are read."""
    try:
        dpop()(request(proof(), context=context), TOKEN, JKT)
    except (Refused, Unavailable):
        return
    assert context.get("domainName", DOMAIN).lower() == DOMAIN


@given(st.text() | urls | urls.map(lambda url: url + "?"))
def test_any_url_has_one_spelling_or_none(url: str) -> None:
    """And the spelling of a spelling is itself; a base is what comes before its last slash, if it ends in one."""
    try:
        spelt = plain_url(url)
        base = public_base(url)
    except ValueError:
        return
    assert plain_url(spelt) == spelt
    assert spelt.isascii()
    assert spelt.partition("://")[2] in (base.partition("://")[2], base.partition("://")[2] + "/")


@given(urls, urls)
def test_two_urls_of_one_spelling_are_one(first: str, second: str) -> None:
    """Against the standard library: the same scheme, host and port, and segment by segment the same path."""
    try:
        same = plain_url(first) == plain_url(second)
    except ValueError:
        return
    assert same is (meaning(first) == meaning(second))


@given(written, written)
def test_two_paths_are_never_one(first: str, second: str) -> None:
    """H5: the same, where only the paths differ and so are near each other."""
    try:
        same = plain_url(f"https://h/{first}") == plain_url(f"https://h/{second}")
    except ValueError:
        return
    assert same is (meaning(f"https://h/{first}") == meaning(f"https://h/{second}"))


@given(paths)
def test_a_path_is_found_as_a_client_escapes_it(path: str) -> None:
    """H5: decoded by the gateway or not; but for dot segments, which no client sends."""
    assume(not {".", ".."} & set(path.split("/")))

    assert plain_url(f"https://{DOMAIN}{quote(path)}") in urls_of(request(path=path))


@given(paths)
def test_a_path_is_never_found_as_another(received: str) -> None:
    """H5: what is accepted is the path as it was received in its one spelling, or escapes that stand for all of it."""
    for url in urls_of(request(path=received)):
        path = url.removeprefix(f"https://{DOMAIN}")
        assert unquote(path) == received or plain_url(f"https://{DOMAIN}{received}") == url
        assert path.count("/") == received.count("/")


def meaning(url: str) -> tuple[Any, ...]:
    """Return what a URL means, escapes of reserved characters kept apart from the characters themselves."""
    parts = urlsplit(url)
    default = {"https": 443, "wss": 443, "http": 80, "ws": 80}[parts.scheme]
    path = parts.path or "/"
    kept = "".join(f"%{mark}" if mark in RESERVED else mark for mark in split_escapes(path))
    return parts.scheme, parts.hostname, default if parts.port is None else parts.port, kept


RESERVED = {quote(mark, safe="") for mark in ":/?#[]@!$&'()*+,;=%"}


def split_escapes(path: str) -> list[str]:
    """Return the characters of a path, an escape of a reserved one or of a byte beyond ASCII as one piece."""
    found, at = [], 0
    while at < len(path):
        size = 3 if path[at] == "%" else 1
        piece = path[at : at + size].upper() if size == 3 else path[at]
        plain = size == 3 and piece not in RESERVED and int(piece[1:], 16) < 128
        found.append(unquote(piece) if plain else piece)
        at += size
    return found
