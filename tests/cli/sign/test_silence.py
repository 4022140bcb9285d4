"""Why there is no answer: by the kind of the fault, and never in its own words."""

from __future__ import annotations

import socket
import ssl

import pytest
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, ProxyError, SSLError
from urllib3.exceptions import MaxRetryError, NewConnectionError

from authkit.cli.sign.silence import reason

URL = "https://api.example.com/?access_token=PLANTED"


def failed(first: BaseException, last: type[Exception] = NoConnection) -> Exception:
    """Return what requests raises for a fault of the system: urllib3's in between."""
    try:
        try:
            try:
                raise first
            except type(first) as fault:
                raise NewConnectionError(None, f"PLANTED {fault}") from fault  # type: ignore[arg-type]
        except NewConnectionError as fault:
            raise MaxRetryError(None, URL, fault) from fault  # type: ignore[arg-type]
    except MaxRetryError as fault:
        raised = last(fault)
        raised.__context__ = fault
        return raised


@pytest.mark.parametrize(
    ("fault", "last", "told"),
    [
        (socket.gaierror(socket.EAI_NONAME, "PLANTED"), NoConnection, "the name was not found (ConnectionError)"),
        (socket.gaierror(socket.EAI_AGAIN, "-"), NoConnection, "the name could not be looked up (ConnectionError)"),
        (ConnectionRefusedError(), NoConnection, "the connection was refused (ConnectionError)"),
        (TimeoutError(), ConnectTimeout, "it timed out (ConnectTimeout)"),
        (ConnectionResetError(), NoConnection, "the connection broke off (ConnectionError)"),
        (ssl.SSLCertVerificationError(), SSLError, "its certificate is not trusted (SSLError)"),
        (ssl.SSLError("PLANTED"), SSLError, "SSLError"),
        (OSError("PLANTED"), NoConnection, "ConnectionError"),
        (socket.gaierror(socket.EAI_NONAME, "-"), ProxyError, "at the proxy: the name was not found (ProxyError)"),
        (OSError("PLANTED"), ProxyError, "at the proxy: ProxyError"),
    ],
)
def test_what_kept_an_answer_from_coming_is_told(fault: Exception, last: type[Exception], told: str) -> None:
    """Of a proxy it is not said as of the host, and nothing is quoted: a URL can have a credential in it."""
    assert reason(failed(fault, last)) == told


def test_faults_that_cause_each_other_come_to_an_end() -> None:
    """In a circle as in a long line."""
    one, other = OSError(), OSError()
    one.__cause__, other.__cause__ = other, one

    assert reason(one) == "OSError"
