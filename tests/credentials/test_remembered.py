"""Remembered tokens: a hit skips the parse and the signature, and nothing else (jwt.md 6.1, rows C18, G8, G9, H9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from authkit import Claims, InsufficientAccess, InvalidClaims, JWTBearer, KeysUnavailable, Refused
from authkit.gateway.request import parse
from authkit.keys.keyset import KeySet
from authkit.tokens.access import logged_in_within
from authkit.tokens.cache import TokenCache
from tests.support.events import bearer_event
from tests.support.tokens import NOW, bearer, good_claims, jwks, new_signer, signer


class World:
    """A bearer that remembers, its clock, and keys that count how often they verify."""

    def __init__(self, **settings: Any) -> None:
        self.now = float(NOW)
        self.keys: Any = KeySet(jwks(signer()))
        self.down = False
        self.looked_up = 0
        self.bearer: JWTBearer = bearer(
            jwks=self, clock=lambda: self.now, **{"cache": TokenCache(seconds=300), **settings}
        )

    def find(self, kid: str | None, alg: str) -> Any:
        self.looked_up += 1
        if self.down:
            raise KeysUnavailable("fetch_timeout", detail="down")
        return Counted(self.keys.find(kid, alg), self)

    verified = 0


class Counted:
    """A key that counts its signature checks, and is the same key as what it wraps."""

    def __init__(self, key: Any, world: World) -> None:
        self._key = key
        self._world = world
        self.identity = key.identity
        self.issuer = None

    def verify(self, *given: Any) -> None:
        self._world.verified += 1
        self._key.verify(*given)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as fault:
        call()
    return fault.value.code


def test_the_same_token_is_verified_once() -> None:
    """And another one anew."""
    world = World()
    first, second = signer().token(), signer().token(good_claims(sub="bob"))

    for _ in range(5):
        assert world.bearer.verify(first)["sub"] == "alice"
        assert world.bearer.verify(second)["sub"] == "bob"

    assert world.verified == 2


def test_nothing_is_remembered_unless_asked_for() -> None:
    """Off by default."""
    world = World(cache=None)
    token = signer().token()

    for _ in range(3):
        world.bearer.verify(token)

    assert world.verified == 3


@pytest.mark.parametrize(
    ("at", "code"), [(NOW + 600, "expired"), (NOW - 11, "not_yet_valid"), (NOW - 400, "not_yet_valid")]
)
def test_times_are_judged_at_each_use(at: float, code: str) -> None:
    """G9: a token does not live on because it was good once."""
    world = World(cache=TokenCache(seconds=3600))
    token = signer().token()
    world.bearer.verify(token)

    world.now = at

    assert code_of(lambda: world.bearer.verify(token)) == code


def test_a_token_too_old_is_refused_though_remembered() -> None:
    """E7 holds at each use."""
    world = World(cache=TokenCache(seconds=3600), max_age=60)
    token = signer().token()
    world.bearer.verify(token)

    world.now = NOW + 51

    assert code_of(lambda: world.bearer.verify(token)) == "too_old"


def test_a_token_is_not_remembered_for_longer_than_said() -> None:
    """Then it is verified anew."""
    world = World()
    token = signer().token()
    world.bearer.verify(token)

    world.now = NOW + 301
    world.bearer.verify(token)

    assert world.verified == 2


def test_a_token_dies_with_its_key() -> None:
    """C18: withdrawn, replaced under the same name, or renamed."""
    for replacement in (new_signer(kid="k2"), new_signer(kid="k1")):
        world = World()
        token = signer().token()
        world.bearer.verify(token)

        world.keys = KeySet(jwks(replacement))

        assert code_of(lambda world=world, token=token: world.bearer.verify(token)) in {
            "key_not_found",
            "bad_signature",
        }  # type: ignore[misc]


def test_a_token_outlives_a_refresh_that_brings_the_same_key() -> None:
    """The key is the same if its numbers are."""
    world = World()
    token = signer().token()
    world.bearer.verify(token)

    world.keys = KeySet(jwks(new_signer(kid="k2"), signer()))
    world.bearer.verify(token)

    assert world.verified == 1


def test_without_keys_nothing_remembered_is_taken() -> None:
    """Past `max_stale`, an outage is an outage for these too."""
    world = World()
    token = signer().token()
    world.bearer.verify(token)

    world.down = True

    with pytest.raises(KeysUnavailable):
        world.bearer.verify(token)


def test_a_forged_signature_over_a_remembered_payload_is_refused() -> None:
    """G9: the name is made of all bytes, the signature's too."""
    world = World()
    token = signer().token()
    world.bearer.verify(token)
    head, _, _ = token.rpartition(".")

    for signature in ("", "AAAA", signer("ES256", "evil").token().rpartition(".")[2]):
        assert code_of(lambda signature=signature: world.bearer.verify(f"{head}.{signature}")) in {
            "bad_signature",
            "bad_signature_length",
        }  # type: ignore[misc]


def test_failures_are_not_remembered() -> None:
    """A key that comes later makes the token good."""
    world = World()
    later = new_signer(kid="later")
    token = later.token()

    assert code_of(lambda: world.bearer.verify(token)) == "key_not_found"
    world.keys = KeySet(jwks(signer(), later))

    assert world.bearer.verify(token)


def test_checks_demands_and_revocation_run_on_each_use() -> None:
    """G9, H9: only the parse and the signature are skipped."""
    ran: list[str] = []
    state = {"revoked": False, "bad": False, "now": float(NOW)}

    def check(_: Claims) -> None:
        ran.append("check")
        if state["bad"]:
            raise InvalidClaims("custom_check_failed")

    def revoked(_: Claims) -> bool:
        ran.append("revoked")
        return bool(state["revoked"])

    world = World(checks=[check], revoked=revoked, require=[logged_in_within(100, clock=lambda: state["now"])])
    token = signer().token(good_claims(auth_time=NOW))
    for _ in range(3):
        world.bearer.verify(token)
    assert (world.verified, ran.count("check"), ran.count("revoked")) == (1, 3, 3)

    state["revoked"] = True
    assert code_of(lambda: world.bearer.verify(token)) == "revoked"
    state["now"] = NOW + 101
    with pytest.raises(InsufficientAccess, match="auth_time"):
        world.bearer.verify(token)
    state["bad"] = True
    assert code_of(lambda: world.bearer.verify(token)) == "custom_check_failed"
    assert world.verified == 1


def test_what_is_handed_out_cannot_change_what_is_remembered() -> None:
    """A changed copy is the caller's own."""
    world = World()
    token = signer().token(good_claims(groups=["users"]))
    world.bearer.verify(token)["groups"].append("admins")
    principal = world.bearer(parse(bearer_event(token)))
    principal.claims["groups"].append("admins")

    assert world.bearer.verify(token)["groups"] == ["users"]
    assert world.bearer(parse(bearer_event(token))).claims["groups"] == ["users"]


def test_one_limits_object_is_no_common_memory() -> None:
    """G9: two bearers with the same limits share nothing, so neither's rules are passed by."""
    limits = TokenCache()
    loose, strict = World(cache=limits), World(cache=limits, audience="elsewhere")
    token = signer().token()

    assert loose.bearer.verify(token)
    assert code_of(lambda: strict.bearer.verify(token)) == "audience_mismatch"


def test_many_bad_tokens_leave_nothing_behind() -> None:
    """G8: only successes are kept, and never more than were allowed."""
    world = World(cache=TokenCache(entries=10))
    good = [signer().token(good_claims(jti=str(number))) for number in range(30)]
    for token in good:
        world.bearer.verify(token)
        code_of(lambda token=token: world.bearer.verify(token[:-8] + "AAAAAAAA"))  # type: ignore[misc]

    remembered = world.bearer._verifier._remembered
    assert remembered is not None
    assert len(remembered) == 10
