"""A key server publishes a stub issuer's keys, misbehaves as told, counts, and leaves nothing behind."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from authkit import JWTBearer, KeysUnavailable
from authkit.keys.fetch import fetcher
from authkit.testing import Clock, KeyServer, StubIssuer
from authkit.testing.loopback import LARGEST_HEAD
from authkit.testing.server import DISCOVERY, JWKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authkit.keys.answer import Response

BROKEN_OFF = "reset|[Bb]roken|not connected|forcibly"  # depending on how far the client was
FETCH = fetcher(relax=frozenset({"http-loopback"}))


@pytest.fixture
def clock() -> Clock:
    return Clock(1_700_000_000)


@pytest.fixture
def server(clock: Clock) -> Iterator[KeyServer]:
    with KeyServer(StubIssuer(clock=clock)) as server:
        yield server


def bearer(server: KeyServer, **changes: Any) -> JWTBearer:
    """Return what trusts the server's issuer."""
    issuer = server.issuer
    settings = {"issuer": issuer.url, "audience": issuer.audience, "relax": {"http-loopback"}, "clock": lambda: 1.7e9}
    return JWTBearer(**{**settings, "on_event": lambda event: None, **changes})


def fetched(server: KeyServer, **options: Any) -> Response:
    """Fetch the key set."""
    return FETCH(server.jwks_url, timeout=10, **options)


def raw(server: KeyServer, data: bytes) -> bytes:
    """Send bytes and return all that comes back."""
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), 10) as peer:
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: peer.recv(4096), b""))


def threads() -> int:
    return threading.active_count()


@pytest.mark.parametrize("place", ["jwks_url", "metadata_url"])
def test_a_bearer_finds_the_keys(server: KeyServer, place: str) -> None:
    """By the URL of the set, or of the metadata."""
    verifier = bearer(server, jwks=getattr(server, place))

    assert verifier.verify(server.issuer.token())["sub"] == "alice"

    assert server.asked == ({JWKS: 1} if place == "jwks_url" else {JWKS: 1, DISCOVERY: 1})
    assert server.answered == {200: sum(server.asked.values())}


def test_an_issuer_of_its_own_is_named_for_it(clock: Clock) -> None:
    """So that discovery begins there."""
    with KeyServer() as server:
        assert server.issuer.url == server.url
        verifier = bearer(server, clock=server.issuer._clock)
        assert verifier.verify(server.issuer.token())


def test_a_rotation_is_seen(server: KeyServer) -> None:
    """An unknown key name makes the bearer ask again."""
    verifier = bearer(server, jwks=server.jwks_url)
    verifier.verify(server.issuer.token())

    server.issuer.rotate()

    assert verifier.verify(server.issuer.token())
    assert server.asked[JWKS] == 2


def test_the_set_comes_with_its_age_and_a_tag(server: KeyServer) -> None:
    """Whoever has it is told so, until it changes."""
    first = fetched(server)
    again = fetched(server, etag=first.headers["etag"])
    server.issuer.rotate()
    changed = fetched(server, etag=first.headers["etag"])

    assert (first.status, again.status, changed.status) == (200, 304, 200)
    assert first.headers["cache-control"] == again.headers["cache-control"] == "max-age=300"
    assert again.body == b""
    assert server.answered == {200: 2, 304: 1}


def test_age_and_tag_can_be_left_out(server: KeyServer) -> None:
    """Or be something else, at any time."""
    server.cache_control, server.etag = None, False
    bare = fetched(server)
    server.cache_control = "no-store"

    assert {"etag", "cache-control"}.isdisjoint(bare.headers)
    assert fetched(server).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("misbehave", "code"),
    [
        (lambda server: server.answer(503, headers={"Retry-After": "7"}), "fetch_status"),
        (lambda server: server.redirect("https://elsewhere.example.com/"), "fetch_status"),
        (lambda server: server.go_down(), "fetch_refused"),
    ],
    ids=["status", "redirect", "down"],
)
def test_it_misbehaves_until_it_recovers(server: KeyServer, misbehave: Any, code: str) -> None:
    """And counts all the same."""
    misbehave(server)

    with pytest.raises(KeysUnavailable) as outage:
        fetched(server)

    assert outage.value.code == code
    server.recover()
    assert fetched(server).status == 200
    assert server.asked == {JWKS: 2}


def test_a_status_has_the_headers_given(server: KeyServer) -> None:
    """As a server that asks to be left alone."""
    server.answer(429, headers={"Retry-After": "7"})

    with pytest.raises(KeysUnavailable) as outage:
        fetched(server)

    assert outage.value.retry_after == 7
    assert server.answered == {429: 1}


def test_garbage_is_no_key_set(server: KeyServer) -> None:
    """The bearer says that it cannot tell, not that the token is bad."""
    server.garble()

    with pytest.raises(KeysUnavailable):
        bearer(server, jwks=server.jwks_url).verify(server.issuer.token())


def test_a_connection_that_is_broken_off_was_not_answered(server: KeyServer) -> None:
    """It counts as asked."""
    server.go_down()

    with pytest.raises(OSError, match=BROKEN_OFF):
        raw(server, b"GET /jwks HTTP/1.1\r\n\r\n")

    assert (server.asked, server.answered) == ({JWKS: 1}, {})


def test_what_hangs_is_answered_when_it_recovers(server: KeyServer) -> None:
    """All that wait, at once."""
    server.hang()

    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(fetched, server) for _ in range(3)]
        server.wait_for_hanging(3)
        assert server.answered == {}
        server.recover()

        assert [each.result(10).status for each in waiting] == [200] * 3


def test_what_hangs_can_be_answered_otherwise(server: KeyServer) -> None:
    """A server that is slow, and then fails."""
    server.hang()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(fetched, server)
        server.wait_for_hanging()
        server.answer(500)

        with pytest.raises(KeysUnavailable):
            waiting.result(10)


def test_waiting_for_who_never_comes_has_an_end(server: KeyServer) -> None:
    """It is said how many came."""
    server.hang()

    with pytest.raises(TimeoutError, match="0 of 1 requests"):
        server.wait_for_hanging(timeout=0.01)


def test_a_known_key_does_not_wait_for_a_server_that_hangs(server: KeyServer, clock: Clock) -> None:
    """What the key source of the kit is for: age by a clock that a test moves."""
    keys = server.keys(clock)
    verifier = bearer(server, jwks=keys, clock=clock)
    assert verifier.verify(server.issuer.token())
    server.answer(503)

    clock.advance(12 * 3600)

    assert verifier.verify(server.issuer.token())
    clock.advance(13 * 3600)
    with pytest.raises(KeysUnavailable):
        verifier.verify(server.issuer.token())
    server.recover()
    clock.advance(60)
    assert verifier.verify(server.issuer.token())


def test_another_path_is_not_found(server: KeyServer) -> None:
    """It has two."""
    assert raw(server, b"GET /other?a=b HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 404 ")
    assert server.asked == {"/other": 1}


@pytest.mark.parametrize(
    "data",
    [b"", b"GET /jwks HTTP/1.1\r\n", b"GET /" + b"x" * 2 * LARGEST_HEAD],
    ids=["nothing", "half a head", "an endless one"],
)
def test_what_is_no_whole_request_is_not_counted(server: KeyServer, data: bytes) -> None:
    """Nor does it bring anything down."""
    with pytest.raises(OSError, match=BROKEN_OFF):
        raw(server, data)

    assert server.asked == {}
    assert fetched(server).status == 200


def test_what_is_no_request_is_a_path_that_is_not_there(server: KeyServer) -> None:
    """It is counted under no name."""
    assert raw(server, b"odd\r\n\r\n").startswith(b"HTTP/1.1 404 ")
    assert server.asked == {"": 1}


def test_everything_ends_with_the_block() -> None:
    """Those who wait, those who say nothing, and those who come later."""
    before = threads()
    with KeyServer() as server, ThreadPoolExecutor(1) as pool:
        silent = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), 10)
        server.hang()
        waiting = pool.submit(fetched, server)
        server.wait_for_hanging()
        server.close()
        with pytest.raises(KeysUnavailable):
            waiting.result(10)
        silent.close()
    server.close()

    assert threads() == before
    with pytest.raises(KeysUnavailable):
        fetched(server)


def test_the_repr_tells_what_was_asked(server: KeyServer) -> None:
    """It stands in the output of a test that failed."""
    fetched(server)

    assert repr(server) == f"KeyServer('{server.url}', asked={{'/jwks': 1}})"
