"""The edge signer: origin requests of CloudFront, signed as the origin will see them."""

from __future__ import annotations

import copy
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authkit import sigv4
from authkit.errors import BadEvent, ConfigError
from authkit.sigv4.edge import OriginSigner

NOW = 1_795_254_000.0
DOMAIN = "k3p9x7q2wd.execute-api.eu-west-1.amazonaws.com"
ENVIRON = {"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
CREDENTIALS = sigv4.Credentials(access_key_id="ASIA", secret_access_key="secret", session_token="token")


def event(**changes: Any) -> dict[str, Any]:
    """Return an event of the form in the CloudFront guide, with changes to its request."""
    origin = {
        "customHeaders": {},
        **{"domainName": DOMAIN, "keepaliveTimeout": 5, "path": "/prod", "port": 443, "protocol": "https"},
        **{"readTimeout": 30, "sslProtocols": ["TLSv1.2"], **changes.pop("custom", {})},
    }
    headers = {
        "x-forwarded-for": [{"key": "X-Forwarded-For", "value": "203.0.113.178"}],
        "user-agent": [{"key": "User-Agent", "value": "Amazon CloudFront"}],
        "via": [{"key": "Via", "value": "2.0 2afae0d4.cloudfront.net (CloudFront)"}],
        "x-amz-cf-id": [{"key": "X-Amz-Cf-Id", "value": "abc=="}],
        "host": [{"key": "Host", "value": "d111111abcdef8.cloudfront.net"}],
        **{name: [{"key": name, "value": value}] for name, value in changes.pop("headers", {}).items()},
    }
    request = {
        **{"clientIp": "203.0.113.178", "headers": headers, "method": "GET", "origin": {"custom": origin}},
        **{"querystring": "", "uri": "/orders/1", **changes},
    }
    config = {"distributionDomainName": "d111111abcdef8.cloudfront.net", "eventType": "origin-request"}
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def signer(**more: Any) -> OriginSigner:
    """Return a signer with a function's environment."""
    return OriginSigner(**{"environ": ENVIRON, "clock": lambda: NOW, **more})


def body(raw: bytes, **changes: Any) -> dict[str, Any]:
    """Return a body as CloudFront exposes it."""
    return {
        "inputTruncated": False,
        "action": "read-only",
        "encoding": "base64",
        "data": b64encode(raw).decode(),
        **changes,
    }


def received(request: dict[str, Any], raw: bytes = b"", **rules: Any) -> sigv4.Verified:
    """Return what the origin makes of a request: CloudFront puts the origin's path before the URI."""
    custom = request["origin"]["custom"]
    path = custom["path"] + request["uri"] + (f"?{request['querystring']}" if request["querystring"] else "")
    return sigv4.verify(
        method=request["method"],
        url=path,
        headers=[(each["key"], each["value"]) for listed in request["headers"].values() for each in listed],
        body=raw,
        policy=sigv4.Policy(**{"regions": ["eu-west-1"], "services": ["execute-api"], **rules}),
        lookup=lambda *_: CREDENTIALS,
        clock=lambda: NOW,
    )


def test_an_origin_request_is_signed_as_the_origin_sees_it() -> None:
    """Its own name as host, its path before the URI, and the session token of the function's role."""
    signed = signer()(event(querystring="limit=5&tag=a&tag=b"))

    verified = received(signed)

    assert verified.path == "/prod/orders/1"
    assert signed["headers"]["host"] == [{"key": "Host", "value": DOMAIN}]
    assert signed["headers"]["x-amz-security-token"] == [{"key": "X-Amz-Security-Token", "value": "token"}]
    assert {"host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"} <= set(verified.signed_headers)
    assert signed["querystring"] == "limit=5&tag=a&tag=b"


def test_nothing_that_cloudfront_owns_is_touched() -> None:
    """What it may change is not signed, and what a function may not write is as it was."""
    given = event(headers={"accept-encoding": "gzip"})
    before = copy.deepcopy(given)

    signed = signer()(given)

    own = {"host", "authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}
    request = before["Records"][0]["cf"]["request"]
    assert given == before
    assert {name: each for name, each in signed["headers"].items() if name not in own} == {
        name: each for name, each in request["headers"].items() if name != "host"
    }
    assert not {"via", "x-amz-cf-id", "accept-encoding"} & set(received(signed).signed_headers)
    assert {name: each for name, each in signed.items() if name != "headers"} == {
        name: each for name, each in request.items() if name != "headers"
    }


@pytest.mark.parametrize("raw", [b"", b'{"n": 1}', bytes(range(256))])
def test_a_body_is_signed_as_it_is_exposed(raw: bytes) -> None:
    """Function URLs take no unsigned one."""
    sent = event(method="POST", body=body(raw), headers={"content-type": "application/json", "content-length": "8"})

    signed = signer()(sent)

    assert received(signed, raw).payload == "checked"
    assert "content-type" in received(signed, raw).signed_headers
    with pytest.raises(Exception, match="payload_mismatch"):
        received(signed, raw + b"x")


def test_a_text_body_is_its_bytes() -> None:
    """CloudFront has that encoding for bodies that functions replace."""
    assert received(signer()(event(method="PUT", body=body(b"", encoding="text", data="ü"))), "ü".encode())


@pytest.mark.parametrize("cut", [True, None, "false"])
def test_a_body_that_was_cut_is_answered_at_the_edge(cut: Any) -> None:
    """A signature over what is left would be refused by the origin, if it was lucky."""
    answer = signer()(event(method="POST", body=body(b"x", inputTruncated=cut)))

    assert (answer["status"], answer["headers"]["cache-control"][0]["value"]) == ("413", "no-store")


def test_the_viewers_authorization_is_kept_under_another_name() -> None:
    """Signed, so that nobody else can have written it; and what came under that name is dropped."""
    sent = event(headers={"authorization": "Bearer t", "x-viewer-authorization": "Bearer forged"})

    signed = signer()(sent)

    assert signed["headers"]["x-viewer-authorization"] == [{"key": "x-viewer-authorization", "value": "Bearer t"}]
    assert "x-viewer-authorization" in received(signed).signed_headers
    assert signed["headers"]["authorization"][0]["value"].startswith("AWS4-HMAC-SHA256 ")
    assert len(signed["headers"]["authorization"]) == 1


def test_a_forged_name_is_dropped_without_an_authorization_too() -> None:
    """The origin must be able to trust the name."""
    signed = signer()(event(headers={"x-viewer-authorization": "Bearer forged"}))

    assert "x-viewer-authorization" not in signed["headers"]


def test_the_viewers_authorization_may_be_dropped() -> None:
    """Or kept under a name of one's own."""
    sent = event(headers={"authorization": "Bearer t"})

    assert not any("Bearer" in str(each) for each in signer(authorization_as=None)(sent)["headers"].values())
    assert "x-caller" in signer(authorization_as="X-Caller")(sent)["headers"]


@pytest.mark.parametrize(
    ("domain", "region", "service"),
    [
        (DOMAIN, "eu-west-1", "execute-api"),
        ("a1.execute-api.cn-north-1.amazonaws.com.cn", "cn-north-1", "execute-api"),
        ("a1.lambda-url.us-east-1.on.aws", "us-east-1", "lambda"),
        ("a1.execute-api.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", "execute-api"),
    ],
)
def test_region_and_service_are_the_origins(domain: str, region: str, service: str) -> None:
    """As its domain says."""
    signed = signer()(event(custom={"domainName": domain}))

    verified = received(signed, regions=[region], services=[service])

    assert (verified.scope.region, verified.scope.service) == (region, service)


def test_an_origin_of_another_name_needs_them_said() -> None:
    """A custom domain says neither."""
    sent = event(custom={"domainName": "api.example.com", "port": 8443})

    with pytest.raises(ConfigError, match="region= and service="):
        signer()(sent)
    signed = signer(region="eu-west-1", service="execute-api")(sent)
    assert received(signed).scope.region == "eu-west-1"
    assert signed["headers"]["host"][0]["value"] == "api.example.com:8443"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"querystring": "q=a+b"}, "url_not_canonical"),
        ({"querystring": "q=%zz"}, "query_malformed"),
        ({"querystring": "X-Amz-Signature=0"}, "already_signed"),
        ({"headers": {"x-amz-date": "20261121T090000Z"}}, "already_signed"),
        ({"headers": {"x-amz-content-sha256": "0" * 64}}, "payload_mismatch"),
        ({"uri": "/../../admin"}, "path_malformed"),
        ({"method": "get it"}, "method_malformed"),
    ],
)
def test_what_cannot_be_signed_is_answered_at_the_edge(changes: dict[str, Any], code: str) -> None:
    """It is the viewer's fault, and no failure of the function."""
    answer = signer()(event(**changes))

    assert answer["status"] == "400"
    assert code in answer["body"]


def test_on_request_a_query_is_brought_to_a_spelling_that_can_be_signed() -> None:
    """And that is what is sent; what was fine stays as it is."""
    rewritten = signer(rewrite=True)(event(querystring="q=a+b&r=x:y", uri="/orders/a b"))
    kept = signer(rewrite=True)(event(querystring="b=2&a=1"))

    assert (rewritten["uri"], rewritten["querystring"]) == ("/orders/a%20b", "q=a%20b&r=x%3Ay")
    assert received(rewritten).path == "/prod/orders/a%20b"
    assert kept["querystring"] == "b=2&a=1"


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({}, "not an event of Lambda@Edge"),
        ({"Records": []}, "not an event of Lambda@Edge"),
        ({"Records": [{"cf": {"config": {"eventType": "viewer-request"}, "request": {}}}]}, "no origin-request"),
        ({"Records": [{"cf": {"config": {"eventType": "origin-request"}, "request": 5}}]}, "no object"),
        (event(origin={"s3": {}}), "origin access control"),
        (event(custom={"domainName": None}), "no domainName"),
        (event(custom={"protocol": "http", "port": 80}), "over http"),
        (event(custom={"customHeaders": {"authorization": []}}), "overwrite authorization"),
        (event(method="POST", headers={"content-length": "5"}), "IncludeBody"),
        (event(method="POST", headers={"transfer-encoding": "chunked"}), "IncludeBody"),
        (event(method="POST", body="x"), "another form"),
        (event(method="POST", body=body(b"x", data="%")), "no base64"),
        (event(uri=5), "uri is no text"),
    ],
)
def test_what_is_wired_wrongly_is_an_error(sent: Any, fault: str) -> None:
    """CloudFront answers 502, and the function's log says why."""
    with pytest.raises(BadEvent, match=fault):
        signer()(sent)


def test_headers_of_another_form_are_an_error() -> None:
    """They are CloudFront's to write."""
    sent = event()
    sent["Records"][0]["cf"]["request"]["headers"]["x-amz-a"] = [{"key": "x"}]

    with pytest.raises(BadEvent, match="headers"):
        signer()(sent)


def test_credentials_come_from_the_role_or_are_given() -> None:
    """Asked anew each time: a role's are renewed."""
    other = sigv4.Credentials(access_key_id="AKIA", secret_access_key="x")

    assert "Credential=AKIA/" in str(signer(credentials=other)(event()))
    assert "Credential=AKIA/" in str(signer(credentials=lambda: other)(event()))
    with pytest.raises(ConfigError, match="no credentials"):
        signer(environ={})(event())


def test_headers_of_ones_own_are_signed_where_they_are() -> None:
    """A viewer need not send them."""
    named = signer(signed_headers=["X-Tenant"])

    assert "x-tenant" in received(named(event(headers={"x-tenant": "a"}))).signed_headers
    assert "x-tenant" not in received(named(event())).signed_headers


@given(
    uri=st.text(max_size=12).map("/{}".format),
    query=st.text(max_size=12),
    method=st.sampled_from(["GET", "POST", "", "é"]),
    value=st.text(max_size=8),
    rewrite=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_a_viewer_gets_a_signed_request_or_an_answer(
    uri: str, query: str, method: str, value: str, rewrite: bool
) -> None:
    """Whatever it sends, nothing else comes of it; and what is signed, the origin takes."""
    sent = event(uri=uri, querystring=query, method=method, headers={"content-type": value, "x-amz-meta": value})

    result = signer(rewrite=rewrite)(sent)

    assert result.get("status") == "400" or received(result, normal_paths=False).access_key_id == "ASIA"


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"region": ""}, "region must"),
        ({"service": "a b"}, "service must"),
        ({"credentials": 5}, "credentials must"),
        ({"authorization_as": "Via"}, "authorization_as"),
        ({"authorization_as": "authorization"}, "authorization_as"),
        ({"authorization_as": "X-Amz-Cf-Mine"}, "authorization_as"),
        ({"authorization_as": "a b"}, "authorization_as"),
        ({"authorization_as": 5}, "authorization_as"),
        ({"signed_headers": "x"}, "list of names"),
        ({"signed_headers": ["a b"]}, "names of headers"),
        ({"signed_headers": ["Via"]}, "change one of these"),
    ],
)
def test_a_wrong_configuration_is_refused(more: dict[str, Any], fault: str) -> None:
    """When the function is loaded."""
    with pytest.raises(ConfigError, match=fault):
        signer(**more)


def test_nothing_shows_the_secret() -> None:
    """Not even the signer itself."""
    assert "secret" not in repr(signer(credentials=CREDENTIALS))
