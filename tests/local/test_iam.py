"""IAM authorization on the laptop: verified for real, and answered as AWS does."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from authkit import sigv4
from authkit.errors import ConfigError
from authkit.local.call import Call
from authkit.local.events import Api
from authkit.local.gateway import Gateway, Settings
from authkit.local.iam import Iam, Identity, identity_of
from authkit.local.iam_file import identities_in
from authkit.local.message import HttpReply, HttpRequest
from authkit.policy.route import Route
from authkit.policy.routes import Routes

NOW = 1_795_254_000.0  # 21 November 2026, 09:40:00 UTC
CREDENTIALS = sigv4.Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="wJalrXUtnFEMI/K7MDENG")
SESSION = sigv4.Credentials(access_key_id="ASIA", secret_access_key="s", session_token="token")
ROLE = "arn:aws:sts::444455556666:assumed-role/orders/session"
HOST = "127.0.0.1:8480"


class Laptop:
    """A gateway with IAM authorization, and its calls."""

    def __init__(self, kind: Any = "rest-request", **more: Any) -> None:
        self.calls: list[Call] = []
        self.asked = 0
        stage = "$default" if kind.startswith("http") else "prod"
        route, openly = Route("POST", "/orders/{id}"), Route("GET", "/open")
        table = [Route("$connect")] if kind == "websocket" else [route, Route("GET", "/orders/{id}"), openly]
        api = "http" if kind.startswith("http") else "rest"
        iam = Iam(
            [Identity(CREDENTIALS, "arn:aws:iam::444455556666:user/anna"), Identity(SESSION, ROLE, "AROA:session")],
            region="eu-west-1",
            clock=lambda: NOW,
        )
        self.gateway = Gateway(
            self._asked,
            Routes(table, api=None if kind == "websocket" else api),  # type: ignore[arg-type]
            Settings((), kind, 0.0, Api(stage=stage)),
            is_open=lambda found: found == openly,
            backend=lambda request, event: HttpReply(200, json.dumps(event).encode()),
            tell=self.calls.append,
            iam=iam,
            clock=lambda: NOW,
            **more,
        )

    def _asked(self, event: Any, context: Any) -> Any:
        self.asked += 1
        return {}

    def ask(self, request: HttpRequest) -> HttpReply:
        return self.gateway.respond(request)


def signed(
    method: str = "GET", path: str = "/orders/1", query: str = "", body: bytes = b"", **more: Any
) -> HttpRequest:
    """Return a signed request."""
    given = {"credentials": CREDENTIALS, "region": "eu-west-1", "service": "execute-api", "clock": lambda: NOW, **more}
    url = f"http://{HOST}{path}" + (f"?{query}" if query else "")
    headers = sigv4.sign(method=method, url=url, body=body, **given).headers
    return HttpRequest(method, path, query, (("Host", HOST), *headers), body)


def error_of(reply: HttpReply) -> tuple[int, str, str]:
    """Return status, error type and message."""
    return reply.status, dict(reply.headers).get("x-amzn-ErrorType", ""), json.loads(reply.body)["message"]


@pytest.mark.parametrize("algorithm", [sigv4.V4, sigv4.V4A])
def test_a_signed_request_reaches_the_backend_with_its_caller(algorithm: str) -> None:
    """The function is not asked: IAM is in its place."""
    laptop = Laptop()

    seen = json.loads(laptop.ask(signed("POST", query="a=1", body=b"{}", algorithm=algorithm)).body)

    identity = seen["requestContext"]["identity"]
    assert (identity["accessKey"], identity["accountId"]) == ("AKIDEXAMPLE", "444455556666")
    assert identity["userArn"] == "arn:aws:iam::444455556666:user/anna"
    assert (laptop.asked, laptop.calls[0].asked) == (0, None)


def test_an_http_api_tells_its_backend_in_its_own_place() -> None:
    """Under requestContext.authorizer.iam."""
    seen = json.loads(Laptop("http-v2").ask(signed(credentials=SESSION)).body)

    told = seen["requestContext"]["authorizer"]["iam"]
    assert (told["accessKey"], told["userArn"], told["userId"]) == ("ASIA", ROLE, "AROA:session")


def test_a_presigned_url_is_taken() -> None:
    """Until it ends."""
    given = {"credentials": CREDENTIALS, "region": "eu-west-1", "service": "execute-api"}
    links = [
        sigv4.presign(method="GET", url=f"http://{HOST}/orders/1", clock=lambda at=at: at, expires=60, **given).url
        for at in (NOW, NOW - 61)
    ]
    good, late = (HttpRequest("GET", "/orders/1", link.partition("?")[2], (("Host", HOST),)) for link in links)

    assert Laptop().ask(good).status == 200
    assert error_of(Laptop().ask(late)) == (
        *(403, "InvalidSignatureException"),
        "Signature expired: 20261121T093959Z is now earlier than 20261121T094000Z",
    )


def test_a_websocket_is_opened_by_a_signature() -> None:
    """Its handshake is a request like others."""
    handshake = (
        *(("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    )
    good = signed(path="/prod")

    opened = Laptop("websocket").ask(good._replace(headers=(*good.headers, *handshake)))
    refused = Laptop("websocket").ask(HttpRequest("GET", "/prod", "", (("Host", HOST), *handshake)))

    assert (opened.status, refused.status) == (101, 403)


def test_a_link_whose_credential_is_no_scope_is_incomplete() -> None:
    """It is told what one looks like."""
    query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x&X-Amz-Date=d&X-Amz-SignedHeaders=host"
    request = HttpRequest("GET", "/orders/1", f"{query}&X-Amz-Signature={'0' * 64}&X-Amz-Expires=5", (("Host", HOST),))

    assert error_of(Laptop().ask(request))[2].startswith("Credential must have exactly 5 slash-delimited elements")


def test_sigv4a_for_another_region_or_service_is_told_of_the_service() -> None:
    """Its scope has no region."""
    message = error_of(Laptop().ask(signed(region="us-*", service="s", algorithm=sigv4.V4A)))[2]

    elsewhere = error_of(Laptop().ask(signed(region="us-*", algorithm=sigv4.V4A)))[2]
    assert message == "Credential should be scoped to correct service: 'execute-api'. "
    assert elsewhere == "Credential should be scoped to a valid region, not 'us-*'. "


def test_open_routes_stay_open() -> None:
    """As a document has them."""
    assert Laptop().ask(HttpRequest("GET", "/open", "", (("Host", HOST),))).status == 200


def other(path: str = "/orders/1", **headers: str) -> HttpRequest:
    """Return a signed request with something else in it."""
    request = signed()
    named = {**dict(request.headers), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return request._replace(path=path, headers=tuple(named.items()))


AUTHORIZATION = dict(signed().headers)["Authorization"]
WRONG = sigv4.Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="x")
INVALID, INCOMPLETE = "InvalidSignatureException", "IncompleteSignatureException"


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (HttpRequest("GET", "/orders/1"), "MissingAuthenticationTokenException", "Missing Authentication Token"),
        (
            other(Authorization="Bearer t"),
            INCOMPLETE,
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with"
            " Base64): 'Y6JaJkZMMQ4w8+T5C38hU6KqxuI2/Z2eh4K9QTnfDCY='.",
        ),
        (
            other(Authorization="AWS4-HMAC-SHA256 Credential=x"),
            INCOMPLETE,
            "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."
            " (Hashed with SHA-256 and encoded with Base64) Authorization=FmuqUFES1iy1mzrJQ9KV3mCVlP96bVT4yESFwVp6Ot4=",
        ),
        (
            other(Authorization=AUTHORIZATION, X_Amz_Date=""),
            INCOMPLETE,
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256"
            f" and encoded with Base64) Authorization={b64encode(sha256(AUTHORIZATION.encode()).digest()).decode()}",
        ),
        (
            other(Authorization=AUTHORIZATION.replace("AWS4-HMAC-SHA256", "AWS3")),
            INCOMPLETE,
            "Algorithm must start with 'AWS4-'; got 'AWS3'",
        ),
        (
            other(Authorization=AUTHORIZATION.replace("/aws4_request", "")),
            INCOMPLETE,
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got"
            " 'AKIDEXAMPLE/20261121/eu-west-1/execute-api'",
        ),
        (
            HttpRequest("GET", "/orders/1", "X-Amz-Signature=0", (("Host", HOST),)),
            INCOMPLETE,
            "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include"
            " 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string"
            " parameters.",
        ),
        (
            signed(region="us-east-1"),
            INVALID,
            "Credential should be scoped to a valid region, not 'us-east-1'. ",
        ),
        (
            signed(region="us-east-1", service="s"),
            INVALID,
            "Credential should be scoped to a valid region, not 'us-east-1'. "
            "Credential should be scoped to correct service: 'execute-api'. ",
        ),
        (
            other(Authorization=AUTHORIZATION.replace("/20261121/", "/20261120/")),
            INVALID,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP:"
            " '20261120' != '20261121', from '20261121T094000Z'.",
        ),
        (
            signed(clock=lambda: NOW - 301),
            INVALID,
            "Signature expired: 20261121T093459Z is now earlier than 20261121T093500Z (20261121T094000Z - 5 min.)",
        ),
        (
            signed(clock=lambda: NOW + 301),
            INVALID,
            "Signature not yet current: 20261121T094501Z is still later than 20261121T094500Z"
            " (20261121T094000Z + 5 min.)",
        ),
        (
            signed(credentials=sigv4.Credentials(access_key_id="nobody", secret_access_key="x")),
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (
            signed(credentials=sigv4.Credentials(access_key_id="ASIA", secret_access_key="s")),
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
    ],
)
def test_refusals_are_said_as_aws_says_them(request_: HttpRequest, error: str, message: str) -> None:
    """So that a client's handling of them can be tried."""
    laptop = Laptop()

    reply = laptop.ask(request_)

    assert error_of(reply) == (403, error, message)
    assert not laptop.calls[0].steps[-1].good


@pytest.mark.parametrize(
    "request_",
    [
        other(Authorization=AUTHORIZATION[:-1]),
        other(Authorization=AUTHORIZATION.replace("host;", "")),
        other(X_Amz_Date="yesterday"),
    ],
)
def test_what_is_no_whole_signature_is_incomplete(request_: HttpRequest) -> None:
    """Of whatever kind its fault is."""
    status, error, message = error_of(Laptop().ask(request_))

    assert (status, error) == (403, INCOMPLETE)
    assert message.startswith("The request signature does not conform to AWS standards: ")


@pytest.mark.parametrize(
    "request_",
    [
        signed(credentials=WRONG),
        signed()._replace(path="/orders/2"),
        signed()._replace(query="a=1"),
        signed("POST")._replace(body=b"x"),
        signed("POST")._replace(method="GET"),
        other(Host="127.0.0.1:9999"),
    ],
)
def test_a_mismatch_comes_with_the_canonical_string(request_: HttpRequest) -> None:
    """As AWS computed it, over what came; and never with the signature it should have been."""
    status, error, message = error_of(Laptop().ask(request_))

    shown = message.partition("The Canonical String for this request should have been\n'")[2].partition(
        "'\n\nThe String"
    )[0]
    assert (status, error) == (403, INVALID)
    assert message.startswith("The request signature we calculated does not match the signature you provided.")
    assert shown.splitlines()[:2] == [request_.method, request_.path]
    assert "Signature=" not in message


def test_a_mismatch_says_what_ours_would_sign() -> None:
    """The string to sign over the request that came is the one a good signature is over."""
    good = sigv4.sign(
        **{"method": "GET", "url": f"http://{HOST}/orders/1", "credentials": CREDENTIALS, "region": "eu-west-1"},
        **{"service": "execute-api", "clock": lambda: NOW},
    )

    message = error_of(Laptop().ask(signed(credentials=WRONG)))[2]

    assert f"'{good.canonical_request}'" in message
    assert f"'{good.string_to_sign}'" in message


@pytest.mark.parametrize("request_", [HttpRequest("GET", "/orders/1"), signed(credentials=WRONG)])
def test_an_http_api_says_forbidden(request_: HttpRequest) -> None:
    """And no more."""
    reply = Laptop("http-v2").ask(request_)

    assert (reply.status, json.loads(reply.body)) == (403, {"message": "Forbidden"})


def test_identities_are_read_from_a_file(tmp_path: Path) -> None:
    """A secret has no place in a command's arguments."""
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"AKIA": {"secret_access_key": "s"}, "ASIA": {"secret_access_key": "s", "arn": ROLE}}))

    first, second = identities_in(file)

    assert (first.arn, first.account) == ("arn:aws:iam::111122223333:user/AKIA", "111122223333")
    assert second.arn == ROLE


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"a": 5}', '{"a": {"x": "y"}}', '{"a": {"secret_access_key": 5}}', '{"a": {}}']
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    """When the command starts."""
    file = tmp_path / "keys.json"
    file.write_text(text)

    with pytest.raises(ConfigError):
        identities_in(file)


@pytest.mark.parametrize(
    ("identities", "fault"),
    [
        ([], "one identity"),
        (["x"], "an identity has"),
        ([Identity(CREDENTIALS, "anna")], "six parts"),
        ([identity_of("a", "s"), identity_of("a", "t")], "twice"),
    ],
)
def test_a_wrong_configuration_is_refused(identities: Any, fault: str) -> None:
    """All faults in one message."""
    with pytest.raises(ConfigError, match=fault):
        Iam(identities, region="eu-west-1")


def test_nothing_shows_a_secret() -> None:
    """Of what is told of a call, or shown of what is set."""
    laptop = Laptop()
    laptop.ask(signed(credentials=WRONG))

    shown = repr(laptop.calls) + repr(Iam([identity_of("a", "wJalr")], region="r")) + repr(identity_of("a", "wJalr"))

    assert "wJalr" not in shown
