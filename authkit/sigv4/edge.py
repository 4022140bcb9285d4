"""Edge: a Lambda@Edge function that signs what CloudFront sends to an origin with IAM authorization.

::

    from authkit.sigv4.edge import OriginSigner

    handler = OriginSigner()

The function is for *origin-request* events, with ``IncludeBody`` where callers send bodies. Its role needs
``execute-api:Invoke`` (or ``lambda:InvokeFunctionUrl``) on the origin, which nobody else needs then. CloudFront guide,
"Lambda@Edge event structure" and "Restrictions on edge functions".
"""

import binascii
import os
import re
import time
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from ..errors import BadEvent, ConfigError
from .credentials import Credentials, is_scope_part
from .errors import CannotSign
from .keys import SHARED, Keys
from .signing import sign

VIEWER_AUTHORIZATION = "x-viewer-authorization"

# What an edge function may not add, or in an origin request not change; the rest of each name is free behind a prefix.
_FORBIDDEN = frozenset(
    {
        *("connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("trailer", "upgrade", "x-cache", "x-forwarded-proto", "x-real-ip"),
        *("accept-encoding", "content-length", "if-modified-since", "if-none-match", "if-range"),
        *("if-unmodified-since", "transfer-encoding", "via"),
    }
)
_FORBIDDEN_PREFIXES = ("x-accel-", "x-amz-cf-", "x-amzn-", "x-edge-")
_OURS = frozenset({"authorization", "host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"})
_ADDED_ON_THE_WAY = ("x-amz-cf-",)

_is_name = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,128}").fullmatch
_known_origin = re.compile(
    r"[a-z0-9-]+(?:-vpce-[a-z0-9]+)?\.(execute-api|lambda-url)\.([a-z0-9-]+)\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.aws)"
).fullmatch
_SERVICES = {"execute-api": "execute-api", "lambda-url": "lambda"}


class Cannot(Exception):
    """A request is answered at the edge instead of being sent on."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class _Origin(NamedTuple):
    """Where CloudFront sends a request."""

    scheme: str
    host: str
    path: str  # what it puts before the URI
    domain: str


class OriginSigner:
    """Sign each origin request: the handler of a Lambda@Edge function.

    It signs the host and path that the origin will see: the origin's own name, and its path before the URI. A request
    that cannot be signed as it is, is answered at the edge: 400 for one that has a signature's parts already or whose
    URL has no one spelling, 413 where CloudFront cut the body.

    The viewer's ``Authorization`` is kept under another name, which is signed as well; whatever a viewer sends under that
    name is dropped. Mind that it counts for the origin only if CloudFront's policy lets ``Authorization`` through.

    Args:
        region, service: where signatures are for; None: as the origin's domain says, of an API or a function URL. An
            origin of another name needs both.
        credentials: what to sign with, or what returns it; None: those of the function's role, from its environment.
        authorization_as: the name under which the viewer's ``Authorization`` is kept; None: it is dropped.
        signed_headers: further headers to sign where they are there.
        rewrite: bring a URL that cannot be signed to a spelling that can, and send that.
        clock: gives the time in seconds since the epoch.
        keys: what was derived from secrets before.
        environ: the environment; None: the process's own.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        *,
        region: str | None = None,
        service: str | None = None,
        credentials: Credentials | Callable[[], Credentials] | None = None,
        authorization_as: str | None = VIEWER_AUTHORIZATION,
        signed_headers: Collection[str] = (),
        rewrite: bool = False,
        clock: Callable[[], float] = time.time,
        keys: Keys = SHARED,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        faults = [
            f"{name} must be a name, or None"
            for name, given in (("region", region), ("service", service))
            if given is not None and not is_scope_part(given)
        ]
        faults += _header_faults(authorization_as, signed_headers)
        if credentials is not None and not isinstance(credentials, Credentials) and not callable(credentials):
            faults.append("credentials must be Credentials, what returns them, or None")
        if faults:
            raise ConfigError.of("OriginSigner", faults)
        self._region, self._service = region, service
        self._credentials = credentials
        self._kept_as = authorization_as and authorization_as.lower()
        self._named = frozenset(name.lower() for name in signed_headers)
        self._rewrite = rewrite
        self._clock = clock
        self._keys = keys
        self._environ = os.environ if environ is None else environ

    def __call__(self, event: Mapping[str, Any], context: object = None) -> dict[str, Any]:  # noqa: ARG002 - Lambda's
        """Return the request, signed; or an answer in its place.

        Raises:
            BadEvent: it is no origin request to an origin that takes signatures.
            ConfigError: region and service are not known, or there are no credentials.
        """
        request = _request_of(event)
        try:
            return self._signed(request)
        except Cannot as fault:
            return _answer(fault.status, fault.reason)
        except CannotSign as fault:
            return _answer(400, f"{fault.code} ({fault.claim})")

    def _signed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        origin = _origin_of(request)
        region, service = self._scope(origin)
        headers = self._prepared(request, origin)
        query = _text(request, "querystring")
        path = origin.path + _text(request, "uri")
        signed = sign(
            method=_text(request, "method"),
            url=f"{origin.scheme}://{origin.host}{path}" + (f"?{query}" if query else ""),
            credentials=self._current(),
            region=region,
            service=service,
            headers=_to_sign(headers),
            body=_body_of(request, headers),
            signed_headers=self._named & headers.keys()
            | ({self._kept_as} & headers.keys() if self._kept_as else set()),
            clock=self._clock,
            keys=self._keys,
            rewrite=self._rewrite,
            declare_payload=True,  # a function URL demands it, and an API's backend can compare
        )
        for name, value in signed.headers:
            headers[name.lower()] = [{"key": name, "value": value}]
        return {**request, "headers": headers, **(_spelling(signed.url, origin) if self._rewrite else {})}

    def _prepared(self, request: Mapping[str, Any], origin: _Origin) -> dict[str, Any]:
        """Return the request's headers, with the origin's host, and the viewer's Authorization under its other name."""
        given = request.get("headers")
        headers = {str(name).lower(): each for name, each in given.items()} if isinstance(given, Mapping) else {}
        viewers = headers.pop("authorization", None)
        if self._kept_as:
            headers.pop(self._kept_as, None)  # whoever wrote it, it was not CloudFront
            if viewers:
                headers[self._kept_as] = [{"key": self._kept_as, "value": each["value"]} for each in _listed(viewers)]
        headers["host"] = [{"key": "Host", "value": origin.host}]
        return headers

    def _scope(self, origin: _Origin) -> tuple[str, str]:
        found = _known_origin(origin.domain)
        region = self._region or (found[2] if found else None)
        service = self._service or (_SERVICES[found[1]] if found else None)
        if region is None or service is None:
            raise ConfigError("OriginSigner: the origin's domain names no API; say region= and service=")
        return region, service

    def _current(self) -> Credentials:
        if isinstance(self._credentials, Credentials):
            return self._credentials
        if self._credentials is not None:
            return self._credentials()
        environ = self._environ
        key_id, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
        if not key_id or not secret:
            raise ConfigError("OriginSigner: no credentials in the environment; has the function a role?")
        token = environ.get("AWS_SESSION_TOKEN") or None
        return Credentials(access_key_id=key_id, secret_access_key=secret, session_token=token)

    def __repr__(self) -> str:
        return f"OriginSigner(region={self._region!r}, service={self._service!r}, rewrite={self._rewrite})"


def _request_of(event: object) -> Mapping[str, Any]:
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


def _origin_of(request: Mapping[str, Any]) -> _Origin:
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
    clashing = sorted(_OURS & {str(name).lower() for name in added}) if isinstance(added, Mapping) else []
    if clashing:
        raise BadEvent(f"the origin's own custom headers would overwrite {', '.join(clashing)}")
    host = domain.lower() if port in (443, None) else f"{domain.lower()}:{port}"
    return _Origin(scheme, host, path.rstrip("/"), domain.lower())


def _to_sign(headers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the headers as pairs, without those that CloudFront changes on its way."""
    return [
        (name, each["value"])
        for name, listed in headers.items()
        if not name.startswith(_ADDED_ON_THE_WAY)
        for each in _listed(listed)
    ]


def _body_of(request: Mapping[str, Any], headers: Mapping[str, Any]) -> bytes:
    """Return the body as the origin will get it.

    Raises:
        Cannot: 413, CloudFront cut it; 400, there is one and the function is not shown it, or it is not readable.
    """
    body = request.get("body")
    if body is None:
        lengths = [each["value"] for each in _listed(headers.get("content-length"))]
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


def _spelling(url: str, origin: _Origin) -> dict[str, str]:
    """Return URI and query of the URL that was signed."""
    path, _, query = url.removeprefix(f"{origin.scheme}://{origin.host}").partition("?")
    return {"uri": path.removeprefix(origin.path), "querystring": query}


def _listed(given: Any) -> list[dict[str, str]]:
    listed = given if isinstance(given, list) else []
    if all(isinstance(each, Mapping) and isinstance(each.get("value"), str) for each in listed):
        return listed
    raise BadEvent("an origin-request event whose headers are of another form than CloudFront's")


def _text(request: Mapping[str, Any], name: str) -> str:
    found = request.get(name, "")
    if not isinstance(found, str):
        raise BadEvent(f"an origin-request event whose {name} is no text")
    return found


def _answer(status: int, reason: str) -> dict[str, Any]:
    described = {400: "Bad Request", 413: "Content Too Large"}[status]
    kind = [{"key": "Content-Type", "value": "text/plain"}]
    no_store = [{"key": "Cache-Control", "value": "no-store"}]
    return {
        "status": str(status),
        "statusDescription": described,
        "headers": {"content-type": kind, "cache-control": no_store},
        "body": f"{described}: {reason}\n",
    }


def _header_faults(kept_as: object, named: object) -> list[str]:
    faults = []
    if kept_as is not None and not _is_free(kept_as):
        faults.append(
            "authorization_as must be a header's name that an edge function may add, and no part of a signature"
        )
    if isinstance(named, str) or not isinstance(named, Collection):
        return [*faults, "signed_headers must be a list of names"]
    if not all(isinstance(name, str) and _is_name(name.lower()) for name in named):
        faults.append("signed_headers must be names of headers")
    elif any(_changes(name.lower()) for name in named):
        faults.append("signed_headers: CloudFront may change one of these on its way to the origin")
    return faults


def _is_free(name: object) -> bool:
    if not isinstance(name, str) or not _is_name(name.lower()):
        return False
    return not _changes(name.lower()) and name.lower() not in _OURS


def _changes(name: str) -> bool:
    return name in _FORBIDDEN or name.startswith(_FORBIDDEN_PREFIXES)
