"""Every decision is told once, in words that may be logged, and never with a token in it."""

from __future__ import annotations

import json
import logging
import traceback
from typing import Any

import pytest

from authkit import (
    Authorizer,
    ConfigError,
    Forbidden,
    KeysUnavailable,
    MissingClaim,
    Principal,
    Route,
    Unauthenticated,
    Unavailable,
)
from authkit.observe.log import log_line
from authkit.observe.record import LONGEST, Record
from authkit.observe.trail import Trail
from tests.support.authorizers import Told, authenticating, authorizer, guard_that
from tests.support.events import bearer_event, request_event, token_event
from tests.support.tokens import bearer, good_claims, signer

EVENT = request_event({"Authorization": "ann"})


def raising(error: BaseException) -> Any:
    """Return an enricher that raises this."""

    def enrich(principal: Principal) -> dict[str, Any]:
        raise error

    return enrich


OUTCOMES: list[tuple[dict[str, Any], Any, str, str, str]] = [
    ({}, EVENT, "allowed", "", "ann"),
    ({}, token_event("ann"), "allowed", "", "ann"),
    (
        {"authenticate": authenticating(Unauthenticated("expired", claim="exp"))},
        EVENT,
        "unauthenticated",
        "expired",
        "",
    ),
    ({"guards": [guard_that(Forbidden("wrong_origin"))]}, EVENT, "forbidden", "wrong_origin", ""),
    ({"routes": [Route("GET", "/", scopes={"x"})]}, EVENT, "forbidden", "insufficient_scope", "ann"),
    ({"enrich": [raising(MissingClaim(claim="plan"))]}, EVENT, "forbidden", "missing_claim", "ann"),
    ({"authenticate": authenticating(Unavailable("store_down"))}, EVENT, "unavailable", "store_down", ""),
    ({"authenticate": authenticating(KeysUnavailable())}, EVENT, "unavailable", "keys_unavailable", ""),
    ({"authenticate": authenticating(ValueError("x"))}, EVENT, "error", "Unforeseen", ""),
    ({"enrich": [lambda principal: {"a": [1]}]}, EVENT, "error", "BadAnswer", "ann"),
    ({}, {}, "error", "BadEvent", ""),
    ({}, None, "error", "BadEvent", ""),
    ({"response": "simple"}, EVENT, "error", "BadEvent", ""),
    ({"enrich": [raising(SystemExit())]}, EVENT, "error", "", "ann"),
    ({"authenticate": authenticating(KeyboardInterrupt())}, EVENT, "error", "", ""),
]


@pytest.mark.parametrize(("changes", "event", "outcome", "code", "principal"), OUTCOMES)
def test_each_outcome_is_told_once(
    changes: dict[str, Any], event: Any, outcome: str, code: str, principal: str
) -> None:
    """Whatever becomes of the event; nothing that ends in between passes for an Allow."""
    told = Told()
    handler = authorizer(observe=told, **changes)

    try:
        handler(event)
    except BaseException:  # noqa: BLE001 - what is raised is tested elsewhere
        assert outcome not in ("allowed", "forbidden")

    record = told.only
    assert (record.outcome, record.code, record.principal) == (outcome, code, principal)
    assert record.seconds >= 0


@pytest.mark.parametrize(("changes", "event", "outcome", "code", "principal"), OUTCOMES)
def test_a_failing_observer_changes_nothing(
    changes: dict[str, Any], event: Any, outcome: str, code: str, principal: str
) -> None:
    """Neither the answer nor what is raised."""

    def failing(record: object) -> None:
        raise RuntimeError("the log is full")

    expected = outcome_of(authorizer(**changes), event)

    assert outcome_of(authorizer(observe=failing, **changes), event) == expected


class Choosy(Told):
    """Keeps the records of some outcomes."""

    def __init__(self, wanted: Any) -> None:
        super().__init__()
        self._wanted = wanted

    def wants(self, outcome: str) -> bool:
        """Choose, or break."""
        if isinstance(self._wanted, BaseException):
            raise self._wanted
        return outcome in self._wanted


@pytest.mark.parametrize(("changes", "event", "outcome", "code", "principal"), OUTCOMES)
def test_an_observer_is_told_of_the_outcomes_it_wants(
    changes: dict[str, Any], event: Any, outcome: str, code: str, principal: str
) -> None:
    """Of those all, and of the others none."""
    with_it, without = Choosy({outcome}), Choosy({each for _, _, each, _, _ in OUTCOMES} - {outcome})

    outcome_of(authorizer(observe=with_it, **changes), event)
    outcome_of(authorizer(observe=without, **changes), event)

    assert (with_it.only.outcome, without.records) == (outcome, [])


@pytest.mark.parametrize(("changes", "event", "outcome", "code", "principal"), OUTCOMES)
def test_an_observer_that_cannot_choose_changes_nothing(
    changes: dict[str, Any], event: Any, outcome: str, code: str, principal: str
) -> None:
    """And is told of everything: an audit must not end unseen."""
    expected, broken = outcome_of(authorizer(**changes), event), Choosy(RuntimeError("broken"))

    assert outcome_of(authorizer(observe=broken, **changes), event) == expected
    assert broken.only.outcome == outcome


async def _waiting(outcome: str) -> bool:
    return False


@pytest.mark.parametrize("wants", [{"forbidden"}, "allowed", True, _waiting])
def test_an_observer_whose_choice_is_no_method_is_a_fault(wants: Any) -> None:
    """It would be told of nothing, or of everything, and nobody would see."""
    observe = Told()
    observe.wants = wants  # type: ignore[attr-defined]

    with pytest.raises(ConfigError, match="observe: its wants must be a plain method"):
        authorizer(observe=observe)


@pytest.mark.parametrize(("level", "made"), [(logging.WARNING, 0), (logging.DEBUG, 1)])
def test_no_record_is_made_of_an_allow_that_nobody_reads(
    level: int, made: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most decisions are allows, and by default nothing is said of them."""
    caplog.set_level(level, logger="authkit")
    whole, count = Trail.record, 0

    def counted(trail: Trail) -> Record:
        nonlocal count
        count += 1
        return whole(trail)

    monkeypatch.setattr(Trail, "record", counted)
    authorizer(observe=log_line)(EVENT)

    assert (count, len(caplog.records)) == (made, made)


def outcome_of(handler: Authorizer, event: Any) -> tuple[Any, ...]:
    """Return the answer, or type and text of what is raised."""
    try:
        return (handler(event),)
    except BaseException as error:  # noqa: BLE001 - compared with what another one raises
        return type(error), str(error)


def test_a_record_says_what_was_answered() -> None:
    """How much was allowed, how much denied, and which kind of event it was."""
    told = Told()
    table = [Route("GET", "/a/{x}"), Route("GET", "/a/b", scopes={"no"}), Route("PUT", "/a/{x}")]

    authorizer(observe=told, routes=table)(EVENT)

    assert (told.only.kind, told.only.resources) == ("rest-request", (2, 1))
    assert told.only.fields()["allow"] == 2
    assert told.only.fields()["deny"] == 1


def test_a_refusal_is_told_with_its_reason() -> None:
    """To the operator; the caller learns a number."""
    told = Told()
    refusal = Unauthenticated("expired", claim="exp", detail="expired 7 s ago")

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer(observe=told, authenticate=authenticating(refusal))(EVENT)

    fields = told.only.fields()
    assert fields.pop("ms") >= fields.pop("steps_ms")["authenticate"] >= 0
    assert fields == {
        "outcome": "unauthenticated",
        "kind": "rest-request",
        "code": "expired",
        "concern": "exp",
        "detail": "expired 7 s ago",
        "request_id": EVENT["requestContext"]["requestId"],
        "route": "GET /things/{thing}",
    }


@pytest.mark.parametrize(
    "hostile", ["a\nWARNING forged", "\x1b[2Jx", "x" * 5000, "\u202eevil", "\u2028\ud800", "\x00" * 999]
)
def test_what_a_caller_chose_is_told_printable_and_bounded(hostile: str) -> None:
    """A principal's name can forge no line and steer no terminal."""
    told = Told()

    authorizer(observe=told, authenticate=authenticating(Principal(hostile, scopes={"things:read"})))(EVENT)

    shown = told.only.fields(reveal_principal=True)["principal"]
    assert shown.isprintable()
    assert len(shown) <= LONGEST


def hostile_events(token: str) -> list[dict[str, Any]]:
    """Return events that carry a token in places and shapes where it may be refused."""
    header, payload, signature = token.split(".")
    values = [
        f"Bearer {token}",
        f"Bearer {token}x",
        f"Bearer {header}.{payload}.{signature[::-1]}",
        f"Bearer {header}.{payload[::-1]}.{signature}",
        f"Bearer {header}.{payload}",
        f"Bearer {token}.{signature}.{payload}",
        f"Basic {token}",
        token,
        f"Bearer {token}\n",
    ]
    odd = [
        {"type": "NONE", "authorizationToken": token},
        bearer_event(token, methodArn=f"x{token}"),
        bearer_event(token, version=token),
        bearer_event(token, requestContext={"eventType": "CONNECT", "token": token}),
        token_event([token]),
        request_event({"Authorization": [f"Bearer {token}"] * 2}),
    ]
    return [
        *(token_event(value) for value in values),
        *(request_event({"authorization": value}) for value in values),
        *odd,
    ]


@pytest.mark.parametrize("claims", [{}, {"exp": 1}, {"sub": 7}, {"scope": 7}, {"cnf": {"jkt": "x"}}, {"aud": "other"}])
def test_no_log_line_error_or_repr_holds_the_token(claims: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """Nor its signature, for good tokens and bad ones, in good events and bad ones."""
    token = signer().token(good_claims(**claims))
    caplog.set_level(logging.DEBUG, logger="authkit")
    authenticate = bearer()
    handler = Authorizer(authenticate=authenticate, routes=[Route("GET", "/", scopes={"none"})])

    shown = [repr(handler), repr(authenticate), str(handler)]
    for event in hostile_events(token):
        try:
            shown.append(json.dumps(handler(event)))
        except Exception as error:  # noqa: BLE001 - its text is what is looked at
            shown += [repr(error), str(error), "".join(traceback.format_exception(error))]
    shown += [record.getMessage() for record in caplog.records]

    assert len(caplog.records) == len(hostile_events(token))
    for part in (token, *token.split(".")[1:]):
        assert not any(part in text or part[::-1] in text for text in shown)
