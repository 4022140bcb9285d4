"""Endpoint: asks an authorization server what it knows of one token (RFC 7662 section 2)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote_plus, urlencode

from ..errors import MalformedToken, Unavailable
from ..keys.fetch import Post, status_hint
from ..keys.retryafter import retry_after
from ..tokens.strictjson import parse_document
from .answers import Answer
from .backoff import Backoff, Leave
from .client_secret import CODE, ClientSecret

_JSON = "application/json"
_SIGNED = "application/token-introspection+jwt"
_OUR_FAULT = "; it may be our own client_id, client_secret or auth= that it does not take"


class Endpoint:
    """An introspection endpoint, and how we show it who we are.

    Args:
        url: where it is; checked before.
        host: the host in that URL, for messages.
        client_id, client_secret: our own credentials.
        auth: whether they go into the header or the form (RFC 6749 section 2.3.1).
        token_type_hint: what to say of the token's kind (RFC 7662 section 2.1); None: nothing.
        timeout: seconds for all of one answer.
        post: the transport.
        clock: gives the time in seconds since the epoch.
        backoff: keeps us off a server that fails, and off a token that makes it fail.
    """

    def __init__(
        self,
        *,
        url: str,
        host: str,
        client_id: str,
        client_secret: ClientSecret,
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
        self._witness: str | None = None

    def ask(self, token: str) -> Answer:
        """Return what the server says of a token.

        Strangers choose tokens, and one that the server or its firewall cannot digest must not shut out all others.
        So an answer of any other status than 401, 429 and 5xx concerns its token alone, and `Backoff` tells what an
        attempt that fails means.

        Raises:
            Unavailable: it cannot be asked now.
        """
        witness = self._witness if self._witness != token else None
        leave = self._backoff.begin(sha256(token.encode()).digest(), witnessed=witness is not None)
        if leave.doubtful and witness is not None:
            self._asked(witness, leave, suspect=False)
            leave = self._backoff.witnessed(leave)
        answer = self._asked(token, leave)
        self._backoff.succeeded(leave)
        return answer

    def passed(self, token: str) -> None:
        """Take a token that passed for a witness: as long as the server can tell of it, the server is well."""
        self._witness = token

    def _asked(self, token: str, leave: Leave, *, suspect: bool = True) -> Answer:
        secret = self._secret.now()
        try:
            status, received, content = self._sent(token, secret)
            if status == 401 and (other := self._secret.after(secret)) is not None:
                status, received, content = self._sent(token, other)
        except Exception as error:  # noqa: BLE001 - a transport handed in may raise anything when the server is down
            raise self._outage(leave, _of_transport(error), needed=1 if suspect else 0) from None
        if status in (401, 429) or status >= 500:
            detail = f"{self.host} answered {status}{_OUR_FAULT if status == 401 else ''}"
            failure = Unavailable(CODE, detail=detail, retry_after=retry_after(status, received, self._clock))
            raise self._outage(leave, failure, needed=2 if suspect and status >= 500 else 0)
        fault = self._status_fault(status) or self._type_fault(received.get("content-type", ""))
        return Answer(None, fault) if fault else self._parsed(content)

    def _sent(self, token: str, secret: str) -> tuple[int, dict[str, str], bytes]:
        body, headers = self._message(token, secret)
        response = self._post(self._url, timeout=self._timeout, body=body, headers=headers)
        received = {str(name).lower(): str(value) for name, value in response.headers.items()}
        return int(response.status), received, bytes(response.body)

    def _message(self, token: str, secret: str) -> tuple[bytes, dict[str, str]]:
        form = {"token": token, **({"token_type_hint": self._hint} if self._hint else {})}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": _JSON}
        name = self._client_id
        if self._basic:
            # RFC 6749 section 2.3.1: form-encoded first, so that a colon in either does not divide them elsewhere.
            pair = f"{quote_plus(name, safe='')}:{quote_plus(secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": name, "client_secret": secret}
        return urlencode(form).encode(), headers

    def _outage(self, leave: Leave, failure: Unavailable, *, needed: int) -> Unavailable:
        """Report a failure. A server that says when to come back speaks of itself, and not of a token."""
        self._backoff.failed(leave, failure, needed=needed if failure.retry_after is None else 0)
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
            said = parse_document(content)
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
