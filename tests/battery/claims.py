"""Section E: times, and valid tokens of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.battery.case import ACCEPTED, Case, deed, misconfigured, token
from tests.battery.header import EVERY
from tests.battery.keyset_documents import SECRET, mac_attempt
from tests.battery.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPE = "bad_claim_type"
TIMES = ("exp", "nbf", "iat")


def says(row: str, name: str, expected: str, changes: dict[str, Any], **settings: Any) -> Case:
    """Return a case of changed claims; other verifiers see it only where no setting is needed."""
    return token(
        row,
        name,
        expected,
        lambda world: world.attempt(world.good(**_at(world, changes)), **_at(world, settings)),
        portable=not settings,
    )


class Now(int):
    """Seconds from the world's now."""


def _at(world: World, given: dict[str, Any]) -> dict[str, Any]:
    return {name: world.now + int(value) if isinstance(value, Now) else value for name, value in given.items()}


NO_TIMES: dict[str, Any] = {
    "true": True, "false": False, "text": "tomorrow", "digits": "4102444800", "digits-and-blank": " 4102444800", "empty-text": "", "null": None, "array": [4102444800],
    "empty-array": [], "object": {"exp": 4102444800}, "empty-object": {}, "date": "2100-01-01T00:00:00Z", "hex": "0xf4865700", "exponent": "4e9", "float-text": "4102444800.0",
}  # fmt: skip
FAR: dict[str, Any] = {
    "negative": -1, "negative-float": -0.5, "long-ago": -62135596800, "year-10000": 253402300800, "two-to-the-53": 2**53, "beyond-53-bits": 2**53 + 1,
    "two-to-the-62": 2**62, "1e300": 1e300, "milliseconds": 1_700_000_000_000, "minus-2-to-the-63": -(2**63),
}  # fmt: skip


def times() -> Iterator[Case]:
    yield says("E1", "exp-absent", "missing_claim", {"exp": ...})
    yield says("E1", "all-times-absent", "missing_claim", {"exp": ..., "nbf": ..., "iat": ...})
    yield says("E1", "exp-in-another-case", "missing_claim", {"exp": ..., "Exp": 4102444800, "EXP": 4102444800})
    yield says(
        "E1",
        "no-claims-at-all",
        "missing_claim",
        dict.fromkeys(("iss", "aud", "sub", "exp", "nbf", "iat", "scope"), ...),
    )
    yield says("E1", "optional-with-given-keys", ACCEPTED, {"exp": ...}, relax=("exp-optional",))
    yield says("E1", "optional-and-expired", "expired", {"exp": Now(-1)}, relax=("exp-optional",))
    yield says("E1", "optional-and-of-the-wrong-type", TYPE, {"exp": None}, relax=("exp-optional",))
    yield misconfigured("E1", "optional-with-a-url", relax=("exp-optional",), jwks="https://idp.example.com/jwks")
    yield misconfigured("E1", "optional-with-discovery", relax=("exp-optional",), jwks=None)
    for claim in TIMES:
        for name, value in NO_TIMES.items():
            yield says("E2", f"{claim}-{name}", TYPE, {claim: value})
        for name, value in FAR.items():
            yield says("E3", f"{claim}-{name}", "bad_number", {claim: value})
    for name, changes in {
        "exp": {"exp": 4_102_444_800.5}, "nbf": {"nbf": 1_000_000_000.25}, "iat": {"iat": 1_000_000_000.75}, "whole": {"exp": 4_102_444_800.0},
        "last-second-of-9999": {"exp": 253402300799}, "zero": {"nbf": 0, "iat": 0}, "minus-zero": {"nbf": -0.0}, "small": {"nbf": 1e-300},
    }.items():  # fmt: skip
        yield says("E3", f"taken-{name}", ACCEPTED, changes)
    yield says("E3", "exponent-notation", ACCEPTED, {"exp": 4.1024448e9})
    yield says("E3", "exp-zero", "expired", {"exp": 0})
    yield says("E3", "exp-float-just-past", "expired", {"exp": 1_000_000_000.999})
    yield says("E4", "exp-is-now", "expired", {"exp": Now(0)})
    yield says("E4", "exp-a-second-ago", "expired", {"exp": Now(-1)})
    yield says("E4", "exp-in-a-second", ACCEPTED, {"exp": Now(1)}, leeway=0)
    yield says("E4", "exp-long-ago", "expired", {"exp": 1})
    yield says("E4", "within-the-leeway", ACCEPTED, {"exp": Now(-29)}, leeway=30)
    yield says("E4", "at-the-leeway", "expired", {"exp": Now(-30)}, leeway=30)
    yield says("E4", "beyond-the-largest-leeway", "expired", {"exp": Now(-301)}, leeway=300)
    yield says("E4", "nbf-after-exp", "not_yet_valid", {"exp": Now(60), "nbf": Now(120)})
    yield says("E5", "in-a-minute", "not_yet_valid", {"nbf": Now(60)})
    yield says("E5", "in-a-year", "not_yet_valid", {"nbf": Now(31_536_000), "exp": Now(2 * 31_536_000)})
    yield says("E5", "in-9999", "not_yet_valid", {"nbf": 253402300799, "exp": 253402300799})
    yield says("E5", "a-fraction-ahead", "not_yet_valid", {"nbf": 253402300798.5, "exp": 253402300799})
    yield says("E5", "is-now", ACCEPTED, {"nbf": Now(0)})
    yield says("E5", "within-the-leeway", ACCEPTED, {"nbf": Now(30)}, leeway=30)
    yield says("E5", "beyond-the-leeway", "not_yet_valid", {"nbf": Now(31)}, leeway=30)
    yield says("E5", "absent", ACCEPTED, {"nbf": ...})
    yield says("E6", "in-two-minutes", "issued_in_future", {"iat": Now(120)})
    yield says("E6", "in-a-year", "issued_in_future", {"iat": Now(31_536_000), "exp": Now(2 * 31_536_000)})
    yield says("E6", "within-a-minute", ACCEPTED, {"iat": Now(60)}, leeway=0)
    yield says("E6", "just-beyond-a-minute", "issued_in_future", {"iat": Now(61)}, leeway=0)
    yield says("E6", "beyond-a-larger-leeway", "issued_in_future", {"iat": Now(121)}, leeway=120)
    yield says("E6", "within-a-larger-leeway", ACCEPTED, {"iat": Now(120)}, leeway=120)
    yield says("E6", "absent", ACCEPTED, {"iat": ...})
    yield says("E6", "after-exp", "issued_in_future|expired", {"iat": Now(7200), "exp": Now(3600)})


def ages() -> Iterator[Case]:
    yield says("E7", "lives-too-long", "lifetime_too_long", {"iat": Now(0), "exp": Now(3601)}, max_lifetime=3600)
    yield says("E7", "lives-long-enough", ACCEPTED, {"iat": Now(0), "exp": Now(3600)}, max_lifetime=3600)
    yield says("E7", "lives-for-ages", "lifetime_too_long", {"exp": 253402300799}, max_lifetime=86_400)
    yield says("E7", "lifetime-without-iat", "missing_claim", {"iat": ...}, max_lifetime=3600)
    yield says("E7", "too-old", "too_old", {"iat": Now(-601)}, max_age=600)
    yield says("E7", "old-enough", ACCEPTED, {"iat": Now(-600)}, max_age=600)
    yield says("E7", "age-with-leeway", ACCEPTED, {"iat": Now(-630)}, max_age=600, leeway=30)
    yield says("E7", "age-beyond-leeway", "too_old", {"iat": Now(-631)}, max_age=600, leeway=30)
    yield says("E7", "age-without-iat", "missing_claim", {"iat": ...}, max_age=600)
    yield says("E7", "age-with-iat-null", TYPE, {"iat": None}, max_age=600)
    yield says(
        "E7",
        "lifetime-and-no-exp",
        "lifetime_too_long|missing_claim",
        {"exp": ...},
        max_lifetime=3600,
        relax=("exp-optional",),
    )
    spans: dict[str, Any] = {
        "negative": -1,
        "nan": float("nan"),
        "infinite": float("inf"),
        "text": "60",
        "true": True,
        "list": [60],
        "object": {},
    }
    for name, value in spans.items():
        yield misconfigured("E8", f"leeway-{name}", leeway=value)
        yield misconfigured("E8", f"max_age-{name}", max_age=value)
        yield misconfigured("E8", f"max_lifetime-{name}", max_lifetime=value)
    yield misconfigured("E8", "leeway-301", leeway=301)
    yield misconfigured("E8", "leeway-a-day", leeway=86_400)
    yield misconfigured("E8", "leeway-none", leeway=None)
    yield misconfigured("E8", "max_age-zero", max_age=0)
    yield says("E8", "leeway-of-300-changes-no-other-check", "audience_mismatch", {"aud": "other"}, leeway=300)
    yield says(
        "E20",
        "clock-days-behind",
        "not_yet_valid|issued_in_future",
        {"nbf": Now(3 * 86_400), "iat": Now(3 * 86_400), "exp": Now(4 * 86_400)},
    )
    yield says(
        "E20",
        "clock-days-ahead",
        "expired",
        {"nbf": Now(-4 * 86_400), "iat": Now(-4 * 86_400), "exp": Now(-3 * 86_400)},
    )
    yield deed("E20", "the-refusal-says-how-far-apart", "259200 s ago, leeway 30", _told)


def _told(world: World) -> str:
    from authkit.errors import InvalidClaims

    try:
        world.bearer(leeway=30).verify(world.good(exp=world.now - 259_200))
    except InvalidClaims as fault:
        return (
            "259200 s ago, leeway 30"
            if "259200 s ago" in fault.detail and "leeway 30" in fault.detail
            else fault.detail
        )
    return ACCEPTED


def valid() -> Iterator[Case]:
    """Valid tokens, which nothing above may keep out."""
    for alg in EVERY:
        yield token(
            "B4",
            f"valid-{alg}",
            ACCEPTED,
            lambda w, a=alg: w.attempt(w.good(w.signer(a)), w.signer(a), algorithms=EVERY),
        )
        yield token(
            "B4",
            f"valid-{alg}-pinned",
            ACCEPTED,
            lambda w, a=alg: w.attempt(
                w.good(w.signer(a)), w.signer(a, alg=a, use="sig", key_ops=["verify"]), algorithms=(a,)
            ),
        )
    yield token("B4", "valid-under-hmac", ACCEPTED, lambda w: mac_attempt(w, "HS256", SECRET), portable=False)
    yield says("E16", "valid-without-scopes", ACCEPTED, {"scope": ...})
    yield says(
        "E18",
        "valid-nested-claims",
        ACCEPTED,
        {
            "realm_access": {"roles": ["a"]},
            "address": {"street": "Å"},
            "nothing": None,
            "flag": False,
            "list": [1, 2.5, None, [True]],
        },
    )
    yield says("E2", "valid-without-nbf-and-iat", ACCEPTED, {"nbf": ..., "iat": ...})


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (times, ages, valid):
        yield from part()
