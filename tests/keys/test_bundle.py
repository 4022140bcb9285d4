"""Key sets packed with the function: alone, or as a seed for one that is fetched (section 6.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import ConfigError
from authkit.keys.bundle import bundled, read_bundle
from authkit.keys.keyset import BadKeySet, KeySet
from tests.keys.provider import DOWN, URL, WEAK, World, code_of
from tests.support.tokens import ISSUER, jwks, signer

if TYPE_CHECKING:
    from pathlib import Path

DAY = 24 * 3600.0
SEED = signer("ES256", "seed")


def seeded(**settings: Any) -> World:
    return World(bundle=KeySet(jwks(SEED)), **settings)


def test_a_seed_is_renewed_by_the_first_request_within_the_small_budget() -> None:
    """It is soft-expired at birth: it serves at once, and gives way to what the issuer says now."""
    world = seeded()
    world.provider.keys.append(SEED)
    assert world.keys.state().origin == "bundled"

    assert world.keys.find("seed", "ES256")

    assert [timeout for _, timeout in world.provider.asked] == pytest.approx([0.3])
    assert world.keys.state().origin == "fetched"
    assert not world.heard("bundled_served")


def test_a_seed_serves_while_the_issuer_is_down() -> None:
    """G5: a cold start in an outage. The issuer is asked once a step of the backoff, and that is told."""
    world = seeded()
    world.provider.answer = DOWN

    for _ in range(100):
        assert world.keys.find("seed", "ES256")

    assert world.keys.fetches == 1
    assert [event.code for event in world.heard("bundled_served")] == ["fetch_timeout"]
    assert not world.heard("stale_served")


def test_a_seed_lives_from_its_loading_until_max_stale() -> None:
    """G5, G11: and not longer, by either clock."""
    world = seeded()
    world.provider.answer = DOWN

    world.passes(DAY)
    assert world.keys.find("seed", "ES256")
    world.passes(1)

    assert code_of(world.keys, "seed") == "fetch_timeout"


def test_a_key_that_the_issuer_has_withdrawn_is_gone_from_the_seed() -> None:
    """C18: with the first answer."""
    world = seeded()

    assert code_of(world.keys, "seed") == "key_not_found"
    assert [event.kid for event in world.heard("key_removed")] == ["seed"]
    assert world.keys.find("k1", "ES256")
    assert world.keys.fetches == 1


def test_304_confirms_no_seed() -> None:
    """F7: it was never asked whether the seed is still good."""
    world = seeded()
    world.provider.status = 304

    assert world.keys.find("seed", "ES256")

    assert world.provider.etags == [None]
    assert world.keys.state().origin == "bundled"


def test_keys_left_out_of_a_seed_are_told() -> None:
    """As of any set."""
    world = World(bundle=KeySet(jwks(SEED, WEAK)))

    assert [event.kid for event in world.heard("key_skipped")] == ["weak"]


def test_a_bundle_holds_the_usable_keys_and_a_stamp() -> None:
    """Public members only, no certificates; a JWKS for whoever does not know the stamp."""
    body = json.dumps({"keys": [{**SEED.jwk, "x5c": ["AA"], "more": 1}, WEAK.jwk, None]}).encode()

    document, keys = bundled(body, issuer=ISSUER, url=URL, fetched_at=1_700_000_000.9)

    assert document == {
        "keys": [SEED.jwk],
        "authkit": {"issuer": ISSUER, "url": URL, "fetched_at": 1_700_000_000},
    }
    assert [left_out.reason for left_out in keys.skipped] == ["weak_key", "invalid_key"]
    assert read_bundle(document, issuer=ISSUER).find("seed", "ES256")


def test_of_nothing_usable_there_is_no_bundle() -> None:
    """C12."""
    with pytest.raises(BadKeySet):
        bundled(json.dumps(jwks(WEAK)).encode(), issuer=ISSUER, url=URL, fetched_at=0)


def stamped(stamp: Any) -> dict[str, Any]:
    return {**jwks(SEED), "authkit": stamp}


@pytest.mark.parametrize("document", [jwks(SEED), stamped({"issuer": ISSUER}), stamped({"issuer": None, "url": URL})])
def test_a_bundle_of_this_issuer_or_without_one_is_read(document: dict[str, Any], tmp_path: Path) -> None:
    """Without a stamp, it is up to whoever packed it."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(document))

    assert read_bundle(file, issuer=ISSUER).find("seed", "ES256")
    assert read_bundle(str(file), issuer=ISSUER).find("seed", "ES256")
    assert read_bundle(document, issuer=ISSUER).find("seed", "ES256")


@pytest.mark.parametrize(
    "stamp",
    [
        {"issuer": "https://other.example/"},
        {"issuer": ISSUER.rstrip("/")},
        {"issuer": 5},
        {},
        None,
        [],
        "x",
        {"url": URL},
    ],
)
def test_a_bundle_of_another_issuer_is_a_configuration_error(stamp: Any, tmp_path: Path) -> None:
    """C17: whose keys these are must be beyond doubt; the error names the file."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(stamped(stamp)))

    with pytest.raises(ConfigError, match=r"jwks\.json holds the keys of"):
        read_bundle(file, issuer=ISSUER)


@pytest.mark.parametrize("content", [None, "", "{}", "[]", "<html>", '{"keys":[]}', '{"keys":[],"keys":[]}'])
def test_a_file_that_gives_no_keys_is_a_configuration_error(content: str | None, tmp_path: Path) -> None:
    """It names the file."""
    file = tmp_path / "jwks.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(ConfigError, match=r"jwks\.json"):
        read_bundle(file, issuer=ISSUER)


def test_a_path_that_is_none_is_a_configuration_error() -> None:
    """Whatever it holds."""
    with pytest.raises(ConfigError, match="cannot be read"):
        read_bundle("a\0b", issuer=ISSUER)
