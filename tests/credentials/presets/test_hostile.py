"""Whatever a claim holds, a preset refuses the token or takes it: no other exception leaves it."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.credentials.bearer import JWTBearer
from authkit.credentials.presets.cognito import cognito
from authkit.credentials.presets.entra import entra
from authkit.credentials.presets.oidc import id_token
from authkit.errors import Refused
from authkit.tokens.access import in_group
from tests.credentials.presets.cases import changed, provider_key, settings, token
from tests.credentials.presets.providers import PROVIDERS, bearer

VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    7,
    -1.5,
    "",
    "x",
    "\ud7ff",
    [],
    ["x"],
    [[]],
    [{}],
    {},
    {"x": {}},
    2**62,
    "x" * 9000,
)
GOOD = {
    "cognito": {
        "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x",
        "token_use": "access",
        "client_id": "c",
    },
    "entra": {
        "iss": "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0",
        "tid": "8eaef023-2b34-4da1-9baa-8bc8c9d6a490",
        "aud": "api",
        "ver": "2.0",
        "azp": "a",
        "scp": "s",
    },
    "id token": {"iss": "https://idp.example.com/", "aud": ["c", "d"], "azp": "c"},
}
MORE = (
    "aud",
    "cnf",
    "scope",
    "scp",
    "nonce",
    "typ",
    "token_use",
    "idtyp",
    "roles",
    "groups",
    "_claim_names",
    "hd",
    "azp",
)


def other(name: str) -> JWTBearer:
    both = {"client_id": "c", "token_use": ["access", "id"], "audience": "api"}
    return {
        "cognito": lambda: cognito("eu-west-1_x", **both, **settings()),
        "entra": lambda: entra(GOOD["entra"]["tid"], "api", callers="users", require=[in_group("g")], **settings()),
        "id token": lambda: id_token("https://idp.example.com/", "c", **settings()),
    }[name]()


@pytest.mark.parametrize("name", [*PROVIDERS, *GOOD])
def test_hostile_claims_cause_nothing_but_refusals(name: str) -> None:
    """Each claim in turn, with values of every kind."""
    provider = PROVIDERS.get(name)
    claims = provider.claims if provider else {"sub": "s", "iat": 1, "exp": 2**31, **GOOD[name]}
    header, key = (provider.header, provider_key(provider.alg)) if provider else ({}, provider_key())
    tried = bearer(name) if provider else other(name)
    refused = 0

    for claim in {*claims, *MORE}:
        for value in VALUES:
            try:
                tried.verify(token(changed(claims, **{claim: value}), key=key, **header))
            except Refused:
                refused += 1

    assert refused > 100
