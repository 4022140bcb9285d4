"""An expired token: refused when authkit sees it, and under the gateway's cache only if the policy says when it ends."""

from __future__ import annotations

from collections.abc import Iterator

from ...policy.limits import until_token_ends
from .act import Act
from .stage import TTL, Stage

TITLE = "a token that has expired"
LESSON = (
    "The caller learns 401 and no more; the operator gets a stable code, the claim and by how much.",
    "The gateway keeps no 401. But what it has kept while the token was good it uses until the TTL is over, and the function",
    "can neither see nor shorten that: limits=[until_token_ends] makes the token's end a condition of the policy, which is",
    "judged for each call. Without it, choose a TTL no longer than the life of a token.",
)

ORDER = "GET /orders/1042"
LIFE = 120


def play(stage: Stage) -> Iterator[Act]:
    """Let a token expire while its answer is kept, without and with the limit."""
    plain = stage.front("no limit", stage.authorizer())
    limited = stage.front("until_token_ends", stage.authorizer(limits=[until_token_ends]))
    token = stage.token("reader", f"a token of reader, good for {LIFE} s", lifetime=LIFE)
    yield stage.ask(plain, "the token is good, and the answer is kept", ORDER, token, expect=200)
    yield stage.ask(limited, "the same with the limit", ORDER, token, expect=200)
    stage.clock.forward(LIFE + 1)
    yield stage.note(f"{LIFE + 1} s later the token has expired, and both answers are still kept.")
    yield stage.ask(
        plain,
        "the gateway asks nobody",
        ORDER,
        token,
        expect=200,
        wrong=f"the token is over, and its answer is good for {TTL - LIFE - 1:g} s more",
    )
    yield stage.ask(limited, "the kept policy has a condition that holds no more", ORDER, token, expect=403)
    stage.clock.forward(TTL)
    yield stage.note(f"{TTL:g} s later the kept answers are over as well.")
    yield stage.ask(plain, "now authkit is asked, and refuses", ORDER, token, expect=401)
    yield stage.ask(plain, "once more: it is asked again, for nothing was kept", ORDER, token, expect=401)
    yield stage.ask(plain, "a new token is good at once", ORDER, stage.token("reader"), expect=200)
