"""The face for requests: signs what was prepared, and takes the signature off a redirect."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from ..credentials import Credentials
from ..keys import SHARED, Keys
from .signer import Signer, forget

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from typing_extensions import Unpack

    from ..options import ByName


class RequestsAuth:
    """Sign requests of requests: ``auth=`` of a session or a call. May be shared between threads.

    It signs the very bytes that were prepared. A body that is read as it is sent is refused, unless payloads are unsigned.

    A redirect, to another host or the same, goes out without signature and session token: a signature is for one URL, and
    where a server sends somebody to is not the caller's word. Whoever wants to go there asks there.

    Args:
        credentials, region, service, signed_headers, unsigned_payload, clock, keys, options: as of `Signer`.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        credentials: Credentials | Callable[[], Credentials],
        *,
        region: str,
        service: str,
        signed_headers: Collection[str] = (),
        unsigned_payload: bool = False,
        clock: Callable[[], float] = time.time,
        keys: Keys = SHARED,
        **options: Unpack[ByName],
    ) -> None:
        self._signer = Signer(
            credentials,
            region=region,
            service=service,
            signed_headers=signed_headers,
            unsigned_payload=unsigned_payload,
            clock=clock,
            keys=keys,
            **options,
        )

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a prepared request.

        Raises:
            CannotSign: with a code of `authkit.sigv4`.
        """
        if isinstance(request.body, str):
            request.body = request.body.encode()  # now, as it would be when it is sent
        streamed = request.body is not None and not isinstance(request.body, (bytes, bytearray))
        body = None if streamed else bytes(request.body or b"")
        signed = self._signer.sign(request.method or "", request.url or "", list(request.headers.items()), body)
        request.url = signed.url
        request.headers.update(dict(signed.headers))
        hooked: Any = request  # whose type says nothing of what it takes
        hooked.register_hook("response", _unsigned_on)
        return request

    def __repr__(self) -> str:
        return f"RequestsAuth({self._signer!r})"


def _unsigned_on(response: Response, **_: Any) -> None:
    """Take the signature off a request that is redirected: the next one is a copy of it.

    requests itself takes off Authorization alone, and where only the path is another not even that.
    """
    if response.is_redirect:
        forget(response.request.headers)
