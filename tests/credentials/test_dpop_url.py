"""The URL of a proof (row H5): what the gateway tells of it, in one spelling, and nothing looser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import BindingProblem
from authkit.gateway.request import Request
from authkit.tokens.dpop import LONGEST_PATH, method_of, plain_url, public_base, urls_of
from tests.credentials.proofs import DOMAIN, JKT, TOKEN, URL, dpop, of_event, proof, request
from tests.support.events import PREFIX, arn
from tests.support.shared import load

if TYPE_CHECKING:
    from pathlib import Path

REST = "k3p9x7q2wd.execute-api.eu-west-1.amazonaws.com"
HTTP = "v8n4t6r1bz.execute-api.eu-west-1.amazonaws.com"
SOCKET = "h5m2c9y0fj.execute-api.eu-west-1.amazonaws.com"

SHARED_EVENTS: dict[str, tuple[str, set[str]]] = {
    "rest-request.json": ("GET", {f"https://{REST}/prod/orders/1042/lines"}),
    "rest-request-behind-cloudfront.json": ("GET", {f"https://{REST}/prod/orders/1042/lines"}),
    "rest-request-mutual-tls.json": ("GET", {"https://mtls.api.example.com/orders/1042/lines"}),
    "http-v1-request.json": ("GET", {f"https://{HTTP}/orders/1042"}),
    "http-v2-request.json": ("GET", {f"https://{HTTP}/orders/1042"}),
    "http-v2-request-mutual-tls.json": ("GET", {"https://mtls.api.example.com/orders/1042"}),
    "websocket-connect.json": (
        "GET",
        {f"{scheme}://{SOCKET}/live{slash}" for scheme in ("https", "wss") for slash in ("", "/")},
    ),
}


@pytest.mark.parametrize("name", SHARED_EVENTS)
def test_every_kind_of_event_tells_its_url(shared: Path, name: str) -> None:
    """H5: with the stage on the default domain, and as the custom domain has it elsewhere."""
    given = of_event(load(shared, name))

    assert (method_of(given), urls_of(given)) == SHARED_EVENTS[name]


@pytest.mark.parametrize("name", SHARED_EVENTS)
def test_behind_a_front_only_its_own_url_counts(shared: Path, name: str) -> None:
    """H5: the front's URL and the path of the method ARN, which has neither stage nor base path."""
    given = of_event(load(shared, name))

    found = urls_of(given, ("https://api.example.com/v1",))

    expected = {"https://api.example.com/v1/" + given.arn.path}
    if name == "websocket-connect.json":
        bare = "://api.example.com/v1"
        expected = {f"{scheme}{bare}{slash}" for scheme in ("https", "wss") for slash in ("", "/")}
    assert found == expected


@pytest.mark.parametrize("letter", ["a", " ", "é", "%41", "/", "\ud800"])
def test_a_path_longer_than_the_gateways_is_not_spelled_out(letter: str) -> None:
    """H5: what no request has is refused before each of its characters costs something."""
    longest = "/" + "a" * (LONGEST_PATH - 1)
    assert urls_of(request(path=longest)) == {f"https://{DOMAIN}{longest}"}

    with pytest.raises(BindingProblem, match="a path of over 2048 bytes") as fault:
        urls_of(request(path="/" + letter * (LONGEST_PATH // len(letter.encode("utf-8", "surrogatepass")) + 1)))

    assert (fault.value.code, fault.value.claim) == ("proof_invalid", "htu")


SAME: dict[str, str] = {
    "H5-scheme-case": URL.replace("https", "HTTPS"),
    "H5-host-case": URL.replace(DOMAIN, DOMAIN.upper()),
    "H5-default-port": URL.replace(DOMAIN, f"{DOMAIN}:443"),
    "H5-default-port-with-a-nought": URL.replace(DOMAIN, f"{DOMAIN}:0443"),
    "H5-empty-port": URL.replace(DOMAIN, f"{DOMAIN}:"),
    "H5-needless-escape": URL.replace("things", "%74hings"),
    "H5-needless-escape-lower": URL.replace("things", "thin%67s"),
}

DIFFERENT: dict[str, str] = {
    "H5-query": f"{URL}?a=1",
    "H5-empty-query": f"{URL}?",
    "H5-fragment": f"{URL}#a",
    "H5-empty-fragment": f"{URL}#",
    "H5-without-the-stage": URL.replace("/test", ""),
    "H5-another-stage": URL.replace("/test/", "/prod/"),
    "H5-stage-case": URL.replace("/test/", "/TEST/"),
    "H5-path-case": URL.replace("things", "Things"),
    "H5-slash-in-the-end": f"{URL}/",
    "H5-doubled-slash": URL.replace("/things", "//things"),
    "H5-escaped-slash": URL.replace("/things", "%2Fthings"),
    "H5-dot-segment": URL.replace("/things", "/./things"),
    "H5-dot-dot-segment": URL.replace("/things", "/x/../things"),
    "H5-escaped-dot-dot": URL.replace("/things", "/x/%2e%2E/things"),
    "H5-another-port": URL.replace(DOMAIN, f"{DOMAIN}:8443"),
    "H5-port-nought": URL.replace(DOMAIN, f"{DOMAIN}:0"),
    "H5-http": URL.replace("https", "http"),
    "H5-http-with-the-port-of-https": URL.replace("https", "http").replace(DOMAIN, f"{DOMAIN}:443"),
    "H5-wss-where-no-websocket-is": URL.replace("https", "wss"),
    "H5-custom-domain": URL.replace(DOMAIN, "api.example.com"),
    "H5-user": URL.replace(DOMAIN, f"user@{DOMAIN}"),
    "H5-user-that-looks-like-the-host": f"https://{DOMAIN}@attacker.example/test/things/7",
    "H5-host-with-a-dot-in-the-end": URL.replace(DOMAIN, f"{DOMAIN}."),
    "H5-host-escaped": URL.replace("abcdef", "%61bcdef"),
    "H5-path-alone": "/test/things/7",
    "H5-no-scheme": URL.removeprefix("https:"),
    "H5-backslash": URL.replace("/things", "\\things"),
    "H5-blank-before": f" {URL}",
    "H5-blank-after": f"{URL} ",
    "H5-line-end-after": f"{URL}\n",
    "H5-nul-after": f"{URL}\0",
    "H5-twice-escaped": URL.replace("things", "%2574hings"),
    "H5-half-an-escape": f"{URL}%",
    "H5-fullwidth-slash": URL.replace("/things", "\uff0fthings"),
    "H5-kelvin-sign": URL.replace("things/7", "\u212a"),
    "H5-parameter": f"{URL};v=1",
    "H5-nothing": "https://",
    "H5-long": URL + "/a" * 2000,
}


@pytest.mark.parametrize("name", SAME)
def test_another_spelling_is_the_same_url(name: str) -> None:
    """H5: RFC 3986 sections 6.2.2 and 6.2.3."""
    dpop()(request(proof(htu=SAME[name])), TOKEN, JKT)


@pytest.mark.parametrize("name", DIFFERENT)
def test_another_url_is_refused(name: str) -> None:
    """H5: also with a query or a fragment, which a proof must not have (RFC 9449 section 4.2)."""
    with pytest.raises(BindingProblem) as found:
        dpop()(request(proof(htu=DIFFERENT[name])), TOKEN, JKT)

    assert (found.value.code, found.value.claim) == ("proof_invalid", "htu")


PATHS: list[tuple[str, str, bool]] = [
    ("/test/a b", "/test/a%20b", True),
    ("/test/a%20b", "/test/a%20b", True),
    ("/test/a%20b", "/test/a%2520b", True),  # it may have been decoded
    ("/test/a%20b", "/test/a b", False),
    ("/test/å", "/test/%C3%A5", True),
    ("/test/å", "/test/%c3%a5", True),
    ("/test/å", "/test/%E5", False),
    ("/test/%C3%A5", "/test/%c3%a5", True),
    ("/test/a:b", "/test/a:b", True),
    ("/test/a:b", "/test/a%3Ab", True),
    ("/test/a%3Ab", "/test/a:b", False),
    ("/test/a@b,c", "/test/a%40b%2Cc", True),
    ("/test/a?b", "/test/a%3Fb", True),
    ("/test/a?b", "/test/a", False),
    ("/test/a#b", "/test/a%23b", True),
    ("/test/a#b", "/test/a", False),
    ("/test/a%2Fb", "/test/a%2fb", True),
    ("/test/a%2Fb", "/test/a/b", False),
    ("/test/a/b", "/test/a%2Fb", False),
    ("/test/100%", "/test/100%25", True),
    ("/test/%zz", "/test/%25zz", True),
    ("/test/..", "/test/..", False),
    ("/test/x/..", "/test/", False),
    ("/test/%2e%2e", "/test/%2e%2e", False),
    ("/test/%2e%2e", "/test/%252e%252e", True),
    ("/test//a", "/test//a", True),
    ("/test//a", "/test/a", False),
    ("/test/a/", "/test/a", False),
    ("/test/\ud800", "/test/%ED%A0%80", False),
    (".attacker.example/", "/", False),
    ("", "/", False),
]


@pytest.mark.parametrize(("received", "named", "same"), PATHS)
def test_a_path_counts_as_received_or_escaped(received: str, named: str, same: bool) -> None:
    """H5: AWS does not say whether it was decoded; neither form makes two of one path or one of two."""
    given = request(path=received)

    assert (plain(f"https://{DOMAIN}{named}") in urls_of(given)) is same


def plain(url: str) -> str:
    try:
        return plain_url(url)
    except ValueError:
        return ""


@pytest.mark.parametrize("path", ["/test", "/test/"])
@pytest.mark.parametrize("named", ["/test", "/test/"])
def test_the_root_is_one_with_a_slash_or_without(path: str, named: str) -> None:
    """H5: its ARN ends in a slash whatever the caller wrote."""
    given = request(path=path, methodArn=arn(path=""))

    assert f"https://{DOMAIN}{named}" in urls_of(given)


def test_elsewhere_a_slash_in_the_end_is_another_path() -> None:
    """H5: the event tells the two apart."""
    assert urls_of(request(path="/test/things/")) == {f"https://{DOMAIN}/test/things/"}


@pytest.mark.parametrize("domain", [None, "", 7, "a b", "a/b", "user@host", "https://host", "host?", "ho\nst"])
def test_without_a_domain_there_is_no_url(domain: Any) -> None:
    """H5: and so no proof fits; the refusal says what to set."""
    given = request(proof(), context={"domainName": domain})

    assert urls_of(given) == frozenset()
    with pytest.raises(BindingProblem, match="public_urls") as found:
        dpop()(given, TOKEN, JKT)
    assert (found.value.code, found.value.claim) == ("proof_invalid", "htu")


def test_without_a_path_there_is_no_url() -> None:
    """H5: the ARN's path has no stage, so it cannot stand in."""
    assert urls_of(request(context={"path": None})) == frozenset()


def socket_event(domain: str, **changes: Any) -> Request:
    return of_event(
        {
            "type": "REQUEST",
            "methodArn": f"{PREFIX}$connect",
            "requestContext": {"eventType": "CONNECT", "domainName": domain, "stage": "test"},
            **changes,
        }
    )


@pytest.mark.parametrize("scheme", ["https", "wss", "WSS"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_websocket_is_its_stage(scheme: str, slash: str) -> None:
    """H5: as the handshake has it, or as the program says it."""
    given = proof(htu=f"{scheme}://{DOMAIN}/test{slash}", htm="GET")

    dpop()(socket_event(DOMAIN, headers={"dpop": given}), TOKEN, JKT)


def test_a_websocket_on_a_custom_domain_needs_its_url() -> None:
    """H5: its event has no path, and a guess could be another API's."""
    assert urls_of(socket_event("ws.example.com")) == frozenset()
    assert "wss://ws.example.com/" in urls_of(socket_event("ws.example.com"), (public_base("wss://ws.example.com"),))


FRONTS: list[tuple[str, str, bool]] = [
    ("https://api.example.com", "https://api.example.com/things/7", True),
    ("https://api.example.com/", "https://api.example.com/things/7", True),
    ("HTTPS://API.example.com:443/v1/", "https://api.example.com/v1/things/7", True),
    ("https://api.example.com/v1", "https://api.example.com/v1//things/7", False),
    ("https://api.example.com/v1", "https://api.example.com/things/7", False),
    ("https://api.example.com/v1", "https://api.example.com/v1/test/things/7", False),
    ("https://api.example.com/v1", "https://api.example.com/v1things/7", False),
    ("https://api.example.com/v1", "https://api.example.com/V1/things/7", False),
    ("https://api.example.com", URL, False),
    (f"https://{DOMAIN}/test", URL, True),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000/things/7", True),
    ("http://[::1]:8000", "http://[::1]:8000/things/7", True),
]


@pytest.mark.parametrize(("front", "named", "same"), FRONTS)
def test_a_front_maps_to_the_path_of_the_arn(front: str, named: str, same: bool) -> None:
    """H5: exactly, and the gateway's own URL counts only if it is named too."""
    demand = dpop(public_urls=[front])
    given = request(proof(htu=named))

    if same:
        demand(given, TOKEN, JKT)
    else:
        with pytest.raises(BindingProblem, match="another"):
            demand(given, TOKEN, JKT)


def test_several_fronts_count() -> None:
    """H5: each of them."""
    demand = dpop(public_urls=("https://a.example", "https://b.example/v2"))

    demand(request(proof(htu="https://a.example/things/7")), TOKEN, JKT)
    demand(request(proof(htu="https://b.example/v2/things/7")), TOKEN, JKT)
    with pytest.raises(BindingProblem, match="another path"):
        demand(request(proof(htu="https://b.example/things/7")), TOKEN, JKT)


@pytest.mark.parametrize(
    ("url", "spelt"),
    [
        ("https://h", "https://h/"),
        ("https://H:443?".removesuffix("?"), "https://h/"),
        ("http://h:80/", "http://h/"),
        ("http://h:443/", "http://h:443/"),
        ("wss://h:443/a", "wss://h/a"),
        ("ws://h:80", "ws://h/"),
        ("https://h:00443", "https://h/"),
        ("https://h/%7euser/%c3%A5/%2f", "https://h/~user/%C3%A5/%2F"),
        ("https://h/%2541", "https://h/%2541"),
        ("https://[::1]:8443/", "https://[::1]:8443/"),
        ("https://h/...", "https://h/..."),
        ("https://h/.a/..b", "https://h/.a/..b"),
    ],
)
def test_a_url_has_one_spelling(url: str, spelt: str) -> None:
    """RFC 3986 sections 6.2.2 and 6.2.3, but for dot segments."""
    assert plain_url(url) == spelt
