"""``authkit sign`` sends the very bytes it signed, and a signature to nobody else."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authkit.cli import main
from authkit.cli.sign.send import content
from authkit.cli.sign.signed import Sending
from authkit.errors import Unavailable
from tests.cli.sign.server import KEY_ID, REGION, SECRET, SERVICE, TEMPORARY, TOKEN, Server, running

SCOPE = ["--region", REGION, "--service", SERVICE]
Capture = pytest.CaptureFixture[bytes]


def sign(server: Server, path: str, *flags: str) -> int:
    return main(["sign", f"{server.url}{path}", *SCOPE, *flags])


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/orders?b=2&a=1", "/a%20b", "/a%2fb%c3%a9", "/@connections/x%3D", "//a//b", "/a/../b/./c", "/a?q=a+b"),
        *("/a?x&y=&x=1", "/a?q=%7e&r=a:b,c@d/", "/a?q=%2B", "/a(b)'c!*", "/a;b=c,d", "/ü?ü=ö", "/a?a=1&a=0"),
    ],
)
def test_what_is_sent_is_what_was_signed(server: Server, capfdbinary: Capture, path: str) -> None:
    """Whatever requests and urllib3 would make of the URL: the server verifies what came over the wire."""
    code = sign(server, path)

    assert (code, server.came[0].verify().access_key_id) == (0, KEY_ID)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    path=st.text(st.sampled_from("ab/.%2Fe ~*'(é;,=+@:$&!"), max_size=12),
    query=st.text(st.sampled_from("ab=&+% 2é/?:,;@~*'"), max_size=16),
    body=st.binary(max_size=40),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
)
def test_any_url_is_sent_as_signed_or_not_at_all(
    server: Server, tmp_path: Path, path: str, query: str, body: bytes, method: str
) -> None:
    """Where it can be signed the server verifies it, body and all."""
    server.came.clear()
    file = tmp_path / "body"
    file.write_bytes(body)
    data = ["--data-binary", f"@{file}"] if body else []

    code = sign(server, f"/{path}?{query}", "-X", method, *data, "-o", os.devnull)

    assert code in (0, 3)
    assert [(came.verify().payload, came.body) for came in server.came] == ([("checked", body)] if code == 0 else [])


@pytest.mark.parametrize(
    ("flags", "method", "body", "kind"),
    [
        (["-d", "a=1", "-d", "b=2"], "POST", b"a=1&b=2", "application/x-www-form-urlencoded"),
        (["-d", "@{file}"], "POST", b"linetwo", "application/x-www-form-urlencoded"),
        (["--data-binary", "@{file}"], "POST", b"line\r\ntwo\n\0", "application/x-www-form-urlencoded"),
        (["--data-raw", "@x"], "POST", b"@x", "application/x-www-form-urlencoded"),
        (["--json", '{"a":', "--json", "1}"], "POST", b'{"a":1}', "application/json"),
        (["-d", "@-"], "POST", b"fromstdin", "application/x-www-form-urlencoded"),
        (["-d", "x", "-H", "Content-Type: text/plain", "-X", "PUT"], "PUT", b"x", "text/plain"),
        (["-X", "DELETE"], "DELETE", b"", None),
        (["-d", "x", "-H", "Content-Type:", "-H", "Accept:"], "POST", b"x", None),
    ],
)
def test_data_as_curl_takes_it(
    server: Server,
    tmp_path: Path,
    stdin: Callable[[bytes], None],
    capfdbinary: Capture,
    flags: list[str],
    method: str,
    body: bytes,
    kind: str | None,
) -> None:
    """Joined with &, but JSON; from files and standard input, with and without line ends."""
    (tmp_path / "data").write_bytes(b"line\r\ntwo\n\0")
    stdin(b"from\nstdin\n")

    code = sign(server, "/", *[flag.format(file=tmp_path / "data") if "{file}" in flag else flag for flag in flags])

    came = server.came[0]
    assert (code, came.method, came.body, came.header("content-type")) == (0, method, body, kind)
    assert came.verify().payload == "checked"
    assert came.header("transfer-encoding") is None


def test_get_puts_the_data_into_the_query(server: Server, capfdbinary: Capture) -> None:
    """As curl's -G."""
    sign(server, "/a?x=1", "-G", "-d", "q=a b", "-d", "r=2")
    sign(server, "/a", "-G", "-d", "q=1")

    assert [came.target for came in server.came] == ["/a?x=1&q=a%20b&r=2", "/a?q=1"]
    assert [came.method for came in server.came] == ["GET", "GET"]
    assert server.came[0].verify()


def test_headers_as_curl_takes_them(server: Server, tmp_path: Path, capfdbinary: Capture) -> None:
    """Empty, left out, from a file, repeated, not ASCII, and a host of one's own."""
    (tmp_path / "headers").write_text("X-From: file\n\nX-Two: 2\n")
    given = ["X-Empty;", "X-None:", f"@{tmp_path / 'headers'}", "X-Amz-Meta: a", "X-Amz-Meta: b", "X-Amz-Name: ü  ö"]

    code = sign(server, "/", *[flag for line in [*given, "Host: api.example.com"] for flag in ("-H", line)])

    came = server.came[0]
    named = {name: came.header(name) for name in ("x-empty", "x-none", "x-from", "x-two", "x-amz-meta", "host")}
    assert code == 0
    assert named == {
        **{"x-empty": "", "x-none": None, "x-from": "file", "x-two": "2"},
        **{"x-amz-meta": "a,b", "host": "api.example.com"},
    }
    assert "x-amz-name" in came.verify().signed_headers


def test_a_token_goes_with_it(server: Server, monkeypatch: pytest.MonkeyPatch, capfdbinary: Capture) -> None:
    """Temporary credentials have one; it is signed."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)

    sign(server, "/")

    assert "x-amz-security-token" in server.came[0].verify(TEMPORARY).signed_headers


def test_sigv4a_is_sent(server: Server, capfdbinary: Capture) -> None:
    """For a set of regions."""
    main(["sign", f"{server.url}/", "--v4a", "--region", "eu-*,us-east-1", "--service", SERVICE])

    assert server.came[0].verify(algorithms=["AWS4-ECDSA-P256-SHA256"]).scope.region == "eu-*,us-east-1"


def test_the_body_goes_to_stdout_and_nothing_else(server: Server, capfdbinary: Capture) -> None:
    """What comes back is not touched."""
    server.answer = lambda _: (200, {"Content-Encoding": "gzip"}, b"\x1f\x8bno gzip\r\n\0")

    code = sign(server, "/")

    assert (code, capfdbinary.readouterr()) == (0, (b"\x1f\x8bno gzip\r\n\0", b""))


def test_include_output_and_verbose(server: Server, tmp_path: Path, capfdbinary: Capture) -> None:
    """-i puts the answer's head before the body, -o writes both to a file, -v tells both heads on stderr."""
    code = sign(server, "/x?X-Amz-Foo=1&access_token=PLANTED", "-i", "-v", "-o", str(tmp_path / "out"))

    shown = capfdbinary.readouterr()
    written = (tmp_path / "out").read_bytes()
    assert (code, shown.out) == (0, b"")
    assert written.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"X-Kind: good\r\n" in written
    assert written.endswith(b"\r\n\r\n/x")
    assert b"> GET /x?X-Amz-Foo=1&access_token=\xe2\x80\xa6 HTTP/1.1\n" in shown.err
    assert b"> Authorization: \xe2\x80\xa6\n" in shown.err
    assert b"< HTTP/1.1 200 OK\n" in shown.err
    assert b"PLANTED" not in shown.err.replace(KEY_ID.encode(), b"")


def test_silent_tells_nothing(server: Server, capfdbinary: Capture) -> None:
    """Not even under -v."""
    sign(server, "/", "-s", "-v", "-o", "-")

    assert capfdbinary.readouterr() == (b"/", b"")


def test_fail_ends_with_22(server: Server, monkeypatch: pytest.MonkeyPatch, capfdbinary: Capture) -> None:
    """The server refuses another secret: 403. Without -f that is an answer like any other."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")

    without, failed = sign(server, "/"), sign(server, "/", "-f")

    shown = capfdbinary.readouterr()
    assert (without, failed) == (0, 22)
    assert shown.out == b"signature_mismatch"
    assert shown.err == b"authkit: the answer is 403\n"


def test_redirects_are_not_followed_by_themselves(server: Server, capfdbinary: Capture) -> None:
    """As with curl."""
    server.answer = lambda _: (302, {"Location": "/b"}, b"moved")

    assert sign(server, "/a") == 0
    assert len(server.came) == 1


@pytest.mark.parametrize(
    ("status", "flags", "method", "body"),
    [
        (302, ["-d", "x"], "GET", b""),
        (303, ["-d", "x", "-X", "POST"], "GET", b""),
        (307, ["-d", "x"], "POST", b"x"),
        (301, ["-d", "x", "-X", "POST"], "POST", b"x"),
        (308, [], "GET", b""),
    ],
)
def test_a_redirect_to_the_same_host_is_signed_anew(
    server: Server, capfdbinary: Capture, status: int, flags: list[str], method: str, body: bytes
) -> None:
    """Another path is another signature; method and body as RFC 9110 section 15.4 and curl have it."""
    server.answer = lambda came: (status, {"Location": "/b?x=a+b#f"}, b"") if came.target == "/a" else (200, {}, b"ok")

    code = sign(server, "/a", "-L", *flags)

    came = server.came[1]
    assert (code, came.target, came.method, came.body) == (0, "/b?x=a%20b", method, body)
    assert came.verify().access_key_id == KEY_ID


def test_a_redirect_to_another_host_has_no_signature_and_no_token(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfdbinary: Capture
) -> None:
    """Nor cookies, keys or anything of AWS's; and coming back, it has none either."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    with running() as other:
        server.answer = lambda came: (
            (302, {"Location": f"{other.url}/b"}, b"") if came.target == "/a" else (200, {}, b"")
        )
        other.answer = lambda _: (302, {"Location": f"{server.url}/c"}, b"")

        code = sign(server, "/a", "-L", "-H", "Cookie: a=b", "-H", "X-Api-Key: k", "-H", "X-Plain: p", "-v")

    (came,), back = other.came, server.came[1]
    assert code == 0
    for request in (came, back):
        names = {name.lower() for name, _ in request.headers}
        assert names - {"connection"} == {"host", "user-agent", "accept", "accept-encoding", "x-plain"}
    assert came.header("host") == other.url[len("http://") :]


def test_data_is_not_sent_to_another_host(server: Server, capfdbinary: Capture) -> None:
    """A redirect that keeps the method would carry it there."""
    with running() as other:
        server.answer = lambda _: (307, {"Location": f"{other.url}/b"}, b"")

        code = sign(server, "/a", "-L", "-d", "x")

    assert (code, other.came) == (3, [])
    assert b"not sent to another host" in capfdbinary.readouterr().err


@pytest.mark.parametrize("location", ["/a", "file:///etc/passwd", "http://u:PLANTED@x/", "ftp://x/"])
def test_redirects_end(server: Server, capfdbinary: Capture, location: str) -> None:
    """Those in a circle, and those to where no HTTP leads."""
    server.answer = lambda _: (302, {"Location": location}, b"")

    assert sign(server, "/a", "-L") == 3
    assert b"PLANTED" not in capfdbinary.readouterr().err


def test_no_answer_cannot_be_told(capfdbinary: Capture) -> None:
    """The port is closed; the URL's query is not shown."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    code = main(["sign", f"http://127.0.0.1:{port}/?access_token=PLANTED", *SCOPE])

    shown = capfdbinary.readouterr()
    assert (code, shown.out) == (3, b"")
    assert shown.err == f"authkit: no_answer: 127.0.0.1:{port}: the connection was refused (ConnectionError)\n".encode()


def test_max_time_ends_the_waiting(capfdbinary: Capture) -> None:
    """For a server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        code = main(["sign", f"http://127.0.0.1:{mute.getsockname()[1]}/", *SCOPE, "--max-time", "0.05"])

    assert code == 3
    assert b": it timed out (ReadTimeout)\n" in capfdbinary.readouterr().err


def test_an_answer_that_breaks_off_cannot_be_told(capfdbinary: Capture) -> None:
    """Less comes than was announced."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65_536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    code = main(["sign", f"http://127.0.0.1:{listener.getsockname()[1]}/", *SCOPE])
    thread.join(10)
    listener.close()

    assert code == 3
    assert b"broke off" in capfdbinary.readouterr().err


def test_no_secret_is_in_what_is_sent(server: Server, capfdbinary: Capture) -> None:
    """It never leaves the machine."""
    sign(server, "/", "-v")

    assert all(SECRET not in value for _, value in server.came[0].headers)
    assert SECRET.encode() not in b"".join(capfdbinary.readouterr())


def test_a_proxy_is_sent_through(server: Server, monkeypatch: pytest.MonkeyPatch, capfdbinary: Capture) -> None:
    """As the environment says; it gets the whole URL."""
    monkeypatch.setenv("http_proxy", server.url)

    code = main(["sign", "http://api.example.com/a%20b?x=1", *SCOPE])

    came = server.came[0]
    assert (code, came.target) == (0, "http://api.example.com/a%20b?x=1")
    assert came.verify().path == "/a%20b"


def test_a_certificate_is_looked_at_unless_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Capture
) -> None:
    """One of nobody's is refused; -k takes it, and the environment may name whom to trust."""
    certificate = tmp_path / "server.pem"
    certificate.write_bytes(own_certificate())
    with running(certificate) as server:
        refused = sign(server, "/a")
        told = capfdbinary.readouterr().err
        insecure = sign(server, "/a", "-k")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        trusted = sign(server, "/a")

    assert (refused, insecure, trusted) == (3, 0, 0)
    assert b": its certificate is not trusted (SSLError)\n" in told
    assert len(server.came) == 2
    assert capfdbinary.readouterr().err == b""


def own_certificate() -> bytes:
    """Return a key and a certificate for 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + made.public_bytes(Encoding.PEM)


def test_a_body_that_takes_too_long_is_not_waited_for() -> None:
    """Each piece comes in time, and all of them do not."""
    clock = iter([0.0, 1.0, 6.0]).__next__
    closed = []
    answer: Any = SimpleNamespace(raw=SimpleNamespace(read=lambda *_, **__: b"x"), close=lambda: closed.append(True))

    with pytest.raises(Unavailable) as caught:
        list(content(answer, 5.0, clock))

    assert (caught.value.code, closed) == ("too_slow", [True])


def test_a_terminal_is_told_no_cookies_and_nothing_it_would_obey(server: Server, capfdbinary: Capture) -> None:
    """Under -v; -i is for files and programs, and has all of it."""
    server.answer = lambda _: (200, {"Set-Cookie": "PLANTED", "X-Odd": "a\x1b[2Jb"}, b"")

    sign(server, "/", "-v", "-i")

    shown = capfdbinary.readouterr()
    assert b"< Set-Cookie: \xe2\x80\xa6\n< X-Odd: a\xc2\xb7[2Jb\n" in shown.err
    assert b"Set-Cookie: PLANTED\r\nX-Odd: a\x1b[2Jb\r\n" in shown.out


def test_a_repr_shows_no_header(server: Server) -> None:
    """Of what is sent."""
    from authkit import sigv4

    link = sigv4.presign(
        method="GET", url=f"{server.url}/a", credentials=TEMPORARY, region=REGION, service=SERVICE, clock=lambda: 0
    )
    sending = Sending("GET", link.url, (("Authorization", "PLANTED"),), b"", frozenset(), link)

    assert repr(sending) == "Sending(GET '/a')"
