"""URLs and addresses that keys may be fetched from. The rest is refused before, or as, the socket connects."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

RELAXATIONS = ("http-loopback", "private-address")
"""What an issuer may be allowed by name: plain http on this machine, and https to a private address."""

_METADATA = frozenset({"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"})
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_NAT64 = "64:ff9b::/96"


class Origin(NamedTuple):
    """Where to connect, and what to ask for there."""

    secure: bool
    host: str
    port: int
    target: str  # path and query


def parse_url(url: object, *, relax: frozenset[str] = frozenset()) -> Origin:
    """Take an https URL apart.

    Raises:
        ValueError: what is wrong with it, in words for a configuration error.
    """
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("is no URL of printable ASCII")
    parts = urlsplit(url)
    port = parts.port  # raises ValueError of its own where it is no number
    host = parts.hostname or ""
    loopback = parts.scheme == "http" and host in _LOOPBACK_HOSTS and "http-loopback" in relax
    if parts.scheme != "https" and not loopback:
        hint = " (relax={'http-loopback'} permits http on this machine)" if parts.scheme == "http" else ""
        raise ValueError(f"must begin with https://{hint}")
    if not host or "@" in parts.netloc:
        raise ValueError("must name a host, and no user")
    if "#" in url:
        raise ValueError("must have no fragment")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Origin(not loopback, host, port or (80 if loopback else 443), target)


def forbidden(address: str, *, secure: bool, relax: frozenset[str]) -> str:
    """Say why a resolved address may not be connected to, or nothing.

    Judged on the address the socket will use, so a name that resolves differently the second time gains nothing.
    """
    from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in ip_network(_NAT64):
            inner = IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = inner or ip
    if str(ip) in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return "an address that never serves keys (metadata, link-local, multicast)"
    if not secure:
        return "" if ip.is_loopback else "plain http leaves this machine"
    permitted = "private-address" in relax or (ip.is_loopback and "http-loopback" in relax)
    if not ip.is_global and not permitted:
        return "a private address; relax={'private-address'} permits it for this issuer"
    return ""
