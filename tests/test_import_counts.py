"""What each public name loads, counted in a fresh interpreter: a gate on counts, so that no import creeps in unseen."""

from __future__ import annotations

import pytest

import authkit
from tests.test_imports import run

# How many of authkit's own modules a name may bring, itself and the package included. Fewer is better; more wants a reason.
AT_MOST = {
    1: "__version__",
    2: "AuthkitError BadAnswer BadEvent BadSignature BindingProblem ConfigError Forbidden InsufficientAccess InvalidClaims InvalidHeader KeyProblem KeysUnavailable MalformedToken MissingClaim NoCredential Refused Unauthenticated Unavailable Unforeseen",
    3: "declared_payload payload_matches",
    4: "Claims Cookie Field Header KeyStore MethodArn Origin Query Record StageVariable Stored Timing TokenCache UnknownCondition VpcEndpoint networks powertools read_one reads within",
    5: "DynamoDBReplay DynamoDBRevocations Principal RedisReplay RedisRevocations Request Route acr all_scopes any_scope has_role in_group logged_in_within",
    6: "ANY_AUDIENCE CertificateBound MemoryRevocations RequiredHeader Secrets dynamodb revocation_list",
    8: "Client DynamoDBKeys MemoryReplay ReplayStore",
    9: "ANY_CERTIFICATE CertificateRule FileStore UsageKeys metered verify_jws",
    10: "KeySet from_claims",
    11: "ClientStore Issued MemoryClients",
    12: "ClientCertificate both first_of known",
    13: "DynamoDBClients FileClients RedisClients from_networks until_token_ends",
    14: "CloudFrontSecret KeyEvent Revocations http_json",
    16: "ANY_TENANT secrets",
    17: "BadPolicy SecretsManagerClients UnknownElement",
    18: "DPoP Evaluation Routes evaluate",
    19: "Joint evaluate_resource_policy evaluate_with",
    20: "WideOpen resource_policy",
    22: "Lookup",
    23: "CloudFrontRotation",
    26: "JWTBearer",
    27: "APIKey",
    29: "by_issuer",
    30: "alb aws_web_identity github_actions google",
    31: "ANY_CLIENT access_token auth0 cognito entra id_token keycloak okta roles_of",
    32: "Authorizer",
    35: "MemoryPartners Partner",
    40: "SigV4",
    43: "Introspection",
    44: "PartnerDocument",
    51: "secrets_manager_partners",
}
LIMITS = {name: count for count, names in AT_MOST.items() for name in names.split()}
DEAR = {
    *("asyncio", "aws_lambda_powertools", "boto3", "botocore", "cryptography", "dataclasses", "email", "http.client"),
    *("inspect", "jwt", "multiprocessing", "pydantic", "redis", "requests", "socket", "ssl", "subprocess", "tempfile"),
    *("unittest", "urllib.request", "urllib3", "yaml"),
}

LOAD = """
import sys
before = set(sys.modules)
import authkit
getattr(authkit, {name!r})
loaded = set(sys.modules) - before
import json
print(json.dumps(sorted(loaded)))
"""


def test_every_public_name_has_its_limit() -> None:
    """And no other has."""
    assert LIMITS.keys() == set(authkit.__all__)


@pytest.mark.parametrize("name", authkit.__all__)
def test_a_name_loads_what_it_uses_and_no_more(name: str) -> None:
    """No third-party package, no dear part of the standard library, and as many of authkit's modules as are its own."""
    loaded = set(run(LOAD.format(name=name)))

    assert loaded & DEAR == set()
    assert len({each for each in loaded if each.split(".")[0] == "authkit"}) <= LIMITS[name]
