"""PemKeys: one key a URL, strange names in small numbers, and known keys that wait for nobody."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authkit.errors import ConfigError, InvalidHeader, KeyProblem, KeysUnavailable
from authkit.keys.allowance import MOST_NAMES, NEW, RETURNING
from authkit.keys.answer import Response
from authkit.keys.events import KeyEvent
from authkit.keys.fetch import fetcher
from authkit.keys.pem import MOST_KEYS, PemKeys
from authkit.keys.pem_document import read_pem
from authkit.keys.timing import Timing
from tests.credentials.presets.cases import pem
from tests.faults.server import Server
from tests.support.tokens import signer

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "https://public-keys.auth.elb.eu-west-1.amazonaws.com"
KID = "d39846c3-18d4-4c5e-8148-27a63a4fa6d8"
OTHER = "00000000-0000-4000-8000-000000000001"
DOWN = KeysUnavailable("fetch_timeout", detail="public-keys did not answer within 2 s")


class World:
    """An endpoint, two clocks and the keys that come from the one by the others. Without jitter, lifetimes are 0.9."""

    def __init__(self, *, randomness: Callable[[], float] = lambda: 0.0, **timing: Any) -> None:
        self.now = 1000.0
        self.keys_there = {KID: pem(signer("ES256", KID))}
        self.control = ""
        self.answer: Exception | None = None
        self.no = 404
        self.needs = 0.0
        self.asked: list[str] = []
        self.timeouts: list[float] = []
        self.events: list[KeyEvent] = []
        self.keys = PemKeys(
            BASE,
            self.fetch,
            timing=Timing(**timing),
            on_event=self.events.append,
            monotonic=lambda: self.now,
            wall=lambda: self.now + 1_700_000_000,
            jitter=randomness,
        )

    def fetch(self, url: str, *, timeout: float, etag: str | None = None) -> Response:
        base, _, kid = url.rpartition("/")
        assert base == BASE
        assert etag is None
        self.asked.append(kid)
        self.timeouts.append(timeout)
        if timeout < self.needs:
            raise DOWN
        if self.answer is not None:
            raise self.answer
        if kid not in self.keys_there:
            raise KeysUnavailable("fetch_status", detail=f"public-keys answered {self.no}")
        return Response(200, {"cache-control": self.control}, self.keys_there[kid])

    def told(self) -> list[str]:
        return [event.name for event in self.events]


def code_of(world: World, kid: str | None = OTHER, alg: str = "ES256") -> str:
    with pytest.raises((KeyProblem, InvalidHeader, KeysUnavailable)) as fault:
        world.keys.find(kid, alg)
    return fault.value.code


def strangers(count: int) -> list[str]:
    return [str(uuid.UUID(int=number + 2**100)) for number in range(count)]


# --- the document --------------------------------------------------------------------------------------------------


def test_a_pem_is_read() -> None:
    """The key verifies what its private half signs."""
    key = signer("ES256", KID)

    read = read_pem(pem(key), KID)

    assert read.kid == KID
    assert read.algorithms == {"ES256"}
    read.verify("ES256", key.sign(b"data"), b"data")
    assert read.identity == read_pem(pem(key).replace(b"\n", b"\r\n"), KID).identity


LOADED = """
import sys
sys.path.insert(0, sys.argv[1])
from authkit.keys.pem_document import read_pem
key = read_pem(sys.stdin.buffer.read(), "d39846c3-18d4-4c5e-8148-27a63a4fa6d8")
try:
    key.verify("ES256", bytes(64), b"")
except Exception as fault:
    print(fault)
print(sorted(name for name in sys.modules if name.startswith("cryptography") and "serialization" in name.split(".")))
"""


def test_reading_one_loads_no_serialization_package() -> None:
    """In a fresh interpreter: it costs a cold start more than all the rest."""
    tree = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-I", "-c", LOADED, tree],
        input=pem(signer("ES256", KID)),
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert done.stdout.decode().splitlines() == ["bad_signature", "[]"]


def _of_another_curve() -> bytes:
    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _armoured(der: bytes) -> bytes:
    return b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(der) + b"-----END PUBLIC KEY-----\n"


def _der() -> bytes:
    return signer("ES256", KID).private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>not here</html>",
        b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN PUBLIC KEY-----\n====\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN PUBLIC KEY-----\nAAAAA\n-----END PUBLIC KEY-----\n",
        pem(signer("RS256", KID)),
        _of_another_curve(),
        _armoured(_der() + b"\0"),
        _armoured(_der()[:-1]),
        _armoured(_der()[:-1] + bytes([_der()[-1] ^ 1])),  # off the curve
        _armoured(b"\x30\x58" + _der()[2:]),
        b"junk\n" + pem(signer("ES256", KID)),
        pem(signer("ES256", KID)) + b"junk",
        pem(signer("ES256", KID)) * 2,
        pem(signer("ES256", KID)).replace(b"PUBLIC", b"PRIVATE"),
        b"-----BEGIN PUBLIC KEY-----\n" + b"A" * 100_000 + b"\n-----END PUBLIC KEY-----\n",
        b"\xff" * 200,
    ],
)
def test_what_is_no_key_on_p256_is_an_outage_and_not_a_key(raw: bytes) -> None:
    """C1 to C10 for the one form there is: exactly its length, its curve, its armour."""
    with pytest.raises(KeyProblem) as fault:
        read_pem(raw, KID)
    world = World()
    world.keys_there[KID] = raw

    assert fault.value.code == "invalid_key"
    assert code_of(world, KID) == "jwks_invalid"


# --- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kid", "alg", "code"),
    [
        (None, "ES256", "kid_missing"),
        ("", "ES256", "bad_kid"),
        ("k1", "ES256", "bad_kid"),
        (KID.upper(), "ES256", "bad_kid"),
        (f"{KID}\n", "ES256", "bad_kid"),
        (f"../{KID}", "ES256", "bad_kid"),
        (KID, "ES384", "key_alg_mismatch"),
    ],
)
def test_only_uuids_for_es256_are_asked_for(kid: str | None, alg: str, code: str) -> None:
    """F13: a name becomes a part of a URL."""
    world = World()

    assert code_of(world, kid, alg) == code
    assert world.asked == []


def test_a_key_is_fetched_once_and_held() -> None:
    """By its own URL."""
    world = World()

    keys = {id(world.keys.find(KID, "ES256")) for _ in range(100)}

    assert len(keys) == 1
    assert world.asked == [KID]
    assert world.timeouts == [2.0]
    assert repr(world.keys) == f"PemKeys({BASE!r}, held=1)"


@pytest.mark.parametrize("status", [403, 404])
def test_a_name_without_a_key_is_not_asked_for_again_in_one_cooldown(status: int) -> None:
    """The bucket behind the endpoint says 403 for what it does not have, unless it may be listed."""
    world = World()
    world.no = status

    codes = [code_of(world) for _ in range(50)]

    assert codes == ["key_not_found", *["key_not_found_cooldown"] * 49]
    assert world.asked == [OTHER]
    world.now += 30
    assert code_of(world) == "key_not_found"


def test_a_transport_may_return_the_no_as_a_response() -> None:
    """As one may that somebody hands in."""
    world = World()
    keys = PemKeys(BASE, lambda *_, **__: Response(404, {}, b""), timing=Timing())

    with pytest.raises(KeyProblem) as fault:
        keys.find(OTHER, "ES256")

    assert fault.value.code == "key_not_found"
    assert world.asked == []


# --- floods --------------------------------------------------------------------------------------------------------


def test_a_flood_of_made_up_names_costs_a_few_fetches() -> None:
    """G1: ten thousand names in one cooldown; the known key is found all the while."""
    world = World()
    world.keys.find(KID, "ES256")

    codes = [code_of(world, kid) for kid in strangers(10_000)]

    assert len(world.asked) == 1 + NEW - 1  # the known key was a new name once
    assert codes.count("key_not_found") == NEW - 1
    assert codes.count("key_not_found_cooldown") == 10_000 - NEW + 1
    assert world.keys.find(KID, "ES256")


def test_a_flood_does_not_hide_a_rotation() -> None:
    """G2: the new key's name comes back with every request, and for such names there is an allowance of their own."""
    world = World()
    world.keys.find(KID, "ES256")
    for kid in strangers(500):
        code_of(world, kid)
    world.keys_there[OTHER] = pem(signer("ES256", OTHER))

    assert code_of(world, OTHER) == "key_not_found_cooldown"
    world.now += 1
    assert world.keys.find(OTHER, "ES256").kid == OTHER


def test_a_flood_that_repeats_its_names_is_bounded_too() -> None:
    """Both allowances are: eight fetches in a cooldown, and a cooldown later eight more."""
    world = World()

    for cooldown in (1, 2):
        for _ in range(10):
            world.now += 1
            for kid in strangers(100):
                code_of(world, kid)
        assert len(world.asked) == cooldown * (NEW + RETURNING)
        world.now += 30


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("times", [1, 2, 3])
def test_made_up_names_that_come_back_do_not_hide_a_rotation(seed: int, times: int) -> None:
    """G2: fifty in a second, each sent so often, and a new key's name once a second."""
    world = World(randomness=random.Random(seed).random)
    world.keys.find(KID, "ES256")
    world.keys_there[OTHER] = pem(signer("ES256", OTHER))
    names = iter(strangers(100_000))

    seconds = 0
    while not (known := _is_found(world, OTHER)) and seconds < 600:
        for _ in range(50):
            name = next(names)
            for _ in range(times):
                code_of(world, name)
            world.now += 0.02
        seconds += 1

    assert known
    assert seconds <= 4 * 30
    assert len(world.asked) <= 1 + (NEW + RETURNING) * (seconds // 30 + 1)


def test_what_counts_is_to_be_seen_over_time() -> None:
    """G2: a thousand requests in a moment are one sighting, and a name that nobody sends any more stands in no way."""
    world = World(randomness=lambda: 0.9)
    world.keys.find(KID, "ES256")
    for _ in range(2):  # uses up what there is in this cooldown
        world.now += 1
        for kid in strangers(100):
            code_of(world, kid)
    patient, loud, gone = strangers(203)[200:]
    for _ in range(29):
        world.now += 1
        code_of(world, patient)
        code_of(world, gone)
    for _ in range(1000):
        code_of(world, loud)
    world.now += 2
    asked = len(world.asked)

    new = [kid for kid in strangers(304)[300:] if code_of(world, kid) == "key_not_found"]
    assert code_of(world, loud) == "key_not_found_cooldown"
    assert code_of(world, patient) == "key_not_found"
    world.now += 31
    assert code_of(world, loud) == "key_not_found"

    assert len(world.asked) == asked + len(new) + 2


def test_a_name_waits_on_after_a_failure() -> None:
    """G4: what it has earned is not lost on an endpoint that does not answer."""
    world = World()
    world.keys.find(KID, "ES256")
    for kid in [*strangers(NEW), OTHER]:
        code_of(world, kid)
    world.now += 1
    world.answer = DOWN
    assert code_of(world, OTHER) == "fetch_timeout"
    world.answer = None
    world.keys_there[OTHER] = pem(signer("ES256", OTHER))
    world.now += 1

    assert world.keys.find(OTHER, "ES256")


def _is_found(world: World, kid: str) -> bool:
    try:
        return world.keys.find(kid, "ES256").kid == kid
    except KeyProblem:
        return False


def test_what_is_remembered_is_bounded() -> None:
    """G8: keys, names without one, and names put off."""
    world = World(cooldown=0.001)
    real = strangers(MOST_KEYS + 5)
    for kid in real:
        world.keys_there[kid] = pem(signer("ES256", KID))
        world.now += 0.01
        world.keys.find(kid, "ES256")
    for kid in strangers(2 * MOST_NAMES)[len(real) :]:
        world.now += 0.01
        code_of(world, kid)

    assert repr(world.keys) == f"PemKeys({BASE!r}, held={MOST_KEYS})"
    asked = len(world.asked)
    world.keys.find(real[-1], "ES256")
    assert len(world.asked) == asked
    world.now += 0.01
    world.keys.find(real[0], "ES256")  # pushed out, so it is asked for anew
    assert len(world.asked) == asked + 1


def test_what_is_used_is_not_pushed_out() -> None:
    """The least recently used goes first."""
    world = World(cooldown=0.001)
    for kid in strangers(MOST_KEYS + 5):
        world.keys_there[kid] = pem(signer("ES256", KID))
        world.now += 1
        world.keys.find(KID, "ES256")
        world.keys.find(kid, "ES256")

    assert world.asked.count(KID) == 1


# --- age -----------------------------------------------------------------------------------------------------------


def test_a_key_is_renewed_ahead_of_its_end_and_briefly() -> None:
    """15 minutes, less a tenth for jitter; from four fifths of that on."""
    world = World()
    world.keys.find(KID, "ES256")
    world.now += 900 * 0.9 * 0.8 - 1
    world.keys.find(KID, "ES256")
    assert len(world.asked) == 1

    world.now += 2
    world.keys.find(KID, "ES256")

    assert world.timeouts == [2.0, 0.3]


def test_a_key_that_is_gone_is_gone_at_once() -> None:
    """C18: with the next renewal."""
    world = World()
    world.keys.find(KID, "ES256")
    del world.keys_there[KID]
    world.now += 900

    assert code_of(world, KID) == "key_not_found"
    assert code_of(world, KID) == "key_not_found_cooldown"
    assert world.told()[-2:] == ["key_removed", "cooldown"]


def test_a_403_does_not_take_away_a_key_in_hand() -> None:
    """It may be the network's policy that says so."""
    world = World()
    world.keys.find(KID, "ES256")
    del world.keys_there[KID]
    world.no = 403
    world.now += 900

    assert world.keys.find(KID, "ES256")
    assert world.told()[-2:] == ["fetch_failed", "stale_served"]


@pytest.mark.parametrize("answer", [DOWN, OSError("secret"), KeysUnavailable("fetch_status", detail="x answered 503")])
def test_an_outage_keeps_the_keys_until_they_are_too_old(answer: Exception) -> None:
    """G5, and then it is an outage and no refusal."""
    world = World()
    world.keys.find(KID, "ES256")
    world.answer = answer
    world.now += 23 * 3600

    assert world.keys.find(KID, "ES256")
    world.now += 3601
    with pytest.raises(KeysUnavailable) as fault:
        world.keys.find(KID, "ES256")
    assert "secret" not in str(fault.value)


def test_an_outage_is_not_made_worse_by_whoever_asks() -> None:
    """G4: pauses of 1, 2, 4 … seconds, for known and unknown names alike."""
    world = World()
    world.answer = DOWN

    codes = {code_of(world, kid) for kid in [KID, *strangers(100)]}
    assert codes == {"fetch_timeout"}
    assert len(world.asked) == 1
    world.now += 1
    code_of(world, KID)
    world.now += 1
    code_of(world, KID)
    assert len(world.asked) == 2
    world.answer = None
    world.now += 1

    assert world.keys.find(KID, "ES256")


def test_an_endpoint_that_asks_to_be_left_alone_is() -> None:
    """Retry-After: up to half a minute by who waits for a key, up to five minutes by renewals."""
    world = World()
    world.answer = KeysUnavailable("fetch_status", detail="x answered 503", retry_after=7200)
    code_of(world, KID)
    world.answer = None

    world.now += 29
    assert code_of(world, KID) == "fetch_status"
    world.now += 1
    assert world.keys.find(KID, "ES256")

    world.answer = KeysUnavailable("fetch_status", detail="x answered 503", retry_after=7200)
    world.now += 3600
    assert world.keys.find(KID, "ES256")
    world.now += 299
    assert world.keys.find(KID, "ES256")
    assert len(world.asked) == 3
    world.now += 1
    assert world.keys.find(KID, "ES256")

    assert len(world.asked) == 4


def test_a_renewal_that_failed_keeps_nobody_from_asking_for_a_new_key() -> None:
    """G2: at an endpoint slower than a renewal may be, which known keys keep finding so."""
    world = World()
    world.keys.find(KID, "ES256")
    world.needs = 0.4
    world.keys_there[OTHER] = pem(signer("ES256", OTHER))
    world.now += 700
    assert world.keys.find(KID, "ES256")

    assert world.keys.find(OTHER, "ES256")

    assert world.timeouts == [2.0, 0.3, 2.0]


def test_a_slow_endpoint_is_heard_once_a_key_is_stale() -> None:
    """C18: beyond its lifetime one renewal may take as long as a first fetch, or a key that is gone would live a day."""
    world = World()
    world.keys.find(KID, "ES256")
    del world.keys_there[KID]
    world.needs = 0.4

    codes = []
    for _ in range(9):
        world.now += 100
        codes.append(_is_found(world, KID))

    assert codes == [*[True] * 8, False]
    assert world.timeouts == [2.0, 0.3, 0.3, 2.0]


def test_in_an_outage_one_request_in_a_lifetime_waits_for_longer() -> None:
    """G6: the others for 0.3 s at most, and that once in a backoff step."""
    world = World()
    world.keys.find(KID, "ES256")
    world.needs = 60
    world.now += 1000

    for _ in range(3600):
        world.now += 1
        world.keys.find(KID, "ES256")

    assert world.timeouts[1:].count(2.0) <= 3600 / 810 + 1
    assert len(world.timeouts) <= 1 + 3600 / 30 + 5


def test_a_useless_cache_control_is_clamped() -> None:
    """F6: no key is asked for at every token."""
    world = World()
    world.control = "no-store"
    world.keys.find(KID, "ES256")
    world.now += 40
    world.keys.find(KID, "ES256")

    assert len(world.asked) == 1
    assert "lifetime_clamped" in world.told()


def test_without_staleness_a_key_ends_with_its_lifetime() -> None:
    """``max_stale`` of 0: then it is waited for."""
    world = World(max_stale=0, lifetime=100)
    world.keys.find(KID, "ES256")
    world.answer = DOWN
    world.now += 91

    assert code_of(world, KID) == "fetch_timeout"


def test_either_clock_makes_a_key_old() -> None:
    """G11: the monotonic one stands still while a snapshot sleeps."""
    moments = {"wall": 0.0}
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Response:
        asked.append(url)
        return Response(200, {}, pem(signer("ES256", KID)))

    keys = PemKeys(BASE, fetch, monotonic=lambda: 5.0, wall=lambda: moments["wall"])
    keys.find(KID, "ES256")
    moments["wall"] = 1000.0
    keys.find(KID, "ES256")

    assert len(asked) == 2


# --- threads -------------------------------------------------------------------------------------------------------


class Gate:
    """A transport that lets nobody through before it is opened."""

    def __init__(self, there: dict[str, bytes]) -> None:
        self.there = there
        self.waiting = threading.Event()
        self.open = threading.Event()
        self.asked: list[str] = []
        self.down = False

    def __call__(self, url: str, *, timeout: float, etag: str | None = None) -> Response:
        kid = url.rpartition("/")[2]
        self.asked.append(kid)
        self.waiting.set()
        assert self.open.wait(10)
        if self.down:
            raise KeysUnavailable("fetch_timeout", detail="no answer")
        if kid not in self.there:
            raise KeysUnavailable("fetch_status", detail="x answered 404")
        return Response(200, {}, self.there[kid])


def _outcomes(keys: PemKeys, kid: str, threads: int) -> tuple[list[threading.Thread], list[str]]:
    outcomes: list[str] = []

    def ask() -> None:
        try:
            outcomes.append(str(keys.find(kid, "ES256").kid))
        except (KeyProblem, KeysUnavailable) as fault:
            outcomes.append(fault.code)

    herd = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in herd:
        thread.start()
    return herd, outcomes


@pytest.mark.parametrize(
    ("kid", "down", "expected"),
    [
        (KID, False, {KID}),
        (OTHER, False, {"key_not_found", "key_not_found_cooldown"}),
        (KID, True, {"fetch_timeout"}),
    ],
)
def test_a_herd_waits_for_one_fetch(kid: str, down: bool, expected: set[str]) -> None:
    """G7: 32 threads, one name, whatever comes of it."""
    gate = Gate({KID: pem(signer("ES256", KID))})
    gate.down = down
    keys = PemKeys(BASE, gate, timing=Timing(timeout=10), monotonic=lambda: 1.0, wall=lambda: 1.0)

    herd, outcomes = _outcomes(keys, kid, 32)
    assert gate.waiting.wait(10)
    gate.open.set()
    for thread in herd:
        thread.join(10)

    assert set(outcomes) == expected
    assert len(outcomes) == 32
    assert gate.asked == [kid]


def test_a_known_key_waits_for_no_strange_one() -> None:
    """G6: nor for the renewal of its own."""
    gate = Gate({KID: pem(signer("ES256", KID))})
    gate.open.set()
    moment = {"now": 1.0}
    keys = PemKeys(BASE, gate, timing=Timing(timeout=10), monotonic=lambda: moment["now"], wall=lambda: moment["now"])
    keys.find(KID, "ES256")
    gate.open.clear()

    strange, _ = _outcomes(keys, OTHER, 1)
    moment["now"] = 1000.0
    renewing, _ = _outcomes(keys, KID, 1)
    while len(gate.asked) < 3:
        assert gate.waiting.wait(10)
    assert keys.find(KID, "ES256").kid == KID

    gate.open.set()
    for thread in [*strange, *renewing]:
        thread.join(10)
    assert gate.asked.count(KID) == 2


def test_who_waits_too_long_is_told_so() -> None:
    """With a deadline of its own."""
    gate = Gate({})
    keys = PemKeys(BASE, gate, timing=Timing(timeout=0.05))
    first, _ = _outcomes(keys, OTHER, 1)
    assert gate.waiting.wait(10)

    with pytest.raises(KeysUnavailable, match="another request began"):
        keys.find(OTHER, "ES256")

    gate.open.set()
    first[0].join(10)


# --- the usual transport -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [("404 Not Found", "key_not_found"), ("403 Forbidden", "key_not_found"), ("500 Oh", "fetch_status")],
)
def test_what_the_usual_transport_says_of_a_status_is_understood(status: str, code: str) -> None:
    """No answer but these two is a no."""
    loopback = frozenset({"http-loopback"})
    with Server(lambda peer: peer.send(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())) as server:
        keys = PemKeys(server.url, fetcher(relax=loopback), relax=loopback)

        with pytest.raises((KeyProblem, KeysUnavailable)) as fault:
            keys.find(OTHER, "ES256")

    assert fault.value.code == code
    assert b"GET /jwks/00000000-0000-4000-8000-000000000001 HTTP/1.1" in server.requests[0]


@pytest.mark.parametrize(
    "base",
    [
        "",
        None,
        "http://keys.example.com",
        "https://keys.example.com/",
        "https://u@keys.example.com",
        "https://k.example.com/?a",
    ],
)
def test_a_wrong_base_is_told_at_construction(base: Any) -> None:
    """F1."""
    with pytest.raises(ConfigError, match="PemKeys: base"):
        PemKeys(base, lambda *_, **__: Response(200, {}, b""))
