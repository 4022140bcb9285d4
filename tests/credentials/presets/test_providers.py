"""Auth0, Okta, Google, Keycloak, GitHub Actions and AWS: their tokens taken, and each single wrong thing refused."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.credentials.presets.auth0 import auth0
from authkit.credentials.presets.aws import NAMESPACE, aws_web_identity
from authkit.credentials.presets.github import github_actions
from authkit.credentials.presets.google import google
from authkit.credentials.presets.keycloak import keycloak, roles_of
from authkit.credentials.presets.okta import okta
from authkit.tokens.access import has_role
from tests.credentials.presets.cases import (
    Wrong,
    changed,
    code_of,
    no_fetch,
    provider_key,
    request,
    settings,
    token,
)
from tests.credentials.presets.providers import (
    API,
    AUTH0,
    AWS,
    AWS_ISSUER,
    AWS_SAID,
    GITHUB,
    GOOGLE,
    KEYCLOAK,
    OKTA,
    PROVIDERS,
    ROLE,
    bearer,
    issued,
)
from tests.support.tokens import NOW

WRONG = {
    "auth0": (
        Wrong("another tenant", "issuer_mismatch", {"iss": "https://evil.eu.auth0.com/"}),
        Wrong("no slash", "issuer_mismatch", {"iss": "https://acme.eu.auth0.com"}),
        Wrong("another API", "audience_mismatch", {"aud": "https://acme.eu.auth0.com/userinfo"}),
        Wrong("another client", "client_mismatch", {"azp": "other"}),
        Wrong("two clients", "client_mismatch", {"client_id": "other"}),
        Wrong("a client that is no text", "token_use_mismatch", {"azp": 7}),
        Wrong("an id token (E12)", "token_use_mismatch", {"nonce": "n", "azp": ..., "scope": ...}),
        Wrong("an id token without a nonce (E12)", "token_use_mismatch", {"azp": ..., "scope": ...}),
    ),
    "auth0 (RFC 9068)": (Wrong("another client", "client_mismatch", {"client_id": "other"}),),
    "okta": (
        Wrong("another org", "issuer_mismatch", {"iss": "https://evil.okta.com/oauth2/default"}),
        Wrong("the org's own server", "issuer_mismatch", {"iss": "https://acme.okta.com"}),
        Wrong("another server", "issuer_mismatch", {"iss": "https://acme.okta.com/oauth2/aus1"}),
        Wrong("another API", "audience_mismatch", {"aud": "api://other"}),
        Wrong("another client", "client_mismatch", {"cid": "other"}),
        Wrong("no client", "missing_claim", {"cid": ...}),
        Wrong("an id token (E12)", "token_use_mismatch", {"nonce": "n"}),
        Wrong("scopes that are none (E16)", "bad_claim_type", {"scp": ["openid", 7]}),
    ),
    "google": (
        Wrong("another issuer", "issuer_mismatch", {"iss": "https://accounts.google.com/"}),
        Wrong("another client", "audience_mismatch", {"aud": "other"}),
        Wrong("another organization", "custom_check_failed", {"hd": "example.org"}),
        Wrong("a private account", "missing_claim", {"hd": ...}),
        Wrong("several organizations", "bad_claim_type", {"hd": ["example.com"]}),
        Wrong("an access token by its type", "bad_typ", {}, {"typ": "at+jwt"}),
    ),
    "keycloak": (
        Wrong("another realm", "issuer_mismatch", {"iss": "https://id.example.com/realms/other"}),
        Wrong("another API", "audience_mismatch", {"aud": ["account"]}),
        Wrong("no audience", "missing_claim", {"aud": ...}),
        Wrong("another client", "client_mismatch", {"azp": "other"}),
        Wrong("an id token (E12)", "token_use_mismatch", {"typ": "ID"}),
        Wrong("a refresh token (E12)", "token_use_mismatch", {"typ": "Refresh"}),
        Wrong("an offline token (E12)", "token_use_mismatch", {"typ": "Offline"}),
        Wrong("a logout token (E12)", "token_use_mismatch", {"typ": "Logout"}),
        Wrong("no use", "token_use_mismatch", {"typ": ...}),
        Wrong("a logout token by its header", "bad_typ", {}, {"typ": "logout+jwt"}),
        Wrong("a refresh token by its algorithm", "alg_not_allowed", {}, {"alg": "HS512"}),
    ),
    "github": (
        Wrong("an enterprise's issuer", "issuer_mismatch", {"iss": f"{GITHUB['iss']}/octocat-inc"}),
        Wrong("another audience", "audience_mismatch", {"aud": "https://github.com/octo-org"}),
        Wrong("another repository", "custom_check_failed", {"repository": "octo-org/other"}),
        Wrong("a repository of that name, of another owner", "custom_check_failed", {"repository_owner_id": "66"}),
        Wrong("an id that is a number", "custom_check_failed", {"repository_owner_id": 65}),
        Wrong("another case", "custom_check_failed", {"repository": "Octo-Org/octo-repo"}),
        Wrong("no repository", "missing_claim", {"repository": ...}),
        Wrong("another branch", "custom_check_failed", {"ref": "refs/heads/evil"}),
        Wrong("a pull request", "custom_check_failed", {"ref": "refs/pull/7/merge"}),
        Wrong("another environment", "custom_check_failed", {"environment": "dev"}),
        Wrong("no environment", "missing_claim", {"environment": ...}),
        Wrong("another workflow", "custom_check_failed", {"workflow_ref": "octo-org/octo-repo/x.yml@refs/heads/main"}),
        Wrong(
            "another reusable one", "custom_check_failed", {"job_workflow_ref": "evil/x/.github/workflows/oidc.yml@v1"}
        ),
        Wrong("no name", "missing_claim", {"jti": ...}),
    ),
    "aws": (
        Wrong("another account's issuer", "issuer_mismatch", {"iss": AWS_ISSUER.replace("a103", "b103")}),
        Wrong("another audience", "audience_mismatch", {"aud": "https://other.example.com"}),
        Wrong("another role", "subject_mismatch", {"sub": f"{ROLE}2"}),
        Wrong("another account", "custom_check_failed", {NAMESPACE: {**AWS_SAID, "aws_account": "210987654321"}}),
        Wrong("another organization", "custom_check_failed", {NAMESPACE: {**AWS_SAID, "org_id": "o-zzz1234567"}}),
        Wrong("no organization", "custom_check_failed", {NAMESPACE: {"aws_account": "123456789012"}}),
        Wrong("an account that is none", "custom_check_failed", {NAMESPACE: {**AWS_SAID, "aws_account": [7]}}),
        Wrong("nothing said", "missing_claim", {NAMESPACE: ...}),
        Wrong("something else said", "bad_claim_type", {NAMESPACE: "123456789012"}),
        Wrong("no name", "missing_claim", {"jti": ...}),
    ),
}


@pytest.mark.parametrize(
    ("name", "subject", "scopes"),
    [
        ("auth0", AUTH0["sub"], {"openid", "read:orders"}),
        ("auth0 (RFC 9068)", AUTH0["sub"], {"openid", "read:orders"}),
        ("okta", OKTA["sub"], {"openid", "orders"}),
        ("google", GOOGLE["sub"], set()),
        ("keycloak", KEYCLOAK["sub"], {"openid", "profile", "email"}),
        ("github", GITHUB["sub"], set()),
        ("aws", ROLE, set()),
    ],
)
def test_what_a_provider_issues_is_taken(name: str, subject: str, scopes: set[str]) -> None:
    """With the right principal and its scopes."""
    principal = bearer(name)(request(issued(name)))

    assert principal.id == subject
    assert principal.scopes == scopes


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        pytest.param(name, wrong, id=f"{name}: {wrong.what}")
        for name, cases in WRONG.items()
        for wrong in (
            *cases,
            Wrong("over", "expired", {"exp": NOW}),
            Wrong("without end", "missing_claim", {"exp": ...}),
            Wrong("no subject", "missing_claim", {"sub": ...}),
            Wrong("a key of nobody", "key_not_found", {}, {"kid": "nobody"}),
            Wrong("no key", "kid_missing", {}, {"kid": ...}),
        )
        if not (name == "aws" and wrong.what == "no subject")  # there it is one of the claims asked for by value
    ],
)
def test_a_token_with_one_thing_wrong_is_refused(name: str, wrong: Wrong) -> None:
    """Each by its own code."""
    assert code_of(bearer(name), issued(name, wrong)) == wrong.code


@pytest.mark.parametrize("name", PROVIDERS)
def test_nothing_is_fetched_while_constructing_and_then_the_keys_are(name: str) -> None:
    """From a URL that the preset knows."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Any:
        asked.append(url)
        raise OSError

    PROVIDERS[name].make(fetch=no_fetch)
    with pytest.raises(Exception, match="fetch_refused"):
        PROVIDERS[name].make(fetch=fetch, clock=lambda: NOW).verify(issued(name))

    assert asked == [
        {
            "auth0": "https://acme.eu.auth0.com/.well-known/jwks.json",
            "auth0 (RFC 9068)": "https://acme.eu.auth0.com/.well-known/jwks.json",
            "okta": "https://acme.okta.com/oauth2/default/v1/keys",
            "google": "https://www.googleapis.com/oauth2/v3/certs",
            "keycloak": "https://id.example.com/realms/acme/protocol/openid-connect/certs",
            "github": "https://token.actions.githubusercontent.com/.well-known/jwks",
            "aws": f"{AWS_ISSUER}/.well-known/jwks.json",
        }[name]
    ]


def test_without_a_client_any_client_of_the_issuer_may_ask() -> None:
    """Where the audience alone says whom a token is for."""
    anybody = okta("acme.okta.com", "api://default", **settings())

    assert anybody.verify(token(changed(OKTA, cid="other")))["cid"] == "other"
    assert code_of(anybody, token(changed(OKTA, cid=...))) == "token_use_mismatch"
    assert auth0("acme.eu.auth0.com", API, **settings()).verify(token(changed(AUTH0, azp="other")))
    assert keycloak("https://id.example.com", "acme", "orders-api", **settings()).verify(
        token(changed(KEYCLOAK, azp="x"))
    )


def test_a_client_of_okta_that_calls_as_itself_has_no_uid() -> None:
    """Its subject is the client."""
    machine = token(changed(OKTA, uid=..., sub=OKTA["cid"]))

    assert bearer("okta").verify(machine)["sub"] == OKTA["cid"]
    assert code_of(bearer("okta", principal="uid"), machine) == "missing_claim"


@pytest.mark.parametrize("issuer", ["https://accounts.google.com", "accounts.google.com"])
def test_google_spells_its_issuer_in_two_ways(issuer: str) -> None:
    """And no third one."""
    assert bearer("google").verify(token(changed(GOOGLE, iss=issuer), typ="JWT"))["iss"] == issuer


def test_google_lets_another_client_of_the_project_ask() -> None:
    """An app asks for a token for its server; without a domain any account may come."""
    open_to_all = google([GOOGLE["aud"], "other"], **settings())

    assert open_to_all.verify(token(changed(GOOGLE, azp="app.apps.googleusercontent.com", hd=...)))


def test_keycloaks_roles_are_below_two_claims() -> None:
    """Of the realm, and of each client."""
    of_client = has_role("admin", claim=roles_of("orders-api"))
    of_realm = has_role("offline_access", claim=roles_of())
    principal = bearer("keycloak", require=[of_client, of_realm])(request(issued("keycloak")))

    assert not has_role("admin", claim=roles_of("account"))(principal)
    assert not has_role("admin", claim=roles_of("nobody"))(principal)
    assert not has_role("admin", claim=roles_of())(principal)


@pytest.mark.parametrize(
    ("changes", "issuer"),
    [
        ({"enterprise": "octocat-inc"}, "https://token.actions.githubusercontent.com/octocat-inc"),
        ({"server": "github.example.com"}, "https://github.example.com/_services/token"),
        ({"server": "octocorp.ghe.com"}, "https://token.actions.octocorp.ghe.com"),
    ],
)
def test_githubs_enterprises_have_issuers_of_their_own(changes: dict[str, Any], issuer: str) -> None:
    """Their keys are discovered below them."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Any:
        asked.append(url)
        raise OSError

    text = token(changed(GITHUB, iss=issuer), typ="JWT")

    assert github_actions(API, repository_owner="octo-org", **changes, **settings()).verify(text)
    with pytest.raises(Exception, match="fetch_refused"):
        github_actions(API, repository_owner="octo-org", **changes, fetch=fetch, clock=lambda: NOW).verify(text)
    assert asked == [f"{issuer}/.well-known/openid-configuration"]


@pytest.mark.parametrize("whose", ["repository", "repository_owner", "repository_id", "repository_owner_id"])
def test_one_of_four_claims_is_enough_to_say_whose_workflow(whose: str) -> None:
    """And each is compared exactly."""
    own = github_actions(API, **{whose: GITHUB[whose]}, **settings())

    assert own.verify(token(GITHUB))
    assert code_of(own, token(changed(GITHUB, **{whose: f"{GITHUB[whose]}9"}))) == "custom_check_failed"


def test_aws_signs_with_either_algorithm_and_pins_what_is_asked_for() -> None:
    """RS256 too; without a role every principal of the account may come."""
    own = aws_web_identity(AWS_ISSUER, API, **settings(provider_key("RS256")))

    assert own.verify(token(changed(AWS, sub="arn:aws:iam::123456789012:user/x"), typ="JWT"))
    assert code_of(own, token(changed(AWS, sub=...), typ="JWT")) == "missing_claim"


def test_a_local_keycloak_may_be_asked_in_the_clear() -> None:
    """By the relaxation of that name."""
    local = keycloak("http://localhost:8080", "acme", "orders-api", relax=["http-loopback"], **settings())

    assert local.verify(token(changed(KEYCLOAK, iss="http://localhost:8080/realms/acme")))
