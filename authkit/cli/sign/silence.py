"""Silence: why there is no answer, told by the kind of a fault. Its own words show the URL, whose query may hold a credential."""

from __future__ import annotations

from collections.abc import Iterator

_MOST_CAUSES = 16


def reason(fault: BaseException) -> str:
    """Return what kept an answer from coming, with the kind of the fault in brackets."""
    kinds = [_kind(each) for each in _causes(fault)]
    told = next(filter(None, reversed(kinds)), "")
    through = "at the proxy: " if type(fault).__name__ == "ProxyError" else ""
    return f"{through}{told} ({type(fault).__name__})" if told else through + type(fault).__name__


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """Return a fault and what it came of, the first cause last."""
    each: BaseException | None = fault
    for _ in range(_MOST_CAUSES):
        if each is None:
            return
        yield each
        each = each.__cause__ or each.__context__


def _kind(fault: BaseException) -> str:
    import socket
    import ssl

    if isinstance(fault, socket.gaierror):
        # RFC 3493 section 6.1: the one says that there is none; others, that nobody could be asked.
        absent = fault.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
        return "the name was not found" if absent else "the name could not be looked up"
    if isinstance(fault, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(fault, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(fault, TimeoutError):
        return "it timed out"
    return "the connection broke off" if isinstance(fault, ConnectionResetError) else ""
