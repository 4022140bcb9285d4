"""The same tokens before three judges: JWTBearer, PyJWT and joserfc. `benchmarks/token_differential.py` asks more."""

from __future__ import annotations

from functools import cache

import pytest

pytest.importorskip("joserfc.jwt", reason="joserfc is not installed")

from tests.differential.judges import Bench
from tests.differential.mutations import MUTATIONS, Case
from tests.differential.rules import LAXER, RULES, STRICTER
from tests.differential.sweep import PEERS, Sweep
from tests.differential.world import ODDITIES
from tests.support.tokens import jwks, signer

COUNT = 3000
SEED = 20_261_121


@cache
def swept() -> Sweep:
    sweep = Sweep(SEED)
    while sweep.tokens < COUNT:
        sweep.judge_world(60)  # few of each issuer, so that many odd keys occur
    return sweep


def test_no_token_is_judged_wrongly_and_no_difference_is_without_a_rule() -> None:
    """Nothing nobody signed is accepted, nothing good is refused, nothing else is raised."""
    assert [str(fault) for fault in swept().faults] == []


def test_the_cases_are_of_all_kinds() -> None:
    """Every change and every odd key occurs, and each judge says both yes and no."""
    counts, changes = swept().counts, swept().changes

    assert set(changes) == {*MUTATIONS, *ODDITIES}
    assert counts["tokens"] == COUNT
    assert counts["accepted by all"] > COUNT / 10
    assert counts["refused by all"] > COUNT / 4
    assert all(COUNT / 10 < counts[f"accepted by {judge}"] < COUNT * 3 / 4 for judge in ("authkit", *PEERS))


@pytest.mark.parametrize("peer", PEERS)
def test_every_difference_is_counted_by_its_rule(peer: str) -> None:
    """And there are enough of them for the comparison to mean something."""
    sweep = swept()

    assert sum(sweep.rules[peer].values()) == sweep.counts[f"differences to {peer}"] > COUNT / 20


@pytest.mark.parametrize(
    "name", ["a name twice", "brings its own", "other type", "bound", "numbers", "another encoding"]
)
def test_a_rule_that_makes_us_stricter_is_seen_at_work(name: str) -> None:
    """The comparison reaches what it is about; the rest of the list may shrink as the others grow stricter."""
    assert name in {rule.name for rule in STRICTER}
    assert any(swept().rules[peer][name] for peer in PEERS)


def test_rules_are_told_apart_by_their_names() -> None:
    """Each with a sentence that says where it is from, and none that both accepts and refuses."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.sentence.startswith(("RFC ", "jwt.md ")) for rule in RULES)
    assert all(rule.ours and not rule.theirs for rule in STRICTER)
    assert all(rule.theirs and not rule.ours for rule in LAXER)


def test_the_judges_speak_of_the_same_thing() -> None:
    """Each of them sees a good token, and one with a signature that another key made."""
    good, other = signer("ES256", "es"), signer("ES256", "other")
    bench = Bench(jwks(good))
    claims = {"iss": "https://idp.example.com/", "aud": "https://api.example.com", "sub": "ann", "exp": 4_000_000_000}
    forged = good.token(claims).rpartition(".")[0] + "." + other.token(claims).rpartition(".")[2]

    accepted = bench.judge(Case(good.token(claims), (), genuine=True))
    refused = bench.judge(Case(forged, (), genuine=False))

    assert accepted[1:4] == ("", "", "")
    assert refused[1:4] == ("bad_signature", "InvalidSignatureError", "BadSignatureError")
