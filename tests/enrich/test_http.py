"""Look-ups over HTTP: on a real socket of loopback, by the rules that hold for keys."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from authkit import Principal
from authkit.enrich.http import http_json
from authkit.enrich.lookup import Lookup
from authkit.errors import ConfigError, Forbidden, Unavailable
from authkit.keys.answer import Response

LOOPBACK = frozenset({"http-loopback"})
JSON = "application/json"


@contextmanager
def serving(answer: Any) -> Iterator[tuple[str, list[Any]]]:
    """Run a server that answers each GET as it is told; give its place, and what it was asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, dict(self.headers)))
            status, kind, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join(10)


def given_by(status: int = 200, body: Any = b'{"plan": "pro"}', kind: str = JSON) -> Any:
    """Return a transport that answers so."""
    return lambda url, *, timeout, headers: Response(status, {"content-type": kind}, body)


def test_an_object_is_found_at_its_url() -> None:
    """The key percent-encoded as one piece, our headers beside the usual ones."""
    with serving(lambda path: (200, f"{JSON}; charset=utf-8", b'{"plan": "pro"}')) as (place, asked):
        find = http_json(f"{place}/tenants/{{key}}?v=1", headers={"X-Caller": "authkit"}, relax=LOOPBACK)
        look_up = Lookup(find, by="tenant", give=["plan"])

        assert look_up(Principal("a", claims={"tenant": "a/b?c=d é"})) == {"plan": "pro"}

    (path, headers) = asked[0]
    assert path == "/tenants/a%2Fb%3Fc%3Dd%20%C3%A9?v=1"
    assert (headers["X-Caller"], headers["Accept"]) == ("authkit", JSON)


@pytest.mark.parametrize("status", [404, 410])
def test_nothing_there_is_none(status: int) -> None:
    """Over a socket; everything else is an outage."""
    with serving(lambda path: (status, JSON, b"{}")) as (place, _):
        assert http_json(f"{place}/{{key}}", relax=LOOPBACK)("a") is None


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 403, 429, 500, 503])
def test_another_status_is_an_outage(status: int) -> None:
    """Redirects are not followed."""
    with pytest.raises(Unavailable) as caught:
        http_json("https://example.com/{key}", get=given_by(status))("a")

    assert (caught.value.code, str(status) in caught.value.detail) == ("lookup_unavailable", True)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", JSON),
        (b"x", JSON),
        (b'{"a":1,"a":2}', JSON),
        (b'{"a":NaN}', JSON),
        (b"{}", "text/html"),
        (b"{}", ""),
        (b"\xff", JSON),
    ],
)
def test_what_is_no_json_object_is_an_outage(body: bytes, kind: str) -> None:
    """Names twice and numbers that are none included."""
    with pytest.raises(Unavailable) as caught:
        http_json("https://example.com/{key}", get=given_by(200, body, kind))("a")

    assert caught.value.code == "lookup_invalid"


def test_other_kinds_of_json_are_taken() -> None:
    """By their ending."""
    assert http_json("https://example.com/{key}", get=given_by(kind="application/hal+json"))("a") == {"plan": "pro"}


@pytest.mark.parametrize("key", [".", "..", "alice/../bob", "../bob", "bob/.", "..\\bob", "%2e%2e/bob", "..%2Fbob"])
def test_a_key_is_no_step_in_a_path(key: str) -> None:
    """It would ask for something else, or somebody else, of a server that takes an encoded slash for a slash."""
    with pytest.raises(Forbidden) as caught:
        http_json("https://example.com/{key}", get=given_by())(key)

    assert caught.value.code == "lookup_key"


@pytest.mark.parametrize("key", ["auth0|5f7c", "https://a.example/b", "a.b", "...", "100%", "a/b"])
def test_dots_and_slashes_that_are_no_step_may_be_in_a_key(key: str) -> None:
    """Many subjects have them."""
    assert http_json("https://example.com/{key}", get=given_by())(key) == {"plan": "pro"}


def test_headers_can_be_asked_for_at_each_use() -> None:
    """As a secret that is rotated; when that fails, it is an outage that tells nothing of it."""
    sent = []

    def get(url: str, *, timeout: float, headers: Any) -> Response:
        sent.append(headers["Authorization"])
        return Response(200, {"Content-Type": JSON}, b"{}")

    turns = iter(["one", "two"])
    find = http_json("https://example.com/{key}", headers=lambda: {"Authorization": next(turns)}, get=get)
    find("a")
    find("a")

    assert sent == ["one", "two"]
    with pytest.raises(Unavailable) as caught:
        find("a")
    assert caught.value.detail == "the transport raised StopIteration"


def test_nobody_there_and_a_private_address_are_outages() -> None:
    """The transport's own words, and its own rules."""
    refused = http_json("http://127.0.0.1:1/{key}", relax=LOOPBACK, timeout=1.0)
    private = http_json("https://localhost/{key}", timeout=1.0)

    for find, words in ((refused, "fetch_refused"), (private, "url_forbidden")):
        with pytest.raises(Unavailable) as caught:
            find("a")
        assert (caught.value.code, words in caught.value.detail) == ("lookup_unavailable", True)


def test_an_answer_that_is_too_large_is_an_outage() -> None:
    """A megabyte is the most that is read."""
    large = json.dumps({"x": "y" * 1_100_000}).encode()

    with serving(lambda path: (200, JSON, large)) as (place, _), pytest.raises(Unavailable) as caught:
        http_json(f"{place}/{{key}}", relax=LOOPBACK)("a")

    assert "fetch_too_large" in caught.value.detail


@pytest.mark.parametrize(
    "given",
    [
        {"url": "https://example.com/"}, {"url": "https://example.com/{key}/{key}"}, {"url": "https://{key}.example.com/"}, {"url": 7},
        {"url": "http://example.com/{key}"}, {"url": "https://u@example.com/{key}"}, {"url": "https://example.com/{key}#x"},
        {"url": "https://10.0.0.1/{key}"}, {"headers": "x"}, {"timeout": 0}, {"timeout": 9}, {"timeout": True}, {"get": 7},
        {"relax": "http-loopback"}, {"relax": {"everything"}}, {"ca_file": "/nowhere.pem"}, {"url": "https://example.com:{key}/"},
    ],
)  # fmt: skip
def test_odd_arguments_are_faults(given: dict[str, Any]) -> None:
    """Above all a key that would choose whom to ask."""
    settings = {"url": "https://example.com/{key}", **given}

    with pytest.raises(ConfigError):
        http_json(settings.pop("url"), **settings)


def test_it_names_the_host_and_no_more() -> None:
    """The rest may hold a secret."""
    assert repr(http_json("https://example.com/{key}?s=secret", get=given_by())) == "http_json(host='example.com')"
