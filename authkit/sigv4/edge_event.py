"""An event of Lambda@Edge: the request on its way to an origin, and the answer that a function gives in its place."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import BadEvent
from .edge_headers import SET_BY_SIGNING, entries_of


class Cannot(Exception):
    """A request is answered at the edge instead of being sent on."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Origin(NamedTuple):
    """Where CloudFront sends a request."""

    scheme: str
    host: str
    path: str  # what it puts before the URI
    domain: str


def request_of(event: object) -> Mapping[str, Any]:
    """Return the request of an event.

    Raises:
        BadEvent: it is of no origin request.
    """
    try:
        cf = event["Records"][0]["cf"]  # type: ignore[index]
        kind, request = cf["config"]["eventType"], cf["request"]
    except (KeyError, IndexError, TypeError):
        raise BadEvent("not an event of Lambda@Edge: no Records[0].cf with config and request in it") from None
    if kind != "origin-request":
        raise BadEvent("an event of CloudFront, and no origin-request: associate the function with that")
    if not isinstance(request, Mapping):
        raise BadEvent("an origin-request event whose request is no object")
    return request


def origin_of(request: Mapping[str, Any]) -> Origin:
    """Return where a request goes.

    Raises:
        BadEvent: it is no origin that takes signatures, or its own custom headers would overwrite them.
    """
    origin = request.get("origin")
    custom = origin.get("custom") if isinstance(origin, Mapping) else None
    if not isinstance(custom, Mapping):
        raise BadEvent("the origin is no custom one: for S3 use origin access control")
    domain, port, scheme = custom.get("domainName"), custom.get("port"), custom.get("protocol")
    path = custom.get("path") or ""
    if not isinstance(domain, str) or not domain or not isinstance(path, str) or scheme not in ("https", "http"):
        raise BadEvent("the origin has no domainName, protocol or path as CloudFront writes them")
    if scheme != "https":
        raise BadEvent("the origin is asked over http: a signature, and the session token, are for https")
    added = custom.get("customHeaders")
    clashing = sorted(SET_BY_SIGNING & {str(name).lower() for name in added}) if isinstance(added, Mapping) else []
    if clashing:
        raise BadEvent(f"the origin's own custom headers would overwrite {', '.join(clashing)}")
    host = domain.lower() if port in (443, None) else f"{domain.lower()}:{port}"
    return Origin(scheme, host, path.rstrip("/"), domain.lower())


def body_of(request: Mapping[str, Any], headers: Mapping[str, Any]) -> bytes:
    """Return the body as the origin will get it.

    Raises:
        Cannot: 413, CloudFront cut it.
        BadEvent: there is one and the function is not shown it, or it is not readable.
    """
    body = request.get("body")
    if body is None:
        lengths = [each["value"] for each in entries_of(headers.get("content-length"))]
        if "transfer-encoding" in headers or any(each.strip() != "0" for each in lengths):
            raise BadEvent("the request has a body that the function is not shown: associate it with IncludeBody")
        return b""
    if not isinstance(body, Mapping) or not isinstance(body.get("data", ""), str):
        raise BadEvent("an origin-request event whose body is of another form than CloudFront's")
    if body.get("inputTruncated") is not False:
        raise Cannot(413, "the body is larger than an edge function is shown")
    data = body.get("data", "")
    if body.get("encoding") == "text":
        return data.encode("utf-8", "surrogatepass")  # type: ignore[no-any-return]
    try:
        return b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise BadEvent("an origin-request event whose body is no base64") from None


def text_of(request: Mapping[str, Any], name: str) -> str:
    """Return a member of a request that is a text; empty where it is not there.

    Raises:
        BadEvent: it is no text.
    """
    found = request.get(name, "")
    if not isinstance(found, str):
        raise BadEvent(f"an origin-request event whose {name} is no text")
    return found


def answer(status: int, reason: str) -> dict[str, Any]:
    """Return the answer that CloudFront gives in place of the origin's."""
    described = {400: "Bad Request", 413: "Content Too Large"}[status]
    kind = [{"key": "Content-Type", "value": "text/plain"}]
    no_store = [{"key": "Cache-Control", "value": "no-store"}]
    return {
        "status": str(status),
        "statusDescription": described,
        "headers": {"content-type": kind, "cache-control": no_store},
        "body": f"{described}: {reason}\n",
    }
