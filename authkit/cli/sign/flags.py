"""The flags that say what a request is: curl's, for every command that takes one."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ...errors import ConfigError
from .data import Data, headers_of

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Asked(NamedTuple):
    """A request, as the flags say it.

    Args:
        method: to send it with.
        named: whether it was said, and not only follows from the data.
        url: where to.
        headers: as they are sent.
        body: as it is sent.
        without: names of headers that shall not be added, in small letters.
    """

    method: str
    named: bool
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    without: frozenset[str] = frozenset()


def add_request(parser: Any, title: str = "the request, as with curl") -> None:
    """Add curl's flags for a request."""
    group = parser.add_argument_group(title)
    group.add_argument(
        "-X", "--request", dest="method", metavar="METHOD", help="default: GET, or POST where there is data"
    )
    group.add_argument("-H", "--header", action="append", default=[], metavar="LINE", help="'Name: value', or @file")
    for flags, how, text in (
        (("-d", "--data"), "data", "a form's data; @file without its line ends, @- for standard input"),
        (("--data-raw",), "raw", "the same, and an @ in front stands for itself"),
        (("--data-binary",), "binary", "data as it is; @file, @-"),
        (("--json",), "json", "the same as JSON: sets Content-Type and Accept"),
    ):
        group.add_argument(*flags, action=_AddData, how=how, dest="data", default=[], metavar="DATA", help=text)
    group.add_argument("-G", "--get", action="store_true", help="put the data into the query")


def add_scope(parser: Any, region: str, service: str) -> None:
    """Add the flags that say where a signature holds, with a help text for region and service."""
    group = parser.add_argument_group("the signature")
    group.add_argument("--region", help=region)
    group.add_argument("--service", help=service)
    group.add_argument("--at", type=moment, metavar="TIME", help="as 20150830T123600Z, 2015-08-30T12:36:00Z or seconds")


def add_credentials(parser: Any) -> None:
    """Add the flags that say whose credentials; none of them takes a secret."""
    group = parser.add_argument_group("the credentials")
    group.add_argument("--profile", default="", help="of ~/.aws/credentials and ~/.aws/config")
    group.add_argument(
        "--access-key-id", default="", metavar="ID", help="which it has to be; its secret is in AWS_SECRET_ACCESS_KEY"
    )


class _AddData(argparse.Action):
    """Collects data in the order given, whichever flag it came by."""

    def __init__(self, *args: Any, how: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.how = how

    def __call__(self, _parser: Any, namespace: argparse.Namespace, values: Any, _flag: Any = None) -> None:
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), Data(self.how, values)])


def asked(arguments: argparse.Namespace, url: str, read: Callable[[str], bytes]) -> Asked:
    """Return the request that the flags say.

    Args:
        arguments: what `add_request` added.
        url: where to.
        read: returns what is in a file.

    Raises:
        ConfigError: they do not go together.
        OSError: a file cannot be read.
    """
    data: list[Data] = arguments.data
    body = body_of(data, read)
    headers, without = headers_of(arguments.header, read)
    if data and arguments.get:
        sep = "&" if "?" in url else "?"
        url, body = f"{url}{sep}{_ascii(body)}" if body else url, b""
    elif data:
        headers = _with_content_type(headers, without, json=any(each.how == "json" for each in data))
    usual = "POST" if data and not arguments.get else "GET"
    return Asked(arguments.method or usual, bool(arguments.method), url, headers, body, without)


def body_of(data: list[Data], read: Callable[[str], bytes]) -> bytes:
    """Return pieces of data as one body: joined with &, but those of JSON.

    Raises:
        OSError: a file cannot be read.
    """
    body = b""
    for number, each in enumerate(data):
        body += (b"&" if number and each.how != "json" else b"") + each.bytes(read)
    return body


def _ascii(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise ConfigError("-G: the data is no text that can stand in a URL") from None


def _with_content_type(
    headers: tuple[tuple[str, str], ...], without: frozenset[str], *, json: bool
) -> tuple[tuple[str, str], ...]:
    there = {name.lower() for name, _ in headers} | without
    wanted = (("Content-Type", JSON), ("Accept", JSON)) if json else (("Content-Type", FORM),)
    return (*headers, *(pair for pair in wanted if pair[0].lower() not in there))


def moment(text: str) -> float:
    """Return a time in seconds since the epoch."""
    from ...sigv4.moment import seconds_of  # what other commands do without

    found = seconds_of(text)
    if found is not None:
        return found
    if text.isascii() and text.isdecimal() and len(text) < 12:
        return float(text)
    try:
        read = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (read if read.tzinfo else read.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no time, as 20150830T123600Z") from None


def clock(at: float | None) -> Callable[[], float]:
    """Return what gives the time: the one that was said, or the machine's."""
    return time.time if at is None else lambda: at
