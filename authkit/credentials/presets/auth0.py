"""Auth0: access tokens for an API, in its own profile and in that of RFC 9068.

https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
https://auth0.com/docs/secure/tokens/access-tokens/validate-access-tokens
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ..bearer import JWTBearer
from .build import ID_TOKEN_MARKS, build
from .ids import HOST, client_faults, named, several
from .uses import client_in, has_one_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .build import Settings

_CLIENT = ("azp", "client_id")  # in its own profile, and in that of RFC 9068


def auth0(
    domain: str,
    audience: str | Collection[str],
    *,
    client_id: str | Collection[str] | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for access tokens that Auth0 issues for an API.

    >>> auth0("acme.eu.auth0.com", "https://api.example.com")
    >>> auth0("login.acme.com", "https://api.example.com", require=[has_role("read:orders", claim="permissions")])

    Beyond the signature it checks ``iss`` and ``aud``; that it is an access token and no id token: it names its
    application in ``azp`` or ``client_id``, and has no nonce; and which application, if ``client_id`` is given.
    Permissions of users, with role-based access control, are held by ``has_role(…, claim="permissions")``. It
    cannot tell which organization a token is for unless asked: ``claims={"org_id": "org_…"}``.

    Args:
        domain: the tenant's, or a custom one if tokens are got through that: ``iss`` is the one they were got through.
        audience: the API's identifier, or several.
        client_id: the applications whose tokens are taken; None: all of the tenant's.
        settings: further arguments of `JWTBearer`. For an API that signs with PS256 give ``algorithms``.

    Raises:
        ConfigError: names every fault.
    """
    faults = [*client_faults(audience, client_id), *_domain_faults(domain, audience)]
    clients = () if client_id is None else (client_in(_CLIENT, several(client_id)),)
    decided = {
        "issuer": f"https://{domain}/",
        "audience": audience,
        "typ": ("JWT", "at+jwt"),
        "absent": ID_TOKEN_MARKS,
        "checks": (has_one_of(*_CLIENT, where="access token"), *clients),
    }
    jwks = f"https://{domain}/.well-known/jwks.json"
    return build("auth0", faults, settings, decided, algorithms=("RS256",), jwks=jwks)


def _domain_faults(domain: object, audience: object) -> list[str]:
    if not isinstance(domain, str) or not HOST.fullmatch(domain):
        return ["domain must be a host in lower case and nothing else, as acme.eu.auth0.com"]
    if named(audience, f"https://{domain}/userinfo"):
        return ["audience: every token of a login has userinfo among its audiences; name the API"]
    return []
