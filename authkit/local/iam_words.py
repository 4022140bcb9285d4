"""What AWS says of a signature that it refuses, word for word as it was reported."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from urllib.parse import parse_qsl, unquote

from ..errors import Unauthenticated
from ..sigv4.canonical import V4
from ..sigv4.moment import seconds_of, stamp
from ..sigv4.unverified import Unverified
from .message import HttpRequest

_FIELDS = ("Credential", "Signature", "SignedHeaders")
_PARAMETERS = ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
    " and signing method. Consult the service documentation for details."
)


_day_in = re.compile(r"Credential=[^/&,\s]+/([0-9A-Za-z]{1,16})/").search
_date_in = re.compile(r"X-Amz-Date=([0-9TZ]{1,16})").search


def of_mismatch(shown: Unverified) -> str:
    """Return what is said where the signature is another: what it should have been over, and never what it should be."""
    return (
        f"{_MISMATCH}\n\nThe Canonical String for this request should have been\n'{shown.canonical_request}'\n\n"
        f"The String-to-Sign should have been\n'{shown.string_to_sign}'\n"
    )


def of_scope(shown: Unverified, region: str, service: str) -> str:
    """Return what is said of a signature for another region or service."""
    scope, said = shown.scope, ""
    # A region set is judged with its wildcards: where the service is right, it was the set that was wrong.
    elsewhere = scope.region != region if scope.algorithm == V4 else scope.service == service
    if elsewhere:
        said = f"Credential should be scoped to a valid region, not '{scope.region}'. "
    if scope.service != service:
        said += f"Credential should be scoped to correct service: '{service}'. "
    return said


def incomplete(request: HttpRequest, refusal: Unauthenticated) -> str:
    """Return what is said where a signature is not whole."""
    authorization = request.header("authorization")
    said = _of_header(authorization, request) if authorization else _of_query(request)
    return said or f"The request signature does not conform to AWS standards: {refusal.detail} ({refusal.claim})."


def _of_header(authorization: str, request: HttpRequest) -> str:
    digest = b64encode(sha256(authorization.encode("utf-8", "replace")).digest()).decode()
    algorithm, _, rest = authorization.partition(" ")
    parts = [part.strip() for part in rest.split(",")]
    if any("=" not in part for part in parts if part):
        how = "(hashed with SHA-256 and encoded with Base64)"
        return f"Invalid key=value pair (missing equal-sign) in Authorization header {how}: '{digest}'."
    fields = dict(part.partition("=")[::2] for part in parts)
    missing = [f"Authorization header requires '{name}' parameter." for name in _FIELDS if not fields.get(name)]
    dated = request.header("x-amz-date") or request.header("date")
    no_date = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    if missing or not dated:
        said = " ".join([*missing, *([] if dated else [no_date])])
        return f"{said} (Hashed with SHA-256 and encoded with Base64) Authorization={digest}"
    if algorithm.startswith("AWS4-"):
        return _of_credential(fields["Credential"])
    return _of_credential(fields["Credential"]) or f"Algorithm must start with 'AWS4-'; got '{algorithm}'"


def _of_query(request: HttpRequest) -> str:
    given = dict(parse_qsl(request.query))
    missing = [f"AWS query-string parameters must include '{name}'." for name in _PARAMETERS if not given.get(name)]
    if missing:
        return " ".join([*missing, "Re-examine the query-string parameters."])
    return _of_credential(given["X-Amz-Credential"])


def _of_credential(credential: str) -> str:
    if credential.count("/") == 4:
        return ""
    form = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
    return f"{form}, got '{credential}'"


def of_day(request: HttpRequest) -> str:
    """Return what is said of a scope whose day is not that of the date."""
    text = f"{request.header('authorization')}&X-Amz-Date={request.header('x-amz-date')}&{unquote(request.query)}"
    day, date = _day_in(text), _date_in(text)
    return (
        f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP:"
        f" '{day[1] if day else ''}' != '{date[1][:8] if date else ''}', from '{date[1] if date else ''}'."
    )


def of_time(shown: Unverified, now: float, skew: int, *, late: bool) -> str:
    """Return what is said of a signature that is too old, or not good yet."""
    claim, minutes = shown.claim, skew // 60
    if not late:
        limit = f"{stamp(now + skew)} ({stamp(now)} + {minutes} min.)"
        return f"Signature not yet current: {claim.date} is still later than {limit}"
    if claim.mechanism == "query":
        end = stamp((seconds_of(claim.date) or 0) + int(claim.expires))
        return f"Signature expired: {end} is now earlier than {stamp(now)}"
    return f"Signature expired: {claim.date} is now earlier than {stamp(now - skew)} ({stamp(now)} - {minutes} min.)"
