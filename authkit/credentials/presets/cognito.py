"""Amazon Cognito user pools: access tokens and id tokens.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final, Literal

from ...errors import InvalidClaims
from ...tokens.rules import ANY_AUDIENCE
from ..bearer import JWTBearer
from .build import build
from .ids import choice_faults, is_region, name_faults, named, partition, several
from .uses import audiences

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...tokens.claims import Claims
    from .build import Settings
    from .uses import Check

Use = Literal["access", "id"]
Texts = tuple[str, ...]

_POOL = re.compile(r"([a-z0-9-]{5,32})_[0-9A-Za-z]{1,32}")
_USES = ("access", "id")
_HOSTS = {"original": "cognito-idp", "updated": "issuer-cognito-idp"}


class AnyClient:
    """The type of `ANY_CLIENT`."""

    def __repr__(self) -> str:
        return "ANY_CLIENT"


ANY_CLIENT: Final = AnyClient()
"""Said instead of client ids where every app client of the pool may come in, and something else says for what."""


def cognito(
    user_pool_id: str,
    *,
    client_id: str | Collection[str] | AnyClient,
    token_use: Use | Collection[Use] = "access",  # noqa: S107 - the claim is named so
    audience: str | Collection[str] | None = None,
    issuer_type: Literal["original", "updated"] = "original",
    replica_region: str | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for the tokens of a Cognito user pool, of the partitions aws, aws-us-gov, aws-cn and aws-eusc.

    >>> cognito("eu-west-1_a1B2c3D4e", client_id="4k8m2n7p0q")
    >>> cognito("eu-west-1_a1B2c3D4e", client_id=["web", "app"], require=[in_group("editors", claim="cognito:groups")])

    Beyond the signature it checks ``iss``, ``token_use``, and the app client: ``client_id`` of an access token, which
    has no ``aud`` (jwt.md row E13), and ``aud`` of an id token. An access token that has an ``aud`` all the same is
    bound to a resource: it is taken only where ``audience``, or its own client, is that resource. It cannot tell
    whether the user has signed out or the token was revoked, nor whether the client is public.

    Args:
        user_pool_id: as the console shows it; its region decides on the issuer.
        client_id: the app client, or several, or `ANY_CLIENT`, which needs ``require`` beside it, or without id tokens an
            ``audience``.
        token_use: ``"access"``, ``"id"`` or both.
        audience: the resource that access tokens are bound to (the ``resource`` parameter of the authorize endpoint);
            given, they must be.
        issuer_type: which kind of issuer the pool is set to.
        replica_region: of a replicated pool with original issuers, the region whose tokens these are: each has an
            issuer and keys of its own. Join them with `by_issuer`.
        settings: further arguments of `JWTBearer`.

    Raises:
        ConfigError: names every fault.
    """
    uses, clients = several(token_use), None if client_id is ANY_CLIENT else several(client_id)
    faults = _whom_faults(uses, client_id, audience, settings.get("require"))
    faults += _place_faults(user_pool_id, issuer_type, replica_region)
    home = "" if faults else _issuer(user_pool_id, issuer_type, replica_region)
    demands = _demands(
        frozenset() if faults else frozenset(uses), clients, None if audience is None else several(audience)
    )
    decided = {"issuer": home, "typ": ("JWT",), **demands}
    return build("cognito", faults, settings, decided, algorithms=("RS256",), jwks=f"{home}/.well-known/jwks.json")


def _whom_faults(uses: tuple[Any, ...], client_id: Any, audience: Any, require: object) -> list[str]:
    known = uses and all(isinstance(each, str) and each in _USES for each in uses)
    faults = [] if known else ["token_use must be access, id or both"]
    if audience is not None:
        faults += name_faults("audience", audience)
    if client_id is not ANY_CLIENT:
        faults += name_faults("client_id", client_id)
    elif not (isinstance(require, Collection) and require) and (audience is None or named(uses, "id")):
        # The audience says what access tokens are for; the id token of any client names that client and nothing else.
        needed = "require" if named(uses, "id") else "audience or require"
        faults.append(f"client_id: ANY_CLIENT needs {needed} beside it, or any token of the pool would do")
    if audience is not None and not named(uses, "access"):
        faults.append("audience is for access tokens: that of an id token is its client")
    return faults


def _region(user_pool_id: object) -> str:
    """Return the region of a pool, or nothing where this is no pool."""
    found = _POOL.fullmatch(user_pool_id) if isinstance(user_pool_id, str) else None
    return found[1] if found and is_region(found[1]) else ""


def _issuer(user_pool_id: str, issuer_type: str, replica_region: str | None) -> str:
    region = replica_region or _region(user_pool_id)
    return f"https://{_HOSTS[issuer_type]}.{region}.{partition(region)[1]}/{user_pool_id}"


def _place_faults(user_pool_id: object, issuer_type: object, replica_region: object) -> list[str]:
    region = _region(user_pool_id)
    faults = [] if region else ["user_pool_id must be as eu-west-1_a1B2c3D4e"]
    faults += choice_faults("issuer_type", issuer_type, _HOSTS)
    if replica_region is None:
        return faults
    if named(issuer_type, "updated"):
        faults.append("replica_region is for original issuers: an updated one is the same in all regions")
    if not isinstance(replica_region, str) or not is_region(replica_region):
        faults.append("replica_region must be as us-west-2")
    elif region and partition(region) != partition(replica_region):
        faults.append("replica_region must be of the pool's own partition")
    return faults


def _demands(uses: frozenset[str], clients: Texts | None, audience: Texts | None) -> dict[str, Any]:
    """Return what says whom a token is for, in each use; never nothing (jwt.md row E13)."""
    if uses == {"id"}:
        return {"audience": clients or ANY_AUDIENCE, "claims": {"token_use": "id"}, "required": ("aud",)}
    if uses == {"access"}:
        return {
            "audience": audience or ANY_AUDIENCE,
            "claims": {"token_use": "access", **({"client_id": clients} if clients else {})},
            "required": ("client_id",),
            "checks": () if audience else (_demand_unbound,),
        }
    either = _either(clients, audience)
    return {"audience": ANY_AUDIENCE, "claims": {"token_use": tuple(uses)}, "checks": (either,)}


def _either(clients: Texts | None, audience: Texts | None) -> Check:
    """Return the check of a bearer that takes both uses: each names its client in another claim."""

    def demand_ours(claims: Claims) -> None:
        access = claims["token_use"] == "access"  # noqa: S105 - the claim is named so
        name = "client_id" if access else "aud"
        named = [claims.get(name)] if access else audiences(claims)
        if not any(isinstance(each, str) and (clients is None or each in clients) for each in named):
            raise InvalidClaims("client_mismatch", claim=name, detail="made for another client")
        if access and audience is None:
            _demand_unbound(claims)
        elif access and set(audience or ()).isdisjoint(audiences(claims)):
            raise InvalidClaims("audience_mismatch", claim="aud", detail=f"expected {', '.join(audience or ())}")

    return demand_ours


def _demand_unbound(claims: Claims) -> None:
    """RFC 7519 section 4.1.3: a token that names its audience is for no other. A trigger may name the client there."""
    if "aud" in claims and claims.get("client_id") not in audiences(claims):
        raise InvalidClaims("audience_mismatch", claim="aud", detail="bound to a resource, and audience= names none")
