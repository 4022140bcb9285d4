"""URLs and addresses that keys may be fetched from. The rest is refused before, or as, the socket connects."""

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

LONGEST = 2048  # characters of a URL

RELAXATIONS = ("http-loopback", "private-address")
"""What an issuer may be allowed by name: plain http on this machine, and https to a private address."""

_METADATA = frozenset({"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"})
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_NAT64 = "64:ff9b::/96"
_TUNNELS = ("::/96", "2001::/32", "64:ff9b:1::/48")  # IPv4-compatible, Teredo, NAT64 of one's own (RFC 8215)
_GLOBAL_UNICAST = "2000::/3"  # all of IPv6 that is given out (RFC 4291 section 2.4)
_NAME = r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?"
_AUTHORITY = re.compile(rf"(?:\[([0-9a-f.]*:[0-9a-f:.]*)\]|({_NAME}))(?::([0-9]{{1,5}}))?")
_ENDS_AS_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")


class Origin(NamedTuple):
    """Where to connect, and what to ask for there."""

    secure: bool
    host: str
    port: int
    target: str  # path and query

    @property
    def authority(self) -> str:
        """What the Host header says (RFC 9110 section 7.2): the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def parse_url(url: object, *, relax: frozenset[str] = frozenset()) -> Origin:
    """Take an https URL apart.

    Raises:
        ValueError: what is wrong with it, in words for a configuration error.
    """
    if isinstance(url, str) and len(url) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("is no URL of printable ASCII")
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("must name a host, and no user")
    host, port = _authority(parts.netloc.lower())
    loopback = parts.scheme == "http" and host in _LOOPBACK_HOSTS and "http-loopback" in relax
    if parts.scheme != "https" and not loopback:
        hint = " (relax={'http-loopback'} permits http on this machine)" if parts.scheme == "http" else ""
        raise ValueError(f"must begin with https://{hint}")
    if "#" in url:
        raise ValueError("must have no fragment")
    if _is_address(host) and (reason := forbidden(host, secure=not loopback, relax=relax)):
        raise ValueError(f"names {reason}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Origin(not loopback, host, port or (80 if loopback else 443), target)


def _authority(netloc: str) -> tuple[str, int | None]:
    """Return host and port. Read here, because releases of `urllib` differ in what they let pass."""
    found = _AUTHORITY.fullmatch(netloc)
    if not found or len(found[2] or "") > 253:
        raise ValueError("must name a host in letters, digits, hyphens and dots, and a port in digits if any")
    port = int(found[3]) if found[3] else None
    if port is not None and not 0 < port < 65536:
        raise ValueError("must name a port from 1 to 65535")
    return found[1] or found[2], port


def _is_address(host: str) -> bool:
    """Tell an address from a name.

    Raises:
        ValueError: it is neither, and yet an address to some, as 127.1, 0x7f000001 and 2130706433 are.
    """
    if ":" not in host and not _ENDS_AS_A_NUMBER.fullmatch(host):
        return False
    from ipaddress import ip_address

    try:
        ip_address(host)
    except ValueError:
        raise ValueError("must write an address in full: four decimal numbers, or IPv6 in brackets") from None
    return True


def forbidden(address: str, *, secure: bool, relax: frozenset[str]) -> str:
    """Say why a resolved address may not be connected to, or nothing.

    Judged on the address the socket will use, so a name that resolves differently the second time gains nothing.
    """
    from ipaddress import IPv4Address, ip_address, ip_network

    ip = ip_address(address.partition("%")[0])
    carried = [] if isinstance(ip, IPv4Address) else _carried(ip)
    never = not _METADATA.isdisjoint(map(str, (ip, *carried)))
    if not isinstance(ip, IPv4Address):
        tunnelled = any(ip in ip_network(network) for network in _TUNNELS)
        never = never or (tunnelled and any(each.is_link_local for each in carried))
        translated = carried[-1] if ip in ip_network(_NAT64) else None
        ip = ip.ipv4_mapped or ip.sixtofour or translated or ip
    if never or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return "an address that never serves keys (metadata, link-local, multicast)"
    if not secure:
        return "" if ip.is_loopback else "plain http leaves this machine"
    permitted = "private-address" in relax or (ip.is_loopback and "http-loopback" in relax)
    public = ip.is_global and (isinstance(ip, IPv4Address) or ip in ip_network(_GLOBAL_UNICAST))
    if not public and not permitted:
        return "a private address; relax={'private-address'} permits it for this issuer"
    return ""


def _carried(ip: "IPv6Address") -> "list[IPv4Address]":
    """Return the IPv4 addresses that gateways between the two would read from an IPv6 address, the last 32 bits last.

    RFC 6052 section 2.2 (NAT64 under any prefix), RFC 3056 (6to4), RFC 4380 section 4 (Teredo: server and client).
    ISATAP, IPv4-mapped, -translated and -compatible addresses have them in the last 32 bits.
    """
    from ipaddress import IPv4Address

    bits = int(ip)
    without_u = (bits >> 64 << 56) | (bits & (1 << 56) - 1)  # bits 64 to 71 are kept out of what is carried
    found = [without_u >> (88 - prefix) for prefix in (32, 40, 48, 56, 64)]
    found += [bits >> 80, ~bits, bits]  # 6to4, Teredo's client, and the end
    return [IPv4Address(each & 0xFFFFFFFF) for each in found]
