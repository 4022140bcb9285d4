"""The issuer's key endpoint is down: who goes on, who waits, and that nobody is told to give up."""

from __future__ import annotations

from collections.abc import Iterator

from .act import Act, Credential
from .stage import Front, Stage

TITLE = "the issuer's key endpoint fails"
LESSON = (
    "Tokens of known keys go on, for a day at most (max_stale), whatever the issuer does.",
    "Where authkit cannot tell, it says 500 and never Deny: a Deny would tell callers to give up, and the gateway would",
    "keep it after the issuer is back. Failures are followed by growing pauses, so that a flood of calls is none of fetches.",
    "Warm environments and cold ones recover by themselves, with one fetch each.",
)

ORDER = "GET /orders/1042"
HOUR = 3600.0


def play(stage: Stage) -> Iterator[Act]:
    """Take the key endpoint away and give it back, beside a warm environment and a cold one."""
    warm, cold = stage.front("warm", stage.authorizer()), stage.front("cold", stage.authorizer())
    yield stage.ask(warm, "the first token makes the environment fetch the keys", ORDER, _token(stage), expect=200)
    stage.down = True
    yield stage.note("The issuer's key endpoint answers 503 from now on.")
    yield stage.ask(warm, "another token of the known key: nobody is asked", ORDER, _token(stage), expect=200)
    known = stage.token("auditor", "a good token of auditor, of the key before", lifetime=2 * HOUR)
    stage.issuer.rotate()
    unknown = stage.token("reader", "a good token of reader, of the new key", lifetime=2 * HOUR)
    yield stage.note("The issuer signs with a new key from now on, and cannot publish it.")
    yield from _unknown_while_fresh(stage, warm, unknown)
    yield from _after_an_hour(stage, warm, known, unknown)
    waiting = _token(stage)
    yield from _cold(stage, cold, waiting)
    stage.down = False
    stage.clock.forward(60)
    yield stage.note("A minute later the key endpoint answers again.")
    yield stage.ask(cold, "the cold environment fetches, and the same token is good", ORDER, waiting, expect=200)
    yield stage.ask(warm, "the warm one finds the new key", ORDER, unknown, expect=200)


def _token(stage: Stage) -> Credential:
    return stage.token("reader", lifetime=2 * HOUR)


def _unknown_while_fresh(stage: Stage, warm: Front, unknown: Credential) -> Iterator[Act]:
    yield stage.ask(
        warm,
        "a key that the fresh set does not have: the issuer is asked once, in vain, and the set decides",
        ORDER,
        unknown,
        expect=401,
    )
    yield stage.ask(
        warm, "once more: no refusal was kept, and in the pause the issuer is left alone", ORDER, unknown, expect=401
    )


def _after_an_hour(stage: Stage, warm: Front, known: Credential, unknown: Credential) -> Iterator[Act]:
    stage.clock.forward(HOUR)
    yield stage.note("An hour later the set in hand has long outlived its lifetime.")
    yield stage.ask(warm, "a known key goes on all the same, after one brief attempt", ORDER, known, expect=200)
    yield stage.ask(
        warm, "an unknown one cannot be refused by a set so old: 500, and no Deny", ORDER, unknown, expect=500
    )


def _cold(stage: Stage, cold: Front, waiting: Credential) -> Iterator[Act]:
    yield stage.note("A new environment starts now, and has no keys at all.")
    yield stage.ask(cold, "a good token: 500, and no Deny", ORDER, waiting, expect=500)
    yield stage.ask(cold, "once more: nothing was kept, and nobody is asked in the pause", ORDER, waiting, expect=500)
