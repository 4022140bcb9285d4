"""Send: the very bytes that were signed, and what comes back. Redirects keep no signature on their way elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin

from ...errors import ConfigError, Unavailable
from ...sigv4.mismatch.finding import is_sensitive
from ...sigv4.url import split
from .flags import Asked
from .signed import Sending
from .silence import reason

if TYPE_CHECKING:
    from requests import Response, Session

MOST_REDIRECTS = 30
_MOVED = (301, 302, 303, 307, 308)
_TO_GET = (301, 302, 303)  # what browsers and curl turn a POST into a GET for
_OF_THE_BODY = frozenset({"content-length", "content-type", "content-encoding", "transfer-encoding"})
_CHUNK = 65_536

Sign = Callable[[Asked], Sending]
Tell = Callable[[Sending], None]


class Rules(NamedTuple):
    """How to send.

    Args:
        follow: whether redirects are followed.
        verify: whether the server's certificate is looked at.
        patience: for how many seconds to wait for each answer, and for the whole of a body; None: for ever.
    """

    follow: bool = False
    verify: bool = True
    patience: float | None = None


def send(first: Sending, asked: Asked, sign: Sign, rules: Rules, tell: Tell = lambda _: None) -> Response:
    """Return the answer to a request; its body is not read yet.

    Args:
        first: the request.
        asked: the same, before it was signed.
        sign: signs another, for the same scheme, host and port.
        rules: how to send.
        tell: is told of each request that is sent.

    Raises:
        Unavailable: there is no answer.
        ConfigError: a redirect that is not followed.
    """
    session, sending, origin = _session(), first, _origin(first.url)
    for _ in range(MOST_REDIRECTS):
        tell(sending)
        answer = _exchange(session, sending, rules)
        location = answer.headers.get("Location")
        if not rules.follow or answer.status_code not in _MOVED or not location:
            return answer
        answer.close()
        asked = _next(asked, answer.status_code, urljoin(sending.url, location))
        own = _origin(asked.url) == origin and sending.added  # who left once comes back without a signature
        sending = sign(asked) if own else _unsigned(asked, sending)
    raise ConfigError(f"more than {MOST_REDIRECTS} redirects")


def content(answer: Response, patience: float | None, clock: Callable[[], float] = time.monotonic) -> Iterator[bytes]:
    """Return an answer's body as it came, piece by piece.

    Raises:
        Unavailable: it breaks off, or takes too long.
    """
    from urllib3.exceptions import HTTPError

    end = None if patience is None else clock() + patience
    try:
        while piece := answer.raw.read(_CHUNK, decode_content=False):
            yield piece
            if end is not None and clock() > end:
                raise Unavailable("too_slow", detail="the answer's body took longer than --max-time")
    except (HTTPError, OSError) as fault:
        raise Unavailable("answer_cut", detail=f"the answer broke off ({type(fault).__name__})") from None
    finally:
        answer.close()


def _exchange(session: Session, sending: Sending, rules: Rules) -> Response:
    import warnings

    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError, InsecureRequestWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureRequestWarning)  # it was asked for, with -k
        try:
            return session.send(
                _prepared(sending), stream=True, allow_redirects=False, timeout=rules.patience, verify=_verify(rules)
            )
        except (RequestException, HTTPError, ValueError) as fault:
            detail = f"{split(sending.url).authority}: {reason(fault)}"
            raise Unavailable("no_answer", detail=detail) from None


def _verify(rules: Rules) -> bool | str:
    import os

    if not rules.verify:
        return False
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


def _prepared(sending: Sending) -> Any:
    """Return what requests sends, with nothing of it made by requests."""
    from requests import PreparedRequest
    from requests.cookies import RequestsCookieJar
    from requests.structures import CaseInsensitiveDict

    prepared: Any = PreparedRequest()
    prepared.method, prepared.url, prepared.body = sending.method, sending.url, sending.body or None
    prepared.headers = CaseInsensitiveDict({name: _octets(value) for name, value in sending.headers})
    prepared.hooks = {"response": []}
    prepared._cookies = RequestsCookieJar()
    return prepared


def _octets(value: str) -> str | bytes:
    return value if value.isascii() else value.encode("utf-8", "surrogateescape")


def _session() -> Session:
    from requests import Session
    from requests.adapters import HTTPAdapter

    class Literal(HTTPAdapter):
        """Sends path and query as they stand: requests would take slashes off a path that begins with two."""

        def request_url(self, request: Any, proxies: Any) -> str:
            target = split(request.url)
            usual = super().request_url(request, proxies)
            if usual.startswith("/"):
                return f"{target.path}?{target.query}" if target.query else target.path
            return usual  # a proxy's: the whole URL

    session = Session()
    session.mount("https://", Literal())
    session.mount("http://", Literal())
    return session


def _next(asked: Asked, status: int, url: str) -> Asked:
    """Return the request that a redirect asks for (RFC 9110 section 15.4)."""
    url = url.partition("#")[0]
    if status in _TO_GET and asked.method not in ("GET", "HEAD") and not (asked.named and status != 303):
        headers = tuple((name, value) for name, value in asked.headers if name.lower() not in _OF_THE_BODY)
        return Asked("GET", False, url, headers, b"")
    return asked._replace(url=url)


def _unsigned(asked: Asked, last: Sending) -> Sending:
    """Return a request for elsewhere: without signature, token, cookie and the like, and without a body."""
    target = split(asked.url)
    if asked.body:
        raise ConfigError(f"a redirect to {target.authority}: data is not sent to another host")
    kept = tuple((name, value) for name, value in last.headers if _is_for_anybody(name.lower()))
    headers = (("Host", target.host), *kept)
    return Sending(asked.method, target._replace(fragment="").url(), headers, b"", frozenset(), last.signed)


def _is_for_anybody(name: str) -> bool:
    return name not in {"host", *_OF_THE_BODY} and not name.startswith("x-amz-") and not is_sensitive(name)


def _origin(url: str) -> tuple[str, str]:
    target = split(url)
    return target.scheme, target.host.lower()
