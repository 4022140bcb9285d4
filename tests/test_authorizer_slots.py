"""What the authorizer takes from its slots, and what it makes of it."""

from __future__ import annotations

import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from authkit import (
    AuthkitError,
    Authorizer,
    BadAnswer,
    Forbidden,
    Principal,
    Request,
    Route,
    Routes,
    Unavailable,
    reads,
)
from tests.support.authorizers import DENY_ALL, ROUTES, Told, authenticating, authorizer, guard_that
from tests.support.events import PREFIX, bearer_event, request_event
from tests.support.tokens import bearer, good_claims, signer

EVENT = request_event({"Authorization": "ann"})


@pytest.mark.parametrize("result", [False, True, 0, "", "forbidden", Forbidden])
def test_a_guard_that_returns_anything_is_an_error(result: object) -> None:
    """One that returns False means to refuse, and would be ignored."""
    with pytest.raises(AuthkitError, match=r"^TypeError in guards\[0\]"):
        authorizer(guards=[guard_that(result)])(EVENT)


def test_a_guard_that_is_a_coroutine_is_an_error() -> None:
    """It has not even run."""

    @reads("header.authorization")
    def guard(request: Request) -> Any:
        return Awaited()

    with pytest.raises(AuthkitError, match=r"^TypeError in guards\[0\]"):
        authorizer(guards=[guard])(EVENT)


class Awaited:
    """What an async function returns: true without having been asked."""

    def __await__(self) -> Any:
        yield


@pytest.mark.parametrize("result", [None, True, "ann", {"id": "ann"}, ("ann", frozenset(), {}, None, None), Awaited()])
def test_a_credential_that_returns_no_principal_is_an_error(result: object) -> None:
    """Also a tuple that looks like one."""
    with pytest.raises(AuthkitError, match=r"^TypeError in authenticate"):
        authorizer(authenticate=authenticating(result))(EVENT)


async def asynchronously() -> Any:
    """Be an asynchronous generator when called."""
    yield False


@pytest.mark.parametrize(
    "held",
    [
        *(Awaited(), (each for each in ()), print, lambda principal: False, map(str, ())),
        *(asynchronously(), Future(), NotImplemented, Forbidden("no"), ValueError("no")),
    ],
)
def test_a_predicate_that_has_not_answered_is_an_error(held: object) -> None:
    """A coroutine, a generator or a function is true, and would open the route to everybody."""
    with pytest.raises(AuthkitError, match=r"^TypeError in routes"):
        authorizer(routes=[Route("GET", "/things/{thing}", when=lambda principal: held)])(EVENT)


def test_a_predicate_that_ran_out_of_items_is_an_error() -> None:
    """``next()`` of nothing must not end the list of routes early."""
    with pytest.raises(AuthkitError, match=r"^RuntimeError in routes"):
        authorizer(routes=[Route("GET", "/things/{thing}", when=lambda principal: next(iter(())))])(EVENT)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"tenant": "other"}, "enrich[1] gives tenant a second time"),
        ({"roles": ["a"]}, "'roles' is a list"),
        ({"rate": float("nan")}, "'rate' is a number that JSON does not have"),
        ({"principalId": "eve"}, "'principalId' is the gateway's own name"),
        ({"claims": "x"}, "'claims' is the gateway's own name"),
        ({"": "x"}, "is no text"),
        ({7: "x"}, "is no text"),
    ],
)
def test_a_context_the_gateway_cannot_take_is_an_error(more: dict[Any, Any], said: str) -> None:
    """Said here, with the name; the gateway would say 500 and nothing else."""
    with pytest.raises(BadAnswer) as caught:
        authorizer(enrich=[lambda principal: {"tenant": "acme"}, lambda principal: more])(EVENT)

    assert said in str(caught.value)


@pytest.mark.parametrize("more", [None, "text", ["a"], Awaited()])
def test_an_enricher_that_returns_no_mapping_is_an_error(more: object) -> None:
    """A forgotten return, above all."""
    with pytest.raises(AuthkitError, match=r"in enrich\[0\]"):
        authorizer(enrich=[lambda principal: more])(EVENT)


def test_a_claim_an_enricher_misses_is_a_deny() -> None:
    """A token without it is good, and not enough."""
    answer = authorizer(enrich=[lambda principal: {"plan": principal.claims["plan"]}])(EVENT)

    assert answer == {"principalId": "ann", "policyDocument": DENY_ALL}


def test_a_claim_a_predicate_misses_only_takes_its_route() -> None:
    """No such claim, no such right; the other routes stay."""
    routes = [*ROUTES, Route("DELETE", "/things", when=lambda principal: principal.claims["admin"])]

    answer = authorizer(routes=routes)(EVENT)

    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Resource"] == [f"{PREFIX}GET/things/*"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("a/x", True),
        ("a/x/y/z", True),
        ("a/x/y", False),
        ("a/x/y/z/more", False),
        ("a/*", False),
        ("a/x/y/?", False),
        ("a/${x}/y/z", False),
        ("a/" + "x" * 600, False),
    ],
)
def test_an_answer_for_one_request_names_a_plain_path_or_refuses(path: str, allowed: bool) -> None:
    """What came from a request is no pattern, and what is too long no resource; neither is an error."""
    table = [Route("GET", "/a/{x}"), Route("GET", "/a/{x}/{y}", scopes={"no"}), Route("GET", "/a/{x}/{y}/{z}")]
    handler = authorizer(routes=Routes(table, on_conflict="one-request"))

    answer = handler(request_event({"Authorization": "ann"}, methodArn=f"{PREFIX}GET/{path}"))

    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Resource"] == [f"{PREFIX}GET/{path}" if allowed else f"{PREFIX}*"]
    assert statement["Effect"] == ("Allow" if allowed else "Deny")


def test_32_threads_get_each_their_own_answer() -> None:
    """One handler serves a whole environment, and keeps nothing of a request."""
    handler = Authorizer(authenticate=bearer(), routes=[Route("GET", "/u/{sub}", bind={"sub": "sub"})], observe=Told())
    events = [bearer_event(signer().token(good_claims(sub=f"user-{index}"))) for index in range(32)]
    begin = Barrier(32)

    def ask(event: dict[str, Any]) -> list[dict[str, Any]]:
        begin.wait(timeout=10)
        return [handler(event) for _ in range(10)]

    with ThreadPoolExecutor(32) as pool:
        answered = list(pool.map(ask, events))

    for index, answers in enumerate(answered):
        for answer in answers:
            assert answer["principalId"] == f"user-{index}"
            assert answer["policyDocument"]["Statement"][0]["Resource"] == [f"{PREFIX}GET/u/user-{index}"]


def test_an_answer_may_be_changed_by_whoever_gets_it() -> None:
    """The next caller's is not the same object."""
    handler = authorizer()

    first = handler(EVENT)
    first["policyDocument"]["Statement"][0]["Resource"].append("*")

    assert handler(EVENT)["policyDocument"]["Statement"][0]["Resource"] == [f"{PREFIX}GET/things/*"]


def test_what_an_outage_was_raised_in_answer_to_is_not_told() -> None:
    """A client's own message can hold a secret; whoever prints the traceback must not print it."""

    def unavailable(request: Request) -> Any:
        try:
            raise RuntimeError("s3cret")
        except RuntimeError as error:
            raise Unavailable("store_down", detail="the store does not answer") from error

    with pytest.raises(Unavailable) as caught:
        authorizer(authenticate=reads("header.authorization")(unavailable))(EVENT)

    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_the_credential_never_reaches_the_context() -> None:
    """It would be told to the backend and to access logs; the caller is refused, loudly, as it shows at once."""
    secret = "a-credential-of-twenty-letters"
    told = Told()

    answer = authorizer(
        authenticate=authenticating(Principal("ann", scopes={"things:read"})),
        enrich=[lambda principal: {"note": f"came with {secret}"}],
        observe=told,
    )(request_event({"Authorization": secret}))

    assert answer["policyDocument"] == DENY_ALL
    assert (told.only.code, told.only.concern) == ("secret_in_context", "note")
    assert secret not in repr(told.records)


def test_the_usage_key_never_reaches_the_context() -> None:
    """A plain enricher has it in hand; the gateway needs it, and nobody else."""
    key = "0123456789-0123456789-0123456789"
    principal = Principal("ann", scopes={"things:read"}, usage_key=key)
    told = Told()

    answer = authorizer(
        authenticate=authenticating(principal), enrich=[lambda who: {"plan": who.usage_key}], observe=told
    )(EVENT)

    assert answer["policyDocument"] == DENY_ALL
    assert (told.only.code, told.only.concern) == ("secret_in_context", "plan")


def test_what_is_read_beside_a_credential_may_be_told() -> None:
    """A tenant's name in a header of its own is no secret."""

    @reads("header.x-tenant", "header.authorization")
    def authenticate(request: Request) -> Principal:
        return Principal("ann", scopes={"things:read"}, claims={"tenant": request.header("x-tenant")[0]})

    event = request_event({"Authorization": "ann", "X-Tenant": "a-tenant-with-a-long-name"})

    answer = authorizer(authenticate=authenticate, enrich=[lambda who: {"tenant": who.claims["tenant"]}])(event)

    assert answer["context"] == {"tenant": "a-tenant-with-a-long-name"}
