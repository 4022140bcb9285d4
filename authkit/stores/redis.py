"""Redis: a connection with short time-outs, encrypted unless it stays on this machine, and what its failures mean."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..errors import ConfigError, Unavailable

CONNECT, READ = 1.0, 1.0  # seconds; an answer takes one thousandth
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_WEAKENING = ("ssl_cert_reqs", "ssl_check_hostname")


def connection(url_or_client: Any) -> Any:
    """Return a client: the one handed in, or one for a URL.

    A URL has the form ``rediss://user:password@host:6379/0``; the user is one of Redis's ACLs. ``redis://`` and
    ``unix://`` are taken for this machine alone: a password would go through the network for all to read. Whoever wants
    that hands in a client of their own.

    Raises:
        ConfigError: the URL will not do, or redis is not installed. The URL is not shown: a password is in it.
    """
    if not isinstance(url_or_client, str):
        if not callable(getattr(url_or_client, "execute_command", None)):
            raise ConfigError(f"redis: a URL or a client, not {type(url_or_client).__name__}")
        return url_or_client
    faults = _faults(url_or_client)
    if faults:
        raise ConfigError.of("redis", faults)
    # Here and not above: it takes a twentieth of a second, which only whoever has such a store shall pay.
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise ConfigError("redis is needed: pip install 'authkit-lambda[redis]', or hand in a client") from None
    tls = {"ssl_check_hostname": True} if url_or_client.startswith("rediss:") else {}
    return redis.Redis.from_url(
        url_or_client,
        socket_connect_timeout=CONNECT,
        socket_timeout=READ,
        retry=Retry(NoBackoff(), 1),  # once: a connection that slept with the function is often dead
        **tls,
    )


def outage(error: BaseException, what: str = "Redis", *, kind: str = "store") -> Unavailable:
    """Return what a failed call means for whoever needed its answer. Nothing that Redis wrote is in it but a name.

    Args:
        error: what the client raised.
        what: what was asked for.
        kind: how the code begins: ``store`` gives ``store_denied``, ``store_full``, ``store_timeout`` and
            ``store_unavailable``.
    """
    name = type(error).__name__
    if name in (
        "AuthenticationError",
        "AuthenticationWrongNumberOfArgsError",
        "AuthorizationError",
        "NoPermissionError",
    ):
        return Unavailable(
            f"{kind}_denied", detail=f"{what}: {name}; does the user exist, with leave for these commands?"
        )
    if name == "OutOfMemoryError":
        return Unavailable(f"{kind}_full", detail=f"{what}: {name}; it has no room, and nothing may be dropped for it")
    if name in ("TimeoutError", "ConnectionError", "BusyLoadingError", "MaxConnectionsError"):
        return Unavailable(f"{kind}_timeout", detail=f"{what}: {name}; is it up, and may the function reach it?")
    return Unavailable(f"{kind}_unavailable", detail=f"{what}: {name}; the call failed")


def _faults(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return ["the URL cannot be read"]
    if parts.scheme not in ("redis", "rediss", "unix"):
        return ["the URL begins with rediss:// (or, on this machine, redis:// or unix://)"]
    faults = []
    if parts.scheme == "redis" and host not in _LOOPBACK:
        faults.append("redis:// is not encrypted, and taken for loopback alone: use rediss://, or hand in a client")
    if parts.scheme != "unix" and not host:
        faults.append("the URL has no host")
    weakened = {name for name, _ in parse_qsl(parts.query)} & set(_WEAKENING)
    faults += [f"{name} is not for the URL to say: certificate and host name are checked" for name in sorted(weakened)]
    return faults
