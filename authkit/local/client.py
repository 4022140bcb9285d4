"""A client of an issuer: discovery and the client-credentials grant (RFC 6749 section 4.4)."""

from __future__ import annotations

from typing import Any

from ..errors import Unauthenticated, Unavailable
from ..keys.discovery import WELL_KNOWN

TIMEOUT = 10  # seconds


def client_credentials(issuer: str, *, client_id: str, secret: str, scope: str | None = None) -> str:
    """Return an access token.

    Raises:
        Unauthenticated: the issuer refuses the client or the scope.
        Unavailable: the issuer does not answer, or not as an issuer does.
    """
    import requests

    form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
    try:
        with requests.Session() as session:
            session.trust_env = False  # .netrc would overrule the client's own credentials
            url = session.get(issuer.rstrip("/") + WELL_KNOWN, timeout=TIMEOUT).json()["token_endpoint"]
            reply = session.post(url, data=form, auth=(client_id, secret), timeout=TIMEOUT)
            body: dict[str, Any] = reply.json()
    except (requests.RequestException, KeyError, TypeError, ValueError) as error:
        detail = f"{issuer} does not answer as an issuer ({type(error).__name__}); is it running?"
        raise Unavailable("issuer_unavailable", detail=detail) from None
    if reply.status_code != 200 or not isinstance(body.get("access_token"), str):
        code = body.get("error") if isinstance(body.get("error"), str) else "invalid_client"
        raise Unauthenticated(str(code)[:64], detail=f"the issuer answered {reply.status_code}")
    return str(body["access_token"])
