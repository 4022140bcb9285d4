"""Endpoint: asks an authorization server what it knows of one token (RFC 7662 section 2)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote_plus, urlencode

from ..errors import MalformedToken, Unavailable
from ..keys.fetch import Post, status_hint
from ..keys.retryafter import retry_after
from ..tokens.strictjson import parse_object
from .answers import Answer
from .backoff import Backoff

CODE = "introspection_unavailable"

_JSON = "application/json"
_SIGNED = "application/token-introspection+jwt"
_OUR_FAULT = "; it may be our own client_id, client_secret or auth= that it does not take"


class Endpoint:
    """An introspection endpoint, and how we show it who we are.

    Args:
        url: where it is; checked before.
        host: the host in that URL, for messages.
        client_id, client_secret: our own credentials. A callable is asked for the secret at each use.
        auth: whether they go into the header or the form (RFC 6749 section 2.3.1).
        token_type_hint: what to say of the token's kind (RFC 7662 section 2.1); None: nothing.
        timeout: seconds for all of one answer.
        post: the transport.
        clock: gives the time in seconds since the epoch.
        backoff: keeps us off a server that fails.
    """

    def __init__(
        self,
        *,
        url: str,
        host: str,
        client_id: str,
        client_secret: str | Callable[[], str],
        auth: str,
        token_type_hint: str | None,
        timeout: float,
        post: Post,
        clock: Callable[[], float],
        backoff: Backoff,
    ) -> None:
        self._url = url
        self.host = host
        self._client_id = client_id
        self._secret = client_secret
        self._basic = auth == "basic"
        self._hint = token_type_hint
        self._timeout = timeout
        self._post = post
        self._clock = clock
        self._backoff = backoff

    def ask(self, token: str) -> Answer:
        """Return what the server says of a token.

        What it could not have said of another one (a 401, a 429, a 5xx, silence) is an outage, and everybody keeps off
        for a while. The rest concerns this token alone: strangers choose tokens, and a firewall that takes offence at
        one of them must not shut out all others.

        Raises:
            Unavailable: it cannot be asked now.
        """
        begun = self._backoff.begin()
        body, headers = self._message(token)
        try:
            response = self._post(self._url, timeout=self._timeout, body=body, headers=headers)
            status, content = int(response.status), bytes(response.body)
            received = {str(name).lower(): str(value) for name, value in response.headers.items()}
        except Exception as error:  # noqa: BLE001 - a transport handed in may raise anything when the server is down
            raise self._outage(begun, _of_transport(error)) from None
        if status in (401, 429) or status >= 500:
            detail = f"{self.host} answered {status}{_OUR_FAULT if status == 401 else ''}"
            asked = retry_after(status, received, self._clock)
            raise self._outage(begun, Unavailable(CODE, detail=detail, retry_after=asked))
        self._backoff.succeeded()
        fault = self._status_fault(status) or self._type_fault(received.get("content-type", ""))
        return Answer(None, fault) if fault else self._parsed(content)

    def _message(self, token: str) -> tuple[bytes, dict[str, str]]:
        form = {"token": token, **({"token_type_hint": self._hint} if self._hint else {})}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": _JSON}
        name, secret = self._client_id, self._secret_now()
        if self._basic:
            # RFC 6749 section 2.3.1: form-encoded first, so that a colon in either does not divide them elsewhere.
            pair = f"{quote_plus(name, safe='')}:{quote_plus(secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": name, "client_secret": secret}
        return urlencode(form).encode(), headers

    def _secret_now(self) -> str:
        if isinstance(self._secret, str):
            return self._secret
        try:
            secret = self._secret()
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the store it is kept in raises
            raise Unavailable(CODE, detail=f"client_secret raised {type(error).__name__}") from None
        if not is_text(secret):
            raise Unavailable(CODE, detail="client_secret gave no text")
        return secret

    def _outage(self, begun: int, failure: Unavailable) -> Unavailable:
        self._backoff.failed(begun, failure)
        return failure

    def _status_fault(self, status: int) -> str:
        if status == 200:
            return ""
        return f"{self.host} answered {status}{_OUR_FAULT if 400 <= status < 500 else status_hint(status)}"

    def _type_fault(self, content_type: str) -> str:
        """Take JSON alone. A signed answer (RFC 9701) would be worth nothing unless its signature were checked."""
        kind = content_type.partition(";")[0].strip().lower()
        if kind == _JSON:
            return ""
        more = "a signed answer (RFC 9701), which is not taken" if kind == _SIGNED else f"something other than {_JSON}"
        return f"{self.host} sent {more}"

    def _parsed(self, content: bytes) -> Answer:
        try:
            said = parse_object(content)
        except MalformedToken as fault:
            return Answer(None, f"{self.host} sent no JSON object: {fault.code}")
        active = said.get("active")
        if active is True:
            return Answer(said, size=len(content))
        # RFC 7662 section 2.2: REQUIRED, a boolean. Nothing else says yes, and nothing else says no.
        return Answer(None, "" if active is False else f"{self.host} does not say whether the token is active")

    def __repr__(self) -> str:
        return f"Endpoint(host={self.host!r}, client_id={self._client_id!r})"


def is_text(value: object) -> bool:
    """Tell whether this is a text that is not empty and has a UTF-8 form."""
    if not isinstance(value, str) or not value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _of_transport(error: Exception) -> Unavailable:
    """Name the type of a foreign exception and not its message, which could hold a secret."""
    if isinstance(error, Unavailable):
        return Unavailable(CODE, detail=f"{error.code}: {error.detail}", retry_after=error.retry_after)
    return Unavailable(CODE, detail=f"the transport raised {type(error).__name__}")
