"""Standard profiles: JWT access tokens of RFC 9068, and id tokens of OpenID Connect Core."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ...errors import InvalidClaims
from ..bearer import JWTBearer
from .build import build
from .ids import name_faults, several
from .uses import audiences, wrong_use

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...tokens.claims import Claims
    from .build import Settings
    from .uses import Check


def access_token(
    issuer: str,
    audience: str | Collection[str],
    *,
    client_id: str | Collection[str] | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for JWT access tokens by RFC 9068: for providers that issue them to the letter.

    >>> access_token("https://idp.example.com/", "https://api.example.com", require=[any_scope("orders:read")])

    Beyond the signature it checks that ``typ`` is exactly ``at+jwt`` (section 2.1: so no id token gets in), that
    ``iss``, ``exp``, ``aud``, ``sub``, ``client_id``, ``iat`` and ``jti`` are there (section 2.2), and which client the
    token was issued to, if ``client_id`` is given. It cannot tell whether the token was taken back: see ``revoked``.

    Args:
        issuer: the exact ``iss``; keys are found by discovery below it.
        audience: the ``aud`` that is us, or several of which one must be there.
        client_id: the clients whose tokens are taken; None: all of the issuer's.
        settings: further arguments of `JWTBearer`.

    Raises:
        ConfigError: names every fault.
    """
    faults = [] if client_id is None else name_faults("client_id", client_id)
    claims = {} if client_id is None else {"client_id": several(client_id)}
    decided = {
        "issuer": issuer,
        "audience": audience,
        "typ": ("at+jwt",),
        "claims": claims,
        "required": ("sub", "client_id", "iat", "jti"),
    }
    return build("access_token", faults, settings, decided)


def id_token(
    issuer: str,
    client_id: str | Collection[str],
    *,
    nonce: str | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for id tokens (OpenID Connect Core sections 2 and 3.1.3.7).

    >>> id_token("https://idp.example.com/", "web-client-1", nonce=session_nonce).verify(token)

    An id token tells the client who logged in; as a credential for an API use access tokens if the provider has any.
    Beyond the signature it checks that ``aud`` holds the client; that with several audiences ``azp`` is there, and
    that ``azp``, wherever it is, is the client; the nonce, if given; and that nothing marks the token as an access
    token: ``typ`` at+jwt, a scope, another ``token_use`` or ``typ`` claim. It cannot tell an access token from an id
    token where the provider gives both the same form and audience, nor match a nonce it is not given.

    Args:
        issuer: the exact ``iss``; keys are found by discovery below it.
        client_id: the client that is us, or several.
        nonce: what this login was begun with.
        settings: further arguments of `JWTBearer`.

    Raises:
        ConfigError: names every fault.
    """
    faults = name_faults("client_id", client_id)
    if nonce is not None:
        faults += name_faults("nonce", nonce)
    decided = {
        "issuer": issuer,
        "audience": client_id,
        "typ": ("JWT",),
        "claims": {} if nonce is None else {"nonce": nonce},
        "required": ("sub", "iat"),
        "absent": ("scope", "scp"),
        "checks": () if faults else (_is_id_token, authorized(several(client_id))),
    }
    return build("id_token", faults, settings, decided)


def authorized(clients: Collection[str]) -> Check:
    """Return the check of OpenID Connect Core section 3.1.3.7, numbers 4 and 5 (jwt.md row E14)."""

    def demand_authorized(claims: Claims) -> None:
        party = claims.get("azp")
        if (party is not None or len(audiences(claims)) > 1) and party not in clients:
            detail = "with several audiences it must say which one it was issued to, and that must be us"
            raise InvalidClaims("client_mismatch", claim="azp", detail=detail)

    return demand_authorized


def _is_id_token(claims: Claims) -> None:
    for claim, ours in (("token_use", "id"), ("typ", "ID")):  # as Cognito says it, and as Keycloak does
        if claims.get(claim, ours) != ours:
            raise wrong_use(claim, "id token")
