"""Lambda authorizers for Amazon API Gateway: strict, right under the gateway's cache, and quick to start.

Every public name is loaded on first use, so that ``import authkit`` loads no third-party package and a function pays
only for what it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .authorizer import Authorizer
    from .credentials.bearer import JWTBearer
    from .credentials.by_issuer import by_issuer
    from .credentials.certificate import CertificateBound
    from .credentials.dpop import DPoP
    from .credentials.introspection import Introspection
    from .credentials.presets.alb import alb
    from .credentials.presets.auth0 import auth0
    from .credentials.presets.aws import aws_web_identity
    from .credentials.presets.cognito import ANY_CLIENT, cognito
    from .credentials.presets.entra import entra
    from .credentials.presets.github import github_actions
    from .credentials.presets.google import google
    from .credentials.presets.keycloak import keycloak, roles_of
    from .credentials.presets.oidc import access_token, id_token
    from .credentials.presets.okta import okta
    from .credentials.settings import ANY_TENANT
    from .errors import (
        AuthkitError,
        BadAnswer,
        BadEvent,
        BadSignature,
        BindingProblem,
        ConfigError,
        Forbidden,
        InsufficientAccess,
        InvalidClaims,
        InvalidHeader,
        KeyProblem,
        KeysUnavailable,
        MalformedToken,
        MissingClaim,
        NoCredential,
        Refused,
        Unauthenticated,
        Unavailable,
        Unforeseen,
    )
    from .gateway.arn import MethodArn
    from .gateway.request import Request
    from .gateway.sources import Cookie, Header, Query, read_one, reads
    from .keys.events import KeyEvent
    from .keys.filestore import FileStore
    from .keys.keyset import KeySet
    from .keys.secret import Secrets
    from .keys.store import KeyStore, Stored
    from .keys.timing import Timing
    from .keys.verify import verify_jws
    from .policy.field import Field
    from .policy.limits import from_networks, until_token_ends
    from .policy.route import Route
    from .policy.routes import Routes
    from .principal import Principal
    from .stores.replay import MemoryReplay
    from .tokens.access import acr, all_scopes, any_scope, has_role, in_group, logged_in_within
    from .tokens.cache import TokenCache
    from .tokens.claims import Claims
    from .tokens.rules import ANY_AUDIENCE

__version__ = "0.1.0"

_HOMES = {
    "authorizer": ("Authorizer",),
    "credentials.bearer": ("JWTBearer",),
    "credentials.by_issuer": ("by_issuer",),
    "credentials.certificate": ("CertificateBound",),
    "credentials.dpop": ("DPoP",),
    "credentials.introspection": ("Introspection",),
    "credentials.presets.alb": ("alb",),
    "credentials.presets.auth0": ("auth0",),
    "credentials.presets.aws": ("aws_web_identity",),
    "credentials.presets.cognito": (
        "ANY_CLIENT",
        "cognito",
    ),
    "credentials.presets.entra": ("entra",),
    "credentials.presets.github": ("github_actions",),
    "credentials.presets.google": ("google",),
    "credentials.presets.keycloak": (
        "keycloak",
        "roles_of",
    ),
    "credentials.presets.oidc": (
        "access_token",
        "id_token",
    ),
    "credentials.presets.okta": ("okta",),
    "credentials.settings": ("ANY_TENANT",),
    "errors": (
        "AuthkitError",
        "BadAnswer",
        "BadEvent",
        "BadSignature",
        "BindingProblem",
        "ConfigError",
        "Forbidden",
        "InsufficientAccess",
        "InvalidClaims",
        "InvalidHeader",
        "KeyProblem",
        "KeysUnavailable",
        "MalformedToken",
        "MissingClaim",
        "NoCredential",
        "Refused",
        "Unauthenticated",
        "Unavailable",
        "Unforeseen",
    ),
    "gateway.arn": ("MethodArn",),
    "gateway.request": ("Request",),
    "gateway.sources": (
        "Cookie",
        "Header",
        "Query",
        "read_one",
        "reads",
    ),
    "keys.events": ("KeyEvent",),
    "keys.filestore": ("FileStore",),
    "keys.keyset": ("KeySet",),
    "keys.secret": ("Secrets",),
    "keys.store": (
        "KeyStore",
        "Stored",
    ),
    "keys.timing": ("Timing",),
    "keys.verify": ("verify_jws",),
    "policy.field": ("Field",),
    "policy.limits": (
        "from_networks",
        "until_token_ends",
    ),
    "policy.route": ("Route",),
    "policy.routes": ("Routes",),
    "principal": ("Principal",),
    "stores.replay": ("MemoryReplay",),
    "tokens.access": (
        "acr",
        "all_scopes",
        "any_scope",
        "has_role",
        "in_group",
        "logged_in_within",
    ),
    "tokens.cache": ("TokenCache",),
    "tokens.claims": ("Claims",),
    "tokens.rules": ("ANY_AUDIENCE",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ANY_AUDIENCE",
    "ANY_CLIENT",
    "ANY_TENANT",
    "AuthkitError",
    "Authorizer",
    "BadAnswer",
    "BadEvent",
    "BadSignature",
    "BindingProblem",
    "CertificateBound",
    "Claims",
    "ConfigError",
    "Cookie",
    "DPoP",
    "Field",
    "FileStore",
    "Forbidden",
    "Header",
    "InsufficientAccess",
    "Introspection",
    "InvalidClaims",
    "InvalidHeader",
    "JWTBearer",
    "KeyEvent",
    "KeyProblem",
    "KeySet",
    "KeyStore",
    "KeysUnavailable",
    "MalformedToken",
    "MemoryReplay",
    "MethodArn",
    "MissingClaim",
    "NoCredential",
    "Principal",
    "Query",
    "Refused",
    "Request",
    "Route",
    "Routes",
    "Secrets",
    "Stored",
    "Timing",
    "TokenCache",
    "Unauthenticated",
    "Unavailable",
    "Unforeseen",
    "__version__",
    "access_token",
    "acr",
    "alb",
    "all_scopes",
    "any_scope",
    "auth0",
    "aws_web_identity",
    "by_issuer",
    "cognito",
    "entra",
    "from_networks",
    "github_actions",
    "google",
    "has_role",
    "id_token",
    "in_group",
    "keycloak",
    "logged_in_within",
    "okta",
    "read_one",
    "reads",
    "roles_of",
    "until_token_ends",
    "verify_jws",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
