"""The issuer rotates its keys: the new one is found with one fetch, and the old one is good until it is taken out."""

from __future__ import annotations

from collections.abc import Iterator

from .act import Act
from .stage import TTL, Stage

TITLE = "the issuer signs with a new key, and later takes the old one out"
LESSON = (
    "The first token of an unknown key makes authkit ask the issuer, once; all others of that key are good from then on.",
    "Names that the issuer does not have cause a fetch in 30 s at most (cooldown), however many strangers make them up.",
    "A key is good for as long as the issuer publishes it, and no rotation needs a deployment.",
    "What the gateway has kept it does not ask about again: choose a TTL that you can wait for.",
)

ORDER = "GET /orders/1042"


def play(stage: Stage) -> Iterator[Act]:
    """Rotate twice: the first key stays published beside the second, and not beside the third."""
    front = stage.front("authkit", stage.authorizer())
    first, late = stage.token("reader", "a token of the first key"), stage.token("writer", "a token of the first key")
    latest = stage.token("auditor", "a token of the first key")
    yield stage.ask(front, "the first token makes authkit fetch the keys", ORDER, first, expect=200)
    stage.issuer.rotate()
    yield stage.note("The issuer signs with a second key; the first is still published.")
    yield stage.ask(
        front,
        "an unknown key: one fetch finds it",
        ORDER,
        stage.token("reader", "a token of the second key"),
        expect=200,
    )
    yield stage.ask(
        front, "the next one needs none", ORDER, stage.token("writer", "a token of the second key"), expect=200
    )
    yield stage.ask(front, "a token of the first key is as good as before", ORDER, late, expect=200)
    stage.issuer.rotate()
    stage.clock.forward(31)
    yield stage.note("31 s later the issuer signs with a third key, and has taken the first out of its set.")
    yield stage.ask(
        front, "an unknown key again: one fetch", ORDER, stage.token("reader", "a token of the third key"), expect=200
    )
    yield stage.ask(front, "the first key is gone, and so are its tokens", ORDER, latest, expect=401)
    yield stage.ask(
        front,
        "but the first token of all has an answer that is still kept",
        ORDER,
        first,
        expect=200,
        wrong=f"its key is gone, and the gateway asks nobody before its TTL is over ({TTL:g} s)",
    )
    stage.clock.forward(TTL)
    yield stage.note(f"{TTL:g} s later that answer is over.")
    yield stage.ask(front, "now it is refused too", ORDER, first, expect=401)
