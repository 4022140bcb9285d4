"""The rules by which judges may differ. Each has a name, a sentence, and a way to see in the token that it applies.

A difference that no rule explains is a fault: of ours, of another's, or of this list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.differential.facts import Facts

REFUSED_MEMBERS = {"jku", "jwk", "x5u", "zip", "enc", "epk", "apu", "apv", "p2c", "p2s"}
TYPES = {"jwt", "at+jwt"}
DEEPEST, LARGEST, LARGEST_HEADER, LONGEST_KID, JOSERFC_HEADER = 32, 16 * 1024, 4 * 1024, 256, 512
LATEST = 253402300799
TIMES = ("exp", "nbf", "iat")
EDWARDS = {"EdDSA", "Ed25519", "Ed448"}


class Rule(NamedTuple):
    """Why judges differ.

    ``ours`` is the code of our refusal, or empty where we accept; ``theirs`` the names of the other's refusals, or
    empty where it accepts; ``applies`` looks at the token itself.
    """

    name: str
    sentence: str
    ours: str
    theirs: tuple[str, ...]
    applies: Callable[[Facts], bool]


def _stricter(name: str, code: str, sentence: str, applies: Callable[[Facts], bool]) -> Rule:
    return Rule(name, sentence, code, (), applies)


def _laxer(name: str, theirs: tuple[str, ...], sentence: str, applies: Callable[[Facts], bool]) -> Rule:
    return Rule(name, sentence, "", theirs, applies)


def _other_type(seen: Facts) -> bool:
    typ = seen.header.get("typ", "JWT")
    return not isinstance(typ, str) or typ.lower().removeprefix("application/") not in TYPES


def _no_time(value: object) -> bool:
    return type(value) not in (int, float)


def _wrong_types(seen: Facts) -> bool:
    claims = seen.claims
    subject = claims.get("sub", "somebody")
    return (
        any(_no_time(claims[name]) for name in TIMES if name in claims) or not isinstance(subject, str) or not subject
    )


def _wrong_scopes(seen: Facts) -> bool:
    scopes = [seen.claims[name] for name in ("scope", "scp") if name in seen.claims]
    return not all(isinstance(each, str) or (isinstance(each, list) and _are_texts(each)) for each in scopes)


def _are_texts(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _wrong_numbers(seen: Facts) -> bool:
    times = [seen.claims[name] for name in TIMES if name in seen.claims and not _no_time(seen.claims[name])]
    return seen.strange_numbers or not all(0 <= time <= LATEST for time in times)


def _too_large(seen: Facts) -> bool:
    return len(seen.token) > LARGEST or len(seen.segments[0]) > LARGEST_HEADER


def _other_encoding(seen: Facts) -> bool:
    """UTF-16 and UTF-32 have NUL bytes here; a surrogate in UTF-8 has the byte ED and one from A0 on."""
    return any(b"\0" in raw or raw.startswith(b"\xef\xbb\xbf") or _surrogate(raw) for raw in seen.raw)


def _surrogate(raw: bytes) -> bool:
    return any(raw[at] == 0xED and raw[at + 1] >= 0xA0 for at in range(len(raw) - 1))


def _strange_name(seen: Facts) -> bool:
    kid = seen.header.get("kid", "x")
    return not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID or not (kid.isascii() and kid.isprintable())


def _private(seen: Facts) -> bool:
    return any("d" in key for key in seen.keys)


def _oversized_coordinate(seen: Facts) -> bool:
    return any(key["kty"] == "EC" and len(key["x"]) > len(key["y"]) for key in seen.keys)


def _weak(seen: Facts) -> bool:
    return any(key["kty"] == "RSA" and len(key["n"]) < 2048 // 6 for key in seen.keys)


def _not_for_verifying(seen: Facts) -> bool:
    return any(key.get("use", "sig") != "sig" or "verify" not in key.get("key_ops", ["verify"]) for key in seen.keys)


def _two_of_one_kind(seen: Facts) -> bool:
    kinds = [(key["kty"], key.get("crv")) for key in seen.keys]
    return len(set(kinds)) < len(kinds)


def _two_kinds(seen: Facts) -> bool:
    return len({(key["kty"], key.get("crv")) for key in seen.keys}) > 1


def _edwards_by_another_name(seen: Facts) -> bool:
    """The plain name in token and key is the one case that all know."""
    names = {seen.header.get("alg"), *(key.get("alg", "EdDSA") for key in seen.keys)}
    return names <= EDWARDS and names != {"EdDSA"}


def _pss_of_another_length(seen: Facts) -> bool:
    return seen.header.get("alg") == "PS256" and all(len(seen.segments[2]) != len(key["n"]) for key in seen.keys)


def _pss_unpinned(seen: Facts) -> bool:
    return seen.header.get("alg") == "PS256" and all("alg" not in key for key in seen.keys)


STRICTER = (
    _stricter("other type", "bad_typ", "RFC 8725 3.11: only the types that are asked for", _other_type),
    _stricter("nested", "bad_cty", "RFC 7519 5.2: a nested token is not taken", lambda seen: "cty" in seen.header),
    _stricter(
        "critical", "crit_unsupported", "RFC 7515 4.1.11: no extension is understood", lambda seen: "crit" in seen.header
    ),
    _stricter("unencoded", "b64_unsupported", "RFC 7797 7: b64 has no place in a JWT", lambda seen: "b64" in seen.header),
    _stricter(
        "brings its own",
        "header_param_refused",
        "RFC 8725 3.10: a token may not bring or name a key, nor bear what belongs to an encryption",
        lambda seen: bool(REFUSED_MEMBERS & seen.header.keys()),
    ),
    _stricter("name of a key", "bad_kid", "jwt.md 4.B B10: 1 to 256 printable ASCII characters", _strange_name),
    _stricter(
        "a name twice", "duplicate_member", "RFC 7515 4 and RFC 7519 4: names are unique", lambda seen: seen.repeats
    ),
    _stricter("types of claims", "bad_claim_type", "RFC 7519 4.1: NumericDates and texts, and null is neither", _wrong_types),
    _stricter("types of scopes", "bad_claim_type", "RFC 8693 4.2: a text, or a list of texts", _wrong_scopes),
    _stricter(
        "type of cnf", "bad_claim_type", "RFC 7800 3.1: an object",
        lambda seen: not isinstance(seen.claims.get("cnf", {}), dict),
    ),
    _stricter(
        "nobody", "missing_claim", "RFC 9068 2.2: a token without sub names no principal",
        lambda seen: "sub" not in seen.claims,
    ),
    _stricter("numbers", "bad_number", "RFC 8259 6: finite, in 64 bits, and times from 1970 to 9999", _wrong_numbers),
    _stricter("bound", "proof_missing", "RFC 7800 3.1: bound to a key, it is no bearer token", lambda seen: "cnf" in seen.claims),
    _stricter("padding", "bad_base64url", "RFC 7515 2: base64url without padding", lambda seen: "=" in seen.token),
    _stricter("another encoding", "bad_utf8", "RFC 8725 3.7: plain UTF-8, without a mark in front", _other_encoding),
    _stricter(
        "half a character", "bad_json", "RFC 8259 8.2: a surrogate alone is no character", lambda seen: seen.broken_characters
    ),
    _stricter("depth", "too_deep", "RFC 8259 9: nested at most 32 deep", lambda seen: seen.depth > DEEPEST),
    _stricter("size", "token_too_large", "jwt.md 4.A A9: 16 KiB at most, and 4 KiB of header", _too_large),
    _stricter("private key", "invalid_key", "RFC 7517 9.2: a published private key is compromised", _private),
    _stricter("coordinate", "invalid_key", "RFC 7518 6.2.1.2: as long as the curve's field", _oversized_coordinate),
    _stricter("weak key", "weak_key", "RFC 7518 3.3: RSA of 2048 bits at least", _weak),
    _stricter("use", "key_use_mismatch", "RFC 7517 4.2 and 4.3: a key for something else", _not_for_verifying),
    _stricter(
        "length of a signature", "bad_signature", "RFC 8017 8.1.2: as long as the modulus, zeros in front included",
        _pss_of_another_length,
    ),
    _stricter("two keys", "ambiguous_key", "RFC 7517 4.5: two keys of one name, and no guess", _two_of_one_kind),
)  # fmt: skip

LAXER = (
    _laxer(
        "type of jti",
        ("InvalidJTIError", "InvalidClaimError"),
        "RFC 7519 4.1.7: of no concern to who does not use it",
        lambda seen: "jti" in seen.claims and not isinstance(seen.claims["jti"], str),
    ),
    _laxer(
        "two kinds of key",
        ("InvalidAlgorithmError", "InvalidKeyCurveError", "InvalidKeyTypeError"),
        "RFC 7517 4.5: keys of one name are told apart by their kind",
        _two_kinds,
    ),
    _laxer(
        "names of Edwards",
        ("InvalidAlgorithmError", "KeyError", "InvalidKeyIdError"),
        "RFC 9864 2: EdDSA and the curve's own name say the same of an Edwards key",
        _edwards_by_another_name,
    ),
    _laxer(
        "key without an algorithm",
        ("InvalidAlgorithmError",),
        "RFC 7517 4.4: alg is optional, and without it an RSA key fits RS and PS",
        _pss_unpinned,
    ),
    _laxer(
        "long header",
        ("ExceededSizeError",),
        "RFC 7515 sets no limit, ours is 4 KiB",
        lambda seen: len(seen.raw[0]) > JOSERFC_HEADER,
    ),
    _laxer(
        "unknown member",
        ("UnsupportedHeaderError",),
        "RFC 7515 4: members that are not understood are ignored",
        lambda seen: "x" in seen.header or "foo" in seen.header,
    ),
    _laxer(
        "certificates",
        ("InvalidHeaderValueError",),
        "jwt.md 4.B B9: what is never used is not read",
        lambda seen: bool({"x5c", "x5t"} & seen.header.keys()),
    ),
)
RULES = (*STRICTER, *LAXER)


def explain(ours: str, theirs: str, seen: Facts) -> Rule | None:
    """Return the rule that says why two verdicts differ, if there is one."""
    for rule in RULES:
        if rule.ours == ours and (not theirs if ours else theirs in rule.theirs) and rule.applies(seen):
            return rule
    return None
