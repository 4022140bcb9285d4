"""Bytes out: a JWS verified below any claims."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Refused
from authkit.keys.secret import Secrets
from authkit.keys.verify import verify_jws
from tests.support.tokens import jwks, new_signer, signer

SECRET = bytes(range(100, 132))


@pytest.mark.parametrize("payload", [b"", b"foo", b"\x00\xff", b"not json {", b"[1]" * 1000])
@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_any_bytes_come_out_as_they_were_signed(alg: str, payload: bytes) -> None:
    """Nothing is demanded of them."""
    key = signer(alg)

    assert verify_jws(key.raw(key.header(), payload), jwks(key), algorithms=[alg]) == payload


def test_any_type_is_taken_unless_some_are_named() -> None:
    """The payload is the caller's to read, and so is what kind it is."""
    key = signer()
    token = key.raw(key.header(typ="secevent+jwt", cty="JWT"), b"x")

    assert verify_jws(token, jwks(key), algorithms=["ES256"]) == b"x"
    with pytest.raises(Refused, match="bad_typ"):
        verify_jws(token, jwks(key), algorithms=["ES256"], types=["JOSE"])


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "B12": ({"crit": ["exp"]}, "crit_unsupported"),
    "B13": ({"b64": False}, "b64_unsupported"),
    "B7": ({"jwk": signer().jwk}, "header_param_refused"),
    "B8": ({"jku": "https://evil.example/"}, "header_param_refused"),
    "B1": ({"alg": "none"}, "alg_not_allowed"),
    "B10": ({"kid": "other"}, "key_not_found"),
}


@pytest.mark.parametrize(("header", "code"), REFUSED.values(), ids=REFUSED)
def test_the_header_is_held_to_the_same_rules(header: dict[str, Any], code: str) -> None:
    """One path: what a bearer refuses of a header is refused here."""
    key = signer()

    with pytest.raises(Refused) as fault:
        verify_jws(key.raw(key.header(**header), b"x"), jwks(key), algorithms=["ES256"])

    assert fault.value.code == code


def test_a_signature_that_is_empty_causes_no_look_up() -> None:
    """D1: it cannot succeed, so nothing is fetched for it."""

    class Untouched:
        def find(self, kid: str | None, alg: str) -> Any:
            raise AssertionError("looked up")

    token = signer().token().rpartition(".")[0] + "."

    with pytest.raises(Refused, match="bad_signature"):
        verify_jws(token, Untouched(), algorithms=["ES256"])


def test_a_key_need_not_be_named_where_that_is_permitted() -> None:
    """B10."""
    key = signer()
    token = key.raw(key.header() | {"kid": "k1"}, b"x")
    nameless = key.raw({"alg": "ES256"}, b"x")

    assert verify_jws(token, jwks(key), algorithms=["ES256"])
    assert verify_jws(nameless, jwks(key), algorithms=["ES256"], relax={"kid-optional"}) == b"x"
    with pytest.raises(Refused, match="kid_missing"):
        verify_jws(nameless, jwks(key), algorithms=["ES256"])
    with pytest.raises(Refused, match="ambiguous_key"):
        verify_jws(nameless, jwks(key, new_signer(kid="k2")), algorithms=["ES256"], relax={"kid-optional"})


@pytest.mark.parametrize(
    ("keys", "algorithms"),
    [
        (jwks(signer()), []),
        (jwks(signer()), "ES256"),
        (jwks(signer()), ["HS256"]),
        (jwks(signer()), ["none"]),
        (Secrets(SECRET, algorithms=["HS256"]), ["ES256"]),
        (Secrets(SECRET, algorithms=["HS256"]), ["HS256", "ES256"]),
        ({"keys": []}, ["ES256"]),
    ],
)
def test_what_does_not_go_together_is_a_configuration_error(keys: Any, algorithms: Any) -> None:
    """B3, B5: a secret for HMAC, public keys for the rest, and at least one algorithm."""
    with pytest.raises(ConfigError):
        verify_jws("a.b.c", keys, algorithms=algorithms)
