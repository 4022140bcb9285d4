"""Against a handler: where settings and handler disagree, a kept answer is wrong or there is none (contract section 7)."""

from __future__ import annotations

from collections.abc import Iterator

from ...authorizer import Authorizer
from ...policy.route import CONNECT
from .finding import Finding
from .rules import named
from .settings import Attachment, Unknown
from .spelling import where


def judge(handler: Authorizer, attachments: tuple[Attachment, ...]) -> Iterator[Finding]:
    """Yield where a handler and the ways it is attached do not go together."""
    for each in attachments:
        yield from _cached(handler, each)
        yield from _keyed(handler, each)
        yield from _answered(handler, each)
        yield from _sent(handler, each)


def _cached(handler: Authorizer, each: Attachment) -> Iterator[Finding]:
    if each.keeps > 0 and not handler.cacheable:
        problem = f"answers are kept for {each.keeps:.0f} s, and {_why(handler)}"
        yield Finding("not_cacheable", "error", each.place, problem, f"Set {each.words.ttl} to 0.")


def _why(handler: Authorizer) -> str:
    """Say why a handler's answers must not be kept."""
    if handler.optional_sources:
        lacked = ", ".join(handler.optional_sources)
        return (
            f"the alternatives read different places: a good request may lack {lacked}, so there is no key for answers"
        )
    if handler.per_request:
        return "what the handler checks vouches for one request only: whoever has the same sources gets the answer unchecked"
    if not handler.routes.cacheable:
        return "the handler's table answers for the one request it was asked about"
    if not handler.identity_sources:
        return "the handler reads nothing that callers could be told apart by"
    if handler.response == "simple" and any(route.bind for route in handler.routes):
        return "a simple yes to a route with a bound parameter would be a yes to another's"
    return "the handler says that its answers must not be kept"


def _keyed(handler: Authorizer, each: Attachment) -> Iterator[Finding]:
    if isinstance(each.sources, Unknown):
        return
    known = named(each)
    yield from _optional(handler, each, known)
    demanded = [source for source in handler.identity_sources if source not in handler.optional_sources]
    unkeyed = [source for source in demanded if source not in known]
    carried = each.kind == "request" or handler.reads_one_header  # else no source would help
    if unkeyed and each.keeps > 0 and carried:
        problem = (
            f"the handler reads {', '.join(unkeyed)}, which is no part of the cache key: two callers who differ in it"
            f" get the same answer for {each.keeps:.0f} s"
        )
        advice = f"Name {where(each, unkeyed)}."
        yield Finding("source_unkeyed", "error", each.place, problem, advice)
    unread = sorted(
        source for source in known.difference(handler.identity_sources) if not source.startswith("context.")
    )
    if unread:
        problem = (
            f"the handler does not read {', '.join(unread)}, and requests without it are refused before it is asked"
        )
        advice = f"Remove {where(each, unread)}."
        yield Finding("source_unread", "warning", each.place, problem, advice)


def _optional(handler: Authorizer, each: Attachment, known: set[str]) -> Iterator[Finding]:
    """Yield what the gateway would demand of everybody, though a good request may lack it."""
    named_all_the_same = [source for source in handler.optional_sources if source in known]
    if named_all_the_same and each.kind == "request":
        problem = (
            f"a good request may lack {', '.join(named_all_the_same)}: requests with the other credential are refused"
            " before the function is asked"
        )
        advice = f"Remove {where(each, named_all_the_same)}, and set {each.words.ttl} to 0."
        yield Finding("source_optional", "error", each.place, problem, advice)


def _answered(handler: Authorizer, each: Attachment) -> Iterator[Finding]:
    simple = handler.response == "simple"
    if isinstance(each.simple, Unknown) or each.simple == simple:
        return
    expects, gives = ("simple answers", "a policy") if each.simple else ("a policy", "simple answers")
    advice = f"Set {each.words.simple} to {str(simple).lower()}, or response= of the handler to the other."
    problem = f"the gateway expects {expects}, and the handler gives {gives}: each is a 500"
    yield Finding("answer_form", "error", each.place, problem, advice)


def _sent(handler: Authorizer, each: Attachment) -> Iterator[Finding]:
    if each.kind == "token" and not handler.reads_one_header:
        problem = f"a TOKEN event carries one header, and the handler reads {', '.join(handler.identity_sources)}"
        yield Finding("token_carries_one", "error", each.place, problem, "Attach it as REQUEST.")
    table = handler.routes
    if table.api is not None and each.api in ("rest", "http") and each.api != table.api:
        problem = f"the table is for APIs of the kind {table.api}, and paths of it go elsewhere on this one: a 500"
        yield Finding("table_of_another_api", "error", each.place, problem, f"Say Routes(…, api={each.api!r}).")
    if each.api == "websocket" and not any(route.method == CONNECT for route in table):
        problem = "the table has no $connect: nobody can connect"
        yield Finding("connect_missing", "error", each.place, problem, "Add Route('$connect') to the table.")
