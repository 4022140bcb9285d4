"""Source networks: only from these addresses, and never from those."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from ..errors import BadEvent, ConfigError, Forbidden

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from ..gateway.request import Request

SOURCE = "context.identity.sourceIp"
"""What the gateway calls it on every kind of API, wherever the event has it."""

LONGEST_ADDRESS = 45  # characters: an IPv6 address with an IPv4 address in its end

_MAPPED = b"\0" * 10 + b"\xff\xff"  # what IPv4 addresses begin with that are written as IPv6 (RFC 4291 section 2.5.5.2)
_WITHOUT_ADDRESS = frozenset({"rest-token", "appsync"})

Pack = Callable[[str], bytes]
"""From the text of an address to its bytes: four, or sixteen; none where it is no address."""


class Ranges:
    """A set of networks, told from an address in a few hundred nanoseconds however many they are.

    Args:
        networks: as ``203.0.113.0/24``, ``2001:db8::/32`` or a single address.
        everybody: whether a network may be all there are (``0.0.0.0/0``, ``::/0``).

    Raises:
        ValueError: names every text that is no network.
    """

    __slots__ = ("_ends", "_starts", "count")

    def __init__(self, networks: Iterable[str], *, everybody: bool = False) -> None:
        read, faults = [], []
        for each in networks:
            try:
                read.append(_network(each, everybody=everybody))
            except ValueError as fault:
                faults.append(str(fault))
        if faults:
            raise ValueError("; ".join(faults))
        self.count = len(read)
        # By the length of an address: bytes of one length sort as the numbers they are.
        self._starts: dict[int, list[bytes]] = {4: [], 16: []}
        self._ends: dict[int, list[bytes]] = {4: [], 16: []}
        for start, end in sorted((each.start, each.end) for each in read):
            self._add(start, end)

    def _add(self, start: bytes, end: bytes) -> None:
        """Add a network that begins no sooner than those before it; one that overlaps the last makes one with it."""
        ends = self._ends[len(start)]
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            self._starts[len(start)].append(start)
            ends.append(end)

    def hold(self, address: bytes) -> bool:
        """Tell whether an address, as four or sixteen bytes, lies in one of them."""
        at = bisect_right(self._starts[len(address)], address)
        return at > 0 and address <= self._ends[len(address)][at - 1]

    def __len__(self) -> int:
        return self.count


class _Span(NamedTuple):
    """A network's first and last address."""

    start: bytes
    end: bytes


class Networks:
    """What `networks` returns."""

    reads: tuple[str, ...] = (SOURCE,)

    def __init__(self, *, allow: Iterable[str] | None, deny: Iterable[str]) -> None:
        faults: list[str] = []
        self._allow = None if allow is None else _ranges("allow", allow, faults)
        self._deny = _ranges("deny", deny, faults, everybody=True)
        if allow is None and not faults and not len(self._deny):
            faults.append("name one network at least, in allow or in deny")
        if faults:
            raise ConfigError.of("networks", faults)
        self._pack = packer()

    def __call__(self, request: "Request") -> None:
        """Demand that the caller's address is allowed, and not denied.

        Raises:
            Forbidden: ``source_network``, it is not; or ``source_unknown``, the event has no address.
            BadEvent: events of this kind have no address.
        """
        address = self._pack(address_of(request))
        if not address:
            raise Forbidden("source_unknown", claim=SOURCE, detail="the event has no source address")
        if self._deny.hold(address):
            raise Forbidden("source_network", claim=SOURCE, detail="the address is in a network that is denied")
        if self._allow is not None and not self._allow.hold(address):
            raise Forbidden("source_network", claim=SOURCE, detail="the address is in no network that is allowed")

    def __repr__(self) -> str:
        allowed = "all" if self._allow is None else len(self._allow)
        return f"networks(allow={allowed}, deny={len(self._deny)})"


def networks(*, allow: Iterable[str] | None = None, deny: Iterable[str] = ()) -> Networks:
    """Return a guard that lets callers in by where they are: IPv4 and IPv6, each kind of REST, HTTP and WebSocket API.

    >>> Authorizer(guards=[networks(allow=["203.0.113.0/24", "2001:db8::/32"], deny=["203.0.113.66"])], ...)

    The address is that of whoever opened the connection to API Gateway. Behind CloudFront, or any other proxy, that is
    the proxy's: to allow CloudFront's networks lets everybody in who uses CloudFront, with a distribution of their own
    too (`CloudFrontSecret` tells those apart). ``X-Forwarded-For`` is not read, for its beginning is whatever the
    client says; viewers are told apart by their address at CloudFront itself, with AWS WAF. On private APIs it is the
    address within the VPC.

    An IPv4 address that is written as IPv6 (``::ffff:203.0.113.7``) is the IPv4 address, here as in the lists.

    Args:
        allow: networks or single addresses; None: all but those denied.
        deny: networks or single addresses that are refused, whatever ``allow`` says.

    Raises:
        ConfigError: names every text that is no network.
    """
    return Networks(allow=allow, deny=deny)


def address_of(request: "Request") -> str:
    """Return the caller's address as the event tells it; empty where it does not.

    Raises:
        BadEvent: events of this kind have none.
    """
    if request.kind == "http-v2":
        return request.context("http", "sourceIp") or ""
    if request.kind in _WITHOUT_ADDRESS:
        raise BadEvent(f"an event of the kind {request.kind} tells no source address; attach the function as REQUEST")
    return request.context("identity", "sourceIp") or ""


def packer() -> Pack:
    """Return what makes bytes of an address. It is the C library's own reading: no short, octal or scoped forms."""
    import socket  # here: it takes two milliseconds, which only whoever names networks shall pay

    read, v4, v6 = socket.inet_pton, socket.AF_INET, socket.AF_INET6

    def pack(text: str) -> bytes:
        if len(text) > LONGEST_ADDRESS:
            return b""
        try:
            if ":" not in text:
                return read(v4, text)
            packed = read(v6, text)
        except (OSError, ValueError):  # ValueError: a NUL, or half a surrogate pair
            return b""
        return packed[12:] if packed.startswith(_MAPPED) else packed

    return pack


def _ranges(name: str, given: object, faults: list[str], *, everybody: bool = False) -> Ranges:
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        faults.append(f"{name} must be a list of networks")
        return Ranges(())
    listed = list(given)
    try:
        read = Ranges(listed, everybody=everybody)
    except ValueError as fault:
        faults.append(f"{name}: {fault}")
        return Ranges(())
    if name == "allow" and not listed:
        faults.append("allow must name one network at least: an empty list would refuse everybody")
    return read


def _network(text: object, *, everybody: bool) -> _Span:
    """Return where a network begins and ends.

    Raises:
        ValueError: what is wrong with it.
    """
    from ipaddress import ip_network  # here: it takes three milliseconds

    if not isinstance(text, str):
        raise ValueError(f"a {type(text).__name__} is no text")
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no network; write 203.0.113.0/24, without bits behind the prefix, or one address"
        ) from None
    span = _span(network, text)
    if span.start.strip(b"\0") == b"" and span.end.strip(b"\xff") == b"" and not everybody:
        raise ValueError(f"{text!r} is everybody")  # ::ffff:0.0.0.0/96 too, which is all of IPv4
    return span


def _span(network: "IPv4Network | IPv6Network", text: str) -> _Span:
    first, last = network.network_address.packed, network.broadcast_address.packed
    if "%" in text:
        raise ValueError(f"{text!r} has a scope, which is known on one machine alone")
    if len(first) == 16 and first.startswith(_MAPPED):
        return _Span(first[12:], last[12:])
    return _Span(first, last)
