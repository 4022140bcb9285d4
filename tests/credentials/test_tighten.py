"""What a bearer demands beyond the rules, by name (rows B9 and C16)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Introspection, InvalidHeader
from authkit.credentials.by_issuer import by_issuer
from authkit.credentials.presets.oidc import access_token
from authkit.credentials.settings import TIGHTENINGS
from authkit.keys.keyset import KeySet
from authkit.tokens.jws import CERTIFICATES
from tests.keys.test_x5c import EVIL, GOOD
from tests.support.tokens import AUDIENCE, ISSUER, NOW, bearer, good_claims, jwks, signer

OTHER = "https://other.example/"


def with_certificate(name: str = "x5t") -> str:
    return signer().raw(signer().header(**{name: "AA"}), good_claims())


@pytest.mark.parametrize("name", sorted(CERTIFICATES))
def test_a_header_that_names_a_certificate_is_refused_where_that_is_asked_for(name: str) -> None:
    """B9: by its code, and otherwise it counts for nothing."""
    strict = bearer(tighten={"x5-refused"})

    with pytest.raises(InvalidHeader, match="header_param_refused") as fault:
        strict.verify(with_certificate(name))

    assert fault.value.claim == name
    assert bearer().verify(with_certificate(name))
    assert strict.verify(signer().token())


def test_a_header_remembered_as_good_is_of_the_same_bearer() -> None:
    """One that takes such headers does not vouch for one that does not."""
    lenient, strict = bearer(), bearer(tighten=["x5-refused"])
    for _ in range(2):
        assert lenient.verify(with_certificate())

    for _ in range(2):
        with pytest.raises(InvalidHeader, match="header_param_refused"):
            strict.verify(with_certificate())


def test_keys_are_held_to_their_certificates_where_that_is_asked_for() -> None:
    """C16: the bearer hands it on to whatever reads the keys."""
    with pytest.raises(ConfigError, match="no usable key"):
        bearer(jwks=jwks(EVIL), tighten=["x5c-agrees"])

    assert bearer(jwks=jwks(GOOD), tighten=["x5c-agrees"]).verify(signer().token())


@pytest.mark.parametrize("name", TIGHTENINGS)
def test_what_is_tightened_can_be_read(name: str) -> None:
    """Each by its name, with what it means; and nothing that was not asked for."""
    told = bearer(tighten={name}).explain()

    assert f"tightened: {name}: {TIGHTENINGS[name]}" in told
    assert told.count("tightened: ") == 1
    assert "tightened" not in bearer().explain()


@pytest.mark.parametrize("value", ["x5-refused", ["all"], 5, [[]], ["x5-refused", "x"], b"x5-refused"])
def test_what_is_unknown_is_a_configuration_error(value: Any) -> None:
    """It says which there are."""
    with pytest.raises(ConfigError, match="tighten holds only x5-refused, x5c-agrees"):
        bearer(tighten=value)


@pytest.mark.parametrize("value", [(), [], set(), None])
def test_nothing_is_what_it_says(value: Any) -> None:
    """The default."""
    assert bearer(tighten=value).verify(with_certificate())


def test_what_has_no_certificates_cannot_be_held_to_them() -> None:
    """A secret; and a source of keys that has read them already."""
    with pytest.raises(ConfigError, match="a secret has no certificate"):
        bearer(jwks=None, secret=bytes(range(32)), algorithms=["HS256"], tighten=["x5c-agrees"])
    with pytest.raises(ConfigError, match="has read its keys already"):
        bearer(jwks=KeySet(jwks(GOOD)), tighten=["x5c-agrees"])

    assert bearer(jwks=KeySet(jwks(GOOD), x5c_agrees=True)).verify(signer().token())


def two(first: tuple[str, ...], second: tuple[str, ...]) -> Any:
    clock = bearer().given.clock
    keys = jwks(signer("ES256", "k2"))
    return by_issuer(bearer(clock=clock, tighten=first), bearer(clock=clock, tighten=second, issuer=OTHER, jwks=keys))


def test_headers_are_refused_by_all_issuers_of_one_bearer_or_by_none() -> None:
    """A header is read before its issuer is known."""
    with pytest.raises(ConfigError, match="for all of them or for none"):
        two(("x5-refused",), ())

    joined = two(("x5-refused",), ("x5-refused",))
    with pytest.raises(InvalidHeader, match="header_param_refused"):
        joined.verify(with_certificate())
    assert joined.verify(signer().token())
    assert "tightened: x5-refused" in joined.explain()


def test_keys_may_be_tightened_for_one_issuer_alone() -> None:
    """Each has its own."""
    joined = two(("x5c-agrees",), ())

    assert joined.verify(signer().token())
    assert joined.verify(with_certificate())
    assert joined.explain().count("tightened: x5c-agrees") == 1


def test_presets_hand_it_on() -> None:
    """As every setting."""
    strict = access_token(
        ISSUER, audience=AUDIENCE, algorithms=["ES256"], jwks=jwks(signer()), clock=lambda: NOW, tighten=["x5-refused"]
    )

    with pytest.raises(InvalidHeader, match="header_param_refused"):
        strict.verify(signer().raw(signer().header(typ="at+jwt", x5t="AA"), good_claims(client_id="web", jti="1")))


def test_what_has_no_header_has_no_such_setting() -> None:
    """An answer of an introspection endpoint is no token."""
    given = {"url": f"{ISSUER}introspect", "client_id": "api", "client_secret": "s" * 32, "audience": AUDIENCE}

    assert Introspection(**given)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Introspection(**given, tighten=["x5-refused"])  # type: ignore[arg-type]
