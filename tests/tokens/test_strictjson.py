"""JSON as tokens must have it (rows 4.A A11 to A16)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.errors import MalformedToken
from authkit.tokens.strictjson import DEEPEST, LARGEST, MOST_BRACKETS, MOST_COMMAS, parse_document, parse_object
from tests.support.pace import soon

DEEP = b'{"a":' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}"

REFUSED = {
    "A11-duplicate": (b'{"a":1,"a":1}', "duplicate_member"),
    "A11-escaped-spelling": (rb'{"alg":1,"a\u006cg":1}', "duplicate_member"),
    "A11-blank-before-the-colon": (b'{"a":1,"a" :1}', "duplicate_member"),
    "A11-tab-and-line-ends-before-the-colon": (b'{"a"\t:1,"b"\r\n:1,"a"\n:1}', "duplicate_member"),
    "A11-behind-a-colon-in-a-text": (b'{"a":"b\\":c","a":1}', "duplicate_member"),
    "A11-behind-a-text-that-begins-with-a-colon": (b'{"a":":","a":1}', "duplicate_member"),
    "A11-behind-a-brace-in-a-text": (b'{"a":"{","a":1}', "duplicate_member"),
    "A11-after-a-blank": (b' {"a":1,"a":1}', "duplicate_member"),
    "A11-with-a-long-number": (b'{"a":1000000000000000000,"a":1}', "duplicate_member"),
    "A11-deep-inside": (b'{"a":[{"b":{"c":1,"d":2,"c":3}}]}', "duplicate_member"),
    "A12-33-levels": (b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", "too_deep"),
    "A12-objects": (b'{"a":' * 40 + b"1" + b"}" * 40, "too_deep"),
    "A12-1000": (b"[" * 1000 + b"]" * 1000, "too_deep"),
    "A12-100000-unclosed": (b"[" * 100_000, "too_deep"),
    "A12-after-an-escaped-quote": (rb'{"a\"' + b'":' + b"[" * 99 + b"]" * 99 + b"}", "too_deep"),
    "A12-after-an-escaped-backslash": (rb'{"a\\' + b'":' + b"[" * 99 + b"]" * 99 + b"}", "too_deep"),
    "A12-100000-unclosed-objects": (b'{"a":' * 100_000, "too_deep"),
    "A12-behind-a-long-text": (b'{"a":"' + b"x" * 100_000 + b'","b":' + b"[" * 99 + b"]" * 99 + b"}", "too_deep"),
    "A12-behind-many-lists": (b'{"a":[' + b"[]," * 50_000 + b"[" * 99 + b"]" * 99 + b"]}", "too_deep"),
    "A12-never-closed": (b'{"a":[' + b"[]," * 50_000, "too_deep"),
    "A12-after-a-text-of-escapes": (
        b'{"a":"' + b'\\\\\\"' * 30_000 + b'","b":' + b"[" * 99 + b"]" * 99 + b"}",
        "too_deep",
    ),
    "A12-utf-16": (("[" * 99 + "]" * 99).encode("utf-16-le"), "bad_utf8"),
    "A13-NaN": (b'{"a":NaN}', "bad_number"),
    "A13-Infinity": (b'{"a":Infinity}', "bad_number"),
    "A13-minus-Infinity": (b'{"a":[-Infinity]}', "bad_number"),
    "A13-1e400": (b'{"a":1e400}', "bad_number"),
    "A13-minus-1e400": (b'{"a":-1e400}', "bad_number"),
    "A13-400-digits": (b'{"a":' + b"9" * 400 + b"}", "bad_number"),
    "A13-5000-digits": (b'{"a":-' + b"9" * 5000 + b"}", "bad_number"),
    "A13-2**63": (b'{"a":%d}' % LARGEST, "bad_number"),
    "A13-below-minus-2**63": (b'{"a":%d}' % (-LARGEST - 1), "bad_number"),
    "A14-utf-16": ('{"a":1}'.encode("utf-16"), "bad_utf8"),
    "A14-utf-16-without-mark": ('{"a":1}'.encode("utf-16-le"), "bad_utf8"),
    "A14-utf-32": ('{"a":1}'.encode("utf-32-be"), "bad_utf8"),
    "A14-byte-order-mark": (b'\xef\xbb\xbf{"a":1}', "bad_utf8"),
    "A14-invalid": (b'{"a":"\xff"}', "bad_utf8"),
    "A14-overlong": (b'{"a":"\xc0\xaf"}', "bad_utf8"),
    "A14-surrogate-bytes": (b'{"a":"\xed\xa0\x80"}', "bad_utf8"),
    "A14-lone-surrogate": (rb'{"a":"\ud800"}', "bad_json"),
    "A14-lone-surrogate-in-a-name": (rb'{"a":{"\udc00":1}}', "bad_json"),
    "A14-surrogates-in-the-wrong-order": (rb'{"a":["\ude00\ud83d"]}', "bad_json"),
    "A14-nul": (b'{"a":"\0"}', "bad_utf8"),
    "A15-array": (b"[]", "not_an_object"),
    "A15-string": (b'"{}"', "not_an_object"),
    "A15-number": (b"1", "not_an_object"),
    "A15-null": (b"null", "not_an_object"),
    "A15-empty": (b"", "bad_json"),
    "A15-blank": (b"  ", "bad_json"),
    "A15-trailing-bytes": (b"{} x", "bad_json"),
    "A15-two-objects": (b"{}{}", "bad_json"),
    "A15-line-break-in-a-string": (b'{"a":"\n"}', "bad_json"),
    "A15-single-quotes": (b"{'a':1}", "bad_json"),
    "A15-trailing-comma": (b'{"a":1,}', "bad_json"),
    "A15-unclosed-string": (b'{"a":"' + b'"' * 99, "bad_json"),
    "A15-bad-escape": (rb'{"a":"\x41"}', "bad_json"),
    "A15-leading-zero": (b'{"a":01}', "bad_json"),
    "A15-fullwidth-digits": ('{"a":１}'.encode(), "bad_json"),
}


@pytest.mark.parametrize(("raw", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_strict_json_is_refused(raw: bytes, code: str) -> None:
    """Each has the code of its first fault, and is never another exception."""
    with pytest.raises(MalformedToken) as fault:
        parse_object(raw)

    assert fault.value.code == code


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b' \t\r\n{"a" : 1} ', {"a": 1}),
        (b'{"a":{"a":1},"b":[{"a":2},{"a":3}]}', {"a": {"a": 1}, "b": [{"a": 2}, {"a": 3}]}),
        (b'{"a":%d,"b":%d}' % (LARGEST - 1, -LARGEST), {"a": LARGEST - 1, "b": -LARGEST}),
        (b'{"a":1.5,"b":-0.0,"c":1e3}', {"a": 1.5, "b": 0.0, "c": 1000.0}),
        (rb'{"a":"\ud83d\ude00"}', {"a": "😀"}),
        ('{"a":"😀\u2028"}'.encode(), {"a": "😀\u2028"}),
        (rb'{"a":"\u0000"}', {"a": "\0"}),
        (b'{"a":"' + b"[" * 99 + b'"}', {"a": "[" * 99}),
        (rb'{"a":"\"' + b"[" * 99 + b'"}', {"a": '"' + "[" * 99}),
        (b'{"a":[' + b"[]," * 99 + b"0]}", {"a": [[]] * 99 + [0]}),
        (b'{"a":"b\\":c","d":"x :y"}', {"a": 'b":c', "d": "x :y"}),
        (b'{"a":":","b":"{"}', {"a": ":", "b": "{"}),
        (b'{"a":"1234567890123456789012"}', {"a": "1234567890123456789012"}),
    ],
)
def test_strict_json_is_read(raw: bytes, value: object) -> None:
    """What the rules allow comes out as it is, whatever stands inside its strings."""
    assert parse_object(raw) == value


def test_the_deepest_allowed_nest_is_read() -> None:
    """The limit itself is allowed."""
    assert parse_object(DEEP) is not None


MEGABYTE = 1_000_000
MOST = 0.005  # seconds
HOSTILE = {
    "open-lists": b"[" * MEGABYTE,
    "open-lists-in-an-object": b'{"keys":' + b"[" * MEGABYTE,
    "open-objects": b'{"a":' * (MEGABYTE // 5),
    "closing": b"[" * 33 + b"]" * MEGABYTE,
    "quotes": b"[" * 33 + b'"' * MEGABYTE,
    "a-text-without-an-end": b"[" * 33 + b'"' + b"a" * MEGABYTE,
    "escapes": b"[" * 33 + b'"' + b"\\\\" * (MEGABYTE // 2),
    "escaped-quotes": b"[" * 33 + b'"' + b'\\"' * (MEGABYTE // 2),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_of_nests_is_refused_in_little_time(raw: bytes) -> None:
    """A12 and C12: a few passes at C's speed."""

    def parse() -> None:
        with pytest.raises(MalformedToken, match="too_deep"):
            parse_object(raw)

    assert soon(parse, within=MOST)


TRICKY = st.sampled_from(["", "[", "{[", "]}", '"', '\\"', "\\", '"[', "\\\\[", "a", "\n"])
NESTS = st.recursive(
    TRICKY | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TRICKY, inner, max_size=3),
    max_leaves=12,
)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(NESTS, st.integers(0, 40), st.booleans(), st.sampled_from([0, 65_500, 65_535, 65_536]))
def test_what_is_too_deep_is_told_by_its_depth_alone(value: Any, levels: int, objects: bool, before: int) -> None:
    """Whatever its texts hold, and wherever in a long document it stands."""
    for _ in range(levels):
        value = {"[": value} if objects else ["]", value, "[" * 40]
    document = {"\\" * (before // 2): [[]] * 40, "value": value}
    raw = json.dumps(document).encode()

    if depth(document) > DEEPEST:
        with pytest.raises(MalformedToken, match="too_deep"):
            parse_object(raw)
    else:
        assert parse_object(raw) == document


def test_integers_differ_from_floats_of_the_same_value() -> None:
    """Both parsers, the plain and the bounded, keep the two apart."""
    for raw in (b'{"a":1,"b":1.0}', b'{"a":1,"b":1.0,"c":1000000000000000000}'):
        value = parse_object(raw)

        assert (type(value["a"]), type(value["b"])) == (int, float)


def test_ten_thousand_members_are_no_trouble() -> None:
    """A16: many claims are allowed under the size limit of the token."""
    raw = b"{" + b",".join(b'"%d":%d' % (each, each) for each in range(10_000)) + b"}"

    assert len(parse_object(raw)) == 10_000


@pytest.mark.parametrize("number", [b"0." + b"1" * 62, b"-1." + b"0" * 61, b"1e" + b"0" * 62])
def test_a_number_has_no_more_characters_than_anybody_needs(number: bytes) -> None:
    """A13: one that lies between two others takes many times as long to read, for each of hundreds of digits."""
    assert parse_object(b'{"a":' + number + b"}")
    with pytest.raises(MalformedToken, match="bad_number"):
        parse_object(b'{"a":' + number + b"0}")


@pytest.mark.parametrize("piece", [b"[],", b"{},", b"0,"])
def test_a_document_has_no_more_in_it_than_servers_say(piece: bytes) -> None:
    """C12: beyond, it is refused unread; up to there it is read as a token is."""
    most = MOST_COMMAS if piece == b"0," else MOST_BRACKETS - 1  # the first bracket of each kind is there already
    within, beyond = (b'{"a":[' + piece * many + b"0]}" for many in (most, most + 1))

    assert len(parse_document(within)["a"]) == most + 1
    with pytest.raises(MalformedToken, match="too_much"):
        parse_document(beyond)
    assert parse_object(beyond)


def test_a_document_is_as_strict_as_a_token() -> None:
    """It is the same JSON."""
    with pytest.raises(MalformedToken, match="duplicate_member"):
        parse_document(b'{"a":1,"a":2}')


NAMES = st.text(st.sampled_from('ab:"{ \\\n'), max_size=3)
BLANKS = st.text(st.sampled_from(" \t\r\n"), max_size=2)
VALUES = st.recursive(NAMES | st.integers(-9, 9), lambda inner: st.lists(inner, max_size=2), max_leaves=3)
MEMBERS = st.lists(st.tuples(NAMES, VALUES, BLANKS, BLANKS), max_size=5)


def written(members: list[tuple[str, Any, str, str]]) -> bytes:
    spelled = (f"{json.dumps(name)}{before}:{after}{json.dumps(value)}" for name, value, before, after in members)
    return ("{" + ",".join(spelled) + "}").encode()


@given(MEMBERS, st.booleans())
def test_a_name_that_stands_twice_is_found_however_it_is_written(
    members: list[tuple[str, Any, str, str]], inside: bool
) -> None:
    """Blanks, colons, quotes and braces, in names and in texts, neither hide one nor make one."""
    raw = b'{"outer":%s}' % written(members) if inside else written(members)
    value = {name: value for name, value, *_ in members}

    if len(value) < len(members):
        with pytest.raises(MalformedToken, match="duplicate_member"):
            parse_object(raw)
    else:
        assert parse_object(raw) == ({"outer": value} if inside else value)
