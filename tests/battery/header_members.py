"""Section B, second half: kid, crit, b64, typ, cty and the members that do not belong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.battery.case import Attempt, Case, token
from tests.battery.header import members
from tests.battery.world import World, sealed
from tests.support.tokens import ISSUER, Signer, b64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BAD_KIDS: dict[str, Any] = {
    "nul": "k1\0", "newline": "k1\n", "carriage-return": "k1\r\nX: y", "tab": "k\t1", "ansi": "\x1b[31mk1", "delete": "k1\x7f", "empty": "",
    "int": 1, "float": 1.0, "array": ["k1"], "object": {"k1": 1}, "null": None, "true": True, "non-ascii": "kä1", "fullwidth": "ｋ1",
    "combining": "k1\u0301", "zero-width": "k\u200b1", "right-to-left": "\u202ek1", "no-break-space": "k1\u00a0", "257": "k" * 257,
    "traversal-with-nul": "../../../../dev/null\0", "nested": {"kid": {"kid": "k1"}},
}  # fmt: skip
STRANGE_KIDS = {
    "traversal": "../../../../dev/null", "absolute": "/etc/passwd", "windows": "..\\..\\keys", "url": "https://evil.example/key", "sql": "' OR '1'='1",
    "union": "x' UNION SELECT 'key' --", "shell": "| sleep 10", "substitution": "$(id)", "template": "{{7*7}}", "proto": "__proto__",
    "class": "__class__", "constructor": "constructor", "dict-method": "keys", "percent": "%00k1", "blank": " k1", "trailing-blank": "k1 ",
    "upper-case": "K1", "prefix": "k", "longer": "k11", "dot": ".", "star": "*", "expression": ".*", "number": "1", "none": "None", "256": "k" * 256,
}  # fmt: skip


def kids() -> Iterator[Case]:
    for name, kid in BAD_KIDS.items():
        yield members("B10", name, "bad_kid", kid=kid)
    for name, kid in STRANGE_KIDS.items():
        yield members("B10", name, "key_not_found", kid=kid)
        yield token("B10", f"{name}-where-the-issuer-says-so", "accepted", lambda world, kid=kid: _named(world, kid))
    yield token("B10", "a-megabyte", "token_too_large", lambda world: world.with_header(kid="k" * 1_000_000))
    yield members("B10", "absent", "kid_missing", kid=...)
    yield token(
        "B10", "absent-and-two-keys", "kid_missing", lambda world: _without_kid(world, world.signer("RS256", "k2"))
    )
    relaxed = {"relax": ("kid-optional",)}
    yield token("B10", "absent-and-permitted", "accepted", lambda world: _without_kid(world, **relaxed), portable=False)
    yield token(
        "B10", "absent-and-permitted-and-one-fits", "accepted",
        lambda world: _without_kid(world, world.signer("RS256", "k2"), **relaxed), portable=False,
    )  # fmt: skip
    yield token(
        "B10", "absent-and-permitted-and-two-fit", "ambiguous_key",
        lambda world: _without_kid(world, world.signer("ES256", "k2", key="other"), **relaxed), portable=False,
    )  # fmt: skip
    yield token(
        "B10", "absent-and-permitted-and-none-fits", "key_not_found|key_alg_mismatch",
        lambda world: world.attempt(_anonymous(world, world.signer()), world.signer("RS256"), **relaxed), portable=False,
    )  # fmt: skip
    yield token(
        "B10", "permitted-and-wrong-all-the-same", "key_not_found",
        lambda world: world.attempt(world.good(world.signer(kid="other")), **relaxed), portable=False,
    )  # fmt: skip
    yield token(
        "B10", "permitted-and-forged", "bad_signature",
        lambda world: world.attempt(_anonymous(world, world.attacker()), **relaxed), portable=False,
    )  # fmt: skip
    for name, wanted, sent, code in (
        ("upper-case", "key-a", "KEY-A", "key_not_found"), ("title-case", "key-a", "Key-a", "key_not_found"),
        ("composed", "k\u00e9", "ke\u0301", "bad_kid"), ("decomposed", "ke\u0301", "k\u00e9", "bad_kid"),
        ("compatibility", "kfi", "kﬁ", "bad_kid"), ("dotless", "kid", "kıd", "bad_kid"), ("sharp-s", "kss", "kß", "bad_kid"),
        ("escaped-in-json", "key-a", "key-a", "accepted"),
    ):  # fmt: skip
        yield token("B11", name, code, lambda world, wanted=wanted, sent=sent: _renamed(world, wanted, sent))


def _named(world: World, kid: str) -> Attempt:
    key = world.signer(kid=kid)
    return world.attempt(world.good(key), key, world.signer("ES256", "k0", key="other"))


def _anonymous(world: World, key: Signer) -> str:
    return key.raw({"alg": key.alg, "typ": "at+jwt"}, world.claims())


def _without_kid(world: World, *more: Signer, **settings: Any) -> Attempt:
    key = world.signer()
    return world.attempt(_anonymous(world, key), key, *more, **settings)


def _renamed(world: World, wanted: str, sent: str) -> Attempt:
    key, other = world.signer(kid=wanted), world.signer("ES256", "other", key="other")
    header = json.dumps(key.header(kid=sent))  # ASCII: whatever lies beyond is escaped
    text = header.replace("key-a", "k\\u0065y-a") if sent == wanted else header
    return world.attempt(key.raw(text.encode(), world.claims()), key, other)


CRITICAL: dict[str, dict[str, Any]] = {
    "unknown": {"crit": ["http://example.com/UNDEFINED"], "http://example.com/UNDEFINED": True}, "empty-list": {"crit": []}, "null": {"crit": None},
    "text": {"crit": "exp"}, "empty-text": {"crit": ""}, "twice": {"crit": ["x", "x"], "x": 1}, "registered-exp": {"crit": ["exp"], "exp": 1},
    "registered-alg": {"crit": ["alg"]}, "registered-crit": {"crit": ["crit"]}, "registered-kid": {"crit": ["kid"]}, "absent-member": {"crit": ["x"]},
    "object": {"crit": {}}, "int": {"crit": 1}, "zero": {"crit": 0}, "false": {"crit": False}, "list-of-int": {"crit": [1]},
    "list-of-null": {"crit": [None]}, "empty-name": {"crit": [""], "": 1}, "nested": {"crit": [["x"]]}, "dpop-nonce": {"crit": ["nonce"], "nonce": "x"},
}  # fmt: skip
UNENCODED: dict[str, dict[str, Any]] = {
    "false": {"b64": False}, "true": {"b64": True}, "null": {"b64": None}, "text": {"b64": "false"}, "zero": {"b64": 0},
    "false-and-critical": {"b64": False, "crit": ["b64"]}, "true-and-critical": {"b64": True, "crit": ["b64"]},
    "false-and-empty-crit": {"b64": False, "crit": []},
}  # fmt: skip


def extensions() -> Iterator[Case]:
    for name, given in CRITICAL.items():
        yield members("B12", name, "crit_unsupported", **given)
    for name, given in UNENCODED.items():
        code = "b64_unsupported|crit_unsupported" if "crit" in given else "b64_unsupported"
        yield members("B13", name, code, **given)
        yield token("B13", f"{name}-with-a-raw-payload", f"{code}|bad_base64url|not_three_segments", _raw(given))
        yield token("B13", f"{name}-detached", f"{code}|bad_json", _detached(given))


def _raw(given: dict[str, Any]) -> Callable[[World], Attempt]:
    """RFC 7797: the payload stands in the token, and is signed, as it is."""
    return lambda world: world.attempt(
        sealed(world.signer(), json.dumps(world.signer().header(**given)).encode(), world.claims_text().decode())
    )


def _detached(given: dict[str, Any]) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        first, _, third = world.signer().raw(world.signer().header(**given), world.claims()).split(".")
        return world.attempt(f"{first}..{third}")

    return build


GOOD_TYPES = (
    "JWT",
    "jwt",
    "Jwt",
    "at+jwt",
    "AT+JWT",
    "At+Jwt",
    "application/at+jwt",
    "application/AT+JWT",
    "APPLICATION/AT+JWT",
    "application/jwt",
)
BAD_TYPES: dict[str, Any] = {
    **{name: name for name in (
        "dpop+jwt", "secevent+jwt", "logout+jwt", "kb+jwt", "JOSE", "JOSE+JSON", "id+jwt", "rt+jwt", "oauth-authz-req+jwt", "token-introspection+jwt",
        "entity-statement+jwt", "vc+sd-jwt", "dc+sd-jwt", "statuslist+jwt", "passport", "svct", "wit+jwt", "client-authentication+jwt",
        "application/dpop+jwt", "DPoP+JWT", "application/secevent+jwt", "jwt-bearer",
    )},
    "int": 1, "array": ["at+jwt"], "object": {"at+jwt": 1}, "null": None, "true": True, "empty": "", "trailing-blank": "JWT ", "leading-blank": " JWT",
    "prefix-alone": "application/", "prefix-twice": "application/application/jwt", "other-prefix": "text/jwt", "parameter": "application/at+jwt; a=b",
    "nul": "JWT\0", "suffix": "at+jwt2", "kelvin": "\u212aB+JWT", "dotless": "appl\u0131cation/at+jwt", "fullwidth": "ＪＷＴ", "list-text": "JWT,at+jwt",
}  # fmt: skip


def types() -> Iterator[Case]:
    for typ in GOOD_TYPES:
        yield members("B14", f"taken-{typ}", "accepted", typ=typ)
    yield members("B14", "taken-absent", "accepted", typ=...)
    for name, typ in BAD_TYPES.items():
        yield members("B14", name, "bad_typ", typ=typ)
    for name, typ in {"jwt": "JWT", "absent": ...}.items():
        yield token("B14", f"{name}-where-only-at+jwt-will-do", "bad_typ", _only_access(typ), portable=False)
    yield token("B14", "at+jwt-where-only-that-will-do", "accepted", _only_access("application/AT+jwt"), portable=False)
    for name, cty in {
        "nested": "JWT",
        "lower-case": "jwt",
        "media-type": "application/jwt",
        "other": "json",
        "empty": "",
        "null": None,
        "int": 1,
    }.items():
        yield members("B15", name, "bad_cty", cty=cty)
    yield token("B15", "a-token-within", "bad_cty", lambda world: _nested(world, cty="JWT"))
    yield token("B15", "a-token-within-unannounced", "bad_json|not_an_object", lambda world: _nested(world))
    yield token("B15", "a-token-within-as-json-text", "not_an_object", lambda world: _nested(world, quoted=True))
    for name in ("zip", "enc", "epk", "p2c", "p2s", "apu", "apv"):
        for kind, value in {"text": "DEF", "int": 10**9, "object": {}, "null": None}.items():
            yield members("B16", f"{name}-{kind}", "header_param_refused", **{name: value})


def _only_access(typ: Any) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        key = world.signer()
        header = {name: value for name, value in key.header(typ=typ).items() if value is not ...}
        return world.attempt(key.raw(header, world.claims()), typ=("at+jwt",))

    return build


def _nested(world: World, *, quoted: bool = False, **header: Any) -> Attempt:
    key, inner = world.signer(), world.good()
    return world.attempt(key.raw(key.header(**header), (f'"{inner}"' if quoted else inner).encode()))


def copies() -> Iterator[Case]:
    """B17: what stands in the header of a claim counts for nothing."""
    taken = "accepted|header_param_refused|issuer_mismatch|audience_mismatch|subject_mismatch"
    for name, given in {
        "sub": {"sub": "mallory"}, "iss": {"iss": "https://evil.example/"}, "aud": {"aud": "https://evil.example"}, "exp": {"exp": 99999999999},
        "all": {"sub": "mallory", "iss": ISSUER, "aud": []}, "scope": {"scope": "admin"}, "agreeing": {"sub": "alice", "iss": ISSUER},
        "of-another-type": {"sub": 5, "iss": [], "aud": {}},
    }.items():  # fmt: skip
        yield token(
            "B17", f"header-{name}", taken, lambda world, given=given: world.with_header(**given), then=_is_alice_s
        )
    yield token("B17", "expired-but-not-in-the-header", "expired", _expired_with_copy)
    yield token("B17", "issuer-only-in-the-header", "missing_claim", _issuer_in_header)
    for name, alg in {"none": "none", "hmac": "HS256", "another": "RS256", "list": ["ES256"]}.items():
        yield token("B17", f"payload-alg-{name}", "accepted", lambda world, alg=alg: world.with_claims(alg=alg))
    yield token(
        "B17", "payload-kid", "accepted", lambda world: world.with_claims(kid="other", jku="https://evil.example/")
    )
    yield token("B17", "payload-jwk", "accepted", lambda world: world.with_claims(jwk=world.attacker().jwk, crit=["x"]))


def _is_alice_s(claims: Any) -> bool:
    return bool(claims["sub"] == "alice" and claims["scope"] == "orders:read orders:write")


def _expired_with_copy(world: World) -> Attempt:
    key = world.signer()
    return world.attempt(key.raw(key.header(exp=world.now + 600), world.claims(exp=world.now - 600)))


def _issuer_in_header(world: World) -> Attempt:
    key = world.signer()
    return world.attempt(key.raw(key.header(iss=ISSUER), world.claims(iss=...)))


def one_key() -> Iterator[Case]:
    """B18: one key and one algorithm, whatever else of the set would fit."""
    yield token(
        "B18", "signed-by-the-other-key", "bad_signature", lambda w: _mixed(w, w.signer(kid="k2", key="two"), "k1")
    )
    yield token(
        "B18",
        "signed-by-the-key-of-the-other-kind",
        "key_alg_mismatch",
        lambda w: _mixed(w, w.signer("RS256", "r"), "k1"),
    )
    yield token(
        "B18", "pss-named-rs256", "bad_signature", lambda w: _mixed(w, w.signer("PS256", "r"), "r", alg="RS256")
    )
    yield token("B18", "without-a-name", "kid_missing", lambda w: _mixed(w, w.signer(kid="k2", key="two"), ...))
    yield token("B18", "another-name", "key_not_found", lambda w: _mixed(w, w.signer(), "k3"))
    yield token("B18", "one-name-two-kinds-ec", "accepted", lambda w: _one_name(w, w.signer(kid="k")))
    yield token("B18", "one-name-two-kinds-rsa", "accepted", lambda w: _one_name(w, w.signer("RS256", "k")))
    yield token(
        "B18", "one-name-two-kinds-crossed", "bad_signature", lambda w: _one_name(w, w.signer("RS256", "k"), "PS256")
    )
    yield token("B18", "two-signatures-in-one", "bad_signature_length|bad_signature", _both)


def _mixed(world: World, key: Signer, kid: Any, **header: Any) -> Attempt:
    given = {name: value for name, value in key.header(kid=kid, **header).items() if value is not ...}
    trusted = (world.signer(), world.signer(kid="k2", key="two"), world.signer("RS256", "r"))
    return world.attempt(key.raw(given, world.claims()), *trusted, algorithms=("RS256", "PS256", "ES256"))


def _one_name(world: World, key: Signer, alg: str = "") -> Attempt:
    trusted = (world.signer(kid="k"), world.signer("RS256", "k"))
    return world.attempt(
        key.raw(key.header(alg=alg or key.alg), world.claims()), *trusted, algorithms=("RS256", "PS256", "ES256")
    )


def _both(world: World) -> Attempt:
    first, second = world.signer(), world.signer(kid="k2", key="two")
    signed = first.raw(first.header(), world.claims()).rpartition(".")[0]
    both = first.sign(signed.encode()) + second.sign(signed.encode())
    return world.attempt(f"{signed}.{b64(both)}", first, second)


def cases() -> Iterator[Case]:
    """Return the cases of B10 to B18."""
    for part in (kids, extensions, types, copies, one_key):
        yield from part()
