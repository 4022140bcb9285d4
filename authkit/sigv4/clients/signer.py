"""Signer: what all faces have in common. It signs one request, by one configuration."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from ..canonical import UNSIGNED_PAYLOAD
from ..credentials import Credentials
from ..errors import CannotSign
from ..keys import SHARED, Keys
from ..options import Options
from ..signing import Signed, sign

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..headers import Headers
    from ..options import ByName

ADDED = frozenset({"authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-region-set", "x-amz-security-token"})
"""What signing adds, in small letters: what goes nowhere but to whom it was signed for."""


class Signer:
    """Signs requests by one configuration.

    Args:
        credentials: what to sign with, or what returns it, asked anew for each request.
        region, service, signed_headers, clock, keys, options: as of `authkit.sigv4.sign`.
        unsigned_payload: leave the body out of the signature, over https only: for bodies that are sent as they come.

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
        faults = []
        if not isinstance(credentials, Credentials) and not callable(credentials):
            faults.append("credentials must be Credentials, or what returns them")
        faults += [
            f"{name} must be a text that is not empty"
            for name, given in (("region", region), ("service", service))
            if not isinstance(given, str) or not given
        ]
        if isinstance(signed_headers, str):
            faults.append("signed_headers must be a list of names")
        unknown = sorted(set(options) - set(Options._fields))
        faults += [f"there is no option {', '.join(unknown)}"] if unknown else []
        if faults:
            raise ConfigError.of("Signer", faults)
        self._credentials = credentials
        self._settings: dict[str, Any] = {
            **{"region": region, "service": service, "signed_headers": tuple(signed_headers)},
            **{"clock": clock, "keys": keys, **options},
        }
        self.unsigned_payload = unsigned_payload

    def sign(self, method: str, url: str, headers: Headers, body: bytes | None) -> Signed:
        """Sign a request.

        Args:
            method: as it will be sent.
            url: as it will be sent, absolute.
            headers: as they will be sent.
            body: as it will be sent; None: it is not known yet, as of a stream.

        Raises:
            CannotSign: with a code of `authkit.sigv4`; ``payload_malformed`` where the body is not known.
        """
        credentials = self._credentials if isinstance(self._credentials, Credentials) else self._credentials()
        payload: dict[str, Any] = {"body": body or b""}
        if self.unsigned_payload:
            payload = {"payload_hash": UNSIGNED_PAYLOAD}
        elif body is None:
            detail = "it is sent as it comes, and cannot be hashed before; read it, or say unsigned_payload=True"
            raise CannotSign("payload_malformed", claim="body", detail=detail)
        return sign(method=method, url=url, headers=headers, credentials=credentials, **payload, **self._settings)

    def __repr__(self) -> str:
        return f"Signer(region={self._settings['region']!r}, service={self._settings['service']!r})"


def forget(headers: Any) -> None:
    """Take a signature off some headers, a mapping without regard to case."""
    for name in [name for name in headers if name.lower() in ADDED]:
        del headers[name]
