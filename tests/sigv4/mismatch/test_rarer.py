"""What is rarer: other headers, S3, dates that are none, texts in odd shapes, and requests that are very large."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authkit import sigv4
from authkit.errors import Refused, Unauthenticated
from authkit.sigv4.mismatch import access_key_id_of, blanked, why_not
from authkit.sigv4.mismatch.message import read_message
from authkit.sigv4.mismatch.reading import read_sent
from authkit.sigv4.mismatch.search import by_signature, search
from tests.sigv4.mismatch.broken import AT, CREDENTIALS, KEY_ID, REGION, RIGHT, SECRET, SERVICE, TOKEN, request
from tests.sigv4.mismatch.test_why_not import echo

PLAIN = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key=SECRET)


def sent(
    signed: list[tuple[str, str]],
    came: list[tuple[str, str]],
    url: str = "/a",
    *,
    service: str = SERVICE,
    **options: Any,
) -> dict[str, Any]:
    """Return a request signed with some headers, which comes with others."""
    found = sigv4.sign(
        method="POST",
        url=url,
        headers=[("Host", "abc.example.com"), *signed],
        signed_headers=[name for name, _ in signed],
        credentials=PLAIN,
        region=REGION,
        service=service,
        clock=lambda: AT,
        **options,
    )
    added = found.headers
    there = {name.lower() for name, _ in came}
    return {
        "method": "POST",
        "url": url,
        "headers": [*came, *added] if "host" in there else [("Host", "abc.example.com"), *came, *added],
        "body": options.get("body"),
    }


@pytest.mark.parametrize(
    ("signed", "came", "code"),
    [
        ([("X-Forwarded-For", "1.1.1.1")], [("X-Forwarded-For", "1.1.1.1, 2.2.2.2")], "header_changed"),
        ([("Accept-Encoding", "gzip, deflate")], [("Accept-Encoding", "identity")], "header_changed"),
        ([("Connection", "keep-alive")], [("Connection", "close")], "header_changed"),
        ([("Accept", "*/*")], [("Accept", "text/html")], "header_changed"),
        ([("Content-Length", "3")], [("Content-Length", "7")], "header_changed"),
        ([("X-A", "One")], [("X-A", "one")], ""),
        ([("X-A", "one")], [("X-A", "One")], "header_changed"),
        ([("X-A", "1"), ("X-A", "2")], [("X-A", "1, 2")], "header_repeated"),
        ([("X-A", "")], [], ""),
        ([], [("Host", "abc.example.com:443")], "host_port"),
        ([], [("Host", "10.0.0.1"), ("X-Forwarded-Host", "abc.example.com, 10.0.0.2")], "host_changed"),
    ],
)
def test_headers_that_proxies_are_known_for(
    signed: list[tuple[str, str]], came: list[tuple[str, str]], code: str
) -> None:
    """And a few that nobody can know, or that make no difference."""
    found = why_not(**sent(signed, came, body=b"abc"), key=PLAIN)

    assert found.cause == code


def test_a_proxy_is_told_by_the_host_the_client_used() -> None:
    """Then its own Host is no matter."""
    asked = sent([], [("Host", "10.0.0.1")])

    assert "is right" in why_not(**asked, key=PLAIN, host="abc.example.com").says


def test_an_authority_may_stand_for_the_host() -> None:
    """HTTP/2 has no Host; signed by that name, there is no host to look at."""
    names = [(":authority", "abc.example.com"), ("X-Amz-Date", "20150830T123600Z")]
    shown = (
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{RIGHT.scope}, SignedHeaders=:authority;x-amz-date, Signature={'0' * 64}"
    )

    found = why_not(method="GET", url="/", headers=[*names, ("Authorization", shown)], key=PLAIN)

    assert found.causes == ()
    assert "another secret" in found.says


@pytest.mark.parametrize(
    ("path", "options", "code"),
    [
        ("/a%20b//c", {"double_encode": True}, "path_encoding"),
        ("/a//b", {"normalize": True}, "path_not_normal"),
        ("/a%20b//c", {"double_encode": True, "normalize": True}, "s3_rules"),
        ("/a%20b//c", {}, ""),
    ],
)
def test_s3_the_other_way_round(path: str, options: dict[str, Any], code: str) -> None:
    """What is right elsewhere is wrong there."""
    assert why_not(**sent([], [], path, service="s3", **options), key=PLAIN).cause == code


def test_an_s3_link_leaves_its_body_unsigned() -> None:
    """Unless it says otherwise."""
    link = sigv4.presign(
        method="PUT",
        url="https://b.example.com/k",
        credentials=PLAIN,
        region=REGION,
        service="s3",
        clock=lambda: AT,
    )

    found = why_not(method="PUT", url=link.url, headers={"Host": "b.example.com"}, body=b"x", key=PLAIN)

    assert "is right" in found.says


def test_a_path_that_is_broken_is_looked_at_as_it_stands() -> None:
    """Nothing of it can be decoded."""
    asked = {**request(RIGHT._replace(path="/%zz", query="").signature), "url": "/%zz"}

    assert why_not(**asked, key=CREDENTIALS).causes == ("path_encoding",)


def test_a_secret_with_a_percent_sign_is_no_escape() -> None:
    """It is tried in quotes, and decoded only where that can be."""
    key = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key="a%zz")
    quoted = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key="'a%2Bb'")
    plain = sigv4.Credentials(access_key_id=KEY_ID, secret_access_key="'a%2Bb")
    found = [
        why_not(**request(RIGHT._replace(secret=secret).signature), key=given).causes
        for secret, given in (("'a%zz'", key), ("a%2Bb", quoted), ("'a+b", plain))
    ]

    assert found == [("secret_spelling",)] * 3


def test_a_date_that_is_none_is_not_moved() -> None:
    """It begins with the day of the scope, and is no time."""
    asked = request("0" * 64)
    asked["headers"] = [(name, "20150830T99" if name == "X-Amz-Date" else value) for name, value in asked["headers"]]

    found = why_not(**asked, key=CREDENTIALS)
    told = why_not(**asked, error=Unauthenticated("signature_expired"), at=AT)

    assert found.causes == ()
    assert told.causes == ("clock",)
    assert "signed for 20150830T99." in told.says


def test_a_link_past_its_end_and_one_before_its_time() -> None:
    """The one is too old, the other's clock is ahead."""
    link = sigv4.presign(
        method="GET", url="https://a.example.com/", credentials=PLAIN, region=REGION, service=SERVICE, clock=lambda: AT
    )
    asked: dict[str, Any] = {"method": "GET", "url": link.url, "headers": {"Host": "a.example.com"}}

    past = why_not(**asked, error=Unauthenticated("signature_expired"), at=AT + 1000)
    early = why_not(**asked, error=Unauthenticated("signature_not_yet_valid"), at=AT - 1000)

    assert (past.causes, early.causes) == (("link_expired",), ("clock",))
    assert "1000 s after" in early.says


def test_a_refusal_for_the_token_alone() -> None:
    """It was not sent; or it is another than the key's, which the refusal says by itself."""
    without = sent([], [])

    assert why_not(**without, error=Unauthenticated("token_mismatch"), key=CREDENTIALS).causes == ("token_missing",)
    assert why_not(**request(RIGHT.signature), error=Unauthenticated("token_mismatch")).causes == ()


def test_an_echo_shows_another_scope_and_another_front_of_the_path() -> None:
    """Neither needs to be on a list."""
    longer = RIGHT._replace(path="/mapping/v7/prod/a%2520b/c")
    region = RIGHT._replace(scope="20150830/xx-nowhere-9/execute-api/aws4_request")
    service = RIGHT._replace(scope="20150830/eu-central-1/nothing-known/aws4_request")
    odd = RIGHT._replace(scope="20150830/odd")

    found = [why_not(**request(RIGHT.signature), error=echo(said)).causes for said in (longer, region, service, odd)]

    assert found == [("path_prefix",), ("region",), ("service",), ()]


def test_an_echo_of_a_region_set_has_no_region() -> None:
    """SigV4a's scope has three parts; its header has the regions."""
    asked = {"method": "GET", "url": "https://abc.example.com/", "headers": {}}
    signed = sigv4.sign(**asked, credentials=PLAIN, region="*", service=SERVICE, clock=lambda: AT, algorithm=sigv4.V4A)
    sent = {**asked, "headers": [("Host", signed.host), *signed.headers]}
    text = signed.string_to_sign.replace(SERVICE, "acme")
    error = f"<Error><StringToSign>{text}</StringToSign><CanonicalRequest>{signed.canonical_request}</CanonicalRequest></Error>"

    assert why_not(**sent, error=error).causes == ("service",)


def test_an_echo_that_is_cut_off_shows_what_there_is() -> None:
    """Fewer lines than a canonical request has are none."""
    found = why_not(**request(RIGHT.signature), error="<CanonicalRequest>GET\n/x</CanonicalRequest>")

    assert (found.causes, found.difference) == ((), None)


def test_a_value_that_is_not_shown_still_shows_that_it_differs() -> None:
    """Of the query as of the headers."""
    hidden = RIGHT._replace(query="token=a")
    asked = {**request(RIGHT.signature), "url": "/prod/a%20b//c?token=b"}

    query = why_not(**asked, error=echo(hidden))
    header = why_not(**request(RIGHT.signature), error=echo(RIGHT.header("x-amz-security-token", "another")))

    assert query.difference == ("query", "a value that is not shown", "another")
    assert header.difference == ("header x-amz-security-token", "…", "… (another)")


def test_what_a_terminal_would_obey_is_shown_as_text() -> None:
    """An error text comes from the network."""
    found = why_not(**request(RIGHT.signature), error=echo(RIGHT.header("x-note", "\x1b[2J" + "a" * 300)))

    assert found.difference is not None
    assert found.difference.other.startswith("\\x1b[2Jaaa")
    assert len(found.difference.other) < 220


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("<CanonicalRequest>&#10;&#x41;&amp;&#xD800;&#9999999;</CanonicalRequest>", "\nA&\ufffd\ufffd"),
        ("&#10;", ""),
    ],
)
def test_entities_are_read(text: str, canonical: str) -> None:
    """Those that stand for no character are replaced."""
    assert read_message(text).echo.canonical == canonical


def test_escapes_are_read_in_a_log_that_is_no_json() -> None:
    """As one copies it from a console."""
    whole = json.dumps({"message": echo(RIGHT.header("x-note", "a'\tü/\\"))})

    found = read_message(whole[:-1] + ",")

    assert "x-note:a'\tü/\\\n" in found.echo.canonical
    assert found.echo.text == RIGHT.header("x-note", "a'\tü/\\").text
    assert read_message('{"\\ud800 should have been\\n').echo == ("", "")


def test_json_of_another_kind_is_a_text() -> None:
    """Nested ones are read through; lists and numbers say nothing."""
    nested = json.dumps({"Error": {"Code": "X", "Message": echo(RIGHT)}, "n": 1})

    assert read_message(nested).echo.canonical == RIGHT.canonical
    assert read_message('"plain"').echo == ("", "")


def test_a_very_large_request_is_not_looked_into() -> None:
    """As verify does not."""
    for changes in ({"url": "/?" + "a" * 17_000}, {"url": "/?" + "&" * 600}, {"headers": [("X", "y" * 40_000)]}):
        found = why_not(**{**request(RIGHT.signature), **changes})
        assert "request_too_large" in found.says


def test_the_work_is_bounded() -> None:
    """Many headers and parameters make many readings; no more are tried than is said."""
    asked = request("0" * 64)
    extra = [(f"X-N{number}", "A, b") for number in range(60)]
    names = ";".join(sorted([*(name for name, _ in RIGHT.headers), *(name.lower() for name, _ in extra)]))
    shown = f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{RIGHT.scope}, SignedHeaders={names}, Signature={'0' * 64}"
    asked["headers"] = [*asked["headers"][:-1], *extra, ("Authorization", shown)]
    sent, base = read_sent(**asked, host=None, normalize=None, double_encode=None, key=CREDENTIALS)
    tried = []

    found = search(sent, base, lambda reading: bool(tried.append(reading)))

    assert found is None
    assert 1_000 < len(tried) <= 12_000


def test_nothing_is_shown_by_a_repr() -> None:
    """Neither of a request that is looked into, nor of how it reads, nor of what an error says."""
    asked = request(RIGHT.signature)
    sent, base = read_sent(**asked, host=None, normalize=None, double_encode=None, key=CREDENTIALS)

    shown = f"{sent!r} {base!r} {read_message(echo(RIGHT))!r} {why_not(**asked, key=CREDENTIALS)!r}"

    assert TOKEN not in shown
    assert SECRET not in shown
    assert RIGHT.signature not in shown
    assert by_signature(sent.claim.signature)(base)


def test_a_canonical_request_is_blanked() -> None:
    """Tokens, cookies, keys; what is public stays."""
    text = "GET\n/\nX-Amz-Credential=a&X-Amz-Security-Token=t&code=c&empty&page=1\ncookie:a=b\nhost:h\nx-api-key:k\n\nhost\nhash"

    assert blanked(text) == (
        "GET\n/\nX-Amz-Credential=a&X-Amz-Security-Token=…&code=…&empty&page=1\ncookie:…\nhost:h\nx-api-key:…\n\nhost\nhash"
    )


def test_whose_signature_it_is() -> None:
    """What a command looks credentials up by."""
    asked = request(RIGHT.signature)
    del asked["body"]

    assert access_key_id_of(**asked) == KEY_ID
    with pytest.raises(sigv4.CannotSign):
        access_key_id_of(method="GET", url="/", headers=())


def test_a_refusal_of_another_kind_is_passed_on() -> None:
    """With its code."""
    assert "revoked" in why_not(**request(RIGHT.signature), error=Refused("revoked")).says


def test_a_link_of_another_second() -> None:
    """It has no date among its headers."""
    link = sigv4.presign(
        method="GET", url="https://a.example.com/", credentials=PLAIN, region=REGION, service=SERVICE, clock=lambda: AT
    )
    other = link._replace(url=link.url.replace("X-Amz-Date=20150830T123600Z", "X-Amz-Date=20150830T123601Z"))
    sent: dict[str, Any] = {"method": "GET", "headers": {"Host": "a.example.com"}, "key": PLAIN}

    assert why_not(url=other.url, **sent).causes == ()
    assert "is right" in why_not(url=link.url, **sent).says


def test_an_echo_without_its_second_half_is_none() -> None:
    """It was cut off."""
    assert read_message(echo(RIGHT).partition("'\n\nThe String")[0]).echo == ("", "")
