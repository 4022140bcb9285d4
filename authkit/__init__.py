"""Lambda authorizers for Amazon API Gateway: strict, right under the gateway's cache, and quick to start.

Every public name is loaded on first use, so that ``import authkit`` loads no third-party package and a function pays
only for what it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .authorizer import Authorizer
    from .credentials.apikey import APIKey
    from .credentials.bearer import JWTBearer
    from .credentials.by_issuer import by_issuer
    from .credentials.certificate import CertificateBound
    from .credentials.client import Client
    from .credentials.client_certificate import ClientCertificate
    from .credentials.client_certificate_crl import revocation_list
    from .credentials.client_certificate_rules import ANY_CERTIFICATE, CertificateRule
    from .credentials.dpop import DPoP
    from .credentials.first_of import both, first_of
    from .credentials.introspection import Introspection
    from .credentials.known import known
    from .credentials.metered import UsageKeys, metered
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
    from .credentials.sigv4 import SigV4
    from .credentials.sigv4_payload import declared_payload, payload_matches
    from .enrich.budget import within
    from .enrich.claims import from_claims
    from .enrich.dynamodb import dynamodb
    from .enrich.http import http_json
    from .enrich.lookup import Lookup
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
    from .guards.cloudfront import CloudFrontSecret
    from .guards.endpoint import VpcEndpoint
    from .guards.headers import RequiredHeader
    from .guards.networks import networks
    from .guards.origin import Origin
    from .guards.rotation import CloudFrontRotation
    from .guards.stage import StageVariable
    from .keys.events import KeyEvent
    from .keys.filestore import FileStore
    from .keys.keyset import KeySet
    from .keys.secret import Secrets
    from .keys.store import KeyStore, Stored
    from .keys.timing import Timing
    from .keys.verify import verify_jws
    from .observe.powertools import powertools
    from .observe.record import Record
    from .policy.evaluate import Evaluation, evaluate
    from .policy.field import Field
    from .policy.limits import from_networks, until_token_ends
    from .policy.operators import UnknownCondition
    from .policy.resource_policy import WideOpen, resource_policy
    from .policy.route import Route
    from .policy.routes import Routes
    from .policy.statement import BadPolicy, UnknownElement
    from .policy.together import Joint, evaluate_resource_policy, evaluate_with
    from .principal import Principal
    from .stores import secrets
    from .stores.clients import ClientStore, Issued, MemoryClients
    from .stores.clients_dynamodb import DynamoDBClients
    from .stores.clients_file import FileClients
    from .stores.clients_redis import RedisClients
    from .stores.clients_secretsmanager import SecretsManagerClients
    from .stores.key_store_dynamodb import DynamoDBKeys
    from .stores.replay import MemoryReplay, ReplayStore
    from .stores.replay_dynamodb import DynamoDBReplay
    from .stores.replay_redis import RedisReplay
    from .stores.revocation import Revocations
    from .stores.revocation_dynamodb import DynamoDBRevocations
    from .stores.revocation_memory import MemoryRevocations
    from .stores.revocation_redis import RedisRevocations
    from .stores.signing_keys import MemoryPartners, Partner
    from .stores.signing_keys_document import PartnerDocument
    from .stores.signing_keys_secretsmanager import secrets_manager_partners
    from .tokens.access import acr, all_scopes, any_scope, has_role, in_group, logged_in_within
    from .tokens.cache import TokenCache
    from .tokens.claims import Claims
    from .tokens.rules import ANY_AUDIENCE

__version__ = "0.1.0"

_HOMES = {
    "authorizer": "Authorizer",
    "credentials.apikey": "APIKey",
    "credentials.bearer": "JWTBearer",
    "credentials.by_issuer": "by_issuer",
    "credentials.certificate": "CertificateBound",
    "credentials.client": "Client",
    "credentials.client_certificate": "ClientCertificate",
    "credentials.client_certificate_crl": "revocation_list",
    "credentials.client_certificate_rules": "ANY_CERTIFICATE CertificateRule",
    "credentials.dpop": "DPoP",
    "credentials.first_of": "both first_of",
    "credentials.introspection": "Introspection",
    "credentials.known": "known",
    "credentials.metered": "UsageKeys metered",
    "credentials.presets.alb": "alb",
    "credentials.presets.auth0": "auth0",
    "credentials.presets.aws": "aws_web_identity",
    "credentials.presets.cognito": "ANY_CLIENT cognito",
    "credentials.presets.entra": "entra",
    "credentials.presets.github": "github_actions",
    "credentials.presets.google": "google",
    "credentials.presets.keycloak": "keycloak roles_of",
    "credentials.presets.oidc": "access_token id_token",
    "credentials.presets.okta": "okta",
    "credentials.settings": "ANY_TENANT",
    "credentials.sigv4": "SigV4",
    "credentials.sigv4_payload": "declared_payload payload_matches",
    "enrich.budget": "within",
    "enrich.claims": "from_claims",
    "enrich.dynamodb": "dynamodb",
    "enrich.http": "http_json",
    "enrich.lookup": "Lookup",
    "errors": "AuthkitError BadAnswer BadEvent BadSignature BindingProblem ConfigError Forbidden InsufficientAccess InvalidClaims InvalidHeader KeyProblem KeysUnavailable MalformedToken MissingClaim NoCredential Refused Unauthenticated Unavailable Unforeseen",
    "gateway.arn": "MethodArn",
    "gateway.request": "Request",
    "gateway.sources": "Cookie Header Query read_one reads",
    "guards.cloudfront": "CloudFrontSecret",
    "guards.endpoint": "VpcEndpoint",
    "guards.headers": "RequiredHeader",
    "guards.networks": "networks",
    "guards.origin": "Origin",
    "guards.rotation": "CloudFrontRotation",
    "guards.stage": "StageVariable",
    "keys.events": "KeyEvent",
    "keys.filestore": "FileStore",
    "keys.keyset": "KeySet",
    "keys.secret": "Secrets",
    "keys.store": "KeyStore Stored",
    "keys.timing": "Timing",
    "keys.verify": "verify_jws",
    "observe.powertools": "powertools",
    "observe.record": "Record",
    "policy.evaluate": "Evaluation evaluate",
    "policy.field": "Field",
    "policy.limits": "from_networks until_token_ends",
    "policy.operators": "UnknownCondition",
    "policy.resource_policy": "WideOpen resource_policy",
    "policy.route": "Route",
    "policy.routes": "Routes",
    "policy.statement": "BadPolicy UnknownElement",
    "policy.together": "Joint evaluate_resource_policy evaluate_with",
    "principal": "Principal",
    "stores.clients": "ClientStore Issued MemoryClients",
    "stores.clients_dynamodb": "DynamoDBClients",
    "stores.clients_file": "FileClients",
    "stores.clients_redis": "RedisClients",
    "stores.clients_secretsmanager": "SecretsManagerClients",
    "stores.key_store_dynamodb": "DynamoDBKeys",
    "stores.replay": "MemoryReplay ReplayStore",
    "stores.replay_dynamodb": "DynamoDBReplay",
    "stores.replay_redis": "RedisReplay",
    "stores.revocation": "Revocations",
    "stores.revocation_dynamodb": "DynamoDBRevocations",
    "stores.revocation_memory": "MemoryRevocations",
    "stores.revocation_redis": "RedisRevocations",
    "stores.signing_keys": "MemoryPartners Partner",
    "stores.signing_keys_document": "PartnerDocument",
    "stores.signing_keys_secretsmanager": "secrets_manager_partners",
    "tokens.access": "acr all_scopes any_scope has_role in_group logged_in_within",
    "tokens.cache": "TokenCache",
    "tokens.claims": "Claims",
    "tokens.rules": "ANY_AUDIENCE",
}
_MODULES = {"secrets": "stores.secrets"}  # public names that are modules themselves
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()} | _MODULES

__all__ = [
    "ANY_AUDIENCE",
    "ANY_CERTIFICATE",
    "ANY_CLIENT",
    "ANY_TENANT",
    "APIKey",
    "AuthkitError",
    "Authorizer",
    "BadAnswer",
    "BadEvent",
    "BadPolicy",
    "BadSignature",
    "BindingProblem",
    "CertificateBound",
    "CertificateRule",
    "Claims",
    "Client",
    "ClientCertificate",
    "ClientStore",
    "CloudFrontRotation",
    "CloudFrontSecret",
    "ConfigError",
    "Cookie",
    "DPoP",
    "DynamoDBClients",
    "DynamoDBKeys",
    "DynamoDBReplay",
    "DynamoDBRevocations",
    "Evaluation",
    "Field",
    "FileClients",
    "FileStore",
    "Forbidden",
    "Header",
    "InsufficientAccess",
    "Introspection",
    "InvalidClaims",
    "InvalidHeader",
    "Issued",
    "JWTBearer",
    "Joint",
    "KeyEvent",
    "KeyProblem",
    "KeySet",
    "KeyStore",
    "KeysUnavailable",
    "Lookup",
    "MalformedToken",
    "MemoryClients",
    "MemoryPartners",
    "MemoryReplay",
    "MemoryRevocations",
    "MethodArn",
    "MissingClaim",
    "NoCredential",
    "Origin",
    "Partner",
    "PartnerDocument",
    "Principal",
    "Query",
    "Record",
    "RedisClients",
    "RedisReplay",
    "RedisRevocations",
    "Refused",
    "ReplayStore",
    "Request",
    "RequiredHeader",
    "Revocations",
    "Route",
    "Routes",
    "Secrets",
    "SecretsManagerClients",
    "SigV4",
    "StageVariable",
    "Stored",
    "Timing",
    "TokenCache",
    "Unauthenticated",
    "Unavailable",
    "Unforeseen",
    "UnknownCondition",
    "UnknownElement",
    "UsageKeys",
    "VpcEndpoint",
    "WideOpen",
    "__version__",
    "access_token",
    "acr",
    "alb",
    "all_scopes",
    "any_scope",
    "auth0",
    "aws_web_identity",
    "both",
    "by_issuer",
    "cognito",
    "declared_payload",
    "dynamodb",
    "entra",
    "evaluate",
    "evaluate_resource_policy",
    "evaluate_with",
    "first_of",
    "from_claims",
    "from_networks",
    "github_actions",
    "google",
    "has_role",
    "http_json",
    "id_token",
    "in_group",
    "keycloak",
    "known",
    "logged_in_within",
    "metered",
    "networks",
    "okta",
    "payload_matches",
    "powertools",
    "read_one",
    "reads",
    "resource_policy",
    "revocation_list",
    "roles_of",
    "secrets",
    "secrets_manager_partners",
    "until_token_ends",
    "verify_jws",
    "within",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = import_module(f"{__name__}.{_HOME[name]}")
    globals()[name] = value = home if name in _MODULES else getattr(home, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
