"""Changes of the claims, before they are signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.differential.drafts import FUTURE, NOW, PAST, Change, Draft
from tests.support.tokens import AUDIENCE, ISSUER

if TYPE_CHECKING:
    import random


def _claim(name: str, *values: Any) -> Change:
    return lambda draft, chance: draft.claims.__setitem__(name, chance.choice(values))


def _without(*names: str) -> Change:
    return lambda draft, chance: draft.claims.pop(chance.choice(names), None)


def _raw(write: Any) -> Change:
    def change(draft: Draft, chance: random.Random) -> None:
        draft.claims_raw = write(draft.claims_text(), chance)

    return change


def _member(text: str, member: str) -> bytes:
    return f"{text[:-1]}, {member}}}".encode()


def _twice(text: str, chance: random.Random) -> bytes:
    again = ['"sub": "mallory"', '"exp": 9999999999', '"\\u0073ub": "mallory"', '"x": {"a": 1, "a": 2}', '"aud": []']
    return _member(text, chance.choice(again))


def _number(text: str, chance: random.Random) -> bytes:
    return _member(text, f'"n": {chance.choice(["NaN", "1e999", "-Infinity", "9" * 40, "-0.0", "1E2", "9" * 19])}')


def _time(text: str, chance: random.Random) -> bytes:
    """Write a time in another way: the last of two members counts, so the first is taken out."""
    claims = {name: value for name, value in json.loads(text).items() if name != "exp"}
    times = ["4e9", "4000000000.0", "4.0E+9", "4000000000.999", "1e999", "NaN", "9" * 25, "-4e9", "0", "-0", "1e-9"]
    return _member(json.dumps(claims), f'"exp": {chance.choice(times)}')


def _no_object(_: str, chance: random.Random) -> bytes:
    return chance.choice([b"[]", b"1", b"null", b'"x"', b"", b"{", b"{}{}", b"{}", b"\xff\xfe", b'[{"sub":"alice"}]'])


def _encoded(text: str, chance: random.Random) -> bytes:
    return chance.choice([text.encode("utf-16"), text.encode("utf-32-be"), b"\xef\xbb\xbf" + text.encode()])


def _broken(text: str, chance: random.Random) -> bytes:
    ends = [
        b', "x": "\xc0\xaf"}',
        b', "x": "\xed\xa0\x80"}',
        b', "x": "\\udc00"}',
        b', "x": "\0"}',
        b",}",
        b"} x",
        b", x: 1}",
        b", 'x': 1}",
        b"}}",
    ]
    return text[:-1].encode() + chance.choice(ends)


def _deep(text: str, chance: random.Random) -> bytes:
    levels = chance.choice([5, 30, 31, 32, 40, 400, 3000])
    return _member(text, f'"x": {"[" * levels}{"]" * levels}')


def _spaced(text: str, chance: random.Random) -> bytes:
    return chance.choice([f" \n{text}\t", text.replace(" ", ""), text.replace(" ", "\r\n")]).encode()


TIMES: tuple[Any, ...] = (str(PAST), True, False, None, -1, {}, [PAST], PAST + 0.5, "", 10**12, 253402300800)

CLAIM_CHANGES: dict[str, Change] = {
    "issuer": _claim("iss", "https://evil.example/", ISSUER.rstrip("/"), ISSUER.upper(), ISSUER + " ", "", ISSUER[:-2]),
    "issuer no text": _claim("iss", [ISSUER], None, 1, {ISSUER: 1}, True),
    "audience": _claim("aud", "other", AUDIENCE[:-1], AUDIENCE + "/", AUDIENCE.upper(), "", " " + AUDIENCE),
    "audiences": _claim(
        "aud", [AUDIENCE], ["other", AUDIENCE], ["other"], [AUDIENCE, AUDIENCE], ["a"] * 50 + [AUDIENCE]
    ),
    "audience no text": _claim("aud", [AUDIENCE, 1], [], None, {AUDIENCE: 1}, 1, [[AUDIENCE]], [None], True),
    "subject": _claim("sub", "bob", "x" * 300, "алиса", "a\nb", "*", "${a}"),
    "subject no text": _claim("sub", 1, "", None, ["alice"], {}, True),
    "expiry": _claim("exp", PAST, FUTURE + 0.5, 253402300799, 253402300800, 10**15, 1e300, -1, 0, 2**64, 10**30),
    "expiry no number": _claim("exp", str(FUTURE), True, None, [FUTURE], {}, "", "NaN", f"{FUTURE} "),
    "expiry as text": _raw(_time),
    "beginning": _claim("nbf", FUTURE, *TIMES),
    "issue": _claim("iat", FUTURE, *TIMES),
    "token id": _claim("jti", "x", "", 1, None, ["x"]),
    "scopes": _claim("scope", "a b", "", ["a", "b"], None, 1),
    "bound": _claim("cnf", {"jkt": "x"}, {}, None, {"x5t#S256": "y"}, "x"),
    "more": _claim("nested", {"a": [1, {"b": None}]}, "x" * 500, 1.5, {"": ""}, {"__proto__": {}}, "\\u0000", "é" * 50),
    "many": lambda draft, chance: draft.claims.update(
        {f"c{number}": number for number in range(chance.choice([50, 300]))}
    ),
    "long": _claim("long", "x" * 9000, "x" * 16000, "x" * 40000),
    "absent claim": _without("iss", "aud", "sub", "exp", "nbf", "iat"),
    "claim twice": _raw(_twice),
    "strange number": _raw(_number),
    "claims no object": _raw(_no_object),
    "claims in another encoding": _raw(_encoded),
    "claims broken": _raw(_broken),
    "deep claims": _raw(_deep),
    "claims spaced": _raw(_spaced),
}

assert PAST < NOW < FUTURE
