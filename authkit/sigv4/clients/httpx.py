"""The face for httpx, with a client and an asynchronous one."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from ..credentials import Credentials
from ..keys import SHARED, Keys
from .signer import Signer, forget

_SIGNED_FOR = "authkit.signed_for"

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..options import ByName


def httpx_auth(
    credentials: Credentials | Callable[[], Credentials],
    *,
    region: str,
    service: str,
    signed_headers: Collection[str] = (),
    unsigned_payload: bool = False,
    clock: Callable[[], float] = time.time,
    keys: Keys = SHARED,
    **options: Unpack[ByName],
) -> Any:
    """Return an `httpx.Auth` that signs requests.

    httpx follows no redirects unless it is told to. Then it takes Authorization off where the host is another, and leaves
    the session token. An `httpx.Auth` is not asked before a redirect, an event hook is::

        auth = httpx_auth(credentials, region="eu-west-1", service="execute-api")
        client = httpx.Client(auth=auth, follow_redirects=True, event_hooks={"request": [auth.on_request]})

    It takes all of a signature off whatever is sent elsewhere than it was signed for. An `httpx.AsyncClient` takes
    ``auth.on_request_async``.

    Args:
        credentials, region, service, signed_headers, unsigned_payload, clock, keys, options: as of `Signer`.

    Raises:
        ConfigError: names every fault; or httpx is not installed.
    """
    signer = Signer(
        credentials,
        region=region,
        service=service,
        signed_headers=signed_headers,
        unsigned_payload=unsigned_payload,
        clock=clock,
        keys=keys,
        **options,
    )
    return _auth_of(signer)


def _auth_of(signer: Signer) -> Any:
    # Here and not above: whoever signs for another client needs no httpx.
    try:
        import httpx
    except ImportError:
        raise ConfigError("httpx_auth: httpx is needed: pip install 'authkit-lambda[httpx]'") from None

    class SigV4Auth(httpx.Auth):
        """Signs requests of httpx."""

        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            try:
                body: bytes | None = request.content
            except httpx.RequestNotRead:
                body = None
            signed = signer.sign(request.method, str(request.url), request.headers.multi_items(), body)
            request.url = httpx.URL(signed.url)
            request.headers.update(dict(signed.headers))
            request.extensions[_SIGNED_FOR] = str(request.url)  # a redirect's request has them as well
            yield request

        def on_request(self, request: httpx.Request) -> None:
            """Take the signature off a request that goes elsewhere: an event hook of a client."""
            if request.extensions.get(_SIGNED_FOR, str(request.url)) != str(request.url):
                forget(request.headers)

        async def on_request_async(self, request: httpx.Request) -> None:
            """Do the same, for an asynchronous client."""
            self.on_request(request)

        def __repr__(self) -> str:
            return f"httpx_auth({signer!r})"

    return SigV4Auth()
