"""What must hold of every request: what we sign we verify, what is changed on the way is refused, nothing else is raised."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authkit import sigv4
from authkit.errors import Refused
from authkit.sigv4.path import GENERAL, S3
from authkit.sigv4.query import canonical_query
from authkit.sigv4.spelling import _carefully, sendable
from tests.sigv4.forging import AT, CREDENTIALS, HOST, KEY_ID, REGION, SERVICE, WITH_TOKEN, Sent, forged, link

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"])
NAMES = st.from_regex(r"\A[Xx]-[A-Za-z0-9]{1,8}\Z")
SERVICES = st.sampled_from([SERVICE, "s3"])
KEYS = st.sampled_from([CREDENTIALS, WITH_TOKEN])


@st.composite
def urls(draw: st.DrawFn) -> str:
    """Return a URL of any texts, encoded or not."""
    path = "/".join(draw(st.lists(TEXT, max_size=4)))
    pairs = draw(st.lists(st.tuples(TEXT, TEXT), max_size=4))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return f"https://{HOST}/{path}" + (f"?{query}" if query else "")


def arrived(url: str, signed: sigv4.Signed, **sent: Any) -> Sent:
    target = url[len(f"https://{HOST}") :]
    return Sent(target=target, headers=(*sent.pop("given"), ("Host", signed.host), *signed.headers), **sent)


@given(
    url=urls(),
    method=METHODS,
    service=SERVICES,
    body=st.binary(max_size=40),
    headers=st.lists(st.tuples(NAMES, TEXT), max_size=4),
    credentials=KEYS,
    algorithm=st.sampled_from([sigv4.V4, sigv4.V4A]),
)
def test_what_is_signed_is_verified(
    url: str,
    method: str,
    service: str,
    body: bytes,
    headers: list[tuple[str, str]],
    credentials: sigv4.Credentials,
    algorithm: str,
) -> None:
    """Whatever is in it, in the spelling that is handed back; or it is refused before it is sent."""
    try:
        signed = sigv4.sign(
            method=method,
            url=url,
            headers=headers,
            body=body,
            credentials=credentials,
            region=REGION,
            service=service,
            algorithm=algorithm,
            signed_headers=[name for name, _ in headers],
            rewrite=True,
            clock=lambda: AT,
        )
    except sigv4.CannotSign:
        return
    policy = {"services": [service], "algorithms": [algorithm], "normal_paths": False}
    sent = arrived(signed.url, signed, given=headers, method=method, body=body, keys={KEY_ID: credentials})

    verified = sent.ask(**policy).verify()

    assert (verified.access_key_id, verified.payload) == (KEY_ID, "checked")
    assert verified.signed_headers == signed.signed_headers


@given(url=urls(), service=SERVICES, credentials=KEYS, expires=st.integers(1, 604_800), late=st.integers(0, 604_800))
def test_what_is_presigned_is_verified_until_its_end(
    url: str, service: str, credentials: sigv4.Credentials, expires: int, late: int
) -> None:
    """And not a second longer."""
    try:
        made = sigv4.presign(
            method="GET",
            url=url,
            credentials=credentials,
            region=REGION,
            service=service,
            expires=expires,
            rewrite=True,
            clock=lambda: AT,
        )
    except sigv4.CannotSign:
        return
    target = made.url[len(f"https://{HOST}") :]
    sent = Sent("GET", target, (("Host", HOST),), b"", AT + late, keys={KEY_ID: credentials})

    try:
        sent.ask(services=[service], payloads=["unsigned"], normal_paths=False).verify()
        seen = "accepted"
    except Refused as refused:
        seen = refused.code

    assert seen == ("accepted" if late <= expires else "signature_expired")


PLAIN = forged(headers=(("Content-Type", "a/b"), ("X-Tenant", "seven of  nine")))
LINK = link(path="/v1/f%20g", query="v=a%2Fb")
ASYMMETRIC = sigv4.sign(
    method="POST",
    url=f"https://{HOST}/v1/a%2Fb?x=%2F",
    body=b"{}",
    credentials=CREDENTIALS,
    region=REGION,
    service=SERVICE,
    algorithm=sigv4.V4A,
    clock=lambda: AT,
)


def places(sent: Sent) -> list[tuple[str, int]]:
    """Return every part of a request that its signature vouches for, and how many bytes it has."""
    found = [("method", len(sent.method)), ("target", len(sent.target)), ("body", len(sent.body or b""))]
    return found + [(name, len(value)) for name, value in sent.headers]


def flipped(sent: Sent, part: str, byte: int, bit: int) -> Sent:
    """Return a request with one bit flipped."""

    def flip(text: str) -> str:
        raw = bytearray(text.encode("latin-1"))
        raw[byte] ^= 1 << bit
        return raw.decode("latin-1")

    if part == "body":
        return sent._replace(body=flip((sent.body or b"").decode("latin-1")).encode("latin-1"))
    if part in ("method", "target"):
        return sent._replace(**{part: flip(getattr(sent, part))})
    return sent._replace(headers=tuple((n, flip(v) if n == part else v) for n, v in sent.headers))


@pytest.mark.parametrize("sent", [PLAIN, LINK], ids=["header", "query"])
def test_any_flipped_bit_is_refused(sent: Sent) -> None:
    """Every bit of method, target, signed headers, signature and body, one after the other."""
    assert sent.verify().access_key_id == KEY_ID
    accepted = []

    for part, length in places(sent):
        for byte in range(length):
            for bit in range(8):
                try:
                    flipped(sent, part, byte, bit).verify()
                    accepted.append((part, byte, bit))
                except Refused:
                    pass

    assert accepted == []


@settings(max_examples=60)
@given(data=st.data())
def test_any_flipped_bit_of_an_asymmetric_request_is_refused(data: st.DataObject) -> None:
    """By either algorithm."""
    sent = Sent("POST", "/v1/a%2Fb?x=%2F", (("Host", HOST), *ASYMMETRIC.headers), b"{}").ask(
        algorithms=[sigv4.V4, sigv4.V4A]
    )
    assert sent.verify().access_key_id == KEY_ID
    part, length = data.draw(st.sampled_from([place for place in places(sent) if place[1]]))

    changed = flipped(sent, part, data.draw(st.integers(0, length - 1)), data.draw(st.integers(0, 7)))

    with pytest.raises(Refused):
        changed.verify()


SPELLINGS = [
    ("%2F", "/"), ("%2F", "%252F"), ("%2f", "%2F"), ("%20", "+"), ("%3B", ";"), ("%3B", "&"), (";", "&"),
    ("%3D", "="), ("%26", "&"), ("%61", "a"), ("a", "A"), ("/", "//"), ("/", "/./"), ("/", "\\"), ("?", "%3F"),
    ("?", "?&"), ("?", "/?"), ("a=", "a"), ("&", "&&"), ("=", "=="), ("%C3%A9", "%c3%a9"), ("%C3%A9", "e%CC%81"),
    ("%2e", "."), ("a.", "a"),
]  # fmt: skip
"""Pairs that somebody on the way could take for one another."""
SEGMENTS = st.sampled_from(
    ["a", "a%2Fb", "a%2fb", "a%252Fb", "%61", "a;b", "a+b", "a.", "%2e%2e", "%C3%A9", "e%CC%81", "a\\b"]
)
PARAMETERS = st.sampled_from(
    ["a=", "a=1", "b=%20", "a=%3B", "a=1%3Bb%3D2", "a=%26b%3D2", "a=/", "a=%2F", "%3B=%3D", "a==", "b"]
)
VALUES = st.sampled_from(["1", "1  2", "1,2", "é", "e\u0301", b"\xe9", b"\xc3\xa9", "", "\u00a01"])


def meaning(sent: Sent, names: tuple[str, ...]) -> tuple[object, ...]:
    """Read a request as those behind us may: path as sent, parameters parted at ``&`` or at ``;`` too, values folded."""
    path, _, query = sent.target.partition("?")
    parted = (
        parse_qsl(text, keep_blank_values=True, errors="surrogateescape") for text in (query, query.replace(";", "&"))
    )
    every = [(n.lower(), value if isinstance(value, bytes) else value.encode()) for n, value in sent.headers]
    values = [b",".join(b" ".join(value.split()) for n, value in every if n == name) for name in names]
    return path, *map(sorted, parted), values


@settings(max_examples=400)
@given(
    path=st.lists(SEGMENTS, max_size=3).map("/".join),
    query=st.lists(PARAMETERS, max_size=3).map("&".join),
    headers=st.lists(st.tuples(st.sampled_from(["X-A", "x-a", "X-B"]), VALUES), max_size=3),
    changes=st.lists(st.tuples(st.sampled_from(SPELLINGS), st.booleans(), st.integers(0, 5)), min_size=1, max_size=2),
    others=st.lists(st.tuples(st.sampled_from(["X-A", "X-B"]), VALUES), max_size=3),
)
def test_two_requests_of_different_meaning_never_share_a_signature(
    path: str, query: str, headers: list[tuple[str, Any]], changes: Any, others: list[tuple[str, Any]]
) -> None:
    """Whichever spelling somebody on the way puts in the place of another, and whatever headers."""
    sent = forged(method="GET", target=f"/{path}?{query}" if query else f"/{path}", headers=headers, body=b"")
    target = sent.target
    for (one, other), back, at in changes:
        old, new = (other, one) if back else (one, other)
        found = [part.start() for part in re.finditer(re.escape(old), target)]
        if found:
            place = found[at % len(found)]
            target = target[:place] + new + target[place + len(old) :]
    kept = tuple(pair for pair in sent.headers if pair[0].lower() not in ("x-a", "x-b"))
    for changed in (sent._replace(target=target), sent._replace(headers=(*kept, *others))):
        try:
            names = sent.verify().signed_headers
            changed.verify()
        except Refused:
            continue
        assert meaning(changed, names) == meaning(sent, names)


ANY = st.text(max_size=60) | st.from_regex(r"AWS4-HMAC-SHA256 Credential=.{0,40}, SignedHeaders=.{0,20}, Signature=.*")


@given(
    method=st.text(max_size=8),
    target=st.text(max_size=40).map("/".__add__) | st.text(max_size=40).map("/?X-Amz-Signature=".__add__),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["Authorization", "Host", "X-Amz-Date", "x"]) | st.text(max_size=6), ANY | st.binary()
        ),
        max_size=6,
    ),
    body=st.none() | st.binary(max_size=8),
)
def test_rubbish_is_refused_and_nothing_else_is_raised(
    method: str, target: str, headers: list[tuple[str, Any]], body: bytes | None
) -> None:
    """Whatever bytes a stranger sends."""
    with pytest.raises(Refused):
        Sent(method, target, tuple(headers), body).verify()


@given(target=st.text(max_size=30), value=st.text(max_size=30), date=st.text(max_size=20), scope=st.text(max_size=40))
def test_rubbish_within_a_request_of_the_right_shape_is_refused(target: str, value: str, date: str, scope: str) -> None:
    """In each of its parts."""
    for sent in (
        PLAIN._replace(target="/" + target + "x"),
        PLAIN.put("x-tenant", value + "x"),
        PLAIN.put("x-amz-date", date),
        PLAIN.sub(f"{KEY_ID}/", f"{KEY_ID}/{scope}/"),
    ):
        with pytest.raises(Refused):
            sent.verify()


@given(url=urls() | st.text(max_size=40).map(f"https://{HOST}/".__add__), rules=st.sampled_from([GENERAL, S3]))
def test_the_short_way_to_read_a_url_is_the_careful_one(url: str, rules: sigv4.PathRules) -> None:
    """The same parts, or the same refusal."""

    def outcome(read: Any) -> Any:
        try:
            return read(url, rules, rewrite=False)
        except sigv4.CannotSign as refused:
            return refused.code

    assert outcome(sendable) == outcome(_carefully)


@given(st.lists(st.tuples(st.text("ab-.~0%", min_size=1, max_size=3), st.text("ab-.~0%", max_size=3)), max_size=5))
def test_a_canonical_query_is_sorted_by_name_and_then_by_value(pairs: list[tuple[str, str]]) -> None:
    """Also where one name begins with another, by the encoded texts."""
    coded = [tuple(part.replace("%", "%25") for part in pair) for pair in pairs]

    found = canonical_query("&".join(f"{name}={value}" for name, value in coded))

    assert found == "&".join(f"{name}={value}" for name, value in sorted(coded))


@given(url=urls(), service=SERVICES)
def test_a_rewritten_url_stays_as_it_is(url: str, service: str) -> None:
    """What is handed back can be signed as it stands."""
    request: dict[str, Any] = {"method": "GET", "credentials": CREDENTIALS, "region": REGION, "service": service}
    try:
        signed = sigv4.sign(url=url, rewrite=True, clock=lambda: AT, **request)
    except sigv4.CannotSign:
        return

    again = sigv4.sign(url=signed.url, clock=lambda: AT, **request)

    assert (again.url, again.headers) == (signed.url, signed.headers)
