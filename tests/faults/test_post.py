"""Post: the same socket, held to the same limits, with a body (row 4.F)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from authkit.errors import KeysUnavailable
from authkit.keys.bounded import LARGEST_BODY
from authkit.keys.fetch import poster
from tests.faults.server import Connection, Server, answer, says
from tests.faults.test_connect import resolves_to

LOOPBACK = frozenset({"http-loopback"})
FORM = b"token=abc&hint=x"


def failure(url: str, *, timeout: float = 2.0, **settings: Any) -> KeysUnavailable:
    with pytest.raises(KeysUnavailable) as fault:
        poster(**settings)(url, timeout=timeout, body=FORM)
    return fault.value


def test_what_is_posted_is_the_body_its_length_and_the_headers_given() -> None:
    """Beside the headers that every request has, and no others."""
    with Server(says(answer("200 OK", b"{}"))) as server:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic x"}
        response = poster(relax=LOOPBACK)(server.url, timeout=2, body=FORM, headers=headers)

    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    assert (response.status, response.body, body) == (200, b"{}", FORM.decode())
    assert head.split("\r\n")[0] == "POST /jwks HTTP/1.1"
    assert sorted(head.split("\r\n")[1:]) == [
        "Accept-Encoding: identity", "Accept: application/json", "Authorization: Basic x", "Connection: close",
        f"Content-Length: {len(FORM)}", "Content-Type: application/x-www-form-urlencoded", f"Host: 127.0.0.1:{server.port}",
        "User-Agent: authkit",
    ]  # fmt: skip


def test_a_header_of_the_callers_replaces_one_of_ours_however_it_is_spelt() -> None:
    """And is not sent beside it."""
    with Server(says(answer("200 OK", b"{}"))) as server:
        poster(relax=LOOPBACK)(
            server.url, timeout=2, body=FORM, headers={"ACCEPT": "text/plain", "user-agent": "other"}
        )

    head = server.requests[0].decode().lower()
    assert (head.count("accept:"), head.count("user-agent:")) == (1, 1)
    assert "accept: text/plain\r\n" in head
    assert "user-agent: other\r\n" in head


@pytest.mark.parametrize(
    "headers",
    [
        *({name: "0"} for name in ("content-length", "Transfer-Encoding", "CONNECTION", "Expect", "te", "upgrade")),
        *({name: "a"} for name in ("", "a b", "a:b", "a\r\nb", "ä")),
        *({"X": value} for value in ("a\r\nHost: b", "a\nb", "a\rb", "a\0b", "\u2028", "\ud800")),
    ],
    ids=repr,
)
def test_a_header_that_would_make_another_request_is_not_sent(headers: dict[str, str]) -> None:
    """Whoever set it up that way hears of an outage, and the server of nothing."""
    with Server(says(answer("200 OK", b"{}"))) as server:
        with pytest.raises(KeysUnavailable) as fault:
            poster(relax=LOOPBACK)(server.url, timeout=2, body=FORM, headers=headers)

        assert fault.value.code == "fetch_refused"
        assert server.requests in ([], [b"\r\n\r\n"])  # connected to, and closed


def test_a_body_longer_than_any_buffer_arrives() -> None:
    """Sent to its end."""
    with Server(says(answer("200 OK", b"{}"))) as server:
        poster(relax=LOOPBACK)(server.url, timeout=5, body=b"x" * 500_000)

    assert server.requests[0].endswith(b"\r\n\r\n" + b"x" * 500_000)


@pytest.mark.parametrize("status", [201, 204, 302, 304, 400, 401, 429, 500, 503])
def test_every_status_is_handed_on_and_only_200_with_its_body(status: int) -> None:
    """F2, F5: its caller judges; a redirect is not followed, and what comes with a refusal is not read."""
    with Server(says(answer(f"{status} X", b"" if status in (204, 304) else b"{}", "Location: /other"))) as server:
        response = poster(relax=LOOPBACK)(server.url, timeout=2, body=FORM)

        assert (response.status, response.body) == (status, b"")
        assert len(server.requests) == 1


def test_it_has_the_same_deadline() -> None:
    """F4: for all of it."""
    with Server(Connection.hang) as server:
        began = time.monotonic()
        fault = failure(server.url, timeout=0.2, relax=LOOPBACK)

    assert time.monotonic() - began < 2
    assert fault.code == "fetch_timeout"


def test_it_has_the_same_limit() -> None:
    """F4: and no more is read."""
    with Server(says(answer("200 OK", b" " * (LARGEST_BODY + 1)))) as server:
        assert failure(server.url, timeout=5, relax=LOOPBACK).code == "fetch_too_large"


def test_it_judges_the_same_addresses() -> None:
    """F1, F3: before and as it connects."""
    assert failure("https://10.0.0.1/").code == "url_forbidden"
    assert failure("https://idp.example.com/", resolve=resolves_to("169.254.169.254")).code == "url_forbidden"
    assert failure("http://idp.example.com/").code == "url_forbidden"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "\u20ac"])
def test_a_header_that_would_become_two_is_not_sent(value: str) -> None:
    """Nor one that has no bytes."""
    with Server(says(answer("200 OK", b"{}"))) as server, pytest.raises(KeysUnavailable):
        poster(relax=LOOPBACK)(server.url, timeout=2, body=FORM, headers={"Authorization": value})

    assert not any(b"Evil" in request for request in server.requests)
