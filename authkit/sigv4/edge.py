"""Edge: a Lambda@Edge function that signs what CloudFront sends to an origin with IAM authorization.

::

    from authkit.sigv4.edge import OriginSigner

    handler = OriginSigner()

The function is for *origin-request* events, with ``IncludeBody`` where callers send bodies. Its role needs
``execute-api:Invoke`` (or ``lambda:InvokeFunctionUrl``) on the origin, which nobody else needs then. CloudFront guide,
"Lambda@Edge event structure" and "Restrictions on edge functions".
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..errors import ConfigError
from .credentials import Credentials, is_scope_part
from .edge_event import Cannot, Origin, answer, body_of, origin_of, request_of, text_of
from .edge_headers import entries_of, header_faults, to_sign
from .errors import CannotSign
from .keys import SHARED, Keys
from .signing import sign

VIEWER_AUTHORIZATION = "x-viewer-authorization"

_known_origin = re.compile(
    r"[a-z0-9-]+(?:-vpce-[a-z0-9]+)?\.(execute-api|lambda-url)\.([a-z0-9-]+)\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.aws)"
).fullmatch
_SERVICES = {"execute-api": "execute-api", "lambda-url": "lambda"}


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
        faults += header_faults(authorization_as, signed_headers)
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
        request = request_of(event)
        try:
            return self._signed(request)
        except Cannot as fault:
            return answer(fault.status, fault.reason)
        except CannotSign as fault:
            return answer(400, f"{fault.code} ({fault.claim})")

    def _signed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        origin = origin_of(request)
        region, service = self._scope(origin)
        headers = self._prepared(request, origin)
        query = text_of(request, "querystring")
        path = origin.path + text_of(request, "uri")
        signed = sign(
            method=text_of(request, "method"),
            url=f"{origin.scheme}://{origin.host}{path}" + (f"?{query}" if query else ""),
            credentials=self._current(),
            region=region,
            service=service,
            headers=to_sign(headers),
            body=body_of(request, headers),
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

    def _prepared(self, request: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
        """Return the request's headers, with the origin's host, and the viewer's Authorization under its other name."""
        given = request.get("headers")
        headers = {str(name).lower(): each for name, each in given.items()} if isinstance(given, Mapping) else {}
        viewers = headers.pop("authorization", None)
        if self._kept_as:
            headers.pop(self._kept_as, None)  # whoever wrote it, it was not CloudFront
            if viewers:
                headers[self._kept_as] = [
                    {"key": self._kept_as, "value": each["value"]} for each in entries_of(viewers)
                ]
        headers["host"] = [{"key": "Host", "value": origin.host}]
        return headers

    def _scope(self, origin: Origin) -> tuple[str, str]:
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


def _spelling(url: str, origin: Origin) -> dict[str, str]:
    """Return URI and query of the URL that was signed."""
    path, _, query = url.removeprefix(f"{origin.scheme}://{origin.host}").partition("?")
    return {"uri": path.removeprefix(origin.path), "querystring": query}
