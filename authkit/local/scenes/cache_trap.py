"""The cache trap: an answer for one route, kept by the gateway and used for all (contract section 7)."""

from __future__ import annotations

from collections.abc import Iterator

from . import naive
from .act import Act, Credential
from .stage import Front, Stage

TITLE = "an answer made for one route, kept by the gateway and used for the others"
LESSON = (
    "The gateway keeps the answer by the identity sources alone, here the token: method and path are not in its key.",
    "So authkit's policy is for the caller and not for the call: it names all that this principal may do, whichever route",
    "asks first. What IAM's * would reach besides, for it crosses slashes, is closed by a Deny, and nothing that a request",
    "says, a * in its path least of all, ever becomes a part of a pattern.",
)

ORDER, LINES, AUDIT, WRITE = "GET /orders/1042", "GET /orders/1042/lines", "GET /orders/1042/audit", "POST /orders"
STAR = "GET /orders/*"

_REFUSED = "the reader holds orders:read, and is refused until the kept answer is over"
_OPENED = "nobody granted it: the kept answer was for another route"
_PATTERN = "the path of the call before was echoed into the policy, and is a pattern there"


def play(stage: Stage) -> Iterator[Act]:
    """Make the same calls through three authorizers."""
    bearer = stage.bearer()
    one = stage.front("this ARN", naive.for_the_arn_asked(bearer, stage.routes))
    every = stage.front("Allow *", naive.for_everything(bearer, stage.routes))
    right = stage.front("authkit", stage.authorizer())
    yield stage.note(
        "A reader holds orders:read, which is for an order and its lines. The audit trail and writing are others'."
    )
    yield from _this_arn(stage, one)
    yield from _allow_all(stage, every)
    yield from _authkit(stage, right)
    yield from _a_star(stage, one, right)


def _this_arn(stage: Stage, one: Front) -> Iterator[Act]:
    token = _reader(stage)
    yield stage.note("The first tutorial answers with a policy for the method ARN it was asked about.")
    yield stage.ask(one, "the first call works, and its answer is kept for the token", ORDER, token, expect=200)
    yield stage.ask(
        one, "the second route is judged by the answer to the first", LINES, token, expect=403, wrong=_REFUSED
    )
    yield stage.ask(one, "refused, as it should be", AUDIT, token, expect=403)
    yield stage.ask(one, "refused, as it should be", WRITE, token, expect=403)


def _allow_all(stage: Stage, every: Front) -> Iterator[Act]:
    token = _reader(stage)
    yield stage.note("The usual advice against that is to allow * instead, once the call that asked is a good one.")
    yield stage.ask(every, "the first call works", ORDER, token, expect=200)
    yield stage.ask(every, "and the second", LINES, token, expect=200)
    yield stage.ask(every, "but so does what is not the reader's", AUDIT, token, expect=200, wrong=_OPENED)
    yield stage.ask(every, "and writing", WRITE, token, expect=200, wrong=_OPENED)


def _authkit(stage: Stage, right: Front) -> Iterator[Act]:
    token = _reader(stage)
    yield stage.note("authkit answers with all that the reader may call, and a Deny for what a * would reach besides.")
    yield stage.ask(right, "the first call works", ORDER, token, expect=200)
    yield stage.ask(right, "and the second, by the same kept answer", LINES, token, expect=200)
    yield stage.ask(right, "the audit trail is below /orders/*, and is denied", AUDIT, token, expect=403)
    yield stage.ask(right, "writing is allowed by nothing", WRITE, token, expect=403)


def _a_star(stage: Stage, one: Front, right: Front) -> Iterator[Act]:
    yield stage.note("Now somebody asks for an order that is called *, with a token that no answer is kept for yet.")
    for front, status, wrong in ((one, 200, _PATTERN), (right, 403, "")):
        token = _reader(stage)
        yield stage.ask(front, "an odd name for an order, but allowed", STAR, token, expect=200)
        yield stage.ask(front, "then the audit trail", AUDIT, token, expect=status, wrong=wrong)


def _reader(stage: Stage) -> Credential:
    return stage.token("reader")
