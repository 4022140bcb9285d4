"""The face for urllib3."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from ..credentials import Credentials
from ..keys import SHARED, Keys
from .signer import Signer

if TYPE_CHECKING:
    from typing_extensions import Unpack
    from urllib3 import BaseHTTPResponse, PoolManager

    from ..options import ByName


class SigningPool:
    """Sign requests of urllib3, and send them over a pool. It follows no redirects: what answers one is handed back.

    Args:
        pool: an `urllib3.PoolManager` or the like.
        credentials, region, service, signed_headers, unsigned_payload, clock, keys, options: as of `Signer`.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        pool: PoolManager,
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
        self._pool = pool
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

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        **more: Any,
    ) -> BaseHTTPResponse:
        """Sign a request and send it.

        Args:
            method: in capitals.
            url: absolute.
            headers: to send; None: the pool's own.
            body: bytes or a text; anything else is sent as it comes, and has to be unsigned.
            more: as ``urlopen`` of the pool takes it.

        Raises:
            CannotSign: with a code of `authkit.sigv4`.
        """
        from urllib3.util import parse_url  # here and not above: whoever signs for another client needs no urllib3

        if isinstance(body, str):
            body = body.encode()
        streamed = body is not None and not isinstance(body, (bytes, bytearray))
        sent = dict(self._pool.headers if headers is None else headers)
        # As the pool will spell it: it takes dot segments out, and encodes what it must.
        spelled = parse_url(url).url
        signed = self._signer.sign(method, spelled, list(sent.items()), None if streamed else bytes(body or b""))
        sent.update(signed.headers)
        return self._pool.urlopen(method, signed.url, body=body, headers=sent, **{**more, "redirect": False})

    def __repr__(self) -> str:
        return f"SigningPool({self._signer!r})"
