"""Signed requests for tests: events for a `SigV4` slot, and an API with IAM authorization that verifies for real."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, quote

from ..local.events import DEFAULT
from ..sigv4.credentials import Credentials
from ..sigv4.presigning import presign
from ..sigv4.signing import sign
from .http_events import http_v2
from .rest_events import rest_request
from .sent import API, Options, Values

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from ..local.backend import Backend
    from ..local.call import Call
    from ..policy.routes import Routes

CREDENTIALS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")  # noqa: S106 - of AWS's own examples
SERVICE = "acme-orders"

Mechanism = Literal["header", "query"]


def signed_rest_request(
    method: str,
    path: str,
    *,
    credentials: Credentials = CREDENTIALS,
    service: str = SERVICE,
    region: str | None = None,
    body: bytes = b"",
    mechanism: Mechanism = "header",
    expires: int = 900,
    **options: Unpack[Options],
) -> dict[str, Any]:
    """Return the event of a REST API's REQUEST authorizer for a signed request.

    >>> event = signed_rest_request("GET", "/orders/1")
    >>> event["headers"]["Authorization"].split("/")[0]
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE'

    Args:
        method, path: as of `authkit.testing.rest_request`.
        credentials: what to sign with.
        service, region: for where; None: the API's region.
        body: what is signed; it is declared, if it is not empty. An authorizer's event has none.
        mechanism: ``"header"``, or ``"query"`` for a presigned URL, good for ``expires`` seconds.
        expires: see there.
        options: see `authkit.testing.sent.Options`; it is signed at ``at``.

    Raises:
        ValueError, ConfigError: as of `rest_request`.
        CannotSign: the request cannot be signed.
    """
    signed, _ = _signed(method, path, credentials, service, region, body, mechanism, expires, options, default="prod")
    return rest_request(method, path, **signed)


def signed_http_v2(
    method: str,
    path: str,
    *,
    credentials: Credentials = CREDENTIALS,
    service: str = SERVICE,
    region: str | None = None,
    body: bytes = b"",
    mechanism: Mechanism = "header",
    expires: int = 900,
    **options: Unpack[Options],
) -> dict[str, Any]:
    """Return the event of an HTTP API's authorizer, payload 2.0, for a signed request; see `signed_rest_request`."""
    options.setdefault("api", API._replace(stage=DEFAULT))
    signed, query = _signed(method, path, credentials, service, region, body, mechanism, expires, options, DEFAULT)
    sources = ("header.authorization",) if mechanism == "header" else ()
    event = http_v2(method, path, sources=sources, **signed)
    event["rawQueryString"] = query
    return event


class IamGateway:
    """A REST or HTTP API with IAM authorization, on loopback, while the with block runs.

    >>> import requests
    >>> from authkit.sigv4.clients.requests import RequestsAuth
    >>> with IamGateway() as gateway:
    ...     signed = RequestsAuth(CREDENTIALS, region="eu-west-1", service="execute-api")
    ...     requests.get(f"{gateway.url}/orders/1", auth=signed, timeout=5).status_code
    200

    It verifies each signature for real, over the request as it came, and answers as AWS does. What stands behind it
    answers the event that a function there would be handed.

    Args:
        credentials: who may call.
        routes: of the API; by default it takes every path.
        kind: ``"rest-request"`` for a REST API, ``"http-v2"`` for an HTTP API.
        region: of the API; requests have to be signed for it, and for ``execute-api``.
        backend: what stands behind.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        *credentials: Credentials,
        routes: Routes | None = None,
        kind: Literal["rest-request", "http-v2"] = "rest-request",
        region: str = "eu-west-1",
        backend: Backend | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        # Here and not above: whoever only wants events needs no gateway.
        from ..local.backend import mirror
        from ..local.events import Api
        from ..local.gateway import Gateway
        from ..local.http import LoopbackServer
        from ..local.iam import Iam, Identity
        from ..local.settings import Settings
        from ..policy.route import METHODS, Route
        from ..policy.routes import Routes

        identities = [
            Identity(each, f"arn:aws:iam::{API.account}:user/{each.access_key_id}")
            for each in credentials or (CREDENTIALS,)
        ]
        every = [Route(method, path) for method in sorted(METHODS) for path in ("/", "/{proxy+}")]
        table = Routes(every, api="http" if kind == "http-v2" else "rest") if routes is None else routes
        self.calls: list[Call] = []
        gateway = Gateway(
            lambda *_: {},  # nobody asks it
            table,
            Settings((), kind, 0.0, Api(stage=DEFAULT if kind == "http-v2" else "prod", region=region)),
            backend=backend or mirror,
            tell=self.calls.append,
            iam=Iam(identities, region=region, clock=clock),
            clock=clock,
        )
        self._server = LoopbackServer(gateway.respond)
        self.url = self._server.url
        self._stack = ExitStack()

    def __enter__(self) -> IamGateway:
        self._stack.enter_context(self._server.running())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def _signed(
    method: str,
    path: str,
    credentials: Credentials,
    service: str,
    region: str | None,
    body: bytes,
    mechanism: Mechanism,
    expires: int,
    options: Options,
    default: str,
) -> tuple[Options, str]:
    """Return the options with what signing adds to them, and the query as it was sent."""
    api = options.get("api", API)
    stage = options.get("stage") or api.stage
    domain = options.get("domain")
    staged = path if stage == DEFAULT or (domain and default != DEFAULT) else f"/{stage}{path}"
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in _pairs(options.get("query", {}))
    )
    at = options.get("at")
    moment = time.time() if at is None else at
    given: Values = options.get("headers", {})
    what: dict[str, Any] = {
        "method": method,
        "url": f"https://{domain or api.domain}{staged}" + (f"?{query}" if query else ""),
        "credentials": credentials,
        "region": region or api.region,
        "service": service,
        "headers": _pairs(given),
        "body": body,
        "declare_payload": bool(body),
        "clock": lambda: moment,
    }
    if mechanism == "query":
        url = presign(**what, expires=expires).url.partition("?")[2]
        asked: dict[str, list[str]] = {}
        for name, value in parse_qsl(url, keep_blank_values=True):
            asked.setdefault(name, []).append(value)
        return {**options, "query": asked, "at": moment}, url
    added: dict[str, str] = dict(sign(**what).headers)
    return {**options, "headers": {**given, **added}, "at": moment}, query


def _pairs(values: Values) -> list[tuple[str, str]]:
    listed: list[tuple[str, Sequence[str]]] = [
        (name, [given] if isinstance(given, str) else given) for name, given in values.items()
    ]
    return [(name, value) for name, several in listed for value in several]
