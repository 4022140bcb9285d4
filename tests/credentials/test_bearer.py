"""JWTBearer: from a request to a principal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from authkit import Cookie, Header, InvalidClaims, Principal, Query, Unauthenticated
from authkit.gateway.request import Request, parse
from authkit.tokens.scopes import scopes_of
from tests.support.events import bearer_event, request_event, token_event
from tests.support.tokens import AUDIENCE, ISSUER, NOW, bearer, good_claims, jwks, new_signer, signer

if TYPE_CHECKING:
    from collections.abc import Callable


def request(headers: dict[str, Any] | None = None, **settings: Any) -> Request:
    return parse(request_event(headers, **settings))


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Unauthenticated) as fault:
        call()
    return fault.value.code


def test_a_good_token_makes_a_principal() -> None:
    """Its subject, scopes, claims and end."""
    principal = bearer()(parse(bearer_event(signer().token())))

    assert principal == Principal(
        "alice", scopes={"orders:read", "orders:write"}, claims=good_claims(), expires_at=NOW + 600
    )


@pytest.mark.parametrize("alg", ["RS256", "RS512", "PS256", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA"])
def test_every_algorithm_that_is_allowed_verifies(alg: str) -> None:
    """With a key of its kind."""
    one = signer(alg)

    assert bearer(one).verify(one.token())["sub"] == "alice"


@pytest.mark.parametrize("typ", [None, "JWT", "at+jwt", "application/at+jwt"])
def test_access_tokens_of_either_kind_are_taken(typ: str | None) -> None:
    """B14: RFC 9068's and the plain ones, and those that do not say."""
    assert bearer().verify(signer().token(typ=typ))


def test_other_types_can_be_asked_for() -> None:
    """Then the usual ones are refused."""
    narrow = bearer(typ=["AT+JWT"])

    assert narrow.verify(signer().token(typ="at+jwt"))
    assert code_of(lambda: narrow.verify(signer().token(typ="JWT"))) == "bad_typ"


@pytest.mark.parametrize("value", ["Bearer {}", "bearer {}", "BEARER {}", "BeArEr {}", "Bearer    {}"])
def test_the_scheme_has_any_case_and_blanks_after_it(value: str) -> None:
    """RFC 9110 section 11.1; in a TOKEN event and in a REQUEST event."""
    line = value.format(signer().token())

    assert bearer()(parse(token_event(line))).id == "alice"
    assert bearer()(request({"Authorization": line})).id == "alice"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("{}", "invalid_request"),
        ("Basic {}", "invalid_request"),
        ("DPoP {}", "invalid_request"),
        ("Bearer\t{}", "invalid_request"),
        ("Bearer:{}", "invalid_request"),
        (" Bearer {}", "invalid_request"),
        ("Bearer\u00a0{}", "invalid_request"),
        ("Bearer", "not_three_segments"),
        ("Bearer ", "not_three_segments"),
        ("Bearer {} ", "bad_base64url"),
        ("Bearer {}, Bearer x", "bad_base64url"),
        ("Bearer Bearer {}", "bad_base64url"),
        ("Bearer \t{}", "bad_base64url"),
        ('Bearer "{}"', "bad_base64url"),
    ],
)
def test_another_scheme_or_more_than_a_token_is_refused(value: str, code: str) -> None:
    """And a token without the word before it as well."""
    line = value.format(signer().token())

    assert code_of(lambda: bearer()(request({"Authorization": line}))) == code
    assert code_of(lambda: bearer()(parse(token_event(line)))) == code


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, "credential_missing"),
        ({"headers": None, "multiValueHeaders": None}, "credential_missing"),
        ({"headers": {"Authorization": ""}}, "credential_missing"),
        ({"multiValueHeaders": {"Authorization": ["Bearer a", "Bearer b"]}}, "credential_repeated"),
        ({"multiValueHeaders": {"Authorization": ["Bearer a", "Bearer a"]}}, "credential_repeated"),
        (
            {"headers": {"Authorization": "Bearer a"}, "multiValueHeaders": {"authorization": ["Bearer b"]}},
            "credential_repeated",
        ),
        ({"headers": {"Authorization": "Bearer a", "authorization": "Bearer b"}}, "credential_repeated"),
    ],
)
def test_a_missing_or_repeated_credential_is_refused(settings: dict[str, Any], code: str) -> None:
    """A choice between two would be the attacker's."""
    assert code_of(lambda: bearer()(request(**settings))) == code


SOURCES = [
    (Header("X-Token"), {"headers": {"x-token": "{}"}}, "header.x-token"),
    (Query("token"), {"queryStringParameters": {"token": "{}"}}, "querystring.token"),
    (Cookie("session"), {"headers": {"cookie": "a=b; session={}; c=d"}}, "header.cookie"),
    (Query("authorization"), {"queryStringParameters": {"authorization": "{}"}}, "querystring.authorization"),
    (Cookie("authorization"), {"headers": {"cookie": "authorization={}"}}, "header.cookie"),
    (Header("Authorization"), {"headers": {"authorization": "Bearer {}"}}, "header.authorization"),
    (Header("AUTHORIZATION"), {"headers": {"Authorization": "bearer {}"}}, "header.authorization"),
]


@pytest.mark.parametrize(
    ("source", "fields", "place"), SOURCES, ids=lambda value: str(value) if isinstance(value, tuple) else None
)
def test_a_token_is_read_where_it_is_said_to_be(source: Any, fields: dict[str, dict[str, str]], place: str) -> None:
    """Only in Authorization, however that is written, the word Bearer comes before it."""
    verifier = bearer(source=source)
    filled = {
        field: {name: value.format(signer().token()) for name, value in values.items()}
        for field, values in fields.items()
    }

    assert verifier.reads == (place,)
    assert verifier(request(**filled)).id == "alice"
    assert code_of(lambda: verifier(request())) == "credential_missing"


def test_elsewhere_the_word_bearer_does_not_belong() -> None:
    """A cookie or a header of one's own holds the token alone."""
    line = f"Bearer {signer().token()}"

    assert code_of(lambda: bearer(source=Header("x-token"))(request({"X-Token": line}))) == "bad_base64url"


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({}, set()),
        ({"scope": ""}, set()),
        ({"scope": "a"}, {"a"}),
        ({"scope": "a  b c "}, {"a", "b", "c"}),
        ({"scope": "a\tb"}, {"a\tb"}),
        ({"scope": "A a"}, {"A", "a"}),
        ({"scope": ["a", "b c"]}, {"a", "b c"}),
        ({"scp": "a b"}, {"a", "b"}),
        ({"scp": ["a", "", "b"]}, {"a", "b"}),
        ({"scope": "a", "scp": ["b"]}, {"a", "b"}),
    ],
)
def test_scopes_are_words_of_scope_or_scp(claims: dict[str, Any], scopes: set[str]) -> None:
    """E16: whole words between blanks, in either claim."""
    assert scopes_of(claims) == scopes


@pytest.mark.parametrize("value", [None, 1, True, {}, {"a": 1}, ["a", 1], [["a"]], [None]])
@pytest.mark.parametrize("name", ["scope", "scp"])
def test_scopes_of_another_type_are_refused(name: str, value: Any) -> None:
    """E16: neither a text nor a list of texts."""
    with pytest.raises(InvalidClaims) as fault:
        scopes_of({name: value})

    assert (fault.value.code, fault.value.claim) == ("bad_claim_type", name)


def test_bad_scopes_make_no_principal() -> None:
    """Nor is one made with none."""
    token = signer().token(good_claims(scope={"admin": True}))

    assert code_of(lambda: bearer()(parse(bearer_event(token)))) == "bad_claim_type"


@pytest.mark.parametrize(
    ("claim", "changes", "outcome"),
    [
        ("client_id", {"client_id": "c1"}, "c1"),
        ("client_id", {}, "missing_claim"),
        ("client_id", {"client_id": ""}, "bad_claim_type"),
        ("client_id", {"client_id": 5}, "bad_claim_type"),
        ("client_id", {"client_id": None}, "bad_claim_type"),
        ("client_id", {"client_id": ["c1"]}, "bad_claim_type"),
        ("sub", {"sub": ...}, "missing_claim"),
    ],
)
def test_the_claim_that_names_the_principal_is_a_text(claim: str, changes: dict[str, Any], outcome: str) -> None:
    """Whichever claim it is; without it there is no principal."""
    verifier = bearer(principal=claim)
    event = parse(bearer_event(signer().token(good_claims(**changes))))

    found = verifier(event).id if outcome == "c1" else code_of(lambda: verifier(event))

    assert found == outcome


@pytest.mark.parametrize("cnf", [{"jkt": "x"}, {"x5t#S256": "x"}, {"unknown": 1}, {}])
def test_a_token_that_is_bound_to_a_key_is_no_bearer_token(cnf: Any) -> None:
    """H5 to H7: whatever binds it, known or not."""
    assert code_of(lambda: bearer().verify(signer().token(good_claims(cnf=cnf)))) == "proof_missing"


@pytest.mark.parametrize("cnf", [None, "x", ["jkt"], {"jkt": None}, {"x5t#S256": ["x"]}, True])
def test_a_confirmation_of_the_wrong_type_is_refused(cnf: Any) -> None:
    """RFC 7800 section 3.1: an object, whose members are texts as far as they are known."""
    assert code_of(lambda: bearer().verify(signer().token(good_claims(cnf=cnf)))) == "bad_claim_type"


def test_the_time_can_be_given() -> None:
    """Else the clock's counts."""
    token = signer().token()
    now = [float(NOW)]
    verifier = bearer(clock=lambda: now[0])

    assert verifier.verify(token)
    assert verifier.verify(token, at=NOW + 599)
    assert code_of(lambda: verifier.verify(token, at=NOW + 600)) == "expired"
    assert code_of(lambda: verifier.verify(token, at=0)) == "not_yet_valid"
    now[0] = NOW + 600
    assert code_of(lambda: verifier.verify(token)) == "expired"
    assert verifier.verify(token, at=NOW)


def test_a_token_may_come_as_bytes() -> None:
    """A8."""
    assert bearer().verify(signer().token().encode())["iss"] == ISSUER


def test_one_of_several_audiences_is_enough() -> None:
    """And none of them is not."""
    verifier = bearer(audience=["first", AUDIENCE])

    assert verifier.verify(signer().token())
    assert verifier.verify(signer().token(good_claims(aud=["x", "first"])))
    assert code_of(lambda: verifier.verify(signer().token(good_claims(aud="x")))) == "audience_mismatch"


def test_an_algorithm_that_is_not_allowed_is_refused_though_the_key_could() -> None:
    """B4: the list of the configuration is one gate, the key another."""
    one = new_signer("PS256", "rsa")

    assert code_of(lambda: bearer(algorithms=["RS256"], jwks=jwks(one)).verify(one.token())) == "alg_not_allowed"
    pinned = one._replace(jwk={**one.jwk, "alg": "RS256"})
    assert code_of(lambda: bearer(algorithms=["PS256"], jwks=jwks(pinned)).verify(one.token())) == "key_alg_mismatch"


def test_claims_of_a_verified_token_cannot_be_changed() -> None:
    """Nor do two verifications share anything."""
    verifier, token = bearer(), signer().token(good_claims(groups=["a"]))
    claims = verifier.verify(token)

    claims["groups"].append("admin")

    assert claims["groups"] == verifier.verify(token)["groups"] == ["a"]
