"""A stub issuer gives what an issuer gives, and by name what nobody should take."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

from authkit import ANY_AUDIENCE, BadSignature, ConfigError, JWTBearer, KeyProblem, Refused, by_issuer
from authkit.testing import BAD_TOKENS, Clock, StubIssuer
from authkit.tokens.algorithms import ALGORITHMS
from tests.support.tokens import unb64

NOW = 1_700_000_000
_CLOCK = Clock(NOW)


def stub(**changes: Any) -> StubIssuer:
    """Return an issuer whose clock stands still."""
    return StubIssuer(**{"clock": Clock(NOW), **changes})


def bearer(issuer: StubIssuer, /, **changes: Any) -> JWTBearer:
    """Return what accepts an issuer's tokens at its time."""
    settings = {
        "issuer": issuer.url,
        "audience": issuer.audience,
        "jwks": issuer.jwks,
        "algorithms": [issuer.algorithm],
        "clock": _CLOCK,
    }
    return JWTBearer(**{**settings, **changes})


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims, unverified."""
    header, claims, *_ = token.split(".")
    return json.loads(unb64(header)), json.loads(unb64(claims))


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_token_of_any_algorithm_verifies(alg: str) -> None:
    """Under the published key alone."""
    issuer = stub(algorithm=alg)

    assert bearer(issuer).verify(issuer.token(sub="bob"))["sub"] == "bob"


def test_the_defaults_of_issuer_and_bearer_fit() -> None:
    """On the real clock, too: what a user writes first works."""
    issuer = StubIssuer()
    verifier = JWTBearer(issuer=issuer.url, audience=issuer.audience, jwks=issuer.jwks)

    assert verifier.verify(issuer.token())["iss"] == issuer.url


def test_an_independent_implementation_takes_the_token() -> None:
    """The stub does not merely agree with ourselves."""
    issuer = StubIssuer()
    key = jwt.PyJWK(issuer.jwks["keys"][0])

    claims = jwt.decode(issuer.token(), key, algorithms=["ES256"], audience=issuer.audience, issuer=issuer.url)

    assert claims["sub"] == "alice"


def test_a_token_says_what_rfc_9068_asks_for() -> None:
    """Section 2: type, key, and the required claims."""
    issuer = stub()

    header, claims = parts(issuer.token())

    assert header == {"alg": "ES256", "kid": issuer.kid, "typ": "at+jwt"}
    assert claims.pop("jti")
    assert claims == {
        "iss": issuer.url,
        "sub": "alice",
        "aud": issuer.audience,
        "client_id": "tests",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 600,
    }


def test_no_two_tokens_have_the_same_name() -> None:
    """Else a denylist, or a cache, would take them for one."""
    issuer = stub()

    assert len({parts(issuer.token())[1]["jti"] for _ in range(8)}) == 8


def test_what_is_given_wins_over_the_issuers_own_and_that_over_the_defaults() -> None:
    """From the most special to the most general; what is ``...`` is left out."""
    issuer = stub(claims={"sub": "service", "scope": "a", "tenant": "acme", "client_id": ...})

    _, standing = parts(issuer.token())
    _, special = parts(issuer.token(sub="bob", scope={"d", "c"}, tenant="globex", aud=["x", "y"], jti=...))

    assert (standing["sub"], standing["scope"], standing["tenant"]) == ("service", "a", "acme")
    assert "client_id" not in standing
    assert (special["sub"], special["scope"], special["tenant"], special["aud"]) == ("bob", "c d", "globex", ["x", "y"])
    assert "jti" not in special


def test_members_of_the_header_can_be_changed() -> None:
    """And left out."""
    header, _ = parts(stub(typ="JWT").token(header={"kid": ..., "cty": "x"}))

    assert header == {"alg": "ES256", "typ": "JWT", "cty": "x"}


def test_the_key_is_made_once_for_all_issuers_of_a_name() -> None:
    """An RSA key takes long; and issuers that are to be told apart have keys of their own."""
    assert stub(algorithm="RS256").jwks == StubIssuer("https://b.example.com/", algorithm="RS256").jwks
    assert stub().jwks != stub(keys="other").jwks


def test_a_key_set_is_one_that_can_be_published() -> None:
    """No private member, and a copy: what a test does to it stays with that test."""
    issuer = stub(algorithm="RS256")
    issuer.jwks["keys"][0].clear()

    (key,) = issuer.jwks["keys"]

    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_a_rotation_signs_with_a_new_key_and_publishes_the_one_before() -> None:
    """As providers do: tokens that are under way stay good."""
    issuer = stub()
    before = issuer.token()

    kid = issuer.rotate()

    assert parts(issuer.token())[0]["kid"] == kid == issuer.kid != parts(before)[0]["kid"]
    assert bearer(issuer).verify(before)
    assert bearer(issuer).verify(issuer.token())


def test_a_key_can_be_withdrawn() -> None:
    """After a compromise."""
    issuer = stub()
    before = issuer.token()

    issuer.rotate(withdraw=True)

    with pytest.raises(KeyProblem):
        bearer(issuer).verify(before)


def test_a_third_rotation_takes_the_first_key_out() -> None:
    """Two are published at a time."""
    issuer = stub()

    kids = [issuer.kid, issuer.rotate(), issuer.rotate()]

    assert [key["kid"] for key in issuer.jwks["keys"]] == [kids[2], kids[1]]


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256", "EdDSA", "ES256K"])
@pytest.mark.parametrize("name", BAD_TOKENS)
def test_every_bad_token_is_refused_with_its_code(name: str, alg: str) -> None:
    """Of every kind of key."""
    issuer = stub(algorithm=alg, claims={"token_use": "access"})
    verifier = bearer(issuer, claims={"token_use": "access"})

    with pytest.raises(Refused) as refusal:
        verifier.verify(issuer.bad_tokens()[name])

    assert refusal.value.code == BAD_TOKENS[name]


def test_bad_tokens_are_all_there_are() -> None:
    """In the order of the table, and each is what the method of its name gives."""
    issuer = stub()

    tokens = issuer.bad_tokens()

    assert list(tokens) == list(BAD_TOKENS)
    assert all(callable(getattr(issuer, name)) for name in BAD_TOKENS)


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_bad_token_says_what_a_good_one_would(name: str) -> None:
    """Else it would be refused, or not, for another reason than its name."""
    issuer = stub(claims={"tenant": "acme"})

    _, claims = parts(issuer.bad_tokens(scope="orders:read", groups=["admin"])[name])

    assert (claims["tenant"], claims["scope"], claims["groups"]) == ("acme", "orders:read", ["admin"])


@pytest.mark.parametrize("name", ["expired", "not_yet_valid"])
def test_times_are_wrong_beyond_any_leeway(name: str) -> None:
    """Five minutes is the most that a bearer can be told to forgive."""
    issuer = stub()

    with pytest.raises(Refused) as refusal:
        bearer(issuer, leeway=300).verify(issuer.bad_tokens()[name])

    assert refusal.value.code == BAD_TOKENS[name]


def test_the_wrong_ones_are_wrong_in_one_way_only() -> None:
    """With that one thing allowed, they pass: nothing else about them was refused."""
    issuer = stub()

    assert bearer(issuer).verify(issuer.expired(), at=NOW - 3601)
    assert bearer(issuer).verify(issuer.not_yet_valid(), at=NOW + 86400)
    assert bearer(issuer, relax={"exp-optional"}).verify(issuer.without_end())
    assert bearer(issuer, audience=ANY_AUDIENCE, claims={"client_id": "tests"}).verify(issuer.wrong_audience())
    assert bearer(issuer, issuer="https://another-issuer.example.net/").verify(issuer.wrong_issuer())
    assert bearer(issuer, typ=("logout+jwt",)).verify(issuer.wrong_type())


def test_a_forged_token_has_somebody_elses_name_and_a_signature_that_was_good() -> None:
    """Of another token."""
    token = stub().forged(scope="a")

    assert parts(token)[1]["sub"] == "mallory"
    assert len(token.split(".")[2]) == 86


def test_issuers_with_keys_of_their_own_do_not_vouch_for_each_other() -> None:
    """The name of one and the key of another."""
    ours, theirs = stub(), stub(url="https://theirs.example.com/", keys="theirs")
    both = by_issuer(bearer(ours), bearer(theirs))

    assert both.verify(theirs.token())
    with pytest.raises((BadSignature, KeyProblem)):
        both.verify(theirs.token(iss=ours.url))


@pytest.mark.parametrize("alg", ["HS256", "none", "RS1"])
def test_an_algorithm_without_a_public_half_is_a_configuration_error(alg: str) -> None:
    """There would be nothing to publish."""
    with pytest.raises(ConfigError, match="algorithm: one of"):
        stub(algorithm=alg)


def test_the_repr_tells_no_key() -> None:
    """Only its name."""
    assert repr(stub()) == "StubIssuer('https://issuer.example.com/', algorithm='ES256', kid='es256-key-0')"
