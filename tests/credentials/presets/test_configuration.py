"""Wrong names for providers are told at construction, and what a preset decides stays decided (jwt.md row F13)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from authkit.credentials.presets.auth0 import auth0
from authkit.credentials.presets.aws import aws_web_identity
from authkit.credentials.presets.github import github_actions
from authkit.credentials.presets.google import google
from authkit.credentials.presets.keycloak import keycloak, roles_of
from authkit.credentials.presets.okta import okta
from tests.credentials.presets.cases import faults_of
from tests.credentials.presets.providers import API, AWS_ISSUER, PROVIDERS, ROLE

CONFIGURATIONS: tuple[tuple[str, Callable[[], object], str], ...] = (
    ("auth0: a URL", lambda: auth0("https://acme.auth0.com", API), "domain"),
    ("auth0: a path", lambda: auth0("acme.auth0.com/x", API), "domain"),
    ("auth0: another case", lambda: auth0("Acme.auth0.com", API), "domain"),
    ("auth0: an address", lambda: auth0("127.0.0.1", API), "domain"),
    ("auth0: a user", lambda: auth0("good@evil.com", API), "domain"),
    ("auth0: a port", lambda: auth0("acme.auth0.com:444", API), "domain"),
    ("auth0: several", lambda: auth0(["a.auth0.com", "b.auth0.com"], API), "domain"),  # type: ignore[arg-type]
    ("auth0: userinfo", lambda: auth0("acme.auth0.com", [API, "https://acme.auth0.com/userinfo"]), "userinfo"),
    ("auth0: no audience", lambda: auth0("acme.auth0.com", ""), "audience"),
    ("auth0: no client", lambda: auth0("acme.auth0.com", API, client_id=()), "client_id"),
    ("okta: a URL", lambda: okta("https://acme.okta.com", API), "domain"),
    ("okta: the admin console", lambda: okta("acme-admin.okta.com", API), "admin console"),
    (
        "okta: the org's server",
        lambda: okta("acme.okta.com", API, authorization_server=None),  # type: ignore[arg-type]
        "introspect",
    ),
    ("okta: a path", lambda: okta("acme.okta.com", API, authorization_server="../x"), "authorization_server"),
    ("okta: no audience", lambda: okta("acme.okta.com", []), "audience"),
    ("google: no client", lambda: google(""), "client_id"),
    ("google: an address", lambda: google("c", hosted_domain="anna@example.com"), "hosted_domain"),
    ("google: no domain", lambda: google("c", hosted_domain=[]), "hosted_domain"),
    ("keycloak: a slash", lambda: keycloak("https://id.example.com/", "acme", "a"), "base_url"),
    ("keycloak: a query", lambda: keycloak("https://id.example.com?x", "acme", "a"), "base_url"),
    ("keycloak: http", lambda: keycloak("http://id.example.com", "acme", "a"), "https"),
    ("keycloak: a path for a realm", lambda: keycloak("https://id.example.com", "acme/../x", "a"), "realm"),
    ("keycloak: dots for a realm", lambda: keycloak("https://id.example.com", "..", "a"), "realm"),
    ("keycloak: account", lambda: keycloak("https://id.example.com", "acme", ["a", "account"]), "account is in"),
    ("keycloak: no client", lambda: keycloak("https://id.example.com", "acme", "a", client_id=""), "client_id"),
    ("keycloak: roles of nobody", lambda: roles_of(""), "roles_of"),
    ("keycloak: roles of several", lambda: roles_of(["a"]), "roles_of"),  # type: ignore[arg-type]
    ("github: nobody's", lambda: github_actions(API), "every repository of GitHub could call"),
    ("github: a branch of anybody's", lambda: github_actions(API, ref="refs/heads/main"), "every repository"),
    ("github: a pattern", lambda: github_actions(API, repository="octo-org/*"), "repository must be"),
    ("github: an owner as repository", lambda: github_actions(API, repository="octo-org"), "repository must be"),
    ("github: a path", lambda: github_actions(API, repository="octo-org/.."), "repository must be"),
    ("github: a repository as owner", lambda: github_actions(API, repository_owner="o/r"), "repository_owner must be"),
    ("github: a name as id", lambda: github_actions(API, repository_id="octo"), "repository_id must be"),
    ("github: a branch's name", lambda: github_actions(API, repository_id="7", ref="main"), "ref must be"),
    (
        "github: a workflow's name",
        lambda: github_actions(API, repository_id="7", workflow_ref="d"),
        "workflow_ref must",
    ),
    ("github: no audience", lambda: github_actions("", repository_id="7"), "audience"),
    ("github: a slug", lambda: github_actions(API, repository_id="7", enterprise="a/b"), "enterprise"),
    ("github: a server", lambda: github_actions(API, repository_id="7", server="https://x"), "server"),
    ("github: github.com", lambda: github_actions(API, repository_id="7", server="github.com"), "leave it out"),
    (
        "github: both",
        lambda: github_actions(API, repository_id="7", server="g.example.com", enterprise="a"),
        "leave out server",
    ),
    ("aws: another issuer", lambda: aws_web_identity("https://sts.amazonaws.com", API), "issuer"),
    ("aws: a path", lambda: aws_web_identity(f"{AWS_ISSUER}/x", API), "issuer"),
    ("aws: a look-alike", lambda: aws_web_identity("https://a.tokens.sts.global.api.aws.evil.com", API), "issuer"),
    ("aws: http", lambda: aws_web_identity(AWS_ISSUER.replace("https", "http"), API), "issuer"),
    ("aws: an account", lambda: aws_web_identity(AWS_ISSUER, API, account="1234"), "account"),
    ("aws: an organization", lambda: aws_web_identity(AWS_ISSUER, API, organization="x"), "organization"),
    ("aws: a pattern", lambda: aws_web_identity(AWS_ISSUER, API, principal_arn=f"{ROLE}*"), "principal_arn"),
    ("aws: a session", lambda: aws_web_identity(AWS_ISSUER, API, principal_arn="arn:aws:sts::1:x"), "principal_arn"),
    ("aws: no audience", lambda: aws_web_identity(AWS_ISSUER, None), "audience"),  # type: ignore[arg-type]
)


@pytest.mark.parametrize(("make", "fault"), [pytest.param(*each[1:], id=each[0]) for each in CONFIGURATIONS])
def test_wrong_configuration_is_told_at_construction(make: Callable[[], object], fault: str) -> None:
    """F13: whatever becomes a part of a URL has a strict form, and nothing is left open by leaving it out."""
    assert fault in faults_of(make)


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_a_preset_decides_cannot_be_set_otherwise(name: str) -> None:
    """All of it is told at once, in the preset's own name."""
    said = faults_of(lambda: PROVIDERS[name].make(typ=("x",), leeway=-1, checks=[7]))

    assert "typ is what the preset decides" in said
    assert "leeway must be" in said
    assert "checks must be" in said


def test_a_setting_there_is_not_is_an_error_of_the_call() -> None:
    """As for any function."""
    with pytest.raises(TypeError, match="clok"):
        okta("acme.okta.com", API, clok=None)
