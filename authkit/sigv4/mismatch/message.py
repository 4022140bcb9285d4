"""What a service's error text says: the canonical request and string to sign it echoes, and what it says in words."""

import json
import re
from typing import Any, NamedTuple

LONGEST = 262_144  # characters of an error text that are looked at

_BASIC = r"([0-9]{8}T[0-9]{6}Z)"
_find_expired = re.compile(f"Signature expired: {_BASIC} is now earlier than {_BASIC}(?: \\({_BASIC})?").search
_find_early = re.compile(f"Signature not yet current: {_BASIC} is still later than {_BASIC}(?: \\({_BASIC})?").search
_find_skewed = re.compile("RequestTimeTooSkewed|difference between the request time and the current time").search
_find_over = re.compile("Request has expired").search
_find_region = re.compile(
    r"scoped to a valid region,? (?:not|instead of) '([A-Za-z0-9-]{1,64})'|the region '([A-Za-z0-9-]{1,64})' is wrong"
).search
_find_expected = re.compile(r"expecting '([A-Za-z0-9-]{1,64})'").search
_find_service = re.compile(r"scoped to correct service: '([A-Za-z0-9-]{1,64})'").search
_find_bad_token = re.compile(
    "security token included in the request is invalid|UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId"
).search
_find_old_token = re.compile(
    "security token included in the request is expired|provided token has expired|ExpiredToken"
).search

_QUOTED = (
    "The Canonical String for this request should have been\n'",
    "'\n\nThe String-to-Sign should have been\n'",
)
_is_end = re.compile(r"[0-9a-fA-F]{64}|UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]{1,64}").fullmatch
_entity = re.compile("&(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);")
_escape = re.compile(r"\\(u[0-9a-fA-F]{4}|[bfnrt\"\\/])")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}  # RFC 8259 section 7
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Echo(NamedTuple):
    """What the other side says it has; empty where it does not. A repr shows none of it: there can be a token in it."""

    canonical: str = ""
    text: str = ""

    def __repr__(self) -> str:
        return f"Echo(canonical={bool(self.canonical)}, text={bool(self.text)})"


class Message(NamedTuple):
    """What an error text says.

    Args:
        echo: what the other side says it has.
        request_time: the time of the request it tells of, as ``20150830T123600Z``.
        server_time: the other side's clock.
        expired: whether it says that a link's time is over.
        skewed: whether it says that the clocks differ.
        wrong_region: the region it does not take, and the one it asks for, if it says so.
        service: the one it asks for.
        token: ``"invalid"`` or ``"expired"``, where it says that of token or access key.
    """

    echo: Echo
    request_time: str = ""
    server_time: str = ""
    expired: bool = False
    skewed: bool = False
    wrong_region: str = ""
    region: str = ""
    service: str = ""
    token: str = ""


def read_message(given: str | bytes) -> Message:
    """Return what an error text says: in JSON, XML, a log or plain."""
    whole = given[:LONGEST]
    raw = whole.decode("utf-8", "replace") if isinstance(whole, bytes) else whole
    text = _message(raw.replace("\r\n", "\n").strip())
    skewed = _find_expired(text) or _find_early(text)
    region, expected, service = _find_region(text), _find_expected(text), _find_service(text)
    return Message(
        _echo(text),
        skewed[1] if skewed else _element(text, "RequestTime"),
        (skewed[3] or skewed[2]) if skewed else _basic(_element(text, "ServerTime")),
        expired=_find_over(text) is not None,
        skewed=bool(skewed or _find_skewed(text)),
        wrong_region=(region[1] or region[2]) if region else "",
        region=expected[1] if expected else _element(text, "Region"),
        service=service[1] if service else "",
        token="invalid" if _find_bad_token(text) else "expired" if _find_old_token(text) else "",
    )


def _message(text: str) -> str:
    """Return what stands in JSON or XML as plain text; elements of XML stay, for those that are looked for by name."""
    if text.startswith(("{", '"')):
        try:
            text = _told(json.loads(text)) or text
        except (ValueError, RecursionError):
            text = _escape.sub(_unescaped, text)  # cut off, or two of them
    elif "should have been\\n" in text:  # a line of a log
        text = _escape.sub(_unescaped, text)
    if text.startswith("<"):
        text = _entity.sub(_character, text)
    return text


def _told(data: Any) -> str:
    """Return every text of an error's JSON, one after the other."""
    if isinstance(data, str):
        return data
    if not isinstance(data, dict):
        return ""
    return "\n".join(filter(None, [_told(data[name]) for name in data]))


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if name in _NAMED:
        return _NAMED[name]
    number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def _unescaped(found: re.Match[str]) -> str:
    name = found[1]
    if len(name) == 5:
        number = int(name[1:], 16)
        return chr(number) if not 0xD800 <= number < 0xE000 else "\ufffd"
    return _ESCAPED.get(name, name)


def _echo(text: str) -> Echo:
    begin, middle = _QUOTED
    start = text.find(begin)
    if start >= 0:
        at = text.find(middle, start)
        if at >= 0:
            return Echo(text[start + len(begin) : at], _lines(text[at + len(middle) :], 4).rstrip("'"))
    canonical = _element(text, "CanonicalRequest") or _logged(text, "CanonicalRequest:\n")
    to_sign = _element(text, "StringToSign") or _lines(_behind(text, "StringToSign:\n"), 4)
    return Echo(canonical, to_sign)


def _logged(text: str, title: str) -> str:
    """Return a canonical request from a log: it ends with the line that stands for the body."""
    lines = _behind(text, title).split("\n")
    for number, line in enumerate(lines):
        if number >= 5 and _is_end(line):
            return "\n".join(lines[: number + 1])
    return ""


def _behind(text: str, title: str) -> str:
    at = text.find(title)
    return text[at + len(title) :] if at >= 0 else ""


def _lines(text: str, count: int) -> str:
    return "\n".join(text.split("\n")[:count]).strip()


def _element(text: str, name: str) -> str:
    start = text.find(f"<{name}>")
    end = text.find(f"</{name}>", start)
    return text[start + len(name) + 2 : end] if 0 <= start < end else ""


def _basic(iso: str) -> str:
    """Return a time in basic form: S3 tells its own in the extended one."""
    return iso.replace("-", "").replace(":", "").partition(".")[0].rstrip("Z") + "Z" if iso else ""
