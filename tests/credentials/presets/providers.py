"""What Auth0, Okta, Google, Keycloak, GitHub Actions and AWS issue, each as the document named above it has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from authkit.credentials.bearer import JWTBearer
from authkit.credentials.presets.auth0 import auth0
from authkit.credentials.presets.aws import NAMESPACE, aws_web_identity
from authkit.credentials.presets.github import github_actions
from authkit.credentials.presets.google import google
from authkit.credentials.presets.keycloak import keycloak
from authkit.credentials.presets.okta import okta
from tests.credentials.presets.cases import Wrong, changed, provider_key, settings, token
from tests.support.tokens import NOW

API = "https://api.example.com"
TIMES = {"iat": NOW - 10, "exp": NOW + 600}

# auth0.com/docs/secure/tokens/access-tokens/access-token-profiles, its own profile; then that of RFC 9068.
AUTH0 = {
    "iss": "https://acme.eu.auth0.com/",
    "sub": "auth0|507f1f77bcf86cd799439011",
    "aud": [API, "https://acme.eu.auth0.com/userinfo"],
    **TIMES,
    "scope": "openid read:orders",
    "azp": "my_client_id",
    "permissions": ["read:orders"],
}
AUTH0_9068 = {
    **changed(AUTH0, azp=...),
    "client_id": "my_client_id",
    "jti": "JWqp1xQzYZzyPCdCjBqPqg",
}
# developer.okta.com/docs/guides/validate-access-tokens, "Access token payload".
OKTA = {
    "ver": 1,
    "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
    "iss": "https://acme.okta.com/oauth2/default",
    "aud": "api://default",
    "sub": "jane@example.com",
    **TIMES,
    "cid": "nmdP1fcyvdVO11AL7ECm",
    "uid": "00ujmkLgagxeRrAg20g3",
    "scp": ["openid", "orders"],
}
# developers.google.com/identity/openid-connect/openid-connect, "An ID token's payload".
GOOGLE = {
    "iss": "https://accounts.google.com",
    "azp": "1234987819200.apps.googleusercontent.com",
    "aud": "1234987819200.apps.googleusercontent.com",
    "sub": "10769150350006150715113082367",
    "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
    "hd": "example.com",
    "email": "jsmith@example.com",
    "email_verified": True,
    **TIMES,
    "nonce": "0394852-3190485-2490358",
}
# An access token of Keycloak 26 with the default client scopes and an audience mapper.
KEYCLOAK = {
    "exp": NOW + 300,
    "iat": NOW - 10,
    "auth_time": NOW - 20,
    "jti": "onrtac:9b6f0c5d-4f0e-4a6c-9d3c-0d7c6d0b7c1e",
    "iss": "https://id.example.com/realms/acme",
    "aud": ["orders-api", "account"],
    "sub": "5f2c1a34-97a5-4a5b-a8a2-6d3a7b6f8e11",
    "typ": "Bearer",
    "azp": "web",
    "sid": "0d3f2b1a-5f3e-4c2d-8b1a-9e8f7a6b5c4d",
    "acr": "1",
    "realm_access": {"roles": ["offline_access", "default-roles-acme"]},
    "resource_access": {"orders-api": {"roles": ["admin"]}, "account": {"roles": ["view-profile"]}},
    "scope": "openid profile email",
    "preferred_username": "anna",
}
# docs.github.com/actions/reference/security/oidc, the example token.
GITHUB = {
    "jti": "0c2fbd0e-5f0a-4a4c-9a4a-6a1c0b5a0c0e",
    "sub": "repo:octo-org/octo-repo:environment:prod",
    "environment": "prod",
    "aud": API,
    "ref": "refs/heads/main",
    "sha": "6f5e4d3c2b1a",
    "repository": "octo-org/octo-repo",
    "repository_owner": "octo-org",
    "actor_id": "12",
    "repository_visibility": "private",
    "repository_id": "74",
    "repository_owner_id": "65",
    "run_id": "30433642",
    "run_number": "10",
    "run_attempt": "2",
    "runner_environment": "github-hosted",
    "actor": "octocat",
    "workflow": "example-workflow",
    "workflow_ref": "octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main",
    "head_ref": "",
    "base_ref": "",
    "event_name": "workflow_dispatch",
    "ref_type": "branch",
    "job_workflow_ref": "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
    "iss": "https://token.actions.githubusercontent.com",
    "nbf": NOW - 10,
    **TIMES,
}
# docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_token_claims.html, the sample token.
AWS_ISSUER = "https://a103a2cc-b461-473d-84fe-6c4f6d45af88.tokens.sts.global.api.aws"
ROLE = "arn:aws:iam::123456789012:role/DataProcessingRole"
AWS_SAID = {
    "aws_account": "123456789012",
    "source_region": "us-east-1",
    "org_id": "o-abc1234567",
    "ou_path": "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/",
    "principal_tags": {"environment": "production"},
    "lambda_source_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:process-data",
    "request_tags": {"job-id": "job-2024-001"},
}
AWS = {"iss": AWS_ISSUER, "aud": API, "sub": ROLE, **TIMES, "jti": "xyz123-def456", NAMESPACE: AWS_SAID}


class Provider(NamedTuple):
    """How a preset is called, and what its provider issues."""

    make: Callable[..., JWTBearer]
    claims: dict[str, Any]
    header: dict[str, Any]
    alg: str = "RS256"


PROVIDERS = {
    "auth0": Provider(
        lambda **more: auth0("acme.eu.auth0.com", API, client_id="my_client_id", **more), AUTH0, {"typ": "JWT"}
    ),
    "auth0 (RFC 9068)": Provider(
        lambda **more: auth0("acme.eu.auth0.com", API, client_id="my_client_id", **more), AUTH0_9068, {"typ": "at+jwt"}
    ),
    "okta": Provider(
        lambda **more: okta("acme.okta.com", "api://default", client_id=["nmdP1fcyvdVO11AL7ECm"], **more), OKTA, {}
    ),
    "google": Provider(
        lambda **more: google(GOOGLE["aud"], hosted_domain="example.com", **more), GOOGLE, {"typ": "JWT"}
    ),
    "keycloak": Provider(
        lambda **more: keycloak("https://id.example.com", "acme", "orders-api", client_id="web", **more),
        KEYCLOAK,
        {"typ": "JWT"},
    ),
    "github": Provider(
        lambda **more: github_actions(
            API,
            repository="octo-org/octo-repo",
            repository_owner_id="65",
            ref=["refs/heads/main", "refs/heads/next"],
            environment="prod",
            workflow_ref=GITHUB["workflow_ref"],
            job_workflow_ref=GITHUB["job_workflow_ref"],
            **more,
        ),
        GITHUB,
        {"typ": "JWT", "x5t": "ykNaY4qM_ta4k2TgZOCEYLkcYlA"},
    ),
    "aws": Provider(
        lambda **more: aws_web_identity(
            AWS_ISSUER, API, account="123456789012", organization="o-abc1234567", principal_arn=ROLE, **more
        ),
        AWS,
        {"typ": "JWT"},
        "ES384",
    ),
}

NOTHING = Wrong("nothing", "")


def bearer(name: str, **more: Any) -> JWTBearer:
    provider = PROVIDERS[name]
    return provider.make(**settings(provider_key(provider.alg)), **more)


def issued(name: str, wrong: Wrong = NOTHING) -> str:
    provider = PROVIDERS[name]
    header = {**provider.header, **wrong.header}
    return token(changed(provider.claims, **wrong.claims), key=provider_key(provider.alg), **header)
