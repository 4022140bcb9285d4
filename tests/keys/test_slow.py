"""An issuer that needs longer than a renewal may take: it is heard all the same (rows 4.G G2, G5 and G6)."""

from __future__ import annotations

import json

import pytest

from authkit.errors import KeyProblem, KeysUnavailable
from authkit.keys.answer import Response
from authkit.keys.clocks import Moment
from authkit.keys.discovery import WELL_KNOWN
from authkit.keys.keyset import KeySet
from authkit.keys.pauses import Renewals, status_of
from authkit.keys.remote import RemoteKeys, Timing
from authkit.keys.source import _locate
from tests.keys.provider import DOWN, URL, World, code_of
from tests.support.tokens import ISSUER, jwks, signer

HOUR = 3600.0
DAY = 24 * HOUR
NEW = signer("ES256", "k2")


def slow(**settings: object) -> World:
    """Return a world whose issuer takes longer than the 0.3 s of a renewal, and has rotated while its set was due."""
    world = World(**settings)  # type: ignore[arg-type]
    world.provider.needs = 0.4
    world.keys.find("k1", "ES256")
    world.passes(700)
    world.keys.find("k1", "ES256")
    world.provider.keys.append(NEW)
    return world


def test_a_renewal_that_failed_keeps_nobody_from_asking_for_a_new_key() -> None:
    """G2: the 0.3 s that were too few say nothing of the two seconds there are for a name that is missing."""
    world = slow()
    assert world.keys.state().failures == 1

    assert world.keys.find("k2", "ES256")

    assert [timeout for _, timeout in world.provider.asked] == pytest.approx([2, 0.3, 2])


def test_a_new_key_is_found_though_every_request_is_for_it() -> None:
    """G2: it is not a renewal that is tried first, again and again."""
    world = World()
    world.provider.needs = 0.4
    world.keys.find("k1", "ES256")
    world.provider.keys.append(NEW)
    world.passes(HOUR)

    assert world.keys.find("k2", "ES256")

    assert [timeout for _, timeout in world.provider.asked] == pytest.approx([2, 2])


def test_a_bundle_hides_no_rotation() -> None:
    """G2: it is due from the beginning."""
    world = World(bundle=KeySet(jwks(signer())))
    world.provider.needs = 0.4
    world.provider.keys = [signer(), NEW]

    assert world.keys.find("k1", "ES256")
    assert world.keys.find("k2", "ES256")

    assert [timeout for _, timeout in world.provider.asked] == pytest.approx([0.3, 2])


def test_a_renewal_that_failed_does_not_make_a_first_fetch_wait() -> None:
    """G4: the set has become too old meanwhile."""
    world = World(timing=Timing(max_stale=1000))
    world.provider.needs = 0.4
    world.keys.find("k1", "ES256")
    world.passes(999.5)
    world.keys.find("k1", "ES256")

    world.passes(1)

    assert world.keys.find("k1", "ES256")
    assert world.keys.fetches == 3


def test_known_keys_alone_keep_the_set_from_growing_old() -> None:
    """C18: beyond its lifetime one renewal may take as long as a first fetch, or a withdrawn key would live for a day."""
    world = World()
    world.provider.needs = 0.4
    world.keys.find("k1", "ES256")
    oldest = 0.0

    for _ in range(int(DAY / 10)):
        world.passes(10)
        world.keys.find("k1", "ES256")
        oldest = max(oldest, world.keys.state().age or 0.0)

    full = [timeout for _, timeout in world.provider.asked if timeout > 1]
    assert oldest < 900
    assert len(full) <= DAY / 810 + 1


@pytest.mark.parametrize(("control", "lifetime"), [("", 900), ("max-age=60", 60)])
def test_in_an_outage_one_known_key_in_a_lifetime_waits_for_longer(control: str, lifetime: float) -> None:
    """G6: of all the requests of an hour; the others wait for 0.3 s once in a backoff step, or not at all."""
    world = World(control=control)
    world.keys.find("k1", "ES256")
    world.provider.needs = 60
    world.passes(DAY / 2)
    before = len(world.provider.asked)

    for _ in range(3600):
        world.keys.find("k1", "ES256")
        world.passes(1)

    timeouts = [timeout for _, timeout in world.provider.asked[before:]]
    assert len(timeouts) <= 3600 / 30 + 5
    assert len([each for each in timeouts if each > 1]) <= 3600 / lifetime


def test_a_bundle_waits_for_longer_once_in_the_longest_pause() -> None:
    """G6: it has no lifetime."""
    world = World(bundle=KeySet(jwks(signer())))
    world.provider.needs = 60

    for _ in range(600):
        world.keys.find("k1", "ES256")
        world.passes(1)

    assert len([timeout for _, timeout in world.provider.asked if timeout > 1]) <= 600 / 30


def test_a_fetch_in_vain_for_a_stranger_is_the_long_one_for_this_lifetime() -> None:
    """G6: it has shown that more time does not help."""
    now, timing = Moment(0, 0), Timing()
    renewals = Renewals(timing, lambda: 0.0)

    renewals.failed(DOWN, now, full=True)

    assert renewals.seconds(Moment(1, 1), outlived=900) == timing.renewal
    assert renewals.seconds(Moment(901, 901), outlived=900) == timing.timeout


# --- discovery -----------------------------------------------------------------------------------------------------


class Discovered:
    """An issuer whose metadata and keys take 0.2 s each, behind clocks of its own."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.keys = [signer()]
        self.fault: KeysUnavailable | None = None
        self.asked: list[str] = []
        clocks = {"monotonic": lambda: self.now, "wall": lambda: self.now, "jitter": lambda: 0.0}
        locate = _locate(None, ISSUER, frozenset(), self)
        self.source = RemoteKeys(locate, self, issuer=ISSUER, on_event=lambda event: None, **clocks)

    def __call__(self, url: str, *, timeout: float, etag: str | None = None) -> Response:
        self.asked.append("metadata" if url.endswith(WELL_KNOWN) else "keys")
        self.now += min(timeout, 0.2)
        if self.fault or timeout < 0.2:
            raise self.fault or DOWN
        document = {"issuer": ISSUER, "jwks_uri": URL} if url.endswith(WELL_KNOWN) else jwks(*self.keys)
        return Response(200, {}, json.dumps(document).encode())


def due() -> Discovered:
    world = Discovered()
    world.source.find("k1", "ES256")
    world.now += 700
    world.asked.clear()
    return world


def test_one_failure_does_not_make_the_place_unknown() -> None:
    """To find it again takes longer than a renewal may: all that follow would fail as well."""
    world = due()
    world.fault = DOWN
    world.source.find("k1", "ES256")
    world.fault = None
    world.now += 2
    world.source.find("k1", "ES256")

    assert world.asked == ["keys", "keys"]
    assert world.source.state().failures == 0


def test_one_failure_does_not_hide_a_rotation() -> None:
    """G2: with metadata and keys at 0.2 s each."""
    world = due()
    world.fault = DOWN
    world.source.find("k1", "ES256")
    world.fault = None
    world.keys = [NEW]
    world.now += 1

    assert world.source.find("k2", "ES256")


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (404, "metadata"),
        (410, "metadata"),
        (301, "metadata"),
        (429, "keys"),
        (408, "keys"),
        (500, "keys"),
        (503, "keys"),
    ],
)
def test_the_place_is_looked_for_again_where_there_is_nothing_any_more(status: int, asked: str) -> None:
    """Keys may have moved, of which overload says nothing."""
    world = due()
    world.fault = KeysUnavailable("fetch_status", detail=f"keys.example.com answered {status}")
    world.source.find("k1", "ES256")
    world.fault = None
    world.asked.clear()

    world.now += 2
    world.source.find("k1", "ES256")

    assert world.asked[0] == asked


def test_the_status_is_read_where_a_fetch_tells_it() -> None:
    """And nowhere else."""
    assert status_of(KeysUnavailable("fetch_status", detail="h answered 404")) == 404
    assert status_of(KeysUnavailable("fetch_status", detail="h said no")) is None
    assert status_of(KeysUnavailable("fetch_refused", detail="h answered 404")) is None


# --- an outage is never a no ---------------------------------------------------------------------------------------


def test_an_unknown_name_is_an_outage_once_the_set_in_hand_is_stale() -> None:
    """Design section 3: an old set cannot tell that the issuer has no such key. It is so in cooldown and pause too."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN
    world.passes(809)
    assert code_of(world.keys, "k2") == "key_not_found"
    world.passes(1)

    for each in range(100):
        with pytest.raises(KeysUnavailable):
            world.keys.find(f"k{each + 2}", "ES256")
        world.passes(1)
    assert world.keys.find("k1", "ES256")
    assert world.keys.fetches <= 2 + 2 * 100 / 30 + 5


def test_an_unknown_name_is_an_outage_while_a_bundle_is_all_there_is() -> None:
    """It is as old as the package."""
    world = World(bundle=KeySet(jwks(signer())))
    world.provider.answer = DOWN

    with pytest.raises(KeysUnavailable) as fault:
        world.keys.find("k2", "ES256")

    assert fault.value.code == "fetch_timeout"
    assert world.keys.find("k1", "ES256")


def test_an_unknown_name_is_refused_as_soon_as_the_issuer_says_no() -> None:
    """However old the set was."""
    world = World()
    world.keys.find("k1", "ES256")
    world.passes(HOUR)

    with pytest.raises(KeyProblem, match="key_not_found"):
        world.keys.find("k2", "ES256")
