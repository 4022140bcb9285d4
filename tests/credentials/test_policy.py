"""What a bearer can be told to demand beyond the signature, and what it can be told to relax."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from authkit import (
    AuthkitError,
    BindingProblem,
    Claims,
    ConfigError,
    Forbidden,
    Header,
    InsufficientAccess,
    InvalidClaims,
    Refused,
    Request,
    Unavailable,
    Unforeseen,
)
from authkit.credentials.by_issuer import by_issuer
from authkit.credentials.settings import RELAXATIONS
from authkit.gateway.request import parse
from authkit.gateway.sources import Source
from authkit.keys.keyset import KeySet
from authkit.keys.timing import Timing
from authkit.tokens.access import all_scopes, logged_in_within
from authkit.tokens.cache import TokenCache
from authkit.tokens.rules import ANY_AUDIENCE
from tests.support.events import bearer_event
from tests.support.tokens import AUDIENCE, ISSUER, NOW, b64, bearer, good_claims, jwks, new_signer, signer

SECRET = bytes(range(100, 164))


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as fault:
        call()
    return fault.value.code


def verdict(said: dict[str, Any], members: dict[str, Any] | None = None, /, **settings: Any) -> str:
    """Return "taken", or the code of the refusal."""
    key = signer()
    try:
        bearer(**settings).verify(key.raw(key.header(**members or {}), said))
    except Refused as refusal:
        return refusal.code
    return "taken"


ACCESS = {"claims": {"token_use": "access", "client_id": {"web", "app"}}}
CLAIMS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "exact": (ACCESS, {"token_use": "access", "client_id": "web"}, "taken"),
    "exact-other": (ACCESS, {"token_use": "access", "client_id": "app"}, "taken"),
    "E12-use": (ACCESS, {"token_use": "id", "client_id": "web"}, "token_use_mismatch"),
    "E13-client": (ACCESS, {"token_use": "access", "client_id": "webx"}, "client_mismatch"),
    "E13-no-client": (ACCESS, {"token_use": "access"}, "missing_claim"),
    "client-list": (ACCESS, {"token_use": "access", "client_id": ["web"]}, "bad_claim_type"),
    "client-object": (ACCESS, {"token_use": "access", "client_id": {"web": 1}}, "bad_claim_type"),
    "client-null": (ACCESS, {"token_use": "access", "client_id": None}, "client_mismatch"),
    "E14-azp": ({"claims": {"azp": "web"}}, {"azp": "app"}, "client_mismatch"),
    "subject": ({"claims": {"sub": "bob"}}, {}, "subject_mismatch"),
    "another": ({"claims": {"hd": "example.com"}}, {"hd": "example.org"}, "custom_check_failed"),
    "bool": ({"claims": {"email_verified": True}}, {"email_verified": True}, "taken"),
    "bool-is-no-number": ({"claims": {"email_verified": True}}, {"email_verified": 1}, "custom_check_failed"),
    "number-is-no-bool": ({"claims": {"level": 1}}, {"level": True}, "custom_check_failed"),
    "bool-is-no-text": ({"claims": {"email_verified": True}}, {"email_verified": "true"}, "custom_check_failed"),
    "required": ({"required": ["jti", "client_id"]}, {"jti": "1", "client_id": "web"}, "taken"),
    "required-missing": ({"required": ["jti", "client_id"]}, {"jti": "1"}, "missing_claim"),
    "required-null": ({"required": ["client_id"]}, {"client_id": None}, "missing_claim"),
    "absent": ({"absent": ["nonce", "at_hash"]}, {}, "taken"),
    "E12-absent-there": ({"absent": ["nonce", "at_hash"]}, {"nonce": "x"}, "token_use_mismatch"),
    "E7-age": ({"max_age": 60}, {"iat": NOW - 60}, "taken"),
    "E7-too-old": ({"max_age": 60}, {"iat": NOW - 61}, "too_old"),
    "E7-age-leeway": ({"max_age": 60, "leeway": 5}, {"iat": NOW - 65}, "taken"),
    "E7-no-iat": ({"max_age": 60}, {"iat": ...}, "missing_claim"),
    "E7-lifetime": ({"max_lifetime": 3600}, {"iat": NOW - 10, "exp": NOW + 3590}, "taken"),
    "E7-too-long": ({"max_lifetime": 3600}, {"iat": NOW - 10, "exp": NOW + 3591}, "lifetime_too_long"),
    "E7-lifetime-no-iat": ({"max_lifetime": 3600}, {"iat": ...}, "missing_claim"),
    "any-audience": ({"audience": ANY_AUDIENCE}, {"aud": "whoever"}, "taken"),
    "any-audience-none": ({"audience": ANY_AUDIENCE}, {"aud": ...}, "taken"),
    "any-audience-wrong-type": ({"audience": ANY_AUDIENCE}, {"aud": 5}, "bad_claim_type"),
    "principal": ({"principal": "client_id"}, {"client_id": "web", "sub": ...}, "taken"),
    "E15-no-principal": ({}, {"sub": ...}, "missing_claim"),
}


@pytest.mark.parametrize(("settings", "changes", "outcome"), CLAIMS.values(), ids=CLAIMS)
def test_claims_are_held_to_what_was_said(settings: dict[str, Any], changes: dict[str, Any], outcome: str) -> None:
    """Each with its exact value and type, and its own code."""
    assert verdict(good_claims(**changes), **settings) == outcome


HEADERS: dict[str, tuple[dict[str, Any], str]] = {
    "as-said": ({"signer": "arn:1", "client": "web"}, "taken"),
    "another-of-several": ({"signer": "arn:2", "client": "web"}, "taken"),
    "other-signer": ({"signer": "arn:3", "client": "web"}, "custom_check_failed"),
    "other-client": ({"signer": "arn:1", "client": "app"}, "client_mismatch"),
    "no-signer": ({"client": "web"}, "header_param_missing"),
    "list": ({"signer": ["arn:1"], "client": "web"}, "header_param_missing"),
}


@pytest.mark.parametrize(("header", "outcome"), HEADERS.values(), ids=HEADERS)
def test_header_members_are_held_to_what_was_said(header: dict[str, Any], outcome: str) -> None:
    """As a load balancer's tokens need it."""
    assert verdict(good_claims(), header, header={"signer": {"arn:1", "arn:2"}, "client": "web"}) == outcome


def test_a_remembered_header_is_still_held_to_it() -> None:
    """After one good token the first segment is known, and is looked at again all the same."""
    key = signer()
    picky = bearer(header={"signer": "me"})
    loose = key.raw(key.header(signer="you"), good_claims())

    assert picky.verify(key.raw(key.header(signer="me"), good_claims()))
    assert code_of(lambda: picky.verify(loose)) == "custom_check_failed"
    assert code_of(lambda: picky.verify(loose)) == "custom_check_failed"


def test_what_is_not_for_us_causes_no_fetch() -> None:
    """4.0 rule (a): times, audience and exact claims are looked at before any key is."""

    class Untouched:
        def find(self, kid: str | None, alg: str) -> Any:
            raise AssertionError("looked up")

    for changes in ({"exp": NOW}, {"aud": "x"}, {"token_use": "id"}, {"token_use": ...}, {"nonce": "x"}):
        claims = good_claims(**{"token_use": "access", **changes})
        settings: dict[str, Any] = {"claims": {"token_use": "access"}, "absent": ["nonce"], "jwks": Untouched()}
        assert verdict(claims, **settings) != "taken"


# Checks, demands, revocation ---------------------------------------------------------------------------------------


def test_a_check_sees_verified_claims_only() -> None:
    """It runs after the signature, and what it raises is the answer."""
    seen: list[str] = []

    def check(claims: Claims) -> None:
        seen.append(claims["sub"])
        raise InvalidClaims("custom_check_failed", claim="sub", detail="not today")

    picky = bearer(checks=[check])
    forged = signer().token()[:-8] + "AAAAAAAA"

    assert code_of(lambda: picky.verify(forged)) == "bad_signature"
    assert seen == []
    assert code_of(lambda: picky.verify(signer().token())) == "custom_check_failed"
    assert seen == ["alice"]


@pytest.mark.parametrize("answer", [False, True, 0, "no", {}])
def test_a_check_that_answers_is_an_error(answer: Any) -> None:
    """It means to refuse, and would be ignored: nothing passes."""
    with pytest.raises(Unforeseen, match="a check raises, or returns None"):
        bearer(checks=[lambda claims: answer]).verify(signer().token())


def test_what_is_no_check_is_found_while_constructing() -> None:
    """A coroutine never runs, a demand is for require, and a class makes an object of the claims."""

    async def later(claims: Claims) -> None:
        raise InvalidClaims("custom_check_failed")

    for check in (later, all_scopes("a"), dict):
        with pytest.raises(ConfigError, match="checks must be a list"):
            bearer(checks=[check])


def test_a_proof_that_answers_is_an_error() -> None:
    """As with a check."""

    class Answers(Shown):
        def __call__(self, request: Request, token: str, confirmation: str) -> Any:
            return False

    with pytest.raises(Unforeseen, match="a proof raises, or returns None"):
        bearer(proofs=[Answers("jkt", "dpop")])(sent({"jkt": "k"}, "DPoP"))


def test_a_claim_that_a_check_or_hook_asks_for_in_vain_is_a_401() -> None:
    """Not a 403, which the gateway would keep: the token is not of the kind that was meant."""
    for settings in ({"checks": [lambda claims: claims["jti"]]}, {"revoked": lambda claims: claims["jti"] == "x"}):
        with pytest.raises(InvalidClaims) as fault:
            bearer(**settings).verify(signer().token())
        assert (fault.value.code, fault.value.claim) == ("missing_claim", "jti")


def test_a_demand_is_a_403() -> None:
    """The token is good and does not reach far enough."""
    picky = bearer(require=[all_scopes("orders:read", "orders:admin")])

    with pytest.raises(InsufficientAccess) as fault:
        picky.verify(signer().token())

    assert isinstance(fault.value, Forbidden)
    assert fault.value.code == "scope"
    assert picky.verify(signer().token(good_claims(scope="orders:admin orders:read")))


def test_a_recent_login_ends_the_principal_sooner() -> None:
    """So that a cached answer does not outlive it."""
    fresh = bearer(require=[logged_in_within(300, clock=lambda: NOW)])
    token = signer().token(good_claims(auth_time=NOW - 100))

    assert fresh(parse(bearer_event(token))).expires_at == NOW + 200
    assert bearer()(parse(bearer_event(token))).expires_at == NOW + 600


def test_a_revoked_token_is_refused() -> None:
    """H9: by whatever claim the list goes by, after the signature."""
    asked: list[str] = []

    def revoked(claims: Claims) -> bool:
        asked.append(claims["jti"])
        return claims["jti"] == "stolen"

    guarded = bearer(revoked=revoked)

    assert guarded.verify(signer().token(good_claims(jti="fine")))
    with pytest.raises(BindingProblem, match="revoked"):
        guarded.verify(signer().token(good_claims(jti="stolen")))
    assert (
        code_of(lambda: guarded.verify(signer().token(good_claims(jti="stolen"))[:-8] + "AAAAAAAA")) == "bad_signature"
    )
    assert asked == ["fine", "stolen"]


def test_a_list_that_cannot_be_read_is_an_outage() -> None:
    """H9: neither lets the token pass nor condemns it; and what was raised is not told."""

    def revoked(_: Claims) -> bool:
        raise OSError("password=secret")

    with pytest.raises(Unavailable, match="revocation_unavailable") as fault:
        bearer(revoked=revoked).verify(signer().token())

    assert "secret" not in str(fault.value)
    assert fault.value.__suppress_context__


@pytest.mark.parametrize("answer", [None, "", "no", [], 0.0])
def test_a_hook_that_does_not_answer_is_an_outage(answer: Any) -> None:
    """H9: nothing passes for want of an answer."""
    with pytest.raises(Unavailable, match="revocation_unavailable"):
        bearer(revoked=lambda claims: answer).verify(signer().token())


def test_a_hook_that_answers_later_is_an_outage() -> None:
    """A coroutine has not run yet."""

    async def later(_: Claims) -> bool:
        return False

    def revoked(claims: Claims) -> Any:
        coroutine = later(claims)
        coroutine.close()
        return coroutine

    with pytest.raises(Unavailable, match="revocation_unavailable"):
        bearer(revoked=revoked).verify(signer().token())


def test_a_store_may_count() -> None:
    """As Redis does: how many keys of that name there are."""
    assert bearer(revoked=lambda claims: 0).verify(signer().token())  # type: ignore[arg-type,return-value]
    assert code_of(lambda: bearer(revoked=lambda claims: 1).verify(signer().token())) == "revoked"  # type: ignore[arg-type,return-value]


def test_a_hooks_own_refusal_is_told_as_it_is() -> None:
    """It may say more than yes or no."""

    def revoked(_: Claims) -> bool:
        raise Unavailable("store_down", detail="the list is being moved")

    with pytest.raises(Unavailable, match="store_down"):
        bearer(revoked=revoked).verify(signer().token())


# Proofs ------------------------------------------------------------------------------------------------------------


class Shown:
    """A proof that the request holds the confirmation's own text."""

    def __init__(self, member: str, scheme: str, *, per_request: bool = False) -> None:
        self.member = member
        self.scheme = scheme
        self.reads = (f"header.{member}",)
        self.per_request = per_request
        self.seen: list[str] = []

    def __call__(self, request: Request, token: str, confirmation: str) -> None:
        self.seen.append(token)
        if request.header(self.member) != (confirmation,):
            raise BindingProblem("certificate_mismatch" if self.scheme == "bearer" else "proof_invalid")


KEY, CERTIFICATE = Shown("jkt", "dpop"), Shown("x5t#S256", "bearer")


def sent(cnf: Any, scheme: str = "Bearer", **headers: str) -> Request:
    token = signer().token(good_claims() if cnf is None else good_claims(cnf=cnf))
    event = bearer_event(token)
    event["headers"] = {"Authorization": f"{scheme} {token}", **headers}
    event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
    return parse(event)


BOUND: dict[str, tuple[Any, str, dict[str, str], str]] = {
    "H5-proved": ({"jkt": "k"}, "DPoP", {"jkt": "k"}, "taken"),
    "H5-scheme-in-any-case": ({"jkt": "k"}, "dpop", {"jkt": "k"}, "taken"),
    "H5-wrong-proof": ({"jkt": "k"}, "DPoP", {"jkt": "j"}, "proof_invalid"),
    "H5-downgrade": ({"jkt": "k"}, "Bearer", {"jkt": "k"}, "proof_missing"),
    "H6-proved": ({"x5t#S256": "c"}, "Bearer", {"x5t#S256": "c"}, "taken"),
    "H6-wrong": ({"x5t#S256": "c"}, "Bearer", {"x5t#S256": "d"}, "certificate_mismatch"),
    "H6-none": ({"x5t#S256": "c"}, "Bearer", {}, "certificate_mismatch"),
    "H6-as-dpop": ({"x5t#S256": "c"}, "DPoP", {"x5t#S256": "c"}, "proof_invalid"),
    "both": ({"jkt": "k", "x5t#S256": "c"}, "DPoP", {"jkt": "k", "x5t#S256": "c"}, "taken"),
    "both-one-proved": ({"jkt": "k", "x5t#S256": "c"}, "DPoP", {"jkt": "k"}, "certificate_mismatch"),
    "H7-unknown": ({"kid": "k"}, "Bearer", {}, "proof_missing"),
    "H7-unknown-beside": ({"kid": "k", "jkt": "k"}, "DPoP", {"jkt": "k"}, "taken"),
    "unbound": (None, "Bearer", {}, "proof_missing"),
    "unbound-as-dpop": (None, "DPoP", {"jkt": "k"}, "proof_missing"),
    "other-scheme": ({"jkt": "k"}, "Basic", {"jkt": "k"}, "invalid_request"),
}


@pytest.mark.parametrize(("cnf", "scheme", "headers", "outcome"), BOUND.values(), ids=BOUND)
def test_a_bound_token_needs_all_of_its_proofs(cnf: Any, scheme: str, headers: dict[str, str], outcome: str) -> None:
    """Under the scheme that goes with it; and a bearer with proofs takes no other."""
    guarded = bearer(proofs=[KEY, CERTIFICATE])

    found = "taken" if outcome == "taken" and guarded(sent(cnf, scheme, **headers)) else ""

    assert (found or code_of(lambda: guarded(sent(cnf, scheme, **headers)))) == outcome


def test_a_proof_that_is_not_configured_is_missed() -> None:
    """H6: one of the two is not enough for a token that is bound to both."""
    assert (
        code_of(lambda: bearer(proofs=[KEY])(sent({"jkt": "k", "x5t#S256": "c"}, "DPoP", jkt="k"))) == "proof_missing"
    )
    assert code_of(lambda: bearer()(sent({"x5t#S256": "c"}, **{"x5t#S256": "c"}))) == "proof_missing"


def test_unbound_tokens_can_be_taken_beside_bound_ones() -> None:
    """By name, while clients move; under the scheme of theirs."""
    both = bearer(proofs=[KEY], relax={"unbound-token"})

    assert both(sent(None)).id == "alice"
    assert both(sent({"jkt": "k"}, "DPoP", jkt="k")).id == "alice"
    assert code_of(lambda: both(sent(None, "DPoP", jkt="k"))) == "proof_invalid"
    assert code_of(lambda: both(sent({"jkt": "k"}))) == "proof_missing"


def test_what_proofs_read_is_an_identity_source() -> None:
    """And one that vouches for one request only makes the answer not cacheable."""
    guarded = bearer(proofs=[Shown("jkt", "dpop", per_request=True), CERTIFICATE])

    assert guarded.reads == ("header.authorization", "header.jkt", "header.x5t#S256")
    assert guarded.per_request is True
    assert bearer(proofs=[CERTIFICATE]).per_request is False


def test_where_only_bound_tokens_are_taken_no_other_is_verified() -> None:
    """`verify` is no way around the proofs."""
    assert code_of(lambda: bearer(proofs=[KEY]).verify(signer().token())) == "proof_missing"
    assert bearer(proofs=[KEY], relax={"unbound-token"}).verify(signer().token())


def test_a_token_of_an_issuer_without_proofs_is_no_dpop_token() -> None:
    """Beside an issuer that has them, each keeps to its own scheme."""
    both = by_issuer(bearer(proofs=[KEY], clock=clock), bearer(issuer="https://two.example/", clock=clock))
    token = signer().token(good_claims(iss="https://two.example/"))
    event = bearer_event(token)
    dpop = {**event, "headers": {"Authorization": f"DPoP {token}"}, "multiValueHeaders": {}}

    assert both(parse(event)).id == "alice"
    assert code_of(lambda: both(parse(dpop))) == "proof_invalid"


def clock() -> float:
    return NOW


@pytest.mark.parametrize("at", [float("nan"), float("inf")])
def test_a_time_that_is_none_makes_no_token_good(at: float) -> None:
    """Whatever clock is handed in."""
    assert code_of(lambda: bearer().verify(signer().token(), at=at)) == "expired"


def test_a_secret_is_in_no_repr_of_what_was_built() -> None:
    """Nor in what a crash reporter sees of a token."""
    text = "Not-a-good-one-but-long-enough-to-be-one"
    built = bearer(jwks=None, secret=text, algorithms=None)

    assert text not in repr(built.given) + repr(vars(built).values())
    assert "secret" not in repr(built._verifier._opener.open(hmac_token(good_claims(sub="secret"), SECRET)))
    assert repr(type(built).__new__(type(built))) == "JWTBearer()"


def test_a_bound_token_cannot_be_verified_without_its_request() -> None:
    """`verify` has no request to find the proof in."""
    token = signer().token(good_claims(cnf={"jkt": "k"}))

    assert code_of(lambda: bearer(proofs=[KEY]).verify(token)) == "proof_missing"


def test_a_proof_is_asked_last() -> None:
    """A one-time proof must not be spent on a token that is refused anyway."""
    proof = Shown("jkt", "dpop")
    guarded = bearer(proofs=[proof], revoked=lambda claims: True)

    assert code_of(lambda: guarded(sent({"jkt": "k"}, "DPoP", jkt="k"))) == "revoked"
    assert proof.seen == []


# Relaxations -------------------------------------------------------------------------------------------------------


def padded(token: str) -> str:
    """Return a token with all of its padding, as load balancers write it; its signature is over that."""
    key = signer()
    signed = ".".join(part + "=" * (-len(part) % 4) for part in token.split(".")[:2])
    signature = b64(key.sign(signed.encode()))
    return f"{signed}.{signature}{'=' * (-len(signature) % 4)}"


def test_padding_is_taken_where_it_is_permitted() -> None:
    """A4: and only all of it, or none."""
    loose = bearer(relax={"padding"})
    token = padded(signer().token(good_claims(pad="x")))
    assert token.count("=") > 0

    assert loose.verify(token)
    assert loose.verify(signer().token())
    assert code_of(lambda: bearer().verify(token)) == "bad_base64url"
    assert code_of(lambda: loose.verify(token + "=")) == "bad_base64url"
    assert code_of(lambda: loose.verify(token[:-1])) in {"bad_base64url", "bad_signature"}


def test_a_claim_may_stand_twice_where_it_is_permitted() -> None:
    """A11: the last one counts; never in the header."""
    key, loose = signer(), bearer(relax={"duplicate-members"})
    payload = b'{"iss":"%s","aud":"x","aud":"%s","sub":"alice","exp":%d}' % (
        ISSUER.encode(),
        AUDIENCE.encode(),
        NOW + 9,
    )
    header = b'{"alg":"ES256","kid":"k1","kid":"k1"}'

    assert loose.verify(key.raw(key.header(), payload))["aud"] == AUDIENCE
    assert code_of(lambda: bearer().verify(key.raw(key.header(), payload))) == "duplicate_member"
    assert code_of(lambda: loose.verify(key.raw(header, payload))) == "duplicate_member"


def test_a_lenient_parse_is_strict_about_the_rest() -> None:
    """One relaxation is that one only."""
    key, loose = signer(), bearer(relax={"duplicate-members"})
    twice = b'"a":1,"a":2'

    for rest, code in (
        (b'"exp":NaN', "bad_number"),
        (b'"exp":1e999', "bad_number"),
        (b'"exp":' + b"9" * 30, "bad_number"),
        (b'"x":"\\ud800"', "bad_json"),
    ):
        assert code_of(lambda rest=rest: loose.verify(key.raw(key.header(), b"{%s,%s}" % (twice, rest)))) == code  # type: ignore[misc]


def test_a_token_without_end_is_taken_where_it_is_permitted() -> None:
    """E1: with keys that are given; the principal then has no end."""
    endless = signer().token(good_claims(exp=...))

    assert bearer(relax={"exp-optional"})(parse(bearer_event(endless))).expires_at is None
    assert code_of(lambda: bearer().verify(endless)) == "missing_claim"
    assert code_of(lambda: bearer(relax={"exp-optional"}).verify(signer().token(good_claims(exp=NOW)))) == "expired"
    assert code_of(lambda: bearer(relax={"exp-optional"}, max_lifetime=60).verify(endless)) == "lifetime_too_long"


def test_a_token_need_not_name_its_key_where_that_is_permitted() -> None:
    """B10: and only where one key fits."""
    nameless = signer().token(kid=None)
    two = {"jwks": jwks(signer(), new_signer(kid="k2"))}

    assert bearer(relax={"kid-optional"}).verify(nameless)
    assert code_of(lambda: bearer().verify(nameless)) == "kid_missing"
    assert code_of(lambda: bearer(relax={"kid-optional"}, **two).verify(nameless)) == "ambiguous_key"


@pytest.mark.parametrize("name", RELAXATIONS)
def test_what_is_relaxed_can_be_read(name: str) -> None:
    """Each by its name, with what it means; and nothing that was not asked for."""
    told = bearer(relax={name}, proofs=[KEY]).explain()

    assert f"relaxed: {name}: {RELAXATIONS[name]}" in told
    assert told.count("relaxed: ") == 1
    assert "relaxed" not in bearer().explain()


def test_what_is_demanded_can_be_read() -> None:
    """Every rule that was set, in words, and no secret."""
    told = bearer(
        claims={"token_use": "access"}, required=["jti"], absent=["nonce"], max_age=60, max_lifetime=90,
        require=[all_scopes("a")], proofs=[CERTIFICATE], source=Header("x-token"),
    ).explain()  # fmt: skip

    for words in (
        "reads header.x-token", "token_use is access", "needs jti", "refuses nonce", "max_age 60 s", "max_lifetime 90 s",
        "all of the scopes a", "bound by x5t#S256", f"issuer {ISSUER}", AUDIENCE, "ES256", "at+jwt",
    ):  # fmt: skip
        assert words in told


def test_no_explanation_shows_a_secret() -> None:
    """Nor does a repr."""
    text = "Not-a-good-one-but-long-enough-to-be-one"
    told = bearer(jwks=None, secret=text, algorithms=None)

    assert text not in told.explain() + repr(told)


class Found:
    """Finds keys wherever it likes."""

    def find(self, kid: str | None, alg: str) -> Any:
        raise AssertionError("not now")


SOURCE = Found()
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "exp-optional-fetched": ({"jwks": None, "relax": {"exp-optional"}}, "exp-optional is for a secret"),
    "unbound-without-proofs": ({"relax": {"unbound-token"}}, "unbound-token is for a bearer with proofs"),
    **{f"claims-{value!r}": ({"claims": value}, "claims must map") for value in (None, [], {"a": None}, {"a": 1.5}, {"": "x"}, {"a": ""}, {1: "x"}, {"a": [["x"]]})},
    **{f"header-{value!r}": ({"header": value}, "header must map") for value in (None, {"a": 1}, {"a": True})},
    **{f"{name}-{value!r}": ({name: value}, f"{name} must be names") for name in ("required", "absent", "scopes") for value in (None, "a", [""], [1])},
    **{f"{name}-{value!r}": ({name: value}, f"{name} must be seconds") for name in ("max_age", "max_lifetime") for value in (0, -1, "5", True, float("nan"), float("inf"))},
    **{f"{name}-{value!r}": ({name: value}, f"{name} must be a list") for name in ("checks", "require", "proofs") for value in (None, "x", ["x"], 5)},
    "require-a-function": ({"require": [lambda principal: True]}, "require must be a list of demands"),
    "clock-none": ({"clock": None}, "clock cannot be called"),
    "proof-class": ({"proofs": [Shown]}, "proofs must be a list"),
    "proof-of-another-member": ({"proofs": [Shown("kid", "bearer")]}, "proofs must be a list"),
    "exp-optional-source": ({"jwks": SOURCE, "relax": {"exp-optional"}}, "exp-optional is for a secret"),
    "jwks-class": ({"jwks": KeySet}, "jwks: "),
    "source-place": ({"source": Source("body", "x")}, "source must be"),  # type: ignore[arg-type]
    "issuer-blank": ({"issuer": "https://idp.example.com/ "}, "a blank or a line end around it"),
    "issuer-line": ({"issuer": "https://idp.example.com/\n"}, "a blank or a line end around it"),
    "never-right": ({"required": ["a"], "absent": ["a"]}, "absent and required at once: a"),
    "never-right-either": ({"claims": {"a": "x"}, "absent": ["a"]}, "absent and required at once: a"),
    "secret-half": ({"jwks": None, "algorithms": None, "secret": "\ud800" * 40}, "half a character"),
    "secret-timing": ({"jwks": None, "algorithms": None, "secret": SECRET, "timing": Timing()}, "a secret has no use"),
    "secret-relaxed": ({"jwks": None, "algorithms": None, "secret": SECRET, "relax": {"kid-optional"}}, "a secret has no use"),
    "revoked": ({"revoked": True}, "revoked cannot be called"),
    "cache": ({"cache": True}, "cache must be a TokenCache"),
    "cache-limits": ({"cache": TokenCache(entries=0)}, "cache: 1 to"),
    "on_event": ({"on_event": "log"}, "on_event cannot be called"),
    "weak-secret": ({"jwks": None, "algorithms": None, "secret": b"short"}, "weak_key"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_while_constructing(changes: dict[str, Any], words: str) -> None:
    """E8, E11, C14 and the like: in words, and never another exception."""
    with pytest.raises(ConfigError, match=r"^JWTBearer: ") as fault:
        bearer(**changes)

    assert words in str(fault.value)


# Secrets, and asynchronous use ---------------------------------------------------------------------------------------


def hmac_token(claims: dict[str, Any], secret: bytes = SECRET, alg: str = "HS256", **header: Any) -> str:
    import jwt

    return jwt.encode(claims, secret, alg, headers=header)


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_a_token_of_a_shared_secret_verifies(alg: str) -> None:
    """With the secret alone, and no discovery."""
    shared = bearer(jwks=None, secret=SECRET, algorithms=[alg], issuer="orders")

    assert shared.verify(hmac_token(good_claims(iss="orders"), alg=alg))["sub"] == "alice"
    assert code_of(lambda: shared.verify(hmac_token(good_claims(iss="orders"), SECRET[::-1], alg))) == "bad_signature"


def test_a_public_key_cannot_verify_hmac() -> None:
    """B3: a token signed with the published key as the secret."""
    key = signer("RS256", "r")
    forged = hmac_token(good_claims(), b64(str(key.jwk).encode()).encode(), kid="r")

    assert code_of(lambda: bearer(key).verify(forged)) == "alg_not_allowed"


def test_the_loop_is_not_held_up() -> None:
    """The same verdicts, from a thread."""

    async def run() -> list[str]:
        verifier = bearer()
        good = await asyncio.gather(*(verifier.averify(signer().token()) for _ in range(20)))
        try:
            await verifier.averify("a.b.c")
        except AuthkitError as fault:
            return [claims["sub"] for claims in good] + [type(fault).__name__]
        return []

    assert asyncio.run(run()) == ["alice"] * 20 + ["MalformedToken"]
