"""Several issuers: each by its own policy, chosen by the exact text of an unverified claim (rows C17, E9, E19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from authkit import ConfigError, Cookie, Header, JWTBearer, KeysUnavailable, Refused
from authkit.credentials.by_issuer import by_issuer
from authkit.credentials.settings import ANY_TENANT
from authkit.gateway.request import parse
from authkit.tokens.cache import TokenCache
from tests.support.events import bearer_event
from tests.support.tokens import AUDIENCE, ISSUER, NOW, bearer, good_claims, jwks, new_signer, signer

OTHER = "https://other.example/"
TEMPLATE = "https://login.example/{tenantid}/v2.0"
TENANT = "abcdef11-2222-3333-4444-555555555555"
STRANGER = "99999999-2222-3333-4444-555555555555"


def clock() -> float:
    return NOW


def one(**changes: Any) -> JWTBearer:
    return bearer(clock=clock, **changes)


def other(**changes: Any) -> JWTBearer:
    settings: dict[str, Any] = {"issuer": OTHER, "jwks": jwks(signer("ES256", "k2")), **changes}
    return one(**settings)


def tenants(allowed: Any = (TENANT,), **changes: Any) -> JWTBearer:
    return one(issuer=TEMPLATE, tenants=allowed, **changes)


def of_tenant(tenant: str, **changes: Any) -> str:
    return signer().token(good_claims(iss=TEMPLATE.replace("{tenantid}", tenant), tid=tenant, **changes))


def raw(claims: dict[str, Any]) -> str:
    """Return a signed token with claims that PyJWT would not write."""
    return signer().raw(signer().header(), claims)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as fault:
        call()
    return fault.value.code


def test_each_issuer_has_its_own_keys() -> None:
    """C17: the other's key signs nothing of ours, though both are trusted."""
    both = by_issuer(one(), other())
    mine, theirs = signer().token(), signer("ES256", "k2").token(good_claims(iss=OTHER))

    assert both.verify(mine)["iss"] == ISSUER
    assert both.verify(theirs)["iss"] == OTHER
    assert code_of(lambda: both.verify(signer("ES256", "k2").token())) == "key_not_found"
    assert code_of(lambda: both.verify(signer().token(good_claims(iss=OTHER)))) == "key_not_found"


def test_the_same_key_name_at_two_issuers_is_two_keys() -> None:
    """C17: there is no common pool."""
    mine, theirs = new_signer(kid="same"), new_signer(kid="same")
    both = by_issuer(one(jwks=jwks(mine)), other(jwks=jwks(theirs)))

    assert both.verify(mine.token())
    assert both.verify(theirs.token(good_claims(iss=OTHER)))
    assert code_of(lambda: both.verify(theirs.token())) == "bad_signature"
    assert code_of(lambda: both.verify(mine.token(good_claims(iss=OTHER)))) == "bad_signature"


POLICIES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "algorithm": ({"algorithms": ["RS256"], "jwks": jwks(signer("RS256", "r"))}, {}, {}, "alg_not_allowed"),
    "type": ({"typ": ["jwt"]}, {}, {"typ": "at+jwt"}, "bad_typ"),
    "audience": ({"audience": "elsewhere"}, {}, {}, "audience_mismatch"),
    "leeway": ({}, {"exp": NOW - 5}, {}, "expired"),
    "claims": ({"claims": {"token_use": "id"}}, {"token_use": "access"}, {}, "token_use_mismatch"),
    "header": ({"header": {"signer": "me"}}, {}, {"signer": "you"}, "custom_check_failed"),
    "age": ({"max_age": 5}, {}, {}, "too_old"),
}


@pytest.mark.parametrize(("strict", "claims", "header", "code"), POLICIES.values(), ids=POLICIES)
def test_each_issuer_has_its_own_policy(
    strict: dict[str, Any], claims: dict[str, Any], header: dict[str, Any], code: str
) -> None:
    """What is refused of the one is taken of the other, which has the looser rules."""
    both = by_issuer(one(**strict), other(leeway=60, algorithms=["ES256"]))
    theirs = signer("ES256", "k2").token(good_claims(iss=OTHER, **claims), **header)

    assert both.verify(theirs)
    assert code_of(lambda: both.verify(signer().token(good_claims(**claims), **header))) == code


@pytest.mark.parametrize(
    "issuer", ["https://evil.example/", OTHER.upper(), OTHER[:-1], f"{OTHER}/", f"{ISSUER}{OTHER}", "", f" {OTHER}"]
)
def test_an_unknown_issuer_costs_nothing(issuer: str) -> None:
    """E9: no key is looked up, and nothing is fetched, for a text that is not exactly one of ours."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Any:
        asked.append(url)
        raise KeysUnavailable("fetch_refused", detail="down")

    both = by_issuer(one(jwks=None, fetch=fetch), other(jwks=None, fetch=fetch))

    assert code_of(lambda: both.verify(signer().token(good_claims(iss=issuer)))) == "unknown_issuer"
    assert asked == []
    with pytest.raises(KeysUnavailable):
        both.verify(signer().token())
    assert asked == [f"{ISSUER}.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("issuer", "code"), [(..., "missing_claim"), (None, "bad_claim_type"), ([ISSUER], "bad_claim_type")]
)
def test_an_issuer_is_one_text(issuer: Any, code: str) -> None:
    """E9: as with one issuer."""
    assert code_of(lambda: by_issuer(one(), other()).verify(raw(good_claims(iss=issuer)))) == code


def test_a_request_is_authenticated_by_either() -> None:
    """The principal is of the issuer that signed."""
    both = by_issuer(one(), other(principal="client_id", claims={"client_id": "web"}))
    theirs = signer("ES256", "k2").token(good_claims(iss=OTHER, client_id="web"))

    assert both(parse(bearer_event(signer().token()))).id == "alice"
    assert both(parse(bearer_event(theirs))).id == "web"
    assert both.reads == ("header.authorization",)


def test_a_duplicate_is_taken_only_of_the_issuer_that_is_allowed_it() -> None:
    """The relaxation of one is none of the other's."""
    both = by_issuer(one(), other(relax={"duplicate-members"}))
    twice = b'{"iss":"%s","aud":"%s","sub":"mallory","sub":"alice","exp":%d}'
    theirs = signer("ES256", "k2")

    assert (
        both.verify(theirs.raw(theirs.header(), twice % (OTHER.encode(), AUDIENCE.encode(), NOW + 60)))["sub"]
        == "alice"
    )
    mine = signer().raw(signer().header(), twice % (ISSUER.encode(), AUDIENCE.encode(), NOW + 60))
    assert code_of(lambda: both.verify(mine)) == "duplicate_member"


def test_tokens_of_all_issuers_are_remembered_apart() -> None:
    """Each is held to its own policy again."""
    both = by_issuer(one(), other(), cache=TokenCache())
    theirs = signer("ES256", "k2").token(good_claims(iss=OTHER))

    for _ in range(3):
        assert both.verify(signer().token())["iss"] == ISSUER
        assert both.verify(theirs)["iss"] == OTHER


FAULTS: dict[str, tuple[Callable[[], JWTBearer], str]] = {
    "none": (lambda: by_issuer(), "one bearer at least"),
    "no-bearer": (lambda: by_issuer("idp"), "is no JWTBearer"),  # type: ignore[arg-type]
    "twice": (lambda: by_issuer(one(), one()), f"two policies for {ISSUER}"),
    "sources": (lambda: by_issuer(one(), other(source=Header("x-token"))), "different sources"),
    "cookies": (lambda: by_issuer(one(source=Cookie("a")), other(source=Cookie("b"))), "different sources"),
    "padding": (lambda: by_issuer(one(), other(relax={"padding"})), "padding stands alone"),
    "cache": (lambda: by_issuer(one(cache=TokenCache()), other()), "cache is given to by_issuer"),
    "no-cache": (lambda: by_issuer(one(), other(), cache=5), "cache must be"),  # type: ignore[arg-type]
    "clocks": (lambda: by_issuer(one(), bearer(issuer=OTHER)), "different clocks"),
}


@pytest.mark.parametrize(("build", "words"), FAULTS.values(), ids=FAULTS)
def test_what_does_not_go_together_is_a_configuration_error(build: Callable[[], JWTBearer], words: str) -> None:
    """While constructing, in words."""
    with pytest.raises(ConfigError, match=r"^by_issuer: ") as fault:
        build()

    assert words in str(fault.value)


def test_the_repr_names_the_issuers() -> None:
    """And `explain` the policy of each."""
    both = by_issuer(one(), other(relax={"duplicate-members"}))

    assert repr(both) == f"JWTBearer(issuers={[ISSUER, OTHER]})"
    assert f"issuer {OTHER}" in both.explain()
    assert "relaxed: duplicate-members" in both.explain()


# A template --------------------------------------------------------------------------------------------------------


def test_a_tenant_that_is_allowed_is_taken() -> None:
    """E19: its issuer is the template filled with its own id."""
    assert tenants().verify(of_tenant(TENANT))["tid"] == TENANT
    assert tenants(ANY_TENANT).verify(of_tenant(STRANGER))["tid"] == STRANGER


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": TEMPLATE.replace("{tenantid}", STRANGER), "tid": STRANGER},
        {"iss": TEMPLATE.replace("{tenantid}", TENANT), "tid": STRANGER},
        {"iss": TEMPLATE.replace("{tenantid}", STRANGER), "tid": TENANT},
        {"iss": TEMPLATE.replace("{tenantid}", TENANT), "tid": ...},
        {"iss": TEMPLATE.replace("{tenantid}", TENANT), "tid": None},
        {"iss": TEMPLATE.replace("{tenantid}", TENANT), "tid": [TENANT]},
        {"iss": TEMPLATE, "tid": "{tenantid}"},
        {"iss": TEMPLATE, "tid": TENANT},
        {"iss": TEMPLATE.replace("{tenantid}", TENANT.upper()), "tid": TENANT},
    ],
)
def test_another_tenant_is_refused(claims: dict[str, Any]) -> None:
    """E19: whichever of the two says so."""
    assert code_of(lambda: tenants().verify(signer().token(good_claims(**claims)))) == "issuer_mismatch"


@pytest.mark.parametrize(
    "tenant", ["", "x", "common", "../evil", TENANT + "/", TENANT[:-1] + "é", TENANT.replace("-", "")]
)
def test_any_tenant_is_still_a_tenant(tenant: str) -> None:
    """E19: only an id fills the template, so that no other path or host comes of it."""
    assert code_of(lambda: tenants(ANY_TENANT).verify(of_tenant(tenant))) == "issuer_mismatch"


def test_a_key_that_names_its_issuer_signs_for_no_other() -> None:
    """E19: one set serves many tenants, and says of some keys whose they are."""
    key = new_signer(issuer=TEMPLATE.replace("{tenantid}", STRANGER))
    general = new_signer(kid="k2", issuer=TEMPLATE)
    anybody = one(issuer=TEMPLATE, tenants=ANY_TENANT, jwks=jwks(key, general))
    claims = {who: good_claims(iss=TEMPLATE.replace("{tenantid}", who), tid=who) for who in (TENANT, STRANGER)}

    assert anybody.verify(key.token(claims[STRANGER]))
    assert anybody.verify(general.token(claims[TENANT]))
    assert code_of(lambda: anybody.verify(key.token(claims[TENANT]))) == "key_use_mismatch"


def test_templates_and_exact_issuers_go_together() -> None:
    """The exact one comes first."""
    both = by_issuer(one(), tenants())

    assert both.verify(signer().token())["iss"] == ISSUER
    assert both.verify(of_tenant(TENANT))["tid"] == TENANT
    assert code_of(lambda: both.verify(of_tenant(STRANGER))) == "unknown_issuer"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": TEMPLATE},
        {"issuer": ISSUER, "tenants": [TENANT]},
        {"issuer": TEMPLATE, "tenants": []},
        {"issuer": TEMPLATE, "tenants": ["common"]},
        {"issuer": TEMPLATE, "tenants": [TENANT.upper().replace("1", "A")]},
        {"issuer": TEMPLATE, "tenants": TENANT},
        {"issuer": [TEMPLATE, ISSUER], "tenants": [TENANT]},
        {"issuer": [TEMPLATE, ISSUER], "tenants": ANY_TENANT},
        {"issuer": [ISSUER, TEMPLATE]},
        {"issuer": TEMPLATE + "/{tenantid}", "tenants": [TENANT]},
        {"issuer": TEMPLATE, "tenants": [TENANT], "jwks": None},
        {"issuer": [ISSUER, OTHER], "jwks": None},
    ],
)
def test_a_template_and_its_tenants_belong_together(changes: dict[str, Any]) -> None:
    """And keys cannot be discovered from several names."""
    with pytest.raises(ConfigError):
        one(**changes)


def test_one_issuer_may_have_two_spellings() -> None:
    """As Google's has; the same policy and keys for both, and no third."""
    google = one(issuer=["https://accounts.example", "accounts.example"])

    assert google.verify(signer().token(good_claims(iss="https://accounts.example")))
    assert google.verify(signer().token(good_claims(iss="accounts.example")))
    assert (
        code_of(lambda: google.verify(signer().token(good_claims(iss="http://accounts.example")))) == "issuer_mismatch"
    )
