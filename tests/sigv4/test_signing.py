from __future__ import annotations

from typing import Any

import pytest

from authkit import sigv4
from authkit.errors import ConfigError
from authkit.sigv4.ecdsa import ORDER, first_fitting
from authkit.sigv4.keys import Keys
from authkit.sigv4.path import rules_of
from authkit.sigv4.spelling import _carefully, sendable
from tests.sigv4.forging import AT, BODY, CREDENTIALS, DATE, REGION, SECRET, SERVICE, TOKEN, WITH_TOKEN, hashed

URL = "https://api.example.com/v1/orders?b=2&a=1"


def sign(**changes: Any) -> sigv4.Signed:
    usual: dict[str, Any] = {
        "method": "GET",
        "url": URL,
        "credentials": CREDENTIALS,
        "region": REGION,
        "service": SERVICE,
        "clock": lambda: AT,
    }
    return sigv4.sign(**{**usual, **changes})


def presign(**changes: Any) -> sigv4.Presigned:
    usual: dict[str, Any] = {
        "method": "GET",
        "url": URL,
        "credentials": CREDENTIALS,
        "region": REGION,
        "service": SERVICE,
        "clock": lambda: AT,
    }
    return sigv4.presign(**{**usual, **changes})


def code_of(call: Any, **changes: Any) -> str:
    with pytest.raises(sigv4.CannotSign) as refused:
        call(**changes)
    assert SECRET not in f"{refused.value} {refused.value!r} {vars(refused.value)}"
    return refused.value.code


def test_a_short_list_of_headers_is_signed() -> None:
    """Host, content type, x-amz-* and what is named: others may be changed on the way."""
    headers = {"Accept": "*/*", "Content-Type": "a/b", "X-Amz-Target": "t", "User-Agent": "u", "X-Tenant": "7"}

    signed = sign(headers=headers, signed_headers=["X-Tenant"])

    assert signed.signed_headers == ("content-type", "host", "x-amz-date", "x-amz-target", "x-tenant")


def test_headers_are_added_and_nothing_is_rewritten() -> None:
    """What is handed in stays as it was, and what is added is new."""
    headers = {"content-type": "a/b"}

    signed = sign(headers=headers, credentials=WITH_TOKEN)

    assert headers == {"content-type": "a/b"}
    assert [name for name, _ in signed.headers] == ["X-Amz-Date", "X-Amz-Security-Token", "Authorization"]
    assert (dict(signed.headers)["X-Amz-Date"], signed.url) == (DATE, URL)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.example.com:443/", "api.example.com"),
        ("http://api.example.com:80/", "api.example.com"),
        ("https://api.example.com:80/", "api.example.com:80"),
        ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"),
        ("https://api.example.com?x=1", "api.example.com"),
    ],
)
def test_the_host_is_signed_as_clients_send_it(url: str, host: str) -> None:
    """Without the port the scheme has anyway, and with any other."""
    signed = sign(url=url)

    assert signed.host == host
    assert f"\nhost:{host}\n" in signed.canonical_request


def test_a_host_header_that_is_given_is_what_is_signed() -> None:
    """It is what will be sent, whatever the URL says; with it path and query are enough."""
    assert sign(headers=[("Host", "public.example.com")]).host == "public.example.com"
    assert sign(url="/v1/orders", headers={"Host": "public.example.com"}).host == "public.example.com"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"url": "/v1"}, "host_missing"),
        ({"url": "ftp://a/"}, "url_malformed"),
        ({"url": "https://user:pass@a.example/"}, "url_malformed"),
        ({"url": "https://bücher.example/"}, "url_malformed"),
        ({"url": "https://a.example/\r\nHost: b"}, "url_malformed"),
        ({"url": "https://a.example/\ud800"}, "url_malformed"),
        ({"url": b"https://a.example/"}, "url_malformed"),
        ({"url": "https://a.example/%zz"}, "path_malformed"),
        ({"url": "https://a.example/a/../../b"}, "path_malformed"),
        ({"url": "https://a.example/?a=%4"}, "query_malformed"),
        ({"url": "https://a.example/?=1"}, "query_malformed"),
        ({"url": "https://a.example/?a=1&&b=2"}, "query_malformed"),
        ({"url": "https://a.example/?a=b+c"}, "url_not_canonical"),
        ({"url": "https://a.example/?a=12:00"}, "url_not_canonical"),
        ({"url": "https://a.example/?a=b=c"}, "url_not_canonical"),
        ({"url": "https://a.example/?a=%2f"}, "url_not_canonical"),
        ({"url": "https://a.example/?a=%7E"}, "url_not_canonical"),
        ({"url": "https://a.example/é"}, "url_not_canonical"),
        ({"url": "https://a.example/a b"}, "url_not_canonical"),
        ({"url": "https://A.example/"}, "url_not_canonical"),
        ({"url": "https://a.example/#top"}, "url_not_canonical"),
        ({"url": "https://a.example/a+b", "service": "s3"}, "url_not_canonical"),
        ({"url": "https://a.example/a%2Fb", "service": "s3"}, "url_not_canonical"),
        ({"url": "https://a.example/?X-Amz-Signature=0"}, "already_signed"),
        ({"url": "https://a.example/?x-amz-algorithm=a"}, "already_signed"),
        ({"headers": {"Authorization": "Bearer x"}}, "already_signed"),
        ({"headers": {"X-Amz-Date": DATE}}, "already_signed"),
        ({"headers": {"X-Amz-Security-Token": TOKEN}}, "already_signed"),
        ({"headers": {"X-A": "1\r\nHost: b"}}, "header_malformed"),
        ({"headers": {"X A": "1"}}, "header_malformed"),
        ({"headers": {"": "1"}}, "header_malformed"),
        ({"headers": {"X-A": "\ud800"}}, "header_malformed"),
        ({"headers": {"X-A": 1}}, "header_malformed"),
        ({"headers": {1: "1"}}, "header_malformed"),
        ({"headers": ["X-A"]}, "header_malformed"),
        ({"headers": [("Host", "a"), ("host", "b")]}, "header_repeated"),
        ({"signed_headers": ["X-Absent"]}, "header_missing"),
        ({"method": "get"}, "method_malformed"),
        ({"method": ""}, "method_malformed"),
        ({"region": ""}, "scope_malformed"),
        ({"service": "a/b"}, "scope_malformed"),
        ({"region": "EU", "algorithm": sigv4.V4A}, "scope_malformed"),
        ({"algorithm": "AWS4-HMAC-SHA512"}, "algorithm_unsupported"),
        ({"body": "text"}, "payload_malformed"),
        ({"body": b"x", "payload_hash": hashed(b"x")}, "payload_malformed"),
        ({"payload_hash": hashed(b"x").upper()}, "payload_malformed"),
        ({"payload_hash": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, "payload_malformed"),
        ({"payload_hash": sigv4.UNSIGNED_PAYLOAD, "url": "http://a.example/"}, "payload_needs_https"),
        ({"headers": {"X-Amz-Content-Sha256": hashed(b"x")}}, "payload_mismatch"),
    ],
    ids=str,
)
def test_what_cannot_be_signed_faithfully_is_refused(changes: dict[str, Any], code: str) -> None:
    """With a code, and for signing and presigning alike."""
    assert code_of(sign, **changes) == code
    assert code_of(presign, **changes) == code


@pytest.mark.parametrize(
    ("service", "url", "rewritten"),
    [
        ("execute-api", "https://A.Example/a b?q=a+b#top", "https://a.example/a%20b?q=a%20b"),
        ("execute-api", "https://a.example/é/%2f?a=%2f&&b", "https://a.example/%C3%A9/%2f?a=%2F&b="),
        ("execute-api", "https://a.example?t=12:00&u=b=c", "https://a.example/?t=12%3A00&u=b%3Dc"),
        ("s3", "https://a.example/a+b/%7Ec/%2F", "https://a.example/a%2Bb/~c//"),
        ("s3", "https://a.example/(a)?x", "https://a.example/%28a%29?x"),
    ],
)
def test_on_request_the_url_to_send_is_handed_back(service: str, url: str, rewritten: str) -> None:
    """In a spelling that then is signed as it stands, and the same by either function."""
    signed = sign(service=service, url=url, rewrite=True)

    again = sign(service=service, url=signed.url)
    assert signed.url == rewritten
    assert again.headers == signed.headers
    assert presign(service=service, url=url, rewrite=True).url.startswith(rewritten)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({}, "/b/a%2520b"),
        ({"double_encode": False}, "/b/a%20b"),
        ({"normalize": False}, "/x/..//b/a%2520b"),
        ({"normalize": False, "double_encode": False}, "/x/..//b/a%20b"),
        ({"service": "s3"}, "/x/..//b/a%20b"),
        ({"service": "s3", "normalize": True}, "/b/a%20b"),
        ({"service": "s3", "double_encode": True}, "/x/..//b/a%2520b"),
    ],
)
def test_paths_follow_the_service_unless_told_otherwise(options: dict[str, Any], path: str) -> None:
    """Normalised and encoded once more, but neither for S3; each by itself."""
    signed = sign(url="https://a.example/x/..//b/a%20b", **options)

    assert signed.canonical_request.split("\n")[1] == path


def test_the_hash_is_declared_where_the_other_side_needs_it() -> None:
    """For S3, for an unsigned payload, and where it is asked for."""
    name = "X-Amz-Content-Sha256"

    assert name not in dict(sign(body=BODY).headers)
    assert dict(sign(body=BODY, declare_payload=True).headers)[name] == hashed(BODY)
    assert dict(sign(service="s3").headers)[name] == sigv4.EMPTY_SHA256
    assert name not in dict(sign(service="s3", declare_payload=False).headers)
    assert dict(sign(payload_hash=sigv4.UNSIGNED_PAYLOAD).headers)[name] == sigv4.UNSIGNED_PAYLOAD
    assert name not in dict(sign(headers={name: hashed(BODY)}, body=BODY, declare_payload=True).headers)


def test_a_hash_stands_for_a_body() -> None:
    """Whoever streams a body knows its hash beforehand."""
    assert sign(payload_hash=hashed(BODY)).headers == sign(body=BODY).headers
    assert sign(body=bytearray(BODY)).headers == sign(body=BODY).headers


def test_a_token_may_be_left_out_of_the_signature() -> None:
    """It is sent all the same; in a link it stands behind the signature."""
    signed = sign(credentials=WITH_TOKEN, sign_token=False)
    link = presign(credentials=WITH_TOKEN, sign_token=False)

    assert dict(signed.headers)["X-Amz-Security-Token"] == TOKEN
    assert TOKEN not in signed.canonical_request
    assert dict(signed.headers)["Authorization"] == dict(sign().headers)["Authorization"]
    assert link.url.index("X-Amz-Signature") < link.url.index("X-Amz-Security-Token")
    assert link.canonical_request == presign().canonical_request


@pytest.mark.parametrize("expires", [0, -1, 604_801, "900", 9.5, True])
def test_a_link_is_good_for_seven_days_at_most(expires: Any) -> None:
    """And for a second at least."""
    assert code_of(presign, expires=expires) == "expires_malformed"


def test_a_link_tells_its_end_and_what_has_to_be_sent() -> None:
    """An absolute URL, whose signature comes last."""
    link = presign(expires=60, headers={"Content-Type": "a/b", "Accept": "*/*"})

    assert link.expires_at == AT + 60
    assert link.signed_headers == ("content-type", "host")
    assert link.url.startswith(f"{URL}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F")
    assert len(link.url.rpartition("&X-Amz-Signature=")[2]) == 64
    assert code_of(presign, url="/a", headers={"Host": "a"}) == "host_missing"


def test_a_link_of_s3_leaves_its_body_unsigned_unless_there_is_one() -> None:
    """And says so where it is otherwise; links of other services hash the body."""
    assert presign(service="s3").payload_hash == sigv4.UNSIGNED_PAYLOAD
    assert "X-Amz-Content-Sha256" not in presign(service="s3").url
    assert f"X-Amz-Content-Sha256={hashed(BODY)}" in presign(service="s3", body=BODY).url
    assert presign().payload_hash == sigv4.EMPTY_SHA256
    assert "X-Amz-Content-Sha256=UNSIGNED" in presign(payload_hash=sigv4.UNSIGNED_PAYLOAD).url
    assert "X-Amz-Content-Sha256" in presign(declare_payload=True).url


def test_no_repr_shows_a_secret_a_token_or_a_signature() -> None:
    """Of anything signing takes or returns."""
    signed, link = sign(credentials=WITH_TOKEN), presign(credentials=WITH_TOKEN)
    signature = dict(signed.headers)["Authorization"].rpartition("=")[2]
    key = sigv4.SigningKey(b"k" * 32, session_token=TOKEN)

    told = f"{signed!r} {signed} {link!r} {WITH_TOKEN!r} {WITH_TOKEN} {key!r} {Keys.of()!r}"

    shown = [SECRET, TOKEN, signature, link.url.rpartition("=")[2], "k" * 32]
    assert [each for each in shown if each in told] == []


@pytest.mark.parametrize(
    "given",
    [
        {"access_key_id": "", "secret_access_key": ""},
        {"access_key_id": "a/b", "secret_access_key": None, "session_token": "a b"},
        {"access_key_id": 7, "secret_access_key": 7, "session_token": 7},
    ],
)
def test_credentials_name_every_fault(given: dict[str, Any]) -> None:
    """In one message."""
    with pytest.raises(ConfigError, match=r"access_key_id .*secret_access_key"):
        sigv4.Credentials(**given)


@pytest.mark.parametrize("value", [b"", b"k" * 31, "k" * 32, None])
def test_a_signing_key_is_32_bytes(value: Any) -> None:
    """As the derivation gives them."""
    with pytest.raises(ConfigError, match="32 bytes"):
        sigv4.SigningKey(value, session_token="a b")


@pytest.mark.parametrize("make", [sigv4.SigningKeys, sigv4.KeyPairs])
@pytest.mark.parametrize("most", [0, -1, 1.5, True])
def test_a_memory_of_keys_holds_one_at_least(make: Any, most: Any) -> None:
    """Or it could as well be left out."""
    with pytest.raises(ConfigError, match="most"):
        make(most=most)


def test_signing_keys_are_derived_once_and_kept_within_bounds() -> None:
    """By secret, day, region and service; never by the access key id alone, and no secret is held."""
    derived: list[tuple[bytes, str, str, str]] = []

    def derive(*asked: Any) -> bytes:
        derived.append(asked)
        return sigv4.signing_key(*asked)

    keys = Keys(sigv4.SigningKeys(most=2, derive=derive), sigv4.KeyPairs())
    other = sigv4.Credentials(access_key_id=CREDENTIALS.access_key_id, secret_access_key="other")

    first = sign(keys=keys)
    again = sign(keys=keys)
    rotated = sign(keys=keys, credentials=other)
    for region in ("a", "b", "c"):
        sign(keys=keys, region=region)

    assert first.headers == again.headers != rotated.headers
    assert len(derived) == 5
    assert len(keys.signing) == 2
    assert SECRET.encode() not in str(keys.signing._keys).encode()


def test_key_pairs_are_made_once_and_kept_within_bounds() -> None:
    """By secret and access key id."""
    keys = Keys.of(key_pairs=1)

    for credentials in (CREDENTIALS, CREDENTIALS, WITH_TOKEN):
        sign(keys=keys, credentials=credentials, algorithm=sigv4.V4A)
    assert len(keys.pairs) == 1  # the same secret, token or not
    sign(
        keys=keys,
        algorithm=sigv4.V4A,
        credentials=sigv4.Credentials(access_key_id="other", secret_access_key=SECRET),
    )

    assert len(keys.pairs) == 1
    assert "kept=1" in repr(keys)


def test_a_private_key_is_never_zero_nor_as_large_as_the_order() -> None:
    """A candidate that is too large makes room for the next; one is added to the rest."""
    assert first_fitting([ORDER - 2]) == ORDER - 1
    assert first_fitting([0]) == 1
    assert first_fitting([2**256 - 1, ORDER, ORDER - 1, 7, 8]) == 8
    with pytest.raises(ConfigError, match="no SigV4a key"):
        first_fitting([ORDER - 1])


def test_key_pairs_are_derived_on_both_sides_of_half_the_order() -> None:
    """Where a slip in the arithmetic would show for one half of all keys only."""
    public = {
        sigv4.private_scalar(SECRET.encode(), f"AKID{number}") > ORDER // 2: f"AKID{number}" for number in range(20)
    }

    for key_id in public.values():
        credentials = sigv4.Credentials(access_key_id=key_id, secret_access_key=SECRET)
        keys = Keys.of().pairs
        assert keys.public(credentials).verifies(keys.sign(credentials, b"text"), b"text")
        assert not keys.public(credentials).verifies(keys.sign(credentials, b"text"), b"other")
    assert set(public) == {True, False}


def test_other_parameters_of_that_prefix_are_parameters_like_any() -> None:
    """Only those of a signature are added by signing."""
    signed = sign(url="https://a.example/?X-Amz-Target=a&b=1")

    assert "\nX-Amz-Target=a&b=1\n" in signed.canonical_request


@pytest.mark.parametrize("url", ["/?a=%zz", "/?a=%4"])
def test_no_canonical_request_is_made_of_a_broken_query(url: str) -> None:
    """There is nothing it would decode to."""
    with pytest.raises(sigv4.CannotSign, match="query_malformed"):
        sigv4.canonical_request(method="GET", url=url, headers={"Host": "a"})


@pytest.mark.parametrize("service", ["s3", "execute-api"])
@pytest.mark.parametrize(
    "url",
    ["https://a.example", "https://a.example/", "https://a.example:80/a//b/./c", "http://a.example/x?b=1&a&a=%20"],
)
def test_a_clean_url_is_read_as_a_doubtful_one(service: str, url: str) -> None:
    """The short way gives what the careful one gives."""
    rules = rules_of(service)

    assert sendable(url, rules, rewrite=False) == _carefully(url, rules, rewrite=False)
