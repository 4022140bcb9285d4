"""The public vectors, stage by stage: canonical request, string to sign, signature."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import sigv4
from tests.sigv4.vectors import (
    AT,
    FOLDER,
    KEY_ID,
    SECRET,
    WHY_MISSING,
    classic,
    classic_names,
    classic_request,
    classic_signed,
    document,
    parse,
    seconds,
    v4a,
)

pytestmark = pytest.mark.skipif(FOLDER is None, reason=WHY_MISSING or "they are there")

CREDENTIALS = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET)
SCOPE = sigv4.Scope(sigv4.V4, "20150830", "us-east-1", "service")
TOKEN_AFTER = "post-sts-header-after"  # its token is added once it is signed
RAW = {"get-space": "path", "get-utf8": "path", "get-vanilla-utf8-query": "query"}  # no request line may have these
EACH = pytest.mark.parametrize("name", classic_names())
STARTERS = pytest.mark.parametrize("name", ["get-vanilla", "post-x-www-form-urlencoded"])


def test_the_suite_is_whole() -> None:
    """34 cases, of which none may be lost without being noticed."""
    assert len(classic_names()) == 34
    assert set(RAW) < set(classic_names())


@EACH
def test_the_canonical_request_is_the_suites(name: str) -> None:
    """Byte for byte, also of targets with raw blanks and raw UTF-8."""
    request = classic_request(name)

    found = sigv4.canonical_request(
        method=request.method,
        url=request.target,
        headers=request.headers,
        payload_hash=classic(name, "creq").rpartition("\n")[2],
    )

    assert found == classic(name, "creq")


@EACH
def test_the_string_to_sign_is_the_suites(name: str) -> None:
    """Over the suite's own canonical request, so that a failure names its stage."""
    found = sigv4.string_to_sign(sigv4.V4, "20150830T123600Z", str(SCOPE), classic(name, "creq"))

    assert found == classic(name, "sts")


@EACH
def test_the_signature_is_the_suites(name: str) -> None:
    """Over the suite's own string to sign."""
    assert sigv4.signature_of(classic(name, "sts"), CREDENTIALS, SCOPE) == classic(name, "authz").rpartition("=")[2]


def signed(name: str, **options: Any) -> sigv4.Signed:
    request = classic_request(name)
    token = "x-amz-security-token"
    has_token = name != TOKEN_AFTER and token in [header.lower() for header, _ in request.headers]
    headers = request.without("x-amz-date", token)
    return sigv4.sign(
        method=request.method,
        url=f"https://example.amazonaws.com{request.target}",
        headers=headers,
        body=request.body,
        credentials=sigv4.Credentials(
            access_key_id=KEY_ID,
            secret_access_key=SECRET,
            session_token=request.header(token) if has_token else None,
        ),
        region="us-east-1",
        service="service",
        clock=lambda: AT,
        signed_headers={header.lower() for header, _ in headers},
        **options,
    )


@pytest.mark.parametrize("name", [name for name in classic_names() if name not in RAW])
def test_signing_gives_the_suites_authorization(name: str) -> None:
    """From the request to the header, of everything that can be sent as it stands."""
    assert dict(signed(name).headers)["Authorization"] == classic(name, "authz")


@pytest.mark.parametrize("name", RAW)
def test_what_no_request_line_may_hold_is_refused_or_rewritten(name: str) -> None:
    """A raw blank or raw UTF-8 is encoded on the way, by whom and how often nobody can tell."""
    with pytest.raises(sigv4.CannotSign) as refused:
        signed(name)
    rewritten = signed(name, rewrite=True, double_encode=False)

    assert (refused.value.code, refused.value.claim) == ("url_not_canonical", RAW[name])
    assert rewritten.url.isascii()
    assert " " not in rewritten.url
    assert dict(rewritten.headers)["Authorization"] == classic(name, "authz")  # encoded once, as the suite has it


def test_a_token_that_is_added_later_is_not_signed() -> None:
    """The suite's case, by the option."""
    request = parse(classic("post-sts-header-before", "req"))

    after = sigv4.sign(
        method="POST",
        url="https://example.amazonaws.com/",
        credentials=sigv4.Credentials(
            access_key_id=KEY_ID, secret_access_key=SECRET, session_token=request.header("x-amz-security-token")
        ),
        region="us-east-1",
        service="service",
        clock=lambda: AT,
        sign_token=False,
    )

    assert dict(after.headers)["Authorization"] == classic(TOKEN_AFTER, "authz")
    assert dict(after.headers)["X-Amz-Security-Token"] == request.header("x-amz-security-token")


@EACH
def test_what_the_suite_signed_verifies(name: str) -> None:
    """Where it can be sent at all; the suite's dot segments only where the policy lets them."""
    request = classic_signed(name)
    token = next((value for each, value in request.headers if each.lower() == "x-amz-security-token"), None)
    key = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET, session_token=token)
    policy = sigv4.Policy(
        regions=["us-east-1"],
        services=["service"],
        normal_paths=False,
        token="unsigned" if name == TOKEN_AFTER else "signed",
    )

    def verify() -> sigv4.Verified:
        return sigv4.verify(
            method=request.method,
            url=request.target,
            headers=request.headers,
            body=request.body,
            policy=policy,
            lookup=lambda _id, _scope: key,
            clock=lambda: AT,
        )

    if name in RAW:
        with pytest.raises(Exception, match="url_malformed"):
            verify()
    else:
        assert verify().access_key_id == KEY_ID


@pytest.mark.parametrize("case", document("signing-keys.json")["cases"] if FOLDER else [])
def test_signing_keys_are_derived_as_documented(case: dict[str, str]) -> None:
    """The examples of the IAM user guide."""
    derived = sigv4.signing_key(case["secret_access_key"].encode(), case["date"], case["region"], case["service"])

    assert derived.hex() == case["signing_key_hex"]


@pytest.mark.parametrize("case", document("s3-examples.json")["cases"] if FOLDER else [], ids=lambda case: case["name"])
def test_s3_requests_are_signed_as_documented(case: dict[str, Any]) -> None:
    """The examples of the S3 API reference, in headers and in a query."""
    common = document("s3-examples.json")["common"]
    headers = {name: value for name, value in case["headers"].items() if name != "x-amz-date"}
    request: dict[str, Any] = {
        "method": case["method"],
        "url": f"https://{headers['host']}{case['path']}" + (f"?{case['query']}" if case["query"] else ""),
        "headers": headers,
        "body": case.get("body", "").encode(),
        "credentials": sigv4.Credentials(
            access_key_id=common["access_key_id"], secret_access_key=common["secret_access_key"]
        ),
        "region": common["region"],
        "service": "s3",
        "signed_headers": tuple(headers),
        "clock": lambda: seconds(common["timestamp"]),
    }

    if "expires" in case:
        found = sigv4.presign(expires=case["expires"], **request).url
    else:
        found = dict(sigv4.sign(**request).headers)["Authorization"]

    assert found.rpartition("=")[2] == case["signature"]


def starter(name: str) -> dict[str, Any]:
    request = parse(v4a(name, "request.txt"))
    return {
        "method": request.method,
        "url": f"https://example.amazonaws.com{request.target}",
        "headers": request.headers,
        "body": request.body,
        "credentials": CREDENTIALS,
        "region": "us-east-1",
        "service": "service",
        "algorithm": sigv4.V4A,
        "clock": lambda: AT,
        "signed_headers": {each.lower() for each, _ in request.headers},
        "declare_payload": name != "get-vanilla",
    }


def public_key(name: str) -> sigv4.PublicKey:
    import json

    point = json.loads(v4a(name, "public-key.json"))
    return sigv4.PublicKey(bytes.fromhex(point["X"] + point["Y"]))


@STARTERS
def test_a_v4a_request_is_signed_as_the_starter(name: str) -> None:
    """Both texts are the starter's, and its public key verifies our signature."""
    found = sigv4.sign(**starter(name))

    signature = bytes.fromhex(dict(found.headers)["Authorization"].rpartition("=")[2])
    assert found.canonical_request == v4a(name, "header-canonical-request.txt").rstrip("\n")
    assert found.string_to_sign == v4a(name, "header-string-to-sign.txt").rstrip("\n")
    assert public_key(name).verifies(signature, found.string_to_sign.encode())


@STARTERS
def test_a_v4a_url_is_presigned_as_the_starter(name: str) -> None:
    """Both texts are the starter's, and its public key verifies our signature."""
    request = starter(name)
    del request["declare_payload"]

    found = sigv4.presign(expires=3600, **request)

    signature = bytes.fromhex(found.url.rpartition("=")[2])
    assert found.canonical_request == v4a(name, "query-canonical-request.txt").rstrip("\n")
    assert found.string_to_sign == v4a(name, "query-string-to-sign.txt").rstrip("\n")
    assert public_key(name).verifies(signature, found.string_to_sign.encode())


@STARTERS
@pytest.mark.parametrize("mechanism", ["header", "query"])
def test_what_the_starter_signed_verifies(name: str, mechanism: str) -> None:
    """By its public key, and by its secret; both of the signatures it comes with."""
    request = parse(v4a(name, f"{mechanism}-signed-request.txt"))
    policy = sigv4.Policy(
        regions=["us-east-1"], services=["service"], algorithms=[sigv4.V4A], mechanisms=["header", "query"]
    )
    other = v4a(name, f"{mechanism}-signature.txt").strip()
    body = request.body.rstrip(b"\n") if name == "get-vanilla" else request.body

    for key in (public_key(name), CREDENTIALS):
        for again in (False, True):
            target, headers = request.target, list(request.headers)
            if again and mechanism == "query":
                target = target.rpartition("=")[0] + "=" + other
            elif again:
                headers[-1] = (headers[-1][0], headers[-1][1].rpartition("=")[0] + "=" + other)
            verified = sigv4.verify(
                method=request.method,
                url=target,
                headers=headers,
                body=body,
                policy=policy,
                lookup=lambda _id, _scope, key=key: key,  # type: ignore[misc]
                clock=lambda: AT,
            )
            assert (verified.mechanism, verified.payload) == (mechanism, "checked")
