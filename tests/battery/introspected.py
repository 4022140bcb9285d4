"""Section H, row 8: introspection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authkit.errors import Unavailable
from tests.battery.case import ACCEPTED, Case, deed, observed
from tests.battery.keyset_documents import FULL
from tests.battery.world import World
from tests.credentials import introspecting

if TYPE_CHECKING:
    from collections.abc import Iterator


from tests.battery.proofs import MISSING

DOWN = "introspection_unavailable"


ANSWERS: dict[str, tuple[Any, str]] = {
    "good": ({}, ACCEPTED), "inactive": ({"active": False}, "inactive"), "active-text": ({"active": "true"}, DOWN), "active-one": ({"active": 1}, DOWN), "active-missing": ({"active": ...}, DOWN), "active-null": ({"active": None}, DOWN), "active-list": ({"active": [True]}, DOWN), "active-object": ({"active": {}}, DOWN),
    "expired": ({"exp": 1}, "expired"), "exp-text": ({"exp": "4102444800"}, "bad_claim_type"), "not-yet": ({"nbf": 4_102_444_800}, "not_yet_valid"), "for-others": ({"aud": "other"}, "audience_mismatch"), "aud-missing": ({"aud": ...}, "missing_claim"), "aud-mixed": ({"aud": ["https://api.example.com", 5]}, "bad_claim_type"), "sub-int": ({"sub": 5}, "bad_claim_type"),
    "sub-missing": ({"sub": ...}, "missing_claim"), "scope-int": ({"scope": 5}, "bad_claim_type"), "refresh-token": ({"token_type": "refresh_token"}, "token_use_mismatch"), "bound": ({"cnf": {"jkt": "x"}}, MISSING),
}  # fmt: skip


def introspection() -> Iterator[Case]:
    for name, (changes, expected) in ANSWERS.items():
        yield deed("H8", name, expected, lambda w, c=changes: _asked(introspecting.active(**c)))
    yield deed(
        "H8",
        "another-issuer",
        "issuer_mismatch",
        lambda w: _asked(introspecting.active(iss="https://evil.example/"), issuer="https://idp.example.com/"),
    )
    for name, body in {
        "html": b"<html>", "empty": b"", "list": b"[]", "true": b"true", "twice": b'{"active":false,"active":true}', "nan": b'{"active":true,"exp":NaN}', "utf-16": '{"active":true}'.encode("utf-16"), "deep": b'{"a":' * 5000, "a-megabyte-of-open-lists": b"[" * 1_000_000, "a-jwt": b"eyJhbGciOiJub25lIn0.eyJhY3RpdmUiOnRydWV9.", **FULL,
    }.items():  # fmt: skip
        yield deed("H8", f"answers-{name}", DOWN, lambda w, b=body: _asked(b))
    yield deed(
        "H8",
        "a-jwt-as-its-type-says",
        DOWN,
        lambda w: _asked(
            b"eyJhbGciOiJub25lIn0.eyJhY3RpdmUiOnRydWV9.",
            headers={"content-type": "application/token-introspection+jwt"},
        ),
    )
    yield deed(
        "H8",
        "json-that-says-it-is-a-jwt",
        DOWN,
        lambda w: _asked(introspecting.active(), headers={"content-type": "application/token-introspection+jwt"}),
    )
    for status in (201, 204, 302, 400, 401, 403, 404, 429, 500, 503):
        yield deed("H8", f"status-{status}", DOWN, lambda w, s=status: _asked(introspecting.active(), status=s))
    for name, error in {
        "outage": Unavailable("fetch_timeout", detail="x"),
        "value-error": ValueError("x"),
        "key-error": KeyError("x"),
    }.items():
        yield deed("H8", f"transport-{name}", DOWN, lambda w, e=error: _asked(e))
    yield deed("H8", "remembered", f"{ACCEPTED} {ACCEPTED}, asked 1", lambda w: _again(5))
    yield deed("H8", "remembered-no-longer-than-the-cap", f"{ACCEPTED} {ACCEPTED}, asked 2", lambda w: _again(61))
    yield deed(
        "H8",
        "remembered-no-longer-than-exp",
        f"{ACCEPTED} expired, asked 2",
        lambda w: _again(11, exp=introspecting.NOW + 10),
    )
    yield deed(
        "H8", "taken-back-after-the-cap", f"{ACCEPTED} inactive, asked 2", lambda w: _again(61, then={"active": False})
    )
    yield deed("H8", "the-answer-of-another-token-is-not-used", "alice bob", _each_its_own)
    yield deed("H8", "a-flood-does-not-push-good-ones-out", f"{ACCEPTED}, asked again 0", _crowded)
    yield deed("H8", "an-outage-is-asked-about-once", f"{DOWN}, asked 1", _outage)
    for number, text in enumerate(("", "a b", "a\nb", "é", "a" * 20_000, "a\0b", "a,b", '"a"')):
        yield deed("H8", f"no-token-{number}", "asked 0", lambda w, t=text: _odd(t))


def _asked(answer: Any, *, status: int = 200, headers: dict[str, str] | None = None, **settings: Any) -> str:
    world = introspecting.World(answer, **settings)
    world.status, world.headers = status, headers or world.headers
    return observed(
        lambda: world.call("opaque-token-of-some-length"), ("opaque-token-of-some-length", introspecting.SECRET)
    )


def _again(seconds: float, then: dict[str, Any] | None = None, **changes: Any) -> str:
    world = introspecting.World(introspecting.active(**changes))
    first = observed(world.call)
    world.now += seconds
    world.answer = then or world.answer
    return f"{first} {observed(world.call)}, asked {len(world.asked)}"


def _each_its_own(world: World) -> str:
    server = introspecting.World(lambda text: introspecting.active(sub="alice" if text == "first" else "bob"))
    for text in ("first", "second", "first"):
        server.call(text)
    return f"{server.call('first').id} {server.call('second').id}"


def _crowded(world: World) -> str:
    server = introspecting.World(
        lambda text: introspecting.active() if text == "good" else {"active": False}, entries=10
    )
    server.call("good")
    for number in range(100):
        observed(lambda n=number: server.call(f"guess-{n}"))  # type: ignore[misc]
    before = len(server.asked)
    return f"{observed(lambda: server.call('good'))}, asked again {len(server.asked) - before}"


def _outage(world: World) -> str:
    server = introspecting.World(RuntimeError("x"))
    seen = {observed(lambda n=number: server.call(f"token-{n}")) for number in range(50)}  # type: ignore[misc]
    return f"{' '.join(seen)}, asked {len(server.asked)}"


def _odd(text: str) -> str:
    server = introspecting.World()
    seen = observed(lambda: server.introspection.verify(text))
    return (
        f"asked {len(server.asked)}" if seen not in (ACCEPTED, "foreign") and not seen.startswith("foreign") else seen
    )


def cases() -> Iterator[Case]:
    """Return these cases."""
    yield from introspection()
