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
        Refused,
        Unauthenticated,
        Unavailable,
        Unforeseen,
    )
    from .gateway.arn import MethodArn
    from .gateway.request import Request
    from .gateway.sources import Cookie, Header, Query, read_one, reads
    from .keys.keyset import KeySet
    from .keys.secret import Secrets
    from .keys.verify import verify_jws
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
    "keys.keyset": ("KeySet",),
    "keys.secret": ("Secrets",),
    "keys.verify": ("verify_jws",),
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
    "Forbidden",
    "Header",
    "InsufficientAccess",
    "InvalidClaims",
    "InvalidHeader",
    "JWTBearer",
    "KeyProblem",
    "KeySet",
    "KeysUnavailable",
    "MalformedToken",
    "MemoryReplay",
    "MethodArn",
    "MissingClaim",
    "Principal",
    "Query",
    "Refused",
    "Request",
    "Route",
    "Routes",
    "Secrets",
    "TokenCache",
    "Unauthenticated",
    "Unavailable",
    "Unforeseen",
    "__version__",
    "acr",
    "all_scopes",
    "any_scope",
    "by_issuer",
    "has_role",
    "in_group",
    "logged_in_within",
    "read_one",
    "reads",
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
