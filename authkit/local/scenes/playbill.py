"""The playbill: every scene by its name, and how one is played."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ..explanation.keeper import Keeper
from . import alg_none, cache_trap, expired, jwks_down, rotate_key, wrong_aud
from .act import Act
from .stage import Stage, on_stage


class Scene(NamedTuple):
    """A scene.

    Attributes:
        title: what it is about.
        play: plays it, act by act.
        lesson: what authkit did right, and why, in lines.
        compares: whether the same calls go through several gateways, to be seen side by side.
    """

    title: str
    play: Callable[[Stage], Iterator[Act]]
    lesson: tuple[str, ...]
    compares: bool = False


SCENES: Mapping[str, Scene] = MappingProxyType(
    {
        "cache-trap": Scene(cache_trap.TITLE, cache_trap.play, cache_trap.LESSON, compares=True),
        "jwks-down": Scene(jwks_down.TITLE, jwks_down.play, jwks_down.LESSON),
        "rotate-key": Scene(rotate_key.TITLE, rotate_key.play, rotate_key.LESSON),
        "expired": Scene(expired.TITLE, expired.play, expired.LESSON),
        "wrong-aud": Scene(wrong_aud.TITLE, wrong_aud.play, wrong_aud.LESSON),
        "alg-none": Scene(alg_none.TITLE, alg_none.play, alg_none.LESSON),
    }
)


def played(
    name: str, *, keeper: Keeper, told: Callable[[Act], None] = lambda _: None, clock: Callable[[], float] = time.time
) -> tuple[Act, ...]:
    """Play a scene and return its acts.

    Args:
        name: the scene's.
        keeper: keeps the decisions for ``authkit explain``.
        told: is handed each act as it ends.
        clock: tells when the scene begins; its time passes by itself then.
    """
    acts = []
    with on_stage(keeper, clock=clock) as stage:
        for act in SCENES[name].play(stage):
            told(act)
            acts.append(act)
    return tuple(acts)


def data(name: str, acts: tuple[Act, ...]) -> dict[str, Any]:
    """Return a scene that was played as what JSON can say."""
    scene = SCENES[name]
    return {
        "scene": name,
        "title": scene.title,
        "as_told": as_told(acts),
        "steps": [{"step": number, **act.data()} for number, act in enumerate(acts, 1)],
        "lesson": " ".join(scene.lesson),
    }


def as_told(acts: tuple[Act, ...]) -> bool:
    """Tell whether everything went as the scene has it."""
    return all(act.as_told for act in acts)
