"""Source networks: the standard library's own answer, on each kind of API, and quickly."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.errors import BadEvent, ConfigError, Forbidden
from authkit.gateway.request import parse
from authkit.guards.networks import SOURCE, Ranges, networks, packer
from tests.support.events import arn, request_event, token_event

if TYPE_CHECKING:
    from authkit import Request

APPSYNC = {
    "authorizationToken": "t",
    "requestContext": {"apiId": "a", "accountId": "1", "identity": {"sourceIp": "203.0.113.7"}},
}


def coming_from(address: Any, kind: str = "rest-request") -> Request:
    """Return a request of a kind from an address."""
    if kind == "http-v2":
        event = request_event(context={"http": {"sourceIp": address}}, version="2.0")
        return parse({**event, "routeArn": event["methodArn"]})
    changes: dict[str, Any] = {"http-v1": {"version": "1.0"}, "websocket": {"methodArn": arn("$connect", "")[:-1]}}.get(
        kind, {}
    )
    return parse(request_event(context={"identity": {"sourceIp": address}}, **changes))


def code_of(guard: Any, address: Any, kind: str = "rest-request") -> str:
    """Return the code a guard refuses with, or nothing."""
    try:
        guard(coming_from(address, kind))
    except Forbidden as refusal:
        return refusal.code if refusal.claim == SOURCE else "of another place"
    return ""


@pytest.mark.parametrize("kind", ["rest-request", "http-v1", "http-v2", "websocket"])
def test_each_kind_of_api_tells_it_in_its_own_place(kind: str) -> None:
    """And the gateway calls it the same on all of them."""
    guard = networks(allow=["203.0.113.0/24", "2001:db8::/32"])

    codes = [code_of(guard, each, kind) for each in ("203.0.113.7", "2001:db8::7", "198.51.100.7", "2001:db9::7")]

    assert coming_from("x", kind).kind == kind
    assert codes == ["", "", "source_network", "source_network"]
    assert guard.reads == ("context.identity.sourceIp",)
    assert not hasattr(guard, "per_request")


def test_what_is_denied_is_denied_whatever_is_allowed() -> None:
    """A single address too; and a list of denials alone allows the rest."""
    both = networks(allow=["203.0.113.0/24"], deny=["203.0.113.66", "2001:db8::/32"])
    denying = networks(deny=["203.0.113.66"])

    assert [code_of(both, each) for each in ("203.0.113.65", "203.0.113.66")] == ["", "source_network"]
    assert [code_of(denying, each) for each in ("192.0.2.1", "2001:db8::1", "203.0.113.66")] == [
        "",
        "",
        "source_network",
    ]


def test_a_denial_may_be_of_a_whole_family() -> None:
    """As where IPv6 is not served."""
    guard = networks(deny=["::/0"])

    assert [code_of(guard, each) for each in ("2001:db8::1", "192.0.2.1", "::ffff:192.0.2.1")] == [
        "source_network",
        "",
        "",
    ]


def test_an_ipv4_address_written_as_ipv6_is_the_ipv4_address() -> None:
    """In the event, and in the lists; so neither form gets around a list."""
    plain, mapped = networks(allow=["203.0.113.0/24"]), networks(allow=["::ffff:203.0.113.0/120"])

    for guard in (plain, mapped):
        assert [code_of(guard, each) for each in ("::ffff:203.0.113.7", "::ffff:cb00:7107", "203.0.113.7")] == [""] * 3
        assert code_of(guard, "::ffff:203.0.114.7") == "source_network"


@pytest.mark.parametrize(
    "address",
    [
        None, "", 7, ["203.0.113.7"], "203.0.113", "203.0.113.07", "0xcb.0.113.7", "3405803783", "203.0.113.7 ",
        "203.0.113.7/32", "203.0.113.7, 10.0.0.1", "fe80::1%eth0", "[2001:db8::1]", "203.0.113.7\0", "٣.0.0.1",
        "\ud800:", "1" * 100_000, ":" * 46, "unknown",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: Any) -> None:
    """Also where everything else is allowed."""
    assert code_of(networks(allow=["203.0.113.0/24"]), address) == "source_unknown"
    assert code_of(networks(deny=["10.0.0.0/8"]), address) == "source_unknown"


def test_forwarded_for_is_nobodys_address() -> None:
    """Its beginning is whatever the client says."""
    request = parse(request_event({"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7"}))

    with pytest.raises(Forbidden):
        networks(allow=["203.0.113.0/24"])(request)


@pytest.mark.parametrize("event", [token_event(), APPSYNC], ids=["token", "appsync"])
def test_a_kind_without_addresses_is_attached_wrongly(event: dict[str, Any]) -> None:
    """It is no Deny, which would be kept: it is a fault of the setup."""
    with pytest.raises(BadEvent, match="REQUEST"):
        networks(allow=["203.0.113.0/24"])(parse(event))


def test_every_fault_is_named() -> None:
    """Bits behind the prefix, everybody, scopes, and what is no text."""
    wrong: Any = ["203.0.113.1/24", "0.0.0.0/0", "::/0", "::ffff:0:0/96", "fe80::1%1", 7, "x"]

    with pytest.raises(ConfigError) as caught:
        networks(allow=wrong, deny=["10.0.0.1/8"])

    for part in (
        "203.0.113.1/24",
        "'0.0.0.0/0' is everybody",
        "'::/0' is everybody",
        "'::ffff:0:0/96' is everybody",
        "scope",
        "a int",
        "'x'",
        "10.0.0.1/8",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "given", [{}, {"allow": []}, {"allow": "10.0.0.0/8"}, {"deny": 7}, {"allow": None, "deny": []}]
)
def test_lists_that_say_nothing_are_faults(given: dict[str, Any]) -> None:
    """An empty list of who is allowed would refuse everybody, or nobody."""
    with pytest.raises(ConfigError):
        networks(**given)


def test_it_says_how_many_and_not_which() -> None:
    """A thousand ranges are no text for a log."""
    assert repr(networks(allow=["10.0.0.0/8", "10.1.0.0/16"], deny=["10.0.0.1"])) == "networks(allow=2, deny=1)"
    assert repr(networks(deny=["10.0.0.1"])) == "networks(allow=all, deny=1)"


V4 = st.builds(
    lambda bits, prefix: ip_network((bits, prefix), strict=False), st.integers(0, 2**32 - 1), st.integers(1, 32)
)
V6 = st.builds(
    lambda bits, prefix: ip_network((IPv6Address(bits), prefix), strict=False),
    st.integers(2**64, 2**128 - 1),  # none that holds IPv4 addresses
    st.integers(66, 128),
)
NETWORKS = st.lists(st.one_of(V4, V6), min_size=1, max_size=30)


@given(ranges=NETWORKS, data=st.data())
def test_the_answer_is_the_standard_librarys(ranges: list[Any], data: st.DataObject) -> None:
    """On random networks, nested and overlapping; at their edges, beside them, and anywhere."""
    edge = data.draw(st.sampled_from(ranges))
    number = data.draw(st.sampled_from([int(edge[0]) - 1, int(edge[0]), int(edge[-1]), int(edge[-1]) + 1]))
    size = 2 ** (32 if edge.version == 4 else 128)
    anywhere = data.draw(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
    pack, held = packer(), Ranges(map(str, ranges))

    for address in (ip_address(number % size) if edge.version == 4 else IPv6Address(number % size), anywhere):
        plain = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
        expected = any(plain.version == each.version and plain in each for each in ranges)
        assert held.hold(pack(str(address))) is expected
        if isinstance(plain, IPv4Address):
            assert held.hold(pack(f"::ffff:{plain}")) is expected


@given(text=st.text(max_size=60))
def test_any_text_is_an_address_to_both_or_to_neither(text: str) -> None:
    """The C library reads as strictly as the standard library, but knows no scopes."""
    try:
        expected = ip_address(text).packed if "%" not in text else b""
    except ValueError:
        expected = b""

    found = packer()(text)

    assert found in (expected, expected[12:])
