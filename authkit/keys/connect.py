"""Connect: from a host's name to a socket, at an address that was judged and within the deadline."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ConfigError, KeysUnavailable
from .bounded import Deadline, Wire
from .url import Origin, forbidden

if TYPE_CHECKING:
    import socket

    from .tls import Secured

Resolve = Callable[..., Any]
"""Takes and returns what `socket.getaddrinfo` does."""


class Call(NamedTuple):
    """Whom to connect to, and how."""

    origin: Origin
    deadline: Deadline
    relax: frozenset[str]
    trust: Any
    resolve: Resolve | None


def connect(call: Call) -> "Wire | Secured":
    """Connect to the first address that answers; each is judged as the one the socket uses.

    Raises:
        KeysUnavailable: ``url_forbidden``, an address nobody may be sent to.
        OSError: there is no address that answers; `TimeoutError` where the time is up.
    """
    import socket

    origin, deadline = call.origin, call.deadline
    addresses = list(_resolved(call))
    failure: OSError = OSError("no address")
    for others, (family, kind, protocol, _, address) in zip(reversed(range(len(addresses))), addresses, strict=True):
        deadline.phase = "connect"
        reason = forbidden(str(address[0]), secure=origin.secure, relax=call.relax)
        if reason:
            raise KeysUnavailable("url_forbidden", detail=f"{origin.host} resolves to {reason}")
        plain = socket.socket(family, kind, protocol)
        try:
            plain.settimeout(deadline.share(others))
            plain.connect(address)
            return _secured(plain, call, others)
        except OSError as error:
            plain.close()
            failure = error
        except BaseException:
            plain.close()
            raise
    raise failure


def _resolved(call: Call) -> Any:
    """Look the host up in a thread, left behind when it takes too long: `socket.getaddrinfo` knows no time-out."""
    import socket
    import threading

    resolve, answers = call.resolve or socket.getaddrinfo, []

    def look_up() -> None:
        try:
            answers.append(resolve(call.origin.host, call.origin.port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            answers.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(call.deadline.left())
    if not answers:
        raise TimeoutError
    if isinstance(answers[0], Exception):
        raise answers[0]
    return answers[0]


def _secured(plain: "socket.socket", call: Call, others: int) -> "Wire | Secured":
    host, deadline = call.origin.host, call.deadline
    wire = Wire(plain, deadline, host)
    if call.trust is None:
        return wire
    from .tls import Secured

    deadline.phase = "tls"
    wire.deadline = Deadline(deadline.share(others))
    secured = Secured(wire, call.trust, host)
    secured.shake_hands()
    wire.deadline = deadline
    return secured


def system_trust() -> Any:
    """Return what trusts the system's roots; to load them costs as much as half a fetch."""
    import ssl

    return _hardened(ssl.create_default_context())


def own_trust(ca_file: str) -> Any:
    """Return what trusts the certificates of a file, and no others.

    Raises:
        ConfigError: it cannot be loaded.
    """
    import ssl

    try:
        return _hardened(ssl.create_default_context(cafile=ca_file))
    except OSError as error:
        raise ConfigError(f"fetcher: ca_file {ca_file} cannot be loaded ({type(error).__name__})") from None


def _hardened(context: Any) -> Any:
    """Let no server make us compute for long: no second handshake, and no Diffie-Hellman in a group of its own choice."""
    import ssl

    context.options |= ssl.OP_NO_RENEGOTIATION
    ciphers = [each["name"] for each in context.get_ciphers() if each.get("kea") == "kx-ecdhe"]  # those of TLS 1.3 stay
    if ciphers:
        context.set_ciphers(":".join(ciphers))
    return context
