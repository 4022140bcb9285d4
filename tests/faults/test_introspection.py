"""Introspection against a server that misbehaves: always an outage, in time, and never a refusal (row 4.H H8, 4.F)."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit import Authorizer, ConfigError, Route, Unavailable
from authkit.credentials.introspection import Introspection
from authkit.keys.fetch import poster
from tests.faults.certificate import self_signed
from tests.faults.server import Connection, Server, answer, says
from tests.faults.test_connect import serving
from tests.support.events import token_event
from tests.support.tokens import AUDIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.server import Script

TIMEOUT = 0.3
SLACK = 0.7  # for a machine that is busy
JSON = "Content-Type: application/json"
GOOD = json.dumps({"active": True, "sub": "alice", "aud": AUDIENCE, "scope": "orders:read"}).encode()


def asking(server: Server, **changes: Any) -> Introspection:
    settings = {"relax": ["http-loopback"], "timeout": TIMEOUT, **changes}
    return Introspection(url=server.url, client_id="api", client_secret="hunter2", audience=AUDIENCE, **settings)


def test_a_token_is_introspected_over_the_wire() -> None:
    """One POST, and the principal in an authorizer's policy."""
    with Server(says(answer("200 OK", GOOD, JSON))) as server:
        handler = Authorizer(
            authenticate=asking(server, timeout=5), routes=[Route("GET", "/things/{id}", scopes={"orders:read"})]
        )
        answers = [handler(token_event("Bearer opaque")) for _ in range(3)]

    assert [each["principalId"] for each in answers] == ["alice"] * 3
    (request,) = server.requests
    assert request.startswith(b"POST /jwks HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\ntoken=opaque&token_type_hint=access_token")


FAULTS: dict[str, Script | None] = {
    "accepts-and-says-nothing": None,
    "reads-and-says-nothing": Connection.hang,
    "drips-the-head": lambda connection: connection.drip(bytes([byte]) for byte in itertools.cycle(b"HTTP/1.1 200 OK\r\nX: a\r\n")),
    "drips-the-body": lambda connection: (
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"),  # type: ignore[func-returns-value]
        connection.drip(itertools.repeat(b" ")),  # type: ignore[func-returns-value]
    ),
    "80-megabytes": lambda connection: (
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"),  # type: ignore[func-returns-value]
        connection.drip(itertools.repeat(b" " * 1_000_000, 80), 0),  # type: ignore[func-returns-value]
    ),
    "closes-at-once": says(b""),
    "half-a-body": says(answer("200 OK", GOOD[:20], JSON, "Content-Length: 99")),
    "garbage": says(b"\0\1\2SSH-2.0\r\n\r\n"),
    "500": says(answer("500 Oops", GOOD, JSON)),
    "503": says(answer("503 Busy", GOOD, JSON, "Retry-After: 9")),
    "401": says(answer("401 No", GOOD, JSON)),
    "403": says(answer("403 No", GOOD, JSON)),
    "redirect": says(answer("307 Elsewhere", GOOD, JSON, "Location: http://127.0.0.1:9/")),
    "html": says(answer("200 OK", b"<html>Sign in</html>", "Content-Type: text/html")),
    "no-type": says(answer("200 OK", GOOD)),
    "two-types": says(answer("200 OK", GOOD, JSON, "Content-Type: text/html")),
    "signed": says(answer("200 OK", GOOD, "Content-Type: application/token-introspection+jwt")),
    "packed": says(answer("200 OK", GOOD, JSON, "Content-Encoding: gzip")),
    "active-in-words": says(answer("200 OK", b'{"active":"true","sub":"alice"}', JSON)),
    "not-active-in-words": says(answer("200 OK", b'{"active":"false"}', JSON)),
    "empty": says(answer("200 OK", b"", JSON)),
}  # fmt: skip


@pytest.mark.parametrize("script", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_an_outage_in_time(script: Script | None) -> None:
    """H8: no Deny that the gateway would keep, no 401 for a good token, and no other exception."""
    with Server(script) as server:
        introspection = asking(server, timeout=5 if script is FAULTS["80-megabytes"] else TIMEOUT)
        began = time.monotonic()
        with pytest.raises(Unavailable) as fault:
            introspection.verify("opaque")
        took = time.monotonic() - began

    assert took < TIMEOUT + SLACK or script is FAULTS["80-megabytes"]
    assert fault.value.code == "introspection_unavailable"
    assert "127.0.0.1" in fault.value.detail
    assert "hunter2" not in str(fault.value)
    assert "opaque" not in str(fault.value)


def test_a_flood_during_an_outage_costs_the_server_one_connection() -> None:
    """G4: and the flood no time."""
    with Server(Connection.hang) as server:
        introspection = asking(server, timeout=0.1)
        began = time.monotonic()
        for number in range(500):
            with pytest.raises(Unavailable):
                introspection.verify(f"bad{number}")
        took = time.monotonic() - began

        # On a very busy machine the first pause, half a second at least, may end before the flood does.
        assert len(server.requests) <= 2 + int(took)


def test_a_server_of_ones_own_is_reached_with_its_own_authority(tmp_path: Path) -> None:
    """By a transport that trusts it, and by no other."""
    certificate = self_signed(tmp_path, "127.0.0.1")
    relax = frozenset({"private-address"})

    with Server(says(answer("200 OK", GOOD, JSON)), tls=serving(certificate)) as server:
        trusted = asking(server, timeout=5, relax=relax, post=poster(relax=relax, ca_file=str(certificate[0])))
        assert trusted.verify("opaque")["sub"] == "alice"
        with pytest.raises(Unavailable, match="SSLCertVerificationError"):
            asking(server, timeout=5, relax=relax).verify("opaque")
        with pytest.raises(ConfigError, match="private address"):
            asking(server, relax=())
