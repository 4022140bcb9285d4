"""Events of every kind of API, with secrets in every place that a caller, or whoever stands in between, can fill."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from authkit.sigv4 import Credentials
from authkit.testing import appsync, http_v1, http_v2, rest_request, rest_token, websocket
from authkit.testing.iam import signed_http_v2, signed_rest_request
from tests.properties.redaction_worlds import PATH, SECRET, SERIAL, SIGNING, Carried
from tests.support.tokens import NOW

SIGNED = {"rest-request": signed_rest_request, "http-v2": signed_http_v2}
MECHANISMS = ("header", "query")
OTHERS = [
    Credentials(access_key_id=SECRET, secret_access_key="x"),
    Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET),
    Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SIGNING, session_token=SECRET),
]


def event_of(kind: str, carried: Carried, **guarding: str) -> dict[str, Any]:
    """Return the event of a request with this credential, and with what guards ask for; secrets in path and query."""
    credential = carried.headers.get("authorization", carried.headers.get("x-api-key", SECRET))
    options: dict[str, Any] = {
        "headers": {**carried.headers, **guarding},
        "query": {"q": SECRET, SECRET: SECRET, **carried.query},
        "stage_variables": {"colour": SECRET},
        "client_certificate": None,
        "at": NOW,
    }
    if kind == "rest-token":
        return rest_token("GET", PATH, token=credential, scheme="")
    if kind == "appsync":
        return appsync(f'query Q {{ order(id: "{SECRET}") }}', credential, headers={**carried.headers, **guarding})
    if kind == "websocket":
        return websocket(**options)
    made = {"rest-request": rest_request, "http-v1": http_v1, "http-v2": http_v2}[kind]("GET", PATH, **options)
    if carried.pem is not None:
        where = "authentication" if kind == "http-v2" else "identity"
        told = {"clientCertPem": carried.pem, "serialNumber": f"{SERIAL:x}", "subjectDN": SECRET, "issuerDN": SECRET}
        made["requestContext"].setdefault(where, {})["clientCert"] = told
    return made


def signed_event(kind: str, mechanism: str = "header", *, by: Any = None, **guarding: str) -> dict[str, Any]:
    """Return the event of a signed request, with secrets in what is signed."""
    more: dict[str, Any] = {} if by is None else {"credentials": by}
    return SIGNED[kind](
        "GET",
        PATH,
        query={"q": SECRET, SECRET: SECRET},
        headers={"X-Amz-Meta": SECRET, **guarding},
        stage_variables={"colour": SECRET},
        mechanism=mechanism,
        at=NOW,
        **more,
    )


def signature_in(event: Mapping[str, Any]) -> str:
    """Return the signature of a signed request."""
    in_query = (event["queryStringParameters"] or {}).get("X-Amz-Signature")
    headers = {name.lower(): value for name, value in event["headers"].items()}
    return str(in_query or headers["authorization"].rpartition("=")[2])


# What an authorizer, or its gateway, goes by: by the last name on the way to it. The gateway's own words are told.
GATEWAYS = {
    "type",
    "version",
    "methodarn",
    "routearn",
    "apiid",
    "accountid",
    "requestid",
    "eventtype",
    "sourceip",
    "serialnumber",
}
OF_SIGNATURES = {
    "host",
    "content-length",
    "domainname",
    "path",
    "httpmethod",
    "method",
    "rawpath",
    "rawquerystring",
    "x-amz-meta",
    "q",
}
_NAMED = {"headers", "multiValueHeaders", "requestHeaders", "queryStringParameters", "multiValueQueryStringParameters"}
_FREE = {"stageVariables", "pathParameters", "requestContext", "identity", "variables", "authorizer", "http"}


def kept(scheme: str, carried: Carried, guarding: Mapping[str, str]) -> set[str]:
    """Return the names, in small letters, of what a request must have as it is, to be decided on as it was meant."""
    own = {
        *carried.headers,
        *carried.query,
        *guarding,
        *(["cookies"] if "cookie" in carried.headers else []),
        "clientcertpem",
        "authorizationtoken",
        "authorization",
    }
    signed = {"x-amz-date", SECRET.lower(), *(f"x-amz-{each}" for each in _OF_LINKS)}
    proven = OF_SIGNATURES | signed if scheme in ("sigv4", "dpop") else set()
    return GATEWAYS | {each.lower() for each in own} | proven


_OF_LINKS = ("algorithm", "credential", "date", "expires", "signedheaders", "signature")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where every text of an event is, and every null that could be one."""
    if isinstance(value, dict):
        return [each for name, inner in value.items() for each in places(inner, (*path, name))]
    if isinstance(value, list):
        return [each for at, inner in enumerate(value) for each in places(inner, (*path, at))]
    return [path] if value is None or isinstance(value, str) else []


def planted(event: Mapping[str, Any], place: tuple[Any, ...], text: Any) -> dict[str, Any]:
    """Return the event with a text in one place."""
    changed: Any = deepcopy(event)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = text
    return changed  # type: ignore[no-any-return]


def soaked(event: Mapping[str, Any], keep: set[str], *, queries: bool = True) -> dict[str, Any]:
    """Return the event with a secret in every place but those kept, as a further name in every map, and in a body."""
    maps = _FREE | {name for name in _NAMED if queries or "Query" not in name}
    whole: dict[str, Any] = _soaked(event, "", keep, maps)
    cookies = {} if "cookies" in keep else {"cookies": [f"{SECRET}={SECRET}"]}
    return {**whole, **cookies, "body": SECRET, SECRET: {SECRET: [SECRET]}}


def _soaked(value: Any, name: str, keep: set[str], maps: set[str]) -> Any:
    if isinstance(value, dict):
        changed = {each: _soaked(inner, each, keep, maps) for each, inner in value.items()}
        return {**changed, SECRET: [SECRET] if "multi" in name else SECRET} if name in maps else changed
    if isinstance(value, list):
        return [_soaked(each, name, keep, maps) for each in value]
    return SECRET if (value is None or isinstance(value, str)) and name.lower() not in keep else value
