"""A server of keys on this machine whose behaviour can be changed, and tokens of the issuer it belongs to."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.issued import claims
from benchmarks.key_clients import ALG
from tests.faults.server import Connection, Server, answer, says
from tests.support.tokens import Signer, b64, jwks, new_signer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.server import Script

SLOW = 0.2  # seconds a server takes that is not at fault
HTML = answer("200 OK", b"<html><body>Down for maintenance</body></html>", "Content-Type: text/html")
BROKEN: dict[str, Script] = {
    "500": says(answer("500 Internal Server Error")),
    "closes": lambda _: None,
    "an empty set": says(answer("200 OK", b'{"keys": []}')),
    "HTML": says(HTML),
}


class Issuer:
    """A server whose script can be changed, and the keys it publishes."""

    def __init__(self) -> None:
        self.keys = [new_signer(ALG, "k1", use="sig")]
        self.script: Script = self.publish
        self.server = Server(self._serve)

    def _serve(self, connection: Connection) -> None:
        self.script(connection)  # whichever it is by now

    def publish(self, connection: Connection) -> None:
        connection.send(answer("200 OK", json.dumps(jwks(*self.keys)).encode(), "Content-Type: application/json"))

    def slowly(self, connection: Connection, seconds: float = SLOW) -> None:
        time.sleep(seconds)
        self.publish(connection)

    def token(self, key: Signer | None = None, **header: str) -> str:
        return (key or self.keys[0]).token(claims(), typ="JWT", **header)

    def strangers(self, count: int) -> list[str]:
        """Return tokens that each name a key of their own; their claims are good and their signatures are not."""
        signed = self.token(kid="stranger-000000").split(".")
        header = self.keys[0].header(typ="JWT")
        names = (json.dumps({**header, "kid": f"stranger-{number:06}"}).encode() for number in range(count))
        return [f"{b64(name)}.{signed[1]}.{signed[2]}" for name in names]

    @property
    def fetches(self) -> int:
        return len(self.server.requests)


@contextmanager
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    with made.server:
        yield made
