"""Okta: access tokens of custom authorization servers.

https://developer.okta.com/docs/guides/validate-access-tokens/
https://developer.okta.com/docs/concepts/auth-servers/
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ..bearer import JWTBearer
from .build import ID_TOKEN_MARKS, build
from .ids import HOST, client_faults, several
from .uses import has_one_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .build import Settings

_SERVER = re.compile(r"[A-Za-z0-9]{1,64}")
_ADMIN = re.compile(r"[a-z0-9-]+-admin\.(?:okta|oktapreview|okta-emea|okta-gov)\.com")


def okta(
    domain: str,
    audience: str | Collection[str],
    *,
    authorization_server: str = "default",
    client_id: str | Collection[str] | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for access tokens of an Okta custom authorization server.

    >>> okta("acme.okta.com", "api://default")
    >>> okta("login.acme.com", "https://api", authorization_server="aus1a2b3c", client_id="0oa1b2c3")

    Beyond the signature it checks ``iss`` and ``aud``; that it is an access token and no id token: it names its
    client in ``cid``, and has no nonce; and which client, if ``client_id`` is given. Scopes are the list in ``scp``.
    It cannot take access tokens of the org authorization server: Okta means those for itself alone, and says to
    introspect them. The principal is ``sub``, a login name that can change; ``principal="uid"`` is the user's id,
    which clients that call as themselves do not have.

    Args:
        domain: the org's, or a custom one, as the authorization server's issuer has it.
        audience: the authorization server's, or several.
        authorization_server: the id of a custom one.
        client_id: the clients whose tokens are taken; None: all.
        settings: further arguments of `JWTBearer`.

    Raises:
        ConfigError: names every fault.
    """
    faults = [*client_faults(audience, client_id), *_place_faults(domain, authorization_server)]
    issuer = f"https://{domain}/oauth2/{authorization_server}"
    decided = {
        "issuer": issuer,
        "audience": audience,
        "typ": ("JWT", "at+jwt"),
        "claims": {} if client_id is None else {"cid": several(client_id)},
        "absent": ID_TOKEN_MARKS,
        "checks": (has_one_of("cid", where="access token"),),
    }
    return build("okta", faults, settings, decided, algorithms=("RS256",), jwks=f"{issuer}/v1/keys", scopes=("scp",))


def _place_faults(domain: Any, authorization_server: Any) -> list[str]:
    faults = []
    if not isinstance(domain, str) or not HOST.fullmatch(domain):
        faults.append("domain must be a host in lower case and nothing else, as acme.okta.com")
    elif _ADMIN.fullmatch(domain):
        faults.append("domain must be that of the org, not of its admin console")
    if authorization_server is None:
        faults.append("authorization_server: tokens of the org's own are opaque to others; introspect them instead")
    elif not isinstance(authorization_server, str) or not _SERVER.fullmatch(authorization_server):
        faults.append("authorization_server must be an id, as default or aus1a2b3c")
    return faults
