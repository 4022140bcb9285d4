"""Tokens for three judges: good ones, and good ones changed in one, two or three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.differential.claim_changes import CLAIM_CHANGES
from tests.differential.drafts import Change, Draft
from tests.differential.header_changes import HEADER_CHANGES
from tests.differential.text_changes import MALLEABLE, TEXT_CHANGES
from tests.differential.world import WEIGHTS, World

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

MUTATIONS: dict[str, Change] = {**HEADER_CHANGES, **CLAIM_CHANGES, **TEXT_CHANGES}
HOW_MANY = ((0, 1, 2, 3), (10, 60, 25, 5))  # changes, and how often
ODD = 0.15  # of the tokens are signed with an odd key


class Case(NamedTuple):
    """A token, how it came about, and whether its text is exactly what an issuer's key signed."""

    token: str
    changes: tuple[str, ...]
    genuine: bool


def cases(world: World, count: int, chance: random.Random) -> Iterator[Case]:
    """Make tokens of one issuer."""
    for _ in range(count):
        oddity = chance.choice(list(world.odd)) if chance.random() < ODD else ""
        draft = Draft(world.odd[oddity] if oddity else chance.choices(world.good, WEIGHTS)[0])
        changes = chance.sample(list(MUTATIONS), chance.choices(*HOW_MANY)[0])
        for change in changes:
            MUTATIONS[change](draft, chance)
        yield _case(draft, world, (oddity, *changes) if oddity else tuple(changes))


def _case(draft: Draft, world: World, changes: tuple[str, ...]) -> Case:
    signed = draft.signed()
    token = draft.token(signed)
    same = token == signed or (MALLEABLE in changes and token.rpartition(".")[0] == signed.rpartition(".")[0])
    ours = any(draft.key is key for key in (*world.good, *world.odd.values()))
    return Case(token, changes, same and ours)
