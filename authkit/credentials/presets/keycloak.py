"""Keycloak: access tokens of a realm.

https://www.keycloak.org/docs/latest/server_admin/ ("Audience support")
https://www.keycloak.org/securing-apps/oidc-layers
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from ..bearer import JWTBearer
from .build import build
from .ids import client_faults, name_faults, named, several
from .uses import one_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .build import Settings

_BASE = re.compile(r"https?://[a-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9_-]{1,64}){0,4}")
_REALM = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,255}")


def keycloak(
    base_url: str,
    realm: str,
    audience: str | Collection[str],
    *,
    client_id: str | Collection[str] | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for access tokens of a Keycloak realm.

    >>> keycloak("https://id.example.com", "acme", "orders-api", client_id="web")
    >>> admin = has_role("admin", claim=roles_of("orders-api"))
    >>> keycloak("https://id.example.com", "acme", "orders-api", require=[admin])

    Beyond the signature it checks ``iss`` and ``aud``; that the claim ``typ`` is that of an access token: Keycloak
    signs id, refresh and logout tokens with the same key, and tells them apart there; and which client asked for it
    in ``azp``, if ``client_id`` is given. Roles are held by ``has_role(…, claim=roles_of(…))``. It cannot tell
    whether the session in ``sid`` has ended: see ``revoked``, or introspect.

    Args:
        base_url: the server's, with the path it is served under, if any (/auth by default before version 17).
        realm: its name, as ``iss`` has it.
        audience: the client that is the API, or several. An audience mapper or its client scope puts it into tokens.
        client_id: the clients whose tokens are taken; None: all of the realm's.
        settings: further arguments of `JWTBearer`; ``algorithms`` for a realm that does not sign with RS256.

    Raises:
        ConfigError: names every fault.
    """
    faults = [*client_faults(audience, client_id), *_place_faults(base_url, realm)]
    if named(audience, "account"):
        faults.append("audience: account is in the tokens of nearly every client; have a mapper add the API's own")
    issuer = f"{base_url}/realms/{realm}"
    decided = {
        "issuer": issuer,
        "audience": audience,
        "typ": ("JWT", "at+jwt"),
        "claims": {} if client_id is None else {"azp": several(client_id)},
        "checks": (one_of("typ", ("Bearer", "DPoP"), where="access token"),),  # DPoP: bound to a key, see ``proofs``
    }
    jwks = f"{issuer}/protocol/openid-connect/certs"
    return build("keycloak", faults, settings, decided, algorithms=("RS256",), jwks=jwks)


def _place_faults(base_url: object, realm: object) -> list[str]:
    faults = []
    if not isinstance(base_url, str) or not _BASE.fullmatch(base_url):
        faults.append("base_url must be as https://id.example.com/auth, without a slash in the end")
    if not isinstance(realm, str) or not _REALM.fullmatch(realm):
        faults.append("realm must be a name of letters, digits, dots, hyphens and underscores")
    return faults


def roles_of(client_id: str | None = None) -> tuple[str, ...]:
    """Return the claim that lists the roles of a client, or of the realm, as `has_role` takes it.

    Raises:
        ConfigError: no client's name.
    """
    named: Any = client_id
    if named is None:
        return ("realm_access", "roles")
    if name_faults("client_id", named) or not isinstance(named, str):
        raise ConfigError("roles_of: client_id must be a text of printable ASCII")
    return ("resource_access", named, "roles")
