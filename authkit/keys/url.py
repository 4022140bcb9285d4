"""URLs and addresses that keys may be fetched from. The rest is refused before, or as, the socket connects."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

RELAXATIONS = ("http-loopback", "private-address")
"""What an issuer may be allowed by name: plain http on this machine, and https to a private address."""

_METADATA = frozenset({"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"})
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_NAT64 = "64:ff9b::/96"
_GLOBAL_UNICAST = "2000::/3"  # all of IPv6 that is given out (RFC 4291 section 2.4)
_HOST = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")


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
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("is no URL of printable ASCII")
    parts = urlsplit(url)
    port = parts.port  # raises ValueError of its own where it is no number
    host = parts.hostname or ""
    loopback = parts.scheme == "http" and host in _LOOPBACK_HOSTS and "http-loopback" in relax
    if parts.scheme != "https" and not loopback:
        hint = " (relax={'http-loopback'} permits http on this machine)" if parts.scheme == "http" else ""
        raise ValueError(f"must begin with https://{hint}")
    if not host or "@" in parts.netloc or port == 0:
        raise ValueError("must name a host, and no user")
    if ":" not in host and not _HOST.fullmatch(host):
        raise ValueError("must name a host in letters, digits, hyphens and dots")
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
    public = ip.is_global and (isinstance(ip, IPv4Address) or ip in ip_network(_GLOBAL_UNICAST))
    if not public and not permitted:
        return "a private address; relax={'private-address'} permits it for this issuer"
    return ""
