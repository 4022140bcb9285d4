"""Whatever a preset is given, it is built or says what is wrong: no other exception leaves it (jwt.md row F13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from authkit.credentials.bearer import JWTBearer
from authkit.credentials.dpop import DPoP
from authkit.credentials.presets.alb import alb
from authkit.credentials.presets.auth0 import auth0
from authkit.credentials.presets.aws import aws_web_identity
from authkit.credentials.presets.cognito import ANY_CLIENT, cognito
from authkit.credentials.presets.entra import entra
from authkit.credentials.presets.github import github_actions
from authkit.credentials.presets.google import google
from authkit.credentials.presets.keycloak import keycloak
from authkit.credentials.presets.oidc import access_token, id_token
from authkit.credentials.presets.okta import okta
from authkit.credentials.settings import ANY_TENANT
from authkit.errors import ConfigError
from authkit.gateway.sources import Header
from authkit.keys.timing import Timing
from authkit.tokens.cache import TokenCache
from authkit.tokens.rules import ANY_AUDIENCE
from tests.credentials.presets.cases import faults_of
from tests.credentials.presets.providers import AWS_ISSUER

ISSUER = "https://idp.example.com/"
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"


class Preset(NamedTuple):
    """A preset, what it must be given, and the names of what it may be given."""

    make: Callable[..., JWTBearer]
    needed: dict[str, Any]
    more: tuple[str, ...] = ()


PRESETS = {
    "alb": Preset(alb, {"load_balancer_arn": ARN, "client_id": "web", "issuer": ISSUER}, ("public_keys",)),
    "cognito": Preset(
        cognito,
        {"user_pool_id": "eu-west-1_a1B2c3D4e", "client_id": "web"},
        ("token_use", "audience", "issuer_type", "replica_region"),
    ),
    "entra": Preset(entra, {"tenant": TENANT, "audience": "api"}, ("version", "cloud", "callers")),
    "auth0": Preset(auth0, {"domain": "acme.auth0.com", "audience": "api"}, ("client_id",)),
    "okta": Preset(okta, {"domain": "acme.okta.com", "audience": "api"}, ("client_id", "authorization_server")),
    "google": Preset(google, {"client_id": "web"}, ("hosted_domain",)),
    "keycloak": Preset(
        keycloak, {"base_url": "https://id.example.com", "realm": "acme", "audience": "api"}, ("client_id",)
    ),
    "github_actions": Preset(
        github_actions,
        {"audience": "api", "repository": "octo-org/octo-repo"},
        (
            *("repository_owner", "repository_id", "repository_owner_id", "ref", "environment"),
            *("workflow_ref", "job_workflow_ref", "enterprise", "server"),
        ),
    ),
    "aws_web_identity": Preset(
        aws_web_identity, {"issuer": AWS_ISSUER, "audience": "api"}, ("account", "organization", "principal_arn")
    ),
    "access_token": Preset(access_token, {"issuer": ISSUER, "audience": "api"}, ("client_id",)),
    "id_token": Preset(id_token, {"issuer": ISSUER, "client_id": "web"}, ("nonce",)),
}


class Unequal:
    """Cannot be compared, hashed, counted or told to be true."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError


class Text(str):
    """A text of another type, as a member of an enumeration is."""

    __slots__ = ()


ODD: list[Any] = [
    *(None, True, False, 0, 1, 5, -1, 2.0, float("nan"), float("inf"), 10**400, 1j, ..., NotImplemented),
    *("", " ", "x", "é", "\ud800", "a\n", b"x", bytearray(b"x"), memoryview(b"x"), Text("x")),
    *([], (), {}, set(), range(3), [[]], [["x"]], [{}], [None], [5], [True], [b"x"], ["x", "x"], {"x"}, [Text("x")]),
    *({"x": 1}, {1: 2}, {"x": [[]]}, {"x": {}}, {(1,): 2}, frozenset({("x",)})),
    *(object(), type, len, lambda: 1, lambda one: one, Exception("x"), iter(["x"]), Unequal(), [Unequal()]),
    *(ANY_AUDIENCE, [ANY_AUDIENCE], ANY_CLIENT, [ANY_CLIENT], type(ANY_CLIENT), ANY_TENANT, [ANY_TENANT]),
    *(Header("x"), [Header("x")], TokenCache(), Timing(), DPoP(), [DPoP()], ["padding"], ["exp-optional"]),
]


@pytest.mark.filterwarnings("ignore:NotImplemented should not be used:DeprecationWarning")
@pytest.mark.parametrize("keys", [{}, {"jwks": {"keys": []}}], ids=["fetched", "given"])
@pytest.mark.parametrize("name", PRESETS)
def test_whatever_an_argument_is_it_is_taken_or_a_configuration_error(name: str, keys: dict[str, Any]) -> None:
    """Each argument in turn, with values of every kind; nothing foreign is raised."""
    make, needed, more = PRESETS[name]
    said = []

    for argument in (*needed, *more, "relax", "require", "algorithms", "fetch", "timing", "source", "jwks"):
        for value in ODD:
            try:
                make(**{**needed, **keys, argument: value})
            except ConfigError as fault:
                said.append(str(fault))

    assert len(said) > 200
    assert [each for each in said if not each.startswith(f"{name}: ")] == []


@pytest.mark.parametrize("name", PRESETS)
def test_a_mapping_is_no_list_of_names(name: str) -> None:
    """Although it is a collection: of what its values were meant to say nothing would be left."""
    make, needed, more = PRESETS[name]

    for argument in (*needed, *more):
        if (name, argument) != ("access_token", "audience"):  # what that one takes is what `JWTBearer` takes
            assert argument in faults_of(lambda each=argument: make(**{**needed, each: {"web": "yes"}}))  # type: ignore[misc]


@pytest.mark.parametrize("name", PRESETS)
def test_a_token_without_end_is_taken_with_keys_that_are_given_only(name: str) -> None:
    """Keys that are fetched come and go; a token that never ends would outlive any of them."""
    make, needed, _ = PRESETS[name]

    assert "exp-optional is for" in faults_of(lambda: make(**needed, relax=["exp-optional"]))
    assert "exp-optional is for" in faults_of(
        lambda: make(**needed, jwks="https://keys.example.com/", relax=["exp-optional"])
    )


ODD_CHOICES: list[tuple[str, dict[str, Any], str]] = [
    ("entra", {"version": True}, "version must be one of 1, 2"),
    ("entra", {"version": 2.0}, "version must be one of 1, 2"),
    ("entra", {"version": "2"}, "version must be one of 1, 2"),
    ("entra", {"version": []}, "version must be one of 1, 2"),
    ("entra", {"cloud": ["global"]}, "cloud must be one of global, us-gov, china"),
    ("entra", {"callers": {}}, "callers must be one of any, users, apps"),
    ("cognito", {"issuer_type": []}, "issuer_type must be one of original, updated"),
    ("cognito", {"token_use": [["access"]]}, "token_use must be access, id or both"),
    ("cognito", {"token_use": [True]}, "token_use must be access, id or both"),
    ("alb", {"relax": 5}, "relax holds only"),
    ("alb", {"relax": [["padding"]]}, "relax holds only"),
    ("alb", {"relax": None}, "relax holds only"),
    ("alb", {"public_keys": 5}, "public_keys must be a URL"),
    ("alb", {"issuer": [ISSUER, "https://other.example.com/"]}, "issuer must be one text"),
]


@pytest.mark.parametrize(("name", "changes", "fault"), ODD_CHOICES)
def test_what_looks_like_a_choice_and_is_none_is_refused(name: str, changes: dict[str, Any], fault: str) -> None:
    """By its type too: neither true nor 2.0 is a version."""
    make, needed, _ = PRESETS[name]

    assert fault in faults_of(lambda: make(**{**needed, **changes}))


def test_a_choice_may_be_a_member_of_an_enumeration() -> None:
    """It is a text as well."""
    assert entra(TENANT, "api", cloud=Text("us-gov"))  # type: ignore[arg-type]
