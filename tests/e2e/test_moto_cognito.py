"""Cognito's tokens, as moto makes them, through the preset and the keys it publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from authkit import Authorizer, JWTBearer, Refused, Route
from authkit.credentials.presets.cognito import cognito
from authkit.tokens.access import in_group
from tests.e2e.cognito import UserPool, why_missing
from tests.support.events import bearer_event

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.external, pytest.mark.skipif(bool(why_missing()), reason=why_missing() or "all is here")]


@pytest.fixture(scope="module")
def pool() -> Iterator[UserPool]:
    """A user pool with one app client, and a user in one group."""
    with UserPool() as running:
        yield running


def preset(pool: UserPool, **changes: Any) -> JWTBearer:
    """Return the preset for this pool, its keys where the stand-in has them."""
    settings: dict[str, Any] = {
        "client_id": pool.client_id, "jwks": pool.jwks, "relax": {"http-loopback"}, "leeway": 5, **changes,
    }  # fmt: skip
    return cognito(pool.id, **settings)


def test_an_access_token_verifies(pool: UserPool) -> None:
    """It has no audience, and names its client elsewhere (E13)."""
    claims = preset(pool).verify(pool.login().access)

    assert (claims["token_use"], claims["client_id"]) == ("access", pool.client_id)
    assert "aud" not in claims
    assert claims["iss"].endswith(pool.id)


def test_an_id_token_verifies_as_what_it_is(pool: UserPool) -> None:
    """And is taken where id tokens are, or both."""
    tokens = pool.login()

    assert preset(pool, token_use="id").verify(tokens.identity)["aud"] == pool.client_id
    both = preset(pool, token_use=("access", "id"))
    assert {both.verify(token)["token_use"] for token in tokens} == {"access", "id"}


def test_the_one_is_not_taken_for_the_other(pool: UserPool) -> None:
    """E12: with the codes that say so."""
    tokens = pool.login()

    with pytest.raises(Refused) as access:
        preset(pool, token_use="id").verify(tokens.access)
    with pytest.raises(Refused) as identity:
        preset(pool).verify(tokens.identity)

    assert access.value.code in {"token_use_mismatch", "missing_claim"}
    assert identity.value.code in {"token_use_mismatch", "missing_claim"}


def test_another_client_of_the_pool_is_refused(pool: UserPool) -> None:
    """E13: without that, every app of the pool could call."""
    with pytest.raises(Refused, match="client_mismatch"):
        preset(pool, client_id="another").verify(pool.login().access)


def test_another_pools_token_is_refused(pool: UserPool) -> None:
    """Though the same key signed it: moto has one for all pools."""
    other = cognito("eu-west-1_another", client_id=pool.client_id, jwks=pool.jwks, relax={"http-loopback"})

    with pytest.raises(Refused, match="issuer_mismatch"):
        other.verify(pool.login().access)


def test_a_changed_signature_is_refused(pool: UserPool) -> None:
    """The keys are really looked at."""
    head, _, signature = pool.login().access.rpartition(".")

    with pytest.raises(Refused, match="bad_signature"):
        preset(pool).verify(f"{head}.{signature[::-1] if signature[::-1][-1] in 'AQgw' else 'A' * len(signature)}")


def test_groups_open_routes(pool: UserPool) -> None:
    """From login to policy."""
    handler = Authorizer(
        authenticate=preset(pool),
        routes=[
            Route("GET", "/orders", when=in_group("editors", claim="cognito:groups")),
            Route("DELETE", "/orders", when=in_group("admins", claim="cognito:groups")),
        ],
    )

    answer = handler(bearer_event(pool.login().access))

    allowed = answer["policyDocument"]["Statement"][0]
    assert allowed["Effect"] == "Allow"
    assert [resource.split("/", 2)[2] for resource in allowed["Resource"]] == ["GET/orders"]
