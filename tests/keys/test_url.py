"""Where keys may be fetched from (rows 4.F F1 and F3)."""

from __future__ import annotations

import pytest

from authkit.keys.url import RELAXATIONS, Origin, forbidden, parse_url

NONE: frozenset[str] = frozenset()
LOOPBACK = frozenset({"http-loopback"})
PRIVATE = frozenset({"private-address"})
ALL = frozenset(RELAXATIONS)

REFUSED = [
    "http://idp.example.com/", "http://127.0.0.1/", "http://localhost/",
    "file:///etc/passwd", "ftp://idp.example.com/", "data:,{}", "gopher://h/", "//idp.example.com/", "idp.example.com", "", "https:",
    "https://", "https:///jwks", "https:idp.example.com", "https://:443/",
    "https://user@idp.example.com/", "https://user:secret@idp.example.com/", "https://good.example\\@evil.example/",
    "https://idp.example.com/#x", "https://idp.example.com/#", "https://idp.example.com#@good.example/",
    "https://idp.example.com:0/", "https://idp.example.com:99999/", "https://idp.example.com:x/", "https://idp.example.com:-1/",
    "https://idp.exämple.com/", "https://idp.example.com/é", "https://ｉdp.example.com/", "https://idp。example.com/",
    "https://idp.example.com/a b", "https://idp.example.com/\n", " https://idp.example.com/", "https://idp.example.com/\0",
    "https://idp.example.com/\r\nHost: evil", "https://.example.com/", "https://a..b/", "https://./", f"https://{'x' * 64}.com/",
    f"https://{'x.' * 130}com/", "https://a,b/", "https://%31%32%37.0.0.1/", "https://a\\b/", "https://a_b!/", "https://[::1/",
    "https://[v1.x!]/", "https://[::1]x/", "https://[1.2.3.4]/", "https://[]/", "https://[g::1]/", "https://[fe80::1%25eth0]/",
    "https://idp.example.com:/", "https://idp.example.com:+443/", "https://idp.example.com:4_43/", "https://idp.example.com:443:443/",
    "https://[2606:4700::1]:/", "https://[2606:4700::1]443/", "https://:443", "https://idp.example.com:000443/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED, ids=ascii)
def test_a_url_against_the_rules_is_refused(url: str) -> None:
    """F1: scheme, user, fragment, port, host and characters; always a ValueError and never another exception."""
    with pytest.raises(ValueError, match=r"\w"):
        parse_url(url)


@pytest.mark.parametrize("url", [None, 5, b"https://idp.example.com/", ["https://idp.example.com/"], {}])
def test_a_url_is_a_text(url: object) -> None:
    """What a discovery document may hold in its place."""
    with pytest.raises(ValueError, match="no URL"):
        parse_url(url)


def test_a_password_in_a_url_is_not_repeated() -> None:
    """The message goes to logs."""
    with pytest.raises(ValueError, match="no user") as fault:
        parse_url("https://user:hunter2@idp.example.com/")

    assert "hunter2" not in str(fault.value)


@pytest.mark.parametrize(
    ("url", "origin", "authority"),
    [
        ("https://idp.example.com", Origin(True, "idp.example.com", 443, "/"), "idp.example.com"),
        ("HTTPS://IDP.Example.com/Keys", Origin(True, "idp.example.com", 443, "/Keys"), "idp.example.com"),
        ("https://idp.example.com:443/k", Origin(True, "idp.example.com", 443, "/k"), "idp.example.com"),
        (
            "https://idp.example.com:8443/k?a=b&c",
            Origin(True, "idp.example.com", 8443, "/k?a=b&c"),
            "idp.example.com:8443",
        ),
        ("https://idp.example.com?x", Origin(True, "idp.example.com", 443, "/?x"), "idp.example.com"),
        ("https://idp.example.com./k", Origin(True, "idp.example.com.", 443, "/k"), "idp.example.com."),
        ("https://xn--exmple-cua.com/", Origin(True, "xn--exmple-cua.com", 443, "/"), "xn--exmple-cua.com"),
        ("https://[2606:4700::1]:8443/", Origin(True, "2606:4700::1", 8443, "/"), "[2606:4700::1]:8443"),
        ("https://[2606:4700::1]/", Origin(True, "2606:4700::1", 443, "/"), "[2606:4700::1]"),
    ],
)
def test_an_https_url_comes_apart(url: str, origin: Origin, authority: str) -> None:
    """Where to connect, what to ask for, and what the Host header says: no port where it is the usual one."""
    parsed = parse_url(url)

    assert parsed == origin
    assert parsed.authority == authority


@pytest.mark.parametrize(
    ("url", "authority"),
    [("http://127.0.0.1:8080/k", "127.0.0.1:8080"), ("http://localhost/", "localhost"), ("http://[::1]:80/", "[::1]")],
)
def test_plain_http_to_this_machine_can_be_allowed(url: str, authority: str) -> None:
    """By name, and then only to this machine."""
    assert parse_url(url, relax=LOOPBACK).authority == authority
    with pytest.raises(ValueError, match="http-loopback"):
        parse_url(url)


@pytest.mark.parametrize(
    "url", ["http://idp.example.com/", "http://10.0.0.1/", "http://127.0.0.2/", "http://localhost.evil.example/"]
)
def test_plain_http_to_elsewhere_cannot(url: str) -> None:
    """No relaxation lets keys come in clear from another machine."""
    with pytest.raises(ValueError, match="https"):
        parse_url(url, relax=ALL)


NEVER = [
    "169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.0.1", "fd00:ec2::254", "fd00:ec2::23", "fe80::1", "fe80::1%eth0",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "224.0.0.1", "ff02::1", "0.0.0.0", "::", "::ffff:0.0.0.0",
    "::ffff:224.0.0.1",
    # IPv4-compatible; NAT64 of one's own in each layout of RFC 6052, and under prefixes that are nobody's business to know
    "::169.254.169.254", "::169.254.0.1", "64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:fea9:fe:a9fe::",
    "64:ff9b:1:1:a9:fea9:fe00:0", "64:ff9b:1::a9fe:1", "2001:db8:a9fe:a9fe::", "2001:db8:1a9:fea9:fe::", "2001:db8:122:a9fe:a9:fe00::",
    "2001:db8:122:3a9:fe:a9fe::", "2001:db8:122:344:a9:fea9:fe00:0", "2001:db8:122:344::a9fe:a9fe", "2606:4700::a9fe:a9fe",
    # Teredo's server and client, 6to4, ISATAP, SIIT
    "2001:0:a9fe:a9fe::1", "2001:0:808:808::5601:5601", "2002:a9fe:1::1", "2606:4700::5efe:169.254.169.254",
    "fd00::200:5efe:a9fe:aa02", "::ffff:0:169.254.170.23",
]  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("secure", [True, False])
def test_some_addresses_are_never_connected_to(address: str, secure: bool) -> None:
    """F3: metadata, link-local, multicast and unspecified ones, however they are written, whatever is relaxed."""
    assert "never serves keys" in forbidden(address, secure=secure, relax=ALL)


PRIVATE_ADDRESSES = [
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.1", "198.18.0.1", "203.0.113.1", "240.0.0.1", "255.255.255.255",
    "fc00::1", "fd12::1", "2001:db8::1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:a00:1::", "::a00:1", "fec0::1",
    "4000::1", "2001::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_a_private_address_needs_leave(address: str) -> None:
    """F3: private, shared, reserved and documentation ranges, and those that carry them inside."""
    assert "private address" in forbidden(address, secure=True, relax=NONE)
    assert "private address" in forbidden(address, secure=True, relax=LOOPBACK)
    assert forbidden(address, secure=True, relax=PRIVATE) == ""
    assert "plain http" in forbidden(address, secure=False, relax=ALL)


ELSEWHERE = [
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.1",
    "127.0.0.1.",
    "0x7f.1",
    "1.2.3.4.5",
    "010.0.0.1",
    "x.0x",
    "1",
    "256.1.1.1",
]


@pytest.mark.parametrize("host", ELSEWHERE)
def test_an_address_has_one_spelling(host: str) -> None:
    """F3: what a resolver would take for an address is one to us, in four decimal numbers, or nothing."""
    with pytest.raises(ValueError, match="in full"):
        parse_url(f"https://{host}/", relax=ALL)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "127.0.0.1", "[::1]", "[fd12::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]"]
)
def test_a_private_address_in_a_url_is_refused_before_anything_is_looked_up(host: str) -> None:
    """F1: at construction, where the URL is; with leave it passes."""
    with pytest.raises(ValueError, match="private-address"):
        parse_url(f"https://{host}/")

    assert parse_url(f"https://{host}/", relax=PRIVATE).host == host.strip("[]")


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "0.0.0.0", "[::]"])
def test_a_metadata_address_in_a_url_is_refused_whatever_is_relaxed(host: str) -> None:
    """F1, F3: at construction."""
    with pytest.raises(ValueError, match="never serves keys"):
        parse_url(f"https://{host}/", relax=ALL)


def test_a_port_is_the_one_that_is_stated() -> None:
    """F1: any port, but only where the URL names it."""
    assert parse_url("https://idp.example.com/").port == 443
    assert [parse_url(f"https://idp.example.com:{port}/").port for port in (1, 80, 8443, 65535)] == [1, 80, 8443, 65535]
    for port in (0, 65536, 99999):
        with pytest.raises(ValueError, match="1 to 65535"):
            parse_url(f"https://idp.example.com:{port}/")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_needs_leave(address: str) -> None:
    """Either relaxation will do over TLS; in clear only the one that says so reaches this far."""
    assert forbidden(address, secure=True, relax=NONE)
    assert forbidden(address, secure=True, relax=PRIVATE) == ""
    assert forbidden(address, secure=True, relax=LOOPBACK) == ""
    assert forbidden(address, secure=False, relax=LOOPBACK) == ""


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_a_public_address_needs_none(address: str) -> None:
    """Over TLS; in clear it is refused all the same."""
    assert forbidden(address, secure=True, relax=NONE) == ""
    assert "plain http" in forbidden(address, secure=False, relax=ALL)
