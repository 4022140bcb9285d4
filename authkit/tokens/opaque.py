"""Opaque tokens: what one may look like, and what its server must say it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import BindingProblem, InvalidClaims, MalformedToken

LARGEST_TOKEN = 16 * 1024  # bytes, as for a JWT

_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"  # RFC 6750 section 2.1

_ACCESS = frozenset({"access", "access_token"})
_OTHER_TYP = frozenset({"refresh", "offline", "id", "logout"})  # Keycloak's words


def demand_b64token(token: object) -> str:
    """Return a token that can be one; refuse any other before a byte of it is sent anywhere.

    Raises:
        MalformedToken: ``token_too_large`` or ``invalid_token``.
    """
    if isinstance(token, (str, bytes)) and len(token) > LARGEST_TOKEN:
        raise MalformedToken("token_too_large", detail=f"more than {LARGEST_TOKEN} bytes")
    raw = token.encode() if isinstance(token, str) and token.isascii() else token
    # Padding may follow; what is left when all that may be there is taken away may not.
    core = raw.rstrip(b"=") if isinstance(raw, bytes) else b""
    if not isinstance(raw, bytes) or not core or core.translate(None, _CHARACTERS):
        raise MalformedToken("invalid_token", detail="characters that no bearer token has (RFC 6750 section 2.1)")
    return raw.decode()


def demand_access_token(said: Mapping[str, Any], *, schemes: frozenset[str], told: frozenset[str]) -> None:
    """Refuse an answer about something else than an access token, as far as it says so.

    RFC 7662 section 2.1 has a server look among tokens of all kinds, whatever the hint: refresh and id tokens are
    active too.

    Args:
        said: the members of the answer.
        schemes: the authentication schemes that tokens come under here; ``token_type`` is one of them.
        told: members that are prescribed elsewhere, and not judged here.

    Raises:
        InvalidClaims: ``token_use_mismatch`` or ``bad_claim_type``.
        BindingProblem: ``proof_missing``, a DPoP token that is bound to nothing (RFC 9449 section 6.2).
    """
    for name, uses in (
        ("token_type", schemes | _ACCESS),
        ("token_use", _ACCESS),
    ):  # the latter is Hydra's and Cognito's
        if name in said and name not in told:
            if not isinstance(said[name], str):
                raise InvalidClaims("bad_claim_type", claim=name, detail="not a text")
            if said[name].lower() not in uses:
                raise _other_use(name)
    if str(said.get("token_type")).lower() == "dpop" and "jkt" not in _confirmation(said):
        raise BindingProblem("proof_missing", claim="cnf", detail="a DPoP token, and its key is not told")
    typ = said.get("typ")
    if isinstance(typ, str) and typ.lower() in _OTHER_TYP and "typ" not in told:
        raise _other_use("typ")


def _confirmation(said: Mapping[str, Any]) -> Mapping[str, Any]:
    confirmation = said.get("cnf")
    return confirmation if isinstance(confirmation, dict) else {}


def _other_use(name: str) -> InvalidClaims:
    return InvalidClaims("token_use_mismatch", claim=name, detail="the server does not say it is an access token")
