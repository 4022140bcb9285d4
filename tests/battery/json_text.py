"""Section A, second half: the JSON within header and payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.battery.case import Attempt, Case, token
from tests.battery.encoding import header, payload
from tests.battery.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def more(text: str, **changes: Any) -> Callable[[World], bytes]:
    """Return the payload with more members, as text, behind the good ones."""
    return lambda world: world.claims_text(text, **changes)


def more_header(text: str, **changes: Any) -> Callable[[World], bytes]:
    """Return the header with more members, as text, behind the good ones."""
    return lambda world: world.header_text(text, **changes)


TWICE = {
    "sub": '"sub":"mallory"', "iss": '"iss":"https://evil.example/"', "aud": '"aud":"https://api.example.com"',
    "exp": '"exp":99999999999', "nbf": '"nbf":1', "iat": '"iat":1', "scope": '"scope":"admin"', "same-value": '"sub":"alice"',
    "unknown": '"a":1,"a":2', "empty-name": '"":1,"":2', "escaped": '"s\\u0075b":"mallory"', "escaped-wholly": '"\\u0073\\u0075\\u0062":"m"',
    "in-object": '"a":{"b":1,"b":1}', "in-array": '"a":[{"b":1,"b":2}]', "deep": '"a":{"b":[[{"c":{"d":1,"\\u0064":2}}]]}',
    "escaped-slash": '"a/b":1,"a\\/b":2', "surrogate-pair": '"😀":1,"\\ud83d\\ude00":2', "thrice": '"a":1,"a":2,"a":3',
}  # fmt: skip
HEADER_TWICE = {
    "alg": '"alg":"ES256"', "alg-none": '"alg":"none"', "kid": '"kid":"k1"', "typ": '"typ":"JWT"', "escaped": '"a\\u006cg":"none"',
    "escaped-kid": '"\\u006bid":"k2"', "unknown": '"x":1,"x":1', "nested": '"x":{"y":1,"y":2}', "in-array": '"x":[[{"y":1,"\\u0079":2}]]',
}  # fmt: skip


def duplicates() -> Iterator[Case]:
    for name, text in TWICE.items():
        yield payload("A11", f"payload-{name}", "duplicate_member", more(text))
    for name, text in HEADER_TWICE.items():
        yield header("A11", f"header-{name}", "duplicate_member", more_header(text))
        yield token("A11", f"relaxed-header-{name}", "duplicate_member", _relaxed(header=text), portable=False)
    for name in ("unknown", "same-value", "in-object"):
        yield token("A11", f"relaxed-payload-{name}", "accepted", _relaxed(payload=TWICE[name]), portable=False)
    yield payload("A11", "same-name-at-two-depths", "accepted", more('"a":{"sub":"x","a":{"sub":"y"}}'))
    yield payload("A11", "same-name-in-other-case", "accepted", more('"Sub":"mallory","SUB":"mallory"'), then=_is_alice)


def _is_alice(claims: Any) -> bool:
    return bool(claims["sub"] == "alice")


def _relaxed(*, header: str = "", payload: str = "") -> Callable[[World], Attempt]:
    return lambda world: world.attempt(
        world.signer().raw(world.header_text(header), world.claims_text(payload)), relax=("duplicate-members",)
    )


def nested(opening: str, closing: str, depth: int) -> str:
    return opening * depth + closing * depth


def depths() -> Iterator[Case]:
    for depth in (65, 100, 1000, 2500):
        yield payload("A12", f"arrays-{depth}", "too_deep", more(f'"a":{nested("[", "]", depth)}'))
        yield payload("A12", f"nothing-but-arrays-{depth}", "too_deep", nested("[", "]", depth).encode())
    for depth in (65, 1000):
        yield payload("A12", f"objects-{depth}", "too_deep", more(f'"a":{_objects(depth)}'))
        yield header("A12", f"header-arrays-{depth}", "too_deep", more_header(f'"a":{nested("[", "]", depth)}'))
    yield header("A12", "header-objects-400", "too_deep", more_header(f'"a":{_objects(400)}'))
    yield payload("A12", "arrays-5500", "too_deep", nested("[", "]", 5500).encode())
    yield payload("A12", "arrays-100000", "token_too_large", nested("[", "]", 100_000).encode())
    yield header("A12", "header-arrays-100000", "token_too_large", nested("[", "]", 100_000).encode())
    yield payload("A12", "open-arrays-11000", "too_deep|bad_json", b"[" * 11_000)
    yield payload("A12", "open-objects-2000", "too_deep|bad_json", b'{"a":' * 2000)
    yield payload("A12", "closing-brackets", "too_deep|bad_json", b"]" * 11_000)
    yield payload("A12", "mixed", "too_deep", more('"a":' + '[{"b":' * 60 + "1" + "}]" * 60))
    yield payload("A12", "in-aud", "too_deep", lambda world: world.claims_text(f'"x":{nested("[", "]", 70)}'))
    yield payload("A12", "thirty-two-levels", "accepted", more(f'"a":{nested("[", "]", 31)}'))
    yield payload("A12", "brackets-in-a-text", "accepted", more('"a":"' + "[{" * 2000 + '"'))
    yield payload("A12", "wide-and-flat", "accepted", more('"a":[' + "[]," * 2000 + "[]]"))
    yield payload("A12", "brackets-behind-an-escaped-quote", "too_deep", more('"a":"\\"","b":' + nested("[", "]", 70)))


def _objects(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


NUMBERS = {
    "nan": "NaN", "infinity": "Infinity", "minus-infinity": "-Infinity", "1e400": "1e400", "minus-1e400": "-1e400", "1E+9999": "1E+9999",
    "400-digits": "9" * 400, "5000-digits": "9" * 5000, "minus-400-digits": "-" + "9" * 400, "minus-5000-digits": "-" + "1" * 5000,
    "two-to-the-64": str(2**64), "400-digits-and-a-fraction": "9" * 400 + ".5",
}  # fmt: skip
NOT_NUMBERS = {"leading-zero": "017", "plus": "+1", "hex": "0x1F", "bare-point": ".5", "trailing-point": "1.", "underscore": "1_000",
               "minus-nan": "-NaN", "exponent-alone": "e9", "small-nan": "nan", "inf": "inf", "arabic-digits": "١٢٣"}  # fmt: skip


def numbers() -> Iterator[Case]:
    for name, number in NUMBERS.items():
        for claim in ("exp", "nbf", "iat"):
            yield payload(
                "A13",
                f"{claim}-{name}",
                "bad_number",
                lambda w, c=claim, n=number: w.claims_text(f'"{c}":{n}', **{c: ...}),
            )
        yield payload("A13", f"another-claim-{name}", "bad_number", more(f'"a":{number}'))
        yield payload("A13", f"nested-{name}", "bad_number", more(f'"a":[{{"b":{number}}}]'))
        if len(number) < 2000:
            yield header("A13", f"header-{name}", "bad_number", more_header(f'"a":{number}'))
    for name, number in NOT_NUMBERS.items():
        yield payload(
            "A13", f"exp-{name}", "bad_json|bad_number", lambda w, n=number: w.claims_text(f'"exp":{n}', exp=...)
        )
    yield payload("A13", "largest-of-64-bits", "accepted", more(f'"a":{2**63 - 1},"b":{-(2**63)}'))
    yield payload("A13", "zero-with-a-huge-exponent", "accepted", more('"a":0e99999'))
    yield payload("A13", "underflow", "accepted", more('"a":1e-9999'))
    yield payload("A13", "many-digits-in-a-text", "accepted", more('"a":"' + "9" * 5000 + '"'))


def _encoded(codec: str) -> Callable[[World], bytes]:
    return lambda world: world.claims_text().decode().encode(codec)


def _encoded_header(codec: str) -> Callable[[World], bytes]:
    return lambda world: world.header_text().decode().encode(codec)


RAW = {
    "ff": b"\xff", "cut-sequence": b"\xc3", "lone-continuation": b"\x80", "overlong-slash": b"\xc0\xaf", "overlong-three": b"\xe0\x80\xaf",
    "overlong-nul": b"\xc0\x80", "encoded-surrogate": b"\xed\xa0\x80", "cesu-pair": b"\xed\xa0\xbd\xed\xb4\x91", "beyond-unicode": b"\xf4\x90\x80\x80",
    "five-bytes": b"\xf8\x88\x80\x80\x80", "latin-1": "é".encode("latin-1"),
}  # fmt: skip
LONE = {
    "high": "\\ud800",
    "low": "\\udc00",
    "reversed": "\\udc00\\ud800",
    "high-and-letter": "\\ud83dx",
    "upper-case": "\\uDBFF",
}


def encodings() -> Iterator[Case]:
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"):
        yield payload("A14", f"payload-{codec}", "bad_utf8", _encoded(codec))
        yield header("A14", f"header-{codec}", "bad_utf8", _encoded_header(codec))
    for name, raw in RAW.items():
        yield payload("A14", f"payload-{name}", "bad_utf8", lambda w, r=raw: w.claims_text('"a":"#"').replace(b"#", r))
        yield payload("A14", f"name-{name}", "bad_utf8", lambda w, r=raw: w.claims_text('"#":1').replace(b"#", r))
        yield header("A14", f"header-{name}", "bad_utf8", lambda w, r=raw: w.header_text('"a":"#"').replace(b"#", r))
    for name, text in LONE.items():
        yield payload("A14", f"surrogate-{name}-value", "bad_json", more(f'"a":"{text}"'))
        yield payload("A14", f"surrogate-{name}-name", "bad_json", more(f'"{text}":1'))
        yield payload("A14", f"surrogate-{name}-nested", "bad_json", more(f'"a":[{{"b":["{text}"]}}]'))
        yield header("A14", f"header-surrogate-{name}", "bad_json", more_header(f'"a":"{text}"'))
    yield payload("A14", "surrogate-in-sub", "bad_json", lambda w: w.claims_text('"sub":"\\ud800"', sub=...))
    yield payload("A14", "utf-7", "not_an_object|bad_json", lambda w: b"+AHs-" + w.claims_text()[1:])
    yield payload("A14", "surrogate-pair", "accepted", more('"a":"\\ud83d\\ude00"'), then=lambda c: c["a"] == "😀")
    yield payload(
        "A14", "unicode", "accepted", lambda w: w.claims_text('"имя":"Åse 😀 \u2028"'), then=lambda c: "имя" in c
    )


WHOLE = {
    "array": ("[]", "not_an_object"), "array-of-claims": ("[{}]", "not_an_object"), "text": ('"x"', "not_an_object"), "number": ("1", "not_an_object"),
    "float": ("1.5", "not_an_object"), "null": ("null", "not_an_object"), "true": ("true", "not_an_object"), "false": ("false", "not_an_object"),
    "empty": ("", "bad_json"), "blank": ("  ", "bad_json"), "open": ("{", "bad_json"), "word": ("claims", "bad_json"), "two-objects": ("{}{}", "bad_json"),
    "single-quotes": ("{'sub':'alice'}", "bad_json"), "no-quotes": ("{sub:1}", "bad_json"), "two-lines": ("{}\n{}", "bad_json"),
    "form": ("sub=alice&exp=1", "bad_json"), "xml": ("<sub>alice</sub>", "bad_json"), "empty-object": ("{}", "missing_claim"),
    "number-as-name": ("{1:2}", "bad_json"), "only-a-comma": ("{,}", "bad_json"),
}  # fmt: skip
TAIL = {"brace": b"}", "comma": b",", "letter": b"x", "object": b"{}", "array": b"[]", "comment": b"/**/", "line-comment": b"//x", "form-feed": b"\f",
        "vertical-tab": b"\v", "no-break-space": "\u00a0".encode(), "zero": b"0"}  # fmt: skip


def wholes() -> Iterator[Case]:
    for name, (text, code) in WHOLE.items():
        yield payload("A15", f"payload-{name}", code, text.encode())
        yield header("A15", f"header-{name}", "alg_missing" if name == "empty-object" else code, text.encode())
    for name, tail in TAIL.items():
        yield payload("A15", f"trailing-{name}", "bad_json", lambda w, t=tail: w.claims_text() + t)
        yield payload("A15", f"leading-{name}", "bad_json|not_an_object", lambda w, t=tail: t + w.claims_text())
        yield header("A15", f"header-trailing-{name}", "bad_json", lambda w, t=tail: w.header_text() + t)
    yield payload("A15", "trailing-nul", "bad_json|bad_utf8", lambda w: w.claims_text() + b"\0")
    yield payload("A15", "trailing-comma-inside", "bad_json", lambda w: w.claims_text()[:-1] + b",}")
    yield payload("A15", "missing-colon", "bad_json", more('"a" 1'))
    yield payload("A15", "raw-newline-in-a-text", "bad_json", more('"a":"x\ny"'))
    yield payload("A15", "raw-tab-in-a-text", "bad_json", more('"a":"x\ty"'))
    yield payload("A15", "bad-escape", "bad_json", more('"a":"\\x41"'))
    yield payload("A15", "short-escape", "bad_json", more('"a":"\\u41"'))
    yield payload("A15", "python-true", "bad_json", more('"a":True'))
    yield payload("A15", "json-blanks-around-it", "accepted", lambda w: b" \t\r\n" + w.claims_text() + b"\n ")


def large_values() -> Iterator[Case]:
    yield payload("A16", "ten-thousand-claims", "token_too_large", lambda w: w.claims_text(_members(10_000)))
    yield payload(
        "A16", "claims-up-to-the-cap", "accepted", lambda w: w.claims_text(_members(1300)), then=lambda c: len(c) > 1300
    )
    yield payload("A16", "ten-thousand-claims-as-a-list", "token_too_large", more('"a":[' + "1," * 10_000 + "1]"))
    yield payload("A16", "list-of-5000", "accepted", more('"a":[' + "1," * 5000 + "1]"))
    yield payload("A16", "a-megabyte-of-text", "token_too_large", more('"a":"' + "x" * 1_000_000 + '"'))
    yield payload("A16", "text-up-to-the-cap", "accepted", more('"a":"' + "x" * 11_500 + '"'))
    yield payload("A16", "escapes-up-to-the-cap", "accepted", more('"a":"' + "\\u0041" * 1900 + '"'))
    yield payload("A16", "long-name", "accepted", more('"' + "n" * 11_000 + '":1'))
    yield payload(
        "A16", "names-with-one-hash-prefix", "accepted", lambda w: w.claims_text(_members(600, prefix="A" * 8))
    )
    yield payload("A16", "long-sub", "accepted", lambda w: w.claims_text(sub="a" * 10_000))


def _members(count: int, prefix: str = "") -> str:
    return ",".join(f'"{prefix}{number:x}":0' for number in range(count))


def expressions() -> Iterator[Case]:
    """A17: texts on which careless expressions backtrack. Each is refused, or taken, in time; the clock is the test."""
    yield payload("A17", "iss-of-slashes", "issuer_mismatch", lambda w: w.claims_text(iss="https://" + "/" * 11_000))
    yield payload(
        "A17", "iss-of-a", "issuer_mismatch", lambda w: w.claims_text(iss="https://idp." + "a" * 11_000 + "!")
    )
    yield payload(
        "A17", "aud-of-many", "audience_mismatch", lambda w: w.claims_text(aud=["a" * 6 for _ in range(1100)])
    )
    yield payload("A17", "aud-of-dots", "audience_mismatch", lambda w: w.claims_text(aud="https://" + "a." * 5000))
    yield header("A17", "typ-of-slashes", "bad_typ", lambda w: w.header_text(typ="application/" * 200))
    yield header("A17", "alg-of-a", "alg_not_allowed", lambda w: w.header_text(alg="RS" + "2" * 2000))
    yield header("A17", "kid-of-a", "key_not_found", lambda w: w.header_text(kid="a" * 255 + "!"))
    yield payload("A17", "escaped-quotes", "too_deep|bad_json", lambda w: b"[" * 40 + b'"' + b'\\"' * 5500)
    yield payload("A17", "backslashes", "too_deep|bad_json", lambda w: b"[" * 40 + b'"' + b"\\" * 11_000)
    yield payload("A17", "quotes", "too_deep|bad_json", lambda w: b"[" * 40 + b'"' * 11_000)
    yield payload("A17", "scope-of-blanks", "accepted", lambda w: w.claims_text(scope=" " * 11_000))
    yield payload(
        "A17", "exp-of-digits", "bad_number", lambda w: w.claims_text(f'"exp":0.{"9" * 3000}e{"9" * 3000}', exp=...)
    )
    yield token("A17", "the-same-twice", "accepted", lambda world: _again(world))


def _again(world: World) -> Attempt:
    """GHSA-3j8v-cgw4-2g6q: a stateful matcher answers otherwise the second time."""
    attempt = world.with_claims()
    attempt.run()
    attempt.run()
    return attempt


def cases() -> Iterator[Case]:
    """Return the cases of A11 to A17."""
    for part in (duplicates, depths, numbers, encodings, wholes, large_values, expressions):
        yield from part()
