"""Google: id tokens of its sign-in, and of service accounts.

https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ..bearer import JWTBearer
from .build import build
from .ids import HOST, name_faults, several, unlike

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .build import Settings


def google(
    client_id: str | Collection[str],
    *,
    hosted_domain: str | Collection[str] | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for id tokens of Google; its access tokens are opaque.

    >>> google("1234987819200.apps.googleusercontent.com", hosted_domain="example.com")
    >>> google("https://api.example.com", claims={"email": "job@acme.iam.gserviceaccount.com", "email_verified": True})

    Beyond the signature it checks ``iss``, of which Google uses two spellings, ``aud``, and the Workspace or Cloud
    organization in ``hd``, if ``hosted_domain`` is given: without it every Google account may come in. It cannot
    tell an organization by the address in ``email``, which anybody may have registered an account with; and ``azp``
    is not compared, because another client of the same project may have asked for the token (an app for its server).

    Args:
        client_id: the OAuth client, or several; of a service account's token the audience it was made for.
        hosted_domain: the organization's primary domain, or several.
        settings: further arguments of `JWTBearer`.

    Raises:
        ConfigError: names every fault.
    """
    faults = name_faults("client_id", client_id)
    if hosted_domain is not None and unlike(hosted_domain, HOST):
        faults.append("hosted_domain must be a domain in lower case, as example.com, or several")
    decided = {
        "issuer": ("https://accounts.google.com", "accounts.google.com"),
        "audience": client_id,
        "typ": ("JWT",),
        "claims": {} if hosted_domain is None else {"hd": several(hosted_domain)},
        "required": ("iat",),
    }
    jwks = "https://www.googleapis.com/oauth2/v3/certs"
    return build("google", faults, settings, decided, algorithms=("RS256",), jwks=jwks)
