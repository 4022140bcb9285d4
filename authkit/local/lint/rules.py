"""Rules: what a gateway would make of the settings, whoever the handler is (contract sections 1, 6, 7 and 16)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from . import expression
from .finding import Finding
from .settings import DEFAULT_TTL, LONGEST_TTL, Attachment, Settings, Unknown, Wide
from .spelling import read, spell, where

Rule = Callable[[Attachment], Iterable[Finding]]

_ROUTE = "context.routeKey"
_COMES_TO = "Lint what it comes to: the deployed template, or a plan as JSON."


def judge(settings: Settings, *, token_life: float | None = None) -> Iterator[Finding]:
    """Yield what is wrong with settings.

    Args:
        settings: what the files say.
        token_life: for how many seconds the shortest token that matters lives, if that is known.
    """
    for each in settings.attachments:
        for rule in (_ttl, _sources, _spelling, _token, _simple, _payload, expression.judge, _later):
            yield from rule(each)
        yield from _wide(each, settings.wide)
        if token_life is not None and each.keeps > token_life:
            problem = (
                f"answers are kept for {each.keeps:.0f} s and tokens live {token_life:.0f} s: they outlive the token"
            )
            advice = f"Set {each.words.ttl} to {token_life:.0f} at most, or limit the policy with until_token_ends."
            yield Finding("ttl_above_token_life", "warning", each.place, problem, advice)
    yield from map(_preflight, settings.preflights)
    for root in settings.unguarded:
        problem = (
            f"API Gateway does not use the security of the root: {root.first} has none of its own, and is open to everybody"
            + (f"; so are {root.many - 1} more" if root.many > 1 else "")
        )
        advice = "Give each operation a security of its own."
        yield Finding("root_security", "warning", root.place, problem, advice)
    for place in settings.unread:
        problem = "this stands elsewhere, or is only known once it is deployed, so nothing is said of it"
        yield Finding("not_read", "note", place, problem, _COMES_TO)


def named(each: Attachment) -> set[str]:
    """Return the identity sources of an authorizer as a handler names them."""
    return {source.name for source in map(read, each.listed) if source is not None}


def _ttl(each: Attachment) -> Iterator[Finding]:
    word = each.words.ttl
    if each.api == "websocket":
        if isinstance(each.ttl, float) and each.ttl > 0:
            problem = "a WebSocket API keeps no answers, whatever the TTL"
            yield Finding("ttl_unused", "note", each.place, problem, f"Remove {word}.")
        return
    if each.ttl is None:
        known = "that means" if each.api == "rest" else "that may mean"
        problem = f"no TTL is stated, and {known} {DEFAULT_TTL} seconds: answers are kept though nobody decided it"
        yield Finding("ttl_unstated", "warning", each.place, problem, f"State {word}: {DEFAULT_TTL}, or 0.")
    elif isinstance(each.ttl, float) and not 0 <= each.ttl <= LONGEST_TTL:
        problem = f"a TTL of {each.ttl:.0f} s is none: it is 0 to {LONGEST_TTL}"
        yield Finding("ttl_out_of_range", "error", each.place, problem, f"Set {word} to {LONGEST_TTL} at most.")


def _sources(each: Attachment) -> Iterator[Finding]:
    if each.sources == () and each.kind == "request" and each.keeps > 0:
        problem = f"answers are kept for {each.keeps:.0f} s without an identity source: there is nothing to tell callers apart by"
        advice = f"Name {where(each, ['header.authorization'])}; or set {each.words.ttl} to 0."
        yield Finding("sources_missing", "error", each.place, problem, advice)


def _spelling(each: Attachment) -> Iterator[Finding]:
    for spelled in each.listed:
        source = read(spelled)
        if source is None:
            problem = f"{spelled!r} is no identity source of any kind of API"
            advice = f"Write {spell('header.authorization', each.api)}, for example."
            yield Finding("source_unknown", "error", each.place, problem, advice)
        elif not source.fits(each.api):
            kind = {"rest": "a REST API", "http": "an HTTP API", "websocket": "a WebSocket API", "": ""}[each.api]
            problem = f"{spelled!r} is not how {kind} writes it: the source is never found, and every request is a 401"
            yield Finding("source_spelling", "error", each.place, problem, f"Write {spell(source.name, each.api)}.")


def _token(each: Attachment) -> Iterator[Finding]:
    if each.kind != "token" or isinstance(each.sources, Unknown):
        return
    if len(each.sources) > 1 or not all(name.startswith("header.") for name in named(each)):
        problem = f"a TOKEN authorizer has one header as its source, and here it has {', '.join(each.sources)}"
        yield Finding("token_sources", "error", each.place, problem, "Attach it as REQUEST, or name one header.")
    if each.api in ("http", "websocket"):
        problem = "only REST APIs have TOKEN authorizers"
        yield Finding("token_unknown", "error", each.place, problem, "Attach it as REQUEST.")


def _simple(each: Attachment) -> Iterator[Finding]:
    if each.simple is not True:
        return
    if each.api in ("rest", "websocket"):
        problem = "only HTTP APIs take simple answers; here each is a 500"
        yield Finding(
            "simple_unknown", "error", each.place, problem, f"Remove {each.words.simple}, and answer with a policy."
        )
        return
    if each.payload == "1.0":
        problem = "simple answers exist with payload 2.0 only"
        yield Finding("simple_payload", "error", each.place, problem, f'Set {each.words.payload} to "2.0".')
    if each.keeps > 0 and not isinstance(each.sources, Unknown) and _ROUTE not in named(each):
        problem = "a simple yes is kept for a caller whatever the route: the first route's yes is every route's yes"
        advice = f"Name {where(each, [_ROUTE])} as well; or set {each.words.ttl} to 0."
        yield Finding("simple_without_route", "error", each.place, problem, advice)


def _payload(each: Attachment) -> Iterator[Finding]:
    if each.api != "http":
        return
    if each.payload is None:
        problem = "an HTTP API's authorizer must be told its payload format version"
        yield Finding("payload_missing", "error", each.place, problem, f'State {each.words.payload}: "2.0".')
    elif isinstance(each.payload, str) and each.payload not in ("1.0", "2.0"):
        problem = f"{each.payload!r} is no payload format version"
        yield Finding("payload_unknown", "error", each.place, problem, f'Set {each.words.payload} to "2.0" or "1.0".')


def _wide(each: Attachment, routes: Iterable[Wide]) -> Iterator[Finding]:
    """Yield the routes whose key says too little for a simple yes to be kept under it."""
    if each.simple is not True or each.keeps <= 0 or _ROUTE not in named(each):
        return
    for route in routes:
        if route.authorizer in ("", each.name):
            problem = (
                f"{route.key} is one route key for many requests: a simple yes to the first is a yes to all of them"
            )
            advice = f"Name its methods and paths as routes of their own; or set {each.words.ttl} to 0."
            yield Finding("simple_wide_route", "warning", route.place, problem, advice)


def _later(each: Attachment) -> Iterator[Finding]:
    """Say which settings nothing was said of, lest silence be taken for praise."""
    values = {
        each.words.ttl: each.ttl,
        each.words.sources: each.sources,
        each.words.payload: each.payload,
        each.words.simple: each.simple,
        each.words.expression: each.expression,
    }
    unknown = [word for word, value in values.items() if word and isinstance(value, Unknown)]
    if unknown:
        problem = f"only known once it is deployed, so nothing is said of it: {', '.join(unknown)}"
        yield Finding("not_read", "note", each.place, problem, _COMES_TO)


def _preflight(each: object) -> Finding:
    from .settings import Preflight

    assert isinstance(each, Preflight)
    if each.certain:
        problem = (
            f"{each.method} is behind {each.authorizer}: a browser sends no credentials with a preflight, so it is a 401"
            " and CORS fails"
        )
        return Finding("preflight_guarded", "error", each.place, problem, "Leave the authorizer off OPTIONS methods.")
    problem = f"{each.method} takes OPTIONS as well, behind {each.authorizer}: preflights of browsers are refused there"
    advice = "If browsers call it from another origin, add an OPTIONS method without an authorizer."
    return Finding("preflight_in_any", "note", each.place, problem, advice)
