"""Key sets (section 4.C): one bad key harms no other, and one name means one key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import ConfigError, KeyProblem
from authkit.keys.keyset import MOST_KEYS, BadKeySet, KeySet, Skipped, demand_kid
from tests.support.tokens import b64, jwks, new_signer, signer, unb64

if TYPE_CHECKING:
    from pathlib import Path

GOOD = signer("ES256").jwk


def code_of(keys: KeySet, kid: str | None, alg: str) -> str:
    with pytest.raises(KeyProblem) as fault:
        keys.find(kid, alg)
    return fault.value.code


def test_each_key_is_found_by_its_name() -> None:
    """And the same one is found again."""
    keys = KeySet(jwks(signer("ES256", "a"), signer("RS256", "b")))

    assert len(keys) == 2
    assert keys.find("a", "ES256").kty == "EC"
    assert keys.find("b", "PS512") is keys.find("b", "RS256")
    assert keys.find("a", "ES256") is keys.find("a", "ES256")


def test_a_name_that_is_missing_or_unknown_finds_nothing() -> None:
    """B10, B4, D10: there is no default and no fallback, not even with a single key."""
    keys = KeySet(jwks(signer("ES256", "a")))

    assert code_of(keys, None, "ES256") == "kid_missing"
    assert code_of(keys, "b", "ES256") == "key_not_found"
    assert code_of(keys, "A", "ES256") == "key_not_found"
    assert code_of(keys, "a", "ES384") == "key_alg_mismatch"
    assert code_of(keys, "a", "HS256") == "key_alg_mismatch"


def test_strangers_leave_nothing_behind() -> None:
    """G8: unknown names do not fill the memory."""
    keys = KeySet(jwks(signer("ES256", "a")))

    for each in range(500):
        code_of(keys, str(each), "ES256")

    assert not keys._chosen


def test_a_bad_key_among_good_ones_is_left_out() -> None:
    """C7 to C10, C13: each is told of, and a token that names it learns why; the good one goes on working."""
    bad = {
        "weak": {**signer("RS256").jwk, "kid": "weak", "e": "AQ"},
        "enc": {**GOOD, "kid": "enc", "use": "enc"},
        "secret": {**GOOD, "kid": "secret", "d": "AA"},
        "oct": {"kty": "oct", "k": "AA", "kid": "oct"},
        "future": {"kty": "AKP", "kid": "future"},
    }
    keys = KeySet({"keys": [*bad.values(), None, 1, {"kid": 5}, GOOD]})

    assert [key.kid for key in keys.keys] == ["k1"]
    assert [left_out.kid for left_out in keys.skipped] == [*bad, None, None, None]
    assert keys.find("k1", "ES256")
    codes = {kid: code_of(keys, kid, "ES256") for kid in bad}
    assert codes == {
        "weak": "weak_key", "enc": "key_use_mismatch", "secret": "invalid_key", "oct": "invalid_key", "future": "invalid_key",
    }  # fmt: skip


def test_a_shared_secret_shadows_no_public_key() -> None:
    """C8: under the same name, the secret is ignored and the public key is found."""
    keys = KeySet({"keys": [{"kty": "oct", "k": "AA", "kid": "k1"}, GOOD]})

    assert keys.find("k1", "ES256").kty == "EC"


def test_the_same_key_twice_is_one_key() -> None:
    """C11: a provider may repeat itself."""
    keys = KeySet({"keys": [GOOD, dict(GOOD)]})

    assert len(keys) == 1
    assert keys.find("k1", "ES256")


def test_two_keys_of_one_name_are_told_apart_by_algorithm() -> None:
    """C11: where the kinds differ, the token's alg decides."""
    keys = KeySet(jwks(signer("ES256"), signer("RS256")))

    assert keys.find("k1", "ES256").kty == "EC"
    assert keys.find("k1", "RS256").kty == "RSA"


def test_two_keys_of_one_name_and_kind_are_ambiguous() -> None:
    """C11, B18: no trying of one after the other."""
    keys = KeySet(jwks(signer("ES256"), new_signer("ES256")))

    assert code_of(keys, "k1", "ES256") == "ambiguous_key"


@pytest.mark.parametrize(
    "change", [{"use": ...}, {"x5c": ["AA"]}, {"alg": "ES256"}], ids=["use", "certificate", "pinned"]
)
def test_the_same_key_in_other_words_is_one_key(change: dict[str, Any]) -> None:
    """C11: what differs changes nothing about what it verifies."""
    twin = {name: value for name, value in {**GOOD, **change}.items() if value is not ...}
    keys = KeySet({"keys": [GOOD, twin]})

    assert keys.find("k1", "ES256").kty == "EC"


def test_the_same_modulus_with_and_without_leading_zeros_is_one_key() -> None:
    """C2, C11."""
    plain = signer("RS256").jwk

    keys = KeySet({"keys": [plain, {**plain, "n": b64(b"\0" + unb64(plain["n"]))}]})

    assert len(keys) == 1


def test_one_modulus_pinned_to_two_algorithms_serves_both() -> None:
    """C11: the token's alg decides."""
    plain = signer("RS256").jwk
    keys = KeySet({"keys": [{**plain, "alg": "RS256"}, {**plain, "alg": "PS256"}]})

    assert keys.find("k1", "RS256").algorithms == {"RS256"}
    assert keys.find("k1", "PS256").algorithms == {"PS256"}
    assert code_of(keys, "k1", "RS512") == "key_alg_mismatch"


def test_one_key_of_two_issuers_is_ambiguous() -> None:
    """C17: whose tokens it signs is a part of what it is."""
    keys = KeySet({"keys": [{**GOOD, "issuer": "https://a.example/"}, {**GOOD, "issuer": "https://b.example/"}]})

    assert code_of(keys, "k1", "ES256") == "ambiguous_key"


def test_a_token_without_a_key_name_can_be_given_the_only_key_that_fits() -> None:
    """B10: with leave, and never by trying."""
    keys = KeySet(jwks(signer("ES256", "a"), signer("RS256", "b"), signer("RS384", "c")), kid_optional=True)

    assert keys.find(None, "ES256").kid == "a"
    assert keys.find(None, "ES256").kid == "a"
    assert code_of(keys, None, "RS256") == "ambiguous_key"
    assert code_of(keys, None, "EdDSA") == "key_not_found"
    assert code_of(keys, "x", "ES256") == "key_not_found"


def test_a_key_without_a_name_is_found_only_by_a_token_without_one() -> None:
    """B10: some issuers publish a single key and name it nowhere."""
    unnamed = {name: value for name, value in GOOD.items() if name != "kid"}

    assert KeySet({"keys": [unnamed]}, kid_optional=True).find(None, "ES256").kid is None
    assert code_of(KeySet({"keys": [unnamed]}), None, "ES256") == "kid_missing"
    assert code_of(KeySet({"keys": [unnamed]}, kid_optional=True), "k1", "ES256") == "key_not_found"


def test_a_set_without_usable_keys_tells_what_it_had() -> None:
    """Unlike a document that is no key set at all."""
    with pytest.raises(BadKeySet) as none_usable:
        KeySet({"keys": [{"kty": "oct", "kid": "a"}]})
    with pytest.raises(BadKeySet) as no_set:
        KeySet({})

    assert none_usable.value.skipped == (
        Skipped("a", "invalid_key", "no public key of a kind that signs (RSA, EC, OKP)", "foreign_key"),
    )
    assert no_set.value.skipped is None


@pytest.mark.parametrize("piece", [b"{}", b"1,", b"[],"])
def test_a_document_of_very_many_things_is_not_even_parsed(piece: bytes) -> None:
    """C12: bounded work before anything else; these would not be JSON, had anybody looked."""
    with pytest.raises(BadKeySet, match="not a JSON object: too_much"):
        KeySet.parse(b'{"keys":[' + piece * 100_000)


def test_a_key_without_a_name_differs_from_one_named_none() -> None:
    """The absence of a name is no name."""
    unnamed = {name: value for name, value in GOOD.items() if name != "kid"}
    keys = KeySet({"keys": [{**GOOD, "kid": "None"}, unnamed]})

    assert len(keys) == 2
    assert keys.find("None", "ES256")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": None},
        {"keys": {}},
        {"keys": "x"},
        {"keys": []},
        {"keys": [{}]},
        {"keys": [GOOD] * (MOST_KEYS + 1)},
        {"keys": [{"kty": "oct"}] * 100_000},
        GOOD,
    ],
    ids=["empty", "null", "object", "text", "no-keys", "none-usable", "101", "100000", "jwk-alone"],
)
def test_a_document_without_usable_keys_is_no_set(document: dict[str, Any]) -> None:
    """C12."""
    with pytest.raises(BadKeySet):
        KeySet(document)


def test_a_hundred_keys_are_allowed() -> None:
    """C12: the limit itself."""
    assert len(KeySet({"keys": [{**GOOD, "kid": str(each)} for each in range(MOST_KEYS)]})) == MOST_KEYS


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html></html>",
        b"[]",
        b'{"keys":[],"keys":[]}',
        b"\xff\xfe{",
        b'{"keys":' + b"[" * 99_999,
        b'{"keys":[1e999]}',
    ],
)
def test_bytes_that_are_no_document_are_no_set(raw: bytes) -> None:
    """C12: HTML, another encoding, duplicate members, deep nests."""
    with pytest.raises(BadKeySet):
        KeySet.parse(raw)


def test_a_document_is_read_from_its_bytes() -> None:
    """As it was fetched."""
    assert KeySet.parse(json.dumps(jwks(signer())).encode()).find("k1", "ES256")


def test_the_names_in_a_message_are_cut_and_escaped() -> None:
    """G13: a name with line breaks and colours cannot write log lines of its own."""
    names = ["a\nERROR all is lost\x1b[31m", "k" * 100_000, "é"]

    with pytest.raises(BadKeySet) as fault:
        KeySet({"keys": [{"kty": "oct", "kid": name} for name in names]})

    assert str(fault.value).isascii()
    assert str(fault.value).isprintable()
    assert len(str(fault.value)) < 400


def test_a_bundled_file_is_read(tmp_path: Path) -> None:
    """As packed with the function; by text or path."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(jwks(signer())))

    assert KeySet.bundled(file).find("k1", "ES256")
    assert KeySet.bundled(str(file)).find("k1", "ES256")


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"keys":[]}'])
def test_a_bundled_file_that_gives_no_key_is_a_configuration_error(tmp_path: Path, content: str | None) -> None:
    """Missing or bad: the error names the file."""
    file = tmp_path / "jwks.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(ConfigError, match=r"jwks\.json"):
        KeySet.bundled(file)


def test_a_folder_is_no_bundled_file(tmp_path: Path) -> None:
    """Whatever else cannot be read is said in the same way."""
    with pytest.raises(ConfigError, match="cannot be read"):
        KeySet.bundled(tmp_path)


def test_the_repr_tells_names_only() -> None:
    """And how many were left out."""
    assert repr(KeySet({"keys": [GOOD, None]})) == "KeySet(['k1'], skipped=1)"


def test_a_key_has_to_be_named() -> None:
    """The one rule about a key's name that needs no set."""
    assert demand_kid("k1") == "k1"
    with pytest.raises(KeyProblem, match="kid_missing"):
        demand_kid(None)
