"""Looking up, connecting and TLS: what is judged is the address the socket uses (rows 4.F F3, F4 and F12)."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import ConfigError, KeysUnavailable
from authkit.keys.answer import Response
from authkit.keys.bounded import LARGEST_BODY
from authkit.keys.connect import own_trust, system_trust
from authkit.keys.fetch import fetcher, poster
from tests.faults.certificate import self_signed
from tests.faults.server import BOUND, Connection, Server, answer, says

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.server import Script

HOST = "https://keys.example.com/jwks"
LOOPBACK = frozenset({"http-loopback"})
GOOD = says(answer("200 OK", b"{}"))


def resolves_to(*addresses: str, port: int = 9) -> Callable[..., Any]:
    """Return a resolver that knows one answer."""
    families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
    found = [
        (family, socket.SOCK_STREAM, 6, "", (address, port, 0, 0) if family == socket.AF_INET6 else (address, port))
        for family, address in zip(families, addresses, strict=True)
    ]
    return lambda *_, **__: found


def failure(url: str = HOST, *, timeout: float = 2.0, **settings: Any) -> KeysUnavailable:
    with pytest.raises(KeysUnavailable) as fault:
        fetcher(**settings)(url, timeout=timeout)
    return fault.value


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "64:ff9b::a9fe:a9fe",
        "0.0.0.0",
        "::169.254.169.254",
        "64:ff9b:1::a9fe:a9fe",
        "2001:0:a9fe:a9fe::1",
    ],
)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    """F3: whatever the name, nothing is connected to; the detail names host and reason, not the address."""
    fault = failure(resolve=resolves_to(address))

    assert fault.code == "url_forbidden"
    assert "keys.example.com resolves to" in fault.detail
    assert address not in fault.detail


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "017700000001", "127.1", "127.0.0.1", "[::1]", "[::ffff:7f00:1]", "localhost"]
)
def test_other_spellings_of_this_machine_are_this_machine(host: str) -> None:
    """F3: decimal, octal, short and mapped ones; the resolver's answer is judged, not the spelling."""
    assert failure(f"https://{host}/").code in ("url_forbidden", "fetch_refused")


def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    """F3: DNS rebinding. One answer is both judged and used, and the next fetch judges anew."""
    with Server(GOOD) as server:
        answers = iter([resolves_to("127.0.0.1", port=server.port)(), resolves_to("10.0.0.1")()])
        times = []

        def resolve(*_: Any, **__: Any) -> Any:
            times.append(1)
            return next(answers)

        fetch = fetcher(relax=LOOPBACK, resolve=resolve)
        assert fetch("http://localhost/", timeout=2).body == b"{}"
        with pytest.raises(KeysUnavailable, match="url_forbidden"):
            fetch("http://localhost/", timeout=2)

    assert len(times) == 2


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    """Of several, the first that works serves."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = listener.getsockname()[1]

    with Server(GOOD) as server:
        found = resolves_to("127.0.0.1", port=dead)() + resolves_to("127.0.0.1", port=server.port)()

        assert fetcher(relax=LOOPBACK, resolve=lambda *_, **__: found)("http://localhost/", timeout=2).body == b"{}"


@pytest.mark.parametrize(
    ("raised", "name"),
    [
        (socket.gaierror(-2, "unknown"), "gaierror"),
        (UnicodeError("label too long"), "UnicodeError"),
        (OSError(5, "io"), "OSError"),
    ],
)
def test_a_name_that_cannot_be_looked_up_is_an_outage(raised: Exception, name: str) -> None:
    """With the phase it failed in."""

    def resolve(*_: Any, **__: Any) -> Any:
        raise raised

    fault = failure(resolve=resolve)

    assert fault.code == "fetch_refused"
    assert f"keys.example.com failed in phase resolve ({name})" in fault.detail


def test_a_name_without_an_address_is_an_outage() -> None:
    """Some resolvers answer with nothing."""
    assert failure(resolve=resolves_to()).code == "fetch_refused"


def test_looking_up_has_the_same_deadline() -> None:
    """F4: a resolver that hangs is left behind."""
    done = threading.Event()
    began = time.monotonic()

    fault = failure(timeout=0.1, resolve=lambda *_, **__: done.wait(BOUND))

    took = time.monotonic() - began
    done.set()
    assert took < 1
    assert fault.code == "fetch_timeout"
    assert "keys.example.com did not answer within 0.1 s (phase: resolve)" in fault.detail


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a certificate for 127.0.0.1, and its key."""
    return self_signed(tmp_path_factory.mktemp("tls"), "127.0.0.1")


def serving(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.mark.parametrize("relax", ["private-address", "http-loopback"])
def test_https_with_a_certificate_of_ones_own(certificate: tuple[Path, Path], relax: str) -> None:
    """A private issuer is reached with its own authority and with leave."""
    with Server(GOOD, tls=serving(certificate)) as server:
        response = fetcher(relax=frozenset({relax}), ca_file=str(certificate[0]))(server.url, timeout=BOUND)

        assert response.body == b"{}"
        assert f"Host: 127.0.0.1:{server.port}" in server.requests[0].decode()


def test_a_certificate_nobody_vouches_for_is_refused(certificate: tuple[Path, Path]) -> None:
    """F12: there is no way to switch that off."""
    with Server(GOOD, tls=serving(certificate)) as server:
        fault = failure(server.url, timeout=BOUND, relax=LOOPBACK)

        assert fault.code == "fetch_refused"
        assert "127.0.0.1 failed in phase tls (SSLCertVerificationError)" in fault.detail
        assert server.requests == []


def test_a_certificate_of_another_name_is_refused(certificate: tuple[Path, Path]) -> None:
    """The name in the URL is the one that counts, not the address it leads to."""
    with Server(GOOD, tls=serving(certificate)) as server:
        url = f"https://localhost:{server.port}/"
        resolve = resolves_to("127.0.0.1", port=server.port)

        fault = failure(url, timeout=BOUND, relax=LOOPBACK, ca_file=str(certificate[0]), resolve=resolve)

    assert "phase tls (SSLCertVerificationError)" in fault.detail


def test_a_server_that_does_not_speak_tls_is_an_outage(certificate: tuple[Path, Path]) -> None:
    """Plain http behind an https URL."""
    with Server(GOOD) as server:
        fault = failure(server.url.replace("http:", "https:"), timeout=0.5, relax=LOOPBACK)

    assert fault.code in ("fetch_refused", "fetch_timeout")
    assert "tls" in fault.detail


def fed(certificate: tuple[Path, Path], script: Script, **changes: Any) -> KeysUnavailable | Response:
    """Fetch over TLS, and return what came of it."""
    context = serving(certificate)
    for name, value in changes.items():
        setattr(context, name, value)
    with Server(script, tls=context) as server:
        url = server.url.replace("http:", "https:")
        try:
            return fetcher(relax=LOOPBACK, ca_file=str(certificate[0]))(url, timeout=5)
        except KeysUnavailable as fault:
            return fault


def test_tickets_without_end_are_not_waited_for(certificate: tuple[Path, Path]) -> None:
    """F4: they carry no data, and OpenSSL reads on for as long as they come."""
    few, many = fed(certificate, GOOD, num_tickets=4), fed(certificate, GOOD, num_tickets=2000)

    assert isinstance(few, Response)
    assert isinstance(many, KeysUnavailable)
    assert many.code == "fetch_too_large"


def test_a_server_gets_one_handshake_and_no_group_of_its_own_choice(certificate: tuple[Path, Path]) -> None:
    """Each handshake costs as much as the first; and a server of TLS 1.2 could choose a group of ten thousand bits."""
    for context in (system_trust(), own_trust(str(certificate[0]))):
        assert context.options & ssl.OP_NO_RENEGOTIATION
        assert {each["kea"] for each in context.get_ciphers()} <= {"kx-ecdhe", "kx-any"}
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_either_version_of_tls_will_do(certificate: tuple[Path, Path], version: ssl.TLSVersion) -> None:
    """As AWS recommends them."""
    assert isinstance(fed(certificate, GOOD, minimum_version=version, maximum_version=version), Response)


def test_records_of_one_byte_each_are_not_read_to_their_end(certificate: tuple[Path, Path]) -> None:
    """F4: each is dear, however little is in it."""

    def bytewise(connection: Connection) -> None:
        for byte in answer("200 OK", b"{" + b" " * 20_000 + b"}"):
            connection.send(bytes([byte]))

    seen = fed(certificate, bytewise)

    assert isinstance(seen, KeysUnavailable)
    assert seen.code == "fetch_too_large"


def test_a_long_answer_and_a_long_question_pass_through_tls(certificate: tuple[Path, Path]) -> None:
    """Longer than any record, both ways, and closed without a word."""
    with Server(says(answer("200 OK", b" " * LARGEST_BODY)), tls=serving(certificate)) as server:
        url = server.url.replace("http:", "https:")
        response = poster(relax=LOOPBACK, ca_file=str(certificate[0]))(url, timeout=5, body=b"x" * 300_000)

    assert len(response.body) == LARGEST_BODY
    assert server.requests[0].endswith(b"\r\n\r\n" + b"x" * 300_000)


def test_a_handshake_that_hangs_ends_at_the_deadline() -> None:
    """F4: in the phase of its own."""
    with Server(None) as server:
        began = time.monotonic()
        fault = failure(server.url.replace("http:", "https:"), timeout=0.2, relax=LOOPBACK)

    assert time.monotonic() - began < 2
    assert fault.code == "fetch_timeout"
    assert "phase: tls" in fault.detail


def test_an_address_that_hangs_leaves_time_for_the_next(certificate: tuple[Path, Path]) -> None:
    """F4: each of several has its share of the deadline, and the good one is reached within it."""
    with Server(None) as silent, Server(GOOD, tls=serving(certificate)) as good:
        found = resolves_to("127.0.0.1", port=silent.port)() + resolves_to("127.0.0.1", port=good.port)()
        fetch = fetcher(relax=LOOPBACK, ca_file=str(certificate[0]), resolve=lambda *_, **__: found)

        assert fetch("https://127.0.0.1/", timeout=1).body == b"{}"


def test_addresses_that_all_hang_end_at_the_deadline() -> None:
    """F4: their shares add up to one deadline."""
    with Server(None) as silent:
        found = resolves_to(*["127.0.0.1"] * 8, port=silent.port)()
        began = time.monotonic()
        fault = failure("https://localhost/", timeout=0.4, relax=LOOPBACK, resolve=lambda *_, **__: found)

    assert time.monotonic() - began < 2
    assert fault.code == "fetch_timeout"


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_loaded_is_a_configuration_error(tmp_path: Path, content: str | None) -> None:
    """Found while constructing, not with the first token."""
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)

    with pytest.raises(ConfigError, match=r"ca\.pem"):
        fetcher(ca_file=str(file))
