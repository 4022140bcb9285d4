"""The public vectors, read as they are."""

from __future__ import annotations

import calendar
import json
import re
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.shared import SHARED

FOLDER: Path | None = SHARED / "vectors" / "sigv4" if SHARED and (SHARED / "vectors" / "sigv4").is_dir() else None
WHY_MISSING = "" if FOLDER else "the shared vectors are not there"
KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
WITH_TOKEN = "get-vanilla-with-session-token"
AT = calendar.timegm((2015, 8, 30, 12, 36, 0))


class Request(NamedTuple):
    """A raw request, taken apart without being decoded."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def without(self, *names: str) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.headers if name.lower() not in names]

    def header(self, wanted: str) -> str:
        return next(value for name, value in self.headers if name.lower() == wanted)


def parse(text: str) -> Request:
    """Read a raw request; a folded line is one value with a blank in between (RFC 9112 section 5.2)."""
    head, _, body = text.partition("\n\n")
    first, *lines = re.sub(r"\n[ \t]+", " ", head).rstrip("\n").split("\n")
    method, target = re.fullmatch(r"(\S+) (.*) HTTP/1.1", first).groups()  # type: ignore[union-attr]
    return Request(method, target, tuple((n, v) for n, _, v in (line.partition(":") for line in lines)), body.encode())


def classic_names() -> list[str]:
    """Return the cases of the classic suite; one that is nowhere where the vectors are missing."""
    return sorted(path.name for path in (FOLDER / "classic").iterdir() if path.is_dir()) if FOLDER else ["none"]


def classic(name: str, part: str) -> str:
    """Return one file of a case, with the line ends of a request."""
    assert FOLDER
    return (FOLDER / "classic" / name / f"{name}.{part}").read_text(encoding="utf-8").replace("\r\n", "\n")


def classic_request(name: str) -> Request:
    """Return a case's request before it is signed, with its errata put right."""
    request = parse(classic(name, "req"))
    if name != WITH_TOKEN:
        return request
    # Its raw request lacks the token, which stands in its canonical request alone.
    token = next(line for line in classic(name, "creq").split("\n") if line.startswith("x-amz-security-token:"))
    return request._replace(headers=(*request.headers, ("X-Amz-Security-Token", token.partition(":")[2])))


def classic_signed(name: str) -> Request:
    """Return a case's signed request, with its errata put right."""
    request = parse(classic(name, "sreq"))
    if name != WITH_TOKEN:
        return request
    # It holds the signature of get-vanilla; the right one is in its own file of that part.
    return request._replace(headers=(*request.without("authorization"), ("Authorization", classic(name, "authz"))))


def v4a(name: str, part: str) -> str:
    """Return one file of a SigV4a case."""
    assert FOLDER
    return (FOLDER / "v4a-starter" / name / part).read_text(encoding="utf-8").replace("\r\n", "\n")


def document(name: str) -> Any:
    """Return one of the JSON files."""
    assert FOLDER
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def seconds(stamp: str) -> int:
    return calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
