"""Cognito: the tokens of a user pool, as its developer guide and the events in `tests/support` have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from authkit.credentials.bearer import JWTBearer
from authkit.credentials.presets.cognito import ANY_CLIENT, cognito
from authkit.tokens.access import any_scope, in_group
from tests.credentials.presets.cases import Wrong, changed, code_of, each, faults_of, no_fetch, request, settings, token
from tests.support.shared import load
from tests.support.tokens import NOW, new_signer

if TYPE_CHECKING:
    from pathlib import Path

POOL = "eu-west-1_EXAMPLE01"
CLIENT = "4k8m2exampleclient7p0q"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"
API = "https://api.example.com"

# "Understanding the access token" and "Understanding the identity (ID) token", Amazon Cognito Developer Guide.
ACCESS = {
    "sub": "7d8f3c1e-2b4a-4f6d-9c0e-1a2b3c4d5e6f",
    "cognito:groups": ["editors"],
    "iss": ISSUER,
    "version": 2,
    "client_id": CLIENT,
    "origin_jti": "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
    "event_id": "9a8b7c6d-5e4f-3021-1203-f4e5d6c7b8a9",
    "token_use": "access",
    "scope": "orders/read orders/write",
    "auth_time": NOW - 60,
    "exp": NOW + 3540,
    "iat": NOW - 60,
    "jti": "d2e3f4a5-b6c7-4d8e-9f00-112233445566",
    "username": "anna",
}
ID = {
    "sub": "7d8f3c1e-2b4a-4f6d-9c0e-1a2b3c4d5e6f",
    "cognito:groups": ["editors"],
    "email_verified": True,
    "iss": ISSUER,
    "cognito:username": "anna",
    "origin_jti": "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
    "aud": CLIENT,
    "event_id": "9a8b7c6d-5e4f-3021-1203-f4e5d6c7b8a9",
    "token_use": "id",
    "auth_time": NOW - 60,
    "exp": NOW + 3540,
    "iat": NOW - 60,
    "jti": "c1d2e3f4-a5b6-4c7d-8e9f-001122334455",
    "email": "anna@example.com",
    "custom:tenant": "acme",
}


def bearer(**changes: Any) -> JWTBearer:
    """Return a bearer for the pool, as a function would have it."""
    return cognito(**{"user_pool_id": POOL, "client_id": CLIENT, **settings(), **changes})


def test_an_access_token_gives_subject_scopes_and_groups() -> None:
    """Its header holds kid and alg and nothing else."""
    editors = in_group("editors", claim="cognito:groups")

    principal = bearer(require=[editors])(request(token(ACCESS)))

    assert principal.id == ACCESS["sub"]
    assert principal.scopes == {"orders/read", "orders/write"}
    assert editors(principal)
    assert principal.expires_at == ACCESS["exp"]


def test_an_id_token_is_for_whom_aud_says() -> None:
    """Where the pool's id tokens are what the API takes."""
    principal = bearer(token_use="id")(request(token(ID)))

    assert principal.id == ID["sub"]
    assert principal.scopes == set()
    assert principal.claims["custom:tenant"] == "acme"


def test_both_uses_at_once_name_their_client_each_in_its_own_claim() -> None:
    """With several clients, of which each token names one."""
    both = bearer(token_use=["access", "id"], client_id=["other", CLIENT])

    assert both.verify(token(ACCESS))["token_use"] == "access"
    assert both.verify(token(ID))["token_use"] == "id"


def test_a_client_that_calls_as_itself_is_its_own_subject() -> None:
    """The client credentials grant: no user, no groups."""
    machine = changed(ACCESS, sub=CLIENT, username=..., **{"cognito:groups": ...})

    assert bearer()(request(token(machine))).id == CLIENT


def test_the_shared_examples_of_claims_are_those_of_a_pool(shared: Path) -> None:
    """Signed as they stand: each is taken for its own use, by this pool and this client, while it lasts, and no longer."""
    examples = {
        "access": load(shared, "cognito-access-token-claims.json"),
        "id": load(shared, "cognito-id-token-claims.json"),
    }
    for use, other in (("access", "id"), ("id", "access")):
        claims, text = examples[use], token(examples[use])
        now = claims["iat"] + 60
        own = bearer(token_use=use, clock=lambda now=now: now)

        principal = own(request(text))

        assert dict(principal.claims) == claims
        assert principal.id == claims["sub"]
        assert principal.expires_at == claims["exp"]
        assert principal.scopes == set(claims.get("scope", "").split())
        assert in_group("editors", claim="cognito:groups")(principal)
        assert code_of(own, token(examples[other])) in ("missing_claim", "token_use_mismatch")
        assert code_of(bearer(token_use=use, clock=lambda end=claims["exp"]: end), text) == "expired"
        assert code_of(bearer(token_use=use, client_id="other", clock=lambda now=now: now), text) in (
            "client_mismatch", "audience_mismatch",
        )  # fmt: skip
        assert code_of(bearer(user_pool_id=f"{POOL}2", token_use=use), text) == "issuer_mismatch"


ACCESS_WRONG = (
    Wrong("another pool", "issuer_mismatch", {"iss": f"{ISSUER[:-1]}2"}),
    Wrong("another region", "issuer_mismatch", {"iss": ISSUER.replace("eu-west-1", "eu-west-2")}),
    Wrong("another partition", "issuer_mismatch", {"iss": ISSUER.replace("amazonaws.com", "amazonaws.com.cn")}),
    Wrong("the other kind of issuer", "issuer_mismatch", {"iss": ISSUER.replace("cognito-idp", "issuer-cognito-idp")}),
    Wrong("another client", "client_mismatch", {"client_id": "5l9n3otherclient8q1r"}),
    Wrong("no client (E13)", "missing_claim", {"client_id": ...}),
    Wrong("several clients", "bad_claim_type", {"client_id": [CLIENT]}),
    Wrong("no use", "missing_claim", {"token_use": ...}),
    Wrong("another use", "token_use_mismatch", {"token_use": "refresh"}),
    Wrong("bound to a resource", "audience_mismatch", {"aud": API}),
    Wrong("no subject", "missing_claim", {"sub": ...}),
    Wrong("a typ of RFC 9068", "bad_typ", {}, {"typ": "at+jwt"}),
    Wrong("another algorithm", "alg_not_allowed", {}, {"alg": "RS512"}),
    Wrong("a key of nobody", "key_not_found", {}, {"kid": "nobody"}),
)


@each(*ACCESS_WRONG)
def test_an_access_token_with_one_thing_wrong_is_refused(wrong: Wrong) -> None:
    """Each by its own code."""
    assert code_of(bearer(), token(changed(ACCESS, **wrong.claims), **wrong.header)) == wrong.code


@each(
    Wrong("another client", "audience_mismatch", {"aud": "5l9n3otherclient8q1r"}),
    Wrong("the client elsewhere", "missing_claim", {"aud": ..., "client_id": CLIENT}),
    Wrong("an access token with an audience", "token_use_mismatch", {"token_use": "access"}),
)
def test_an_id_token_with_one_thing_wrong_is_refused(wrong: Wrong) -> None:
    """Each by its own code."""
    assert code_of(bearer(token_use="id"), token(changed(ID, **wrong.claims))) == wrong.code


@each(
    Wrong("another client's id token", "client_mismatch", {"aud": "other"}),
    Wrong("an id token with the client in the other claim", "client_mismatch", {"aud": ..., "client_id": CLIENT}),
    Wrong("an access token with the client in the other claim", "client_mismatch", {"token_use": "access"}),
    Wrong(
        "an access token for a resource", "audience_mismatch", {"token_use": "access", "client_id": CLIENT, "aud": API}
    ),
    Wrong("neither use", "token_use_mismatch", {"token_use": "refresh"}),
)
def test_with_both_uses_the_one_is_not_taken_for_the_other(wrong: Wrong) -> None:
    """E12 and E13: whichever use, one of the two claims names our client."""
    assert code_of(bearer(token_use=["id", "access"]), token(changed(ID, **wrong.claims))) == wrong.code


def test_the_one_use_is_refused_where_the_other_is_asked_for() -> None:
    """E12, in both directions."""
    assert code_of(bearer(), token(changed(ID, client_id=CLIENT))) == "token_use_mismatch"
    assert code_of(bearer(), token(ID)) == "token_use_mismatch"  # before its use is looked at, it lacks its client
    assert code_of(bearer(token_use="id"), token(ACCESS)) == "missing_claim"  # aud is looked at first, and it has none


def test_a_signature_of_another_key_is_refused() -> None:
    """Although everything it says is right."""
    assert code_of(bearer(), token(ACCESS, key=new_signer("RS256", "provider-key-1"))) == "bad_signature"


def test_a_resource_bound_token_needs_its_audience() -> None:
    """The resource parameter puts it into ``aud``; asked for, it must be there."""
    bound = bearer(audience=API)

    assert bound.verify(token(changed(ACCESS, aud=API)))["aud"] == API
    assert code_of(bound, token(ACCESS)) == "missing_claim"
    assert code_of(bound, token(changed(ACCESS, aud="https://other.example.com"))) == "audience_mismatch"
    assert code_of(bound, token(changed(ACCESS, aud=API, client_id="other"))) == "client_mismatch"


def test_resource_binding_holds_with_both_uses_too() -> None:
    """An id token has its client there, an access token the resource."""
    both = bearer(audience=API, token_use=["access", "id"])

    assert both.verify(token(changed(ACCESS, aud=API)))["aud"] == API
    assert both.verify(token(ID))["aud"] == CLIENT
    assert code_of(both, token(ACCESS)) == "audience_mismatch"


def test_a_trigger_may_name_the_client_as_audience() -> None:
    """Pre token generation can add ``aud`` to access tokens, with the session's own client only."""
    assert bearer().verify(token(changed(ACCESS, aud=CLIENT)))["aud"] == CLIENT


def test_any_client_must_be_asked_for_together_with_something_else() -> None:
    """And the token still names one."""
    any_client = bearer(client_id=ANY_CLIENT, require=[any_scope("orders/read")])

    assert any_client.verify(token(changed(ACCESS, client_id="whoever")))["client_id"] == "whoever"
    assert code_of(any_client, token(changed(ACCESS, client_id=...))) == "missing_claim"
    assert code_of(any_client, token(changed(ACCESS, scope="orders/write"))) == "scope"
    assert repr(ANY_CLIENT) == "ANY_CLIENT"


@pytest.mark.parametrize("use", ["id", ["access", "id"], ("id",)])
@pytest.mark.parametrize("audience", [None, API])
def test_an_id_token_of_any_client_needs_more_than_an_audience(use: Any, audience: str | None) -> None:
    """The audience is asked of access tokens: the id token of whichever client of the pool would pass without it."""
    anyone = {"client_id": ANY_CLIENT, "token_use": use, "audience": audience}

    assert "ANY_CLIENT needs require beside it" in faults_of(lambda: bearer(**anyone))
    assert "ANY_CLIENT needs require beside it" in faults_of(lambda: bearer(**anyone, require=[]))
    if "access" in use:
        demanding = bearer(**anyone, require=[in_group("editors", claim="cognito:groups")])
        assert demanding.verify(token(ID))
        assert code_of(demanding, token(changed(ID, **{"cognito:groups": ["others"]}))) == "group"


def test_access_tokens_of_any_client_may_be_told_by_their_audience() -> None:
    """It says that they are for us."""
    anyone = bearer(client_id=ANY_CLIENT, audience=API)

    assert anyone.verify(token(changed(ACCESS, aud=API, client_id="whoever")))
    assert "needs audience or require" in faults_of(lambda: bearer(client_id=ANY_CLIENT))


@pytest.mark.parametrize("use", [("access",), ("id",), ("access", "id")])
def test_any_client_with_each_use(use: tuple[str, ...]) -> None:
    """The claim that names it must be there all the same."""
    bearer_ = bearer(client_id=ANY_CLIENT, token_use=use, require=[in_group("editors", claim="cognito:groups")])
    good, name = (ID, "aud") if use == ("id",) else (ACCESS, "client_id")

    assert bearer_.verify(token(changed(good, **{name: "whoever"})))
    assert code_of(bearer_, token(changed(good, **{name: ...}))) in ("missing_claim", "client_mismatch")


@pytest.mark.parametrize(
    ("pool", "changes", "issuer"),
    [
        ("us-east-1_abcDEF123", {}, "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abcDEF123"),
        ("ap-southeast-2_x1", {}, "https://cognito-idp.ap-southeast-2.amazonaws.com/ap-southeast-2_x1"),
        ("us-gov-west-1_x1", {}, "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_x1"),
        ("cn-north-1_x1", {}, "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_x1"),
        ("eusc-de-east-1_x1", {}, "https://cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_x1"),
        ("eu-west-1_x1", {"issuer_type": "updated"}, "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x1"),
        ("us-east-1_x1", {"replica_region": "us-west-2"}, "https://cognito-idp.us-west-2.amazonaws.com/us-east-1_x1"),
    ],
)
def test_the_issuer_follows_partition_region_and_kind(pool: str, changes: dict[str, Any], issuer: str) -> None:
    """And the token of exactly that issuer is taken."""
    assert bearer(user_pool_id=pool, **changes).verify(token(changed(ACCESS, iss=issuer)))["iss"] == issuer


def test_the_keys_are_below_the_issuer_and_nothing_is_fetched_yet() -> None:
    """Its key set is at a fixed place, so no discovery is needed."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Any:
        asked.append(url)
        raise OSError

    cognito(POOL, client_id=CLIENT, fetch=no_fetch)
    remote = cognito(POOL, client_id=CLIENT, fetch=fetch, clock=lambda: NOW)
    with pytest.raises(Exception, match="fetch_refused"):
        remote.verify(token(ACCESS))

    assert asked == [f"{ISSUER}/.well-known/jwks.json"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"user_pool_id": "us-east-1_x/../../evil"}, "user_pool_id"),
        ({"user_pool_id": "us-east-1_"}, "user_pool_id"),
        ({"user_pool_id": "us-east-1.evil.com/_x"}, "user_pool_id"),
        ({"user_pool_id": "us-east-1_x\n"}, "user_pool_id"),
        ({"user_pool_id": "US-EAST-1_x"}, "user_pool_id"),
        ({"user_pool_id": "foo-central-bar_cfE3xfsaf"}, "user_pool_id"),
        ({"user_pool_id": "us-iso-east-1_x1"}, "user_pool_id"),
        ({"user_pool_id": None}, "user_pool_id"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": []}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"client_id": ["good", 7]}, "client_id"),
        ({"client_id": ANY_CLIENT}, "ANY_CLIENT needs audience or require"),
        ({"token_use": "refresh"}, "token_use"),
        ({"token_use": []}, "token_use"),
        ({"token_use": None}, "token_use"),
        ({"audience": ""}, "audience"),
        ({"audience": API, "token_use": "id"}, "audience is for access tokens"),
        ({"issuer_type": "global"}, "issuer_type"),
        ({"replica_region": "nowhere"}, "replica_region"),
        ({"replica_region": "us-gov-west-1"}, "the pool's own partition"),
        ({"replica_region": "eu-west-2", "issuer_type": "updated"}, "replica_region is for original issuers"),
        ({"issuer": "https://evil.example.com"}, "issuer is what the preset decides"),
        ({"claims": {"token_use": "id"}}, "claims['token_use'] is what the preset decides"),
        ({"leeway": -1}, "leeway"),
    ],
)
def test_wrong_configuration_is_told_at_construction(changes: dict[str, Any], fault: str) -> None:
    """F13: nothing that could leave its place in a URL is put there."""
    said = faults_of(lambda: bearer(**changes))

    assert said.startswith("cognito: ")
    assert fault in said


def test_all_faults_are_told_in_one_message() -> None:
    """Those of the settings too."""
    said = faults_of(lambda: bearer(user_pool_id="x", client_id="", token_use="x", leeway=1e9, checks=[1]))

    assert all(name in said for name in ("user_pool_id", "client_id", "token_use", "leeway", "checks"))
    assert "JWTBearer" not in said
