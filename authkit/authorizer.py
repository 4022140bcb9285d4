"""Authorizer: the life of a request, from event to answer. It is the Lambda handler itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, get_args

from .errors import AuthkitError, BadAnswer, BadEvent, ConfigError, Forbidden, Unauthenticated, Unavailable
from .gateway.answer import Decision, Form, Unauthorized, render
from .gateway.request import Kind, Request, parse
from .gateway.sources import is_place
from .observe.log import log_line
from .observe.record import Observe
from .observe.trail import Trail, unforeseen
from .policy.document import deny_all
from .policy.limits import Limit, bind, together
from .policy.route import Route
from .policy.routes import Routes
from .principal import Principal

if TYPE_CHECKING:
    from .policy.kept import SimpleAnswers

    Guard = Callable[[Request], None]
    Authenticate = Callable[[Request], Principal]
    Enrich = Callable[[Principal], Mapping[str, Any]]

_RAISING = frozenset({"rest-token", "rest-request", "websocket"})  # where the word Unauthorized becomes a 401
_HTTP = frozenset({"http-v1", "http-v2"})
# Codes of refusals that may be none a little later, beside those whose class says so. A gateway would keep an answer.
_PASSING = frozenset({"not_yet_valid", "issued_in_future", "inactive", "proof_replayed", "use_dpop_nonce"})

_SECRET = ("header.authorization", "header.x-api-key")  # where credentials are, whoever reads them

NOBODY = "unknown"  # the principalId of a Deny for a caller who was not asked who they are


class Authorizer:
    """Decide on requests to a REST, HTTP, WebSocket or AppSync API, each told apart by its events.

    Args:
        guards: each looks at the request and raises `Forbidden`, or returns None.
        authenticate: makes a `Principal` of the request, or raises `Unauthenticated` or `Unavailable`.
        routes: the route table; a list of `Route` or a `Routes`.
        enrich: each returns more context for the backend, from the principal alone.
        limits: each returns conditions, from the principal alone, on all that a policy allows: `until_token_ends`, or
            ``from_networks("203.0.113.0/24")``.
        response: what the gateway was told to expect; ``"simple"`` exists on HTTP APIs of payload 2.0 only.
        cached: whether the gateway may keep answers. Where it may not (TTL 0), simple answers can be for coarse routes.
        observe: is told of every decision, or of the outcomes for which its ``wants(outcome)`` is true, if it has such
            a method; by default one JSON line for each that is not an allow.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        *,
        authenticate: Authenticate,
        routes: Routes | Iterable[Route],
        guards: Iterable[Guard] = (),
        enrich: Iterable[Enrich] = (),
        limits: Iterable[Limit] = (),
        response: Form = "policy",
        cached: bool = True,
        observe: Observe = log_line,
    ) -> None:
        self._guards = _listed(guards)
        self._authenticate = authenticate
        self._enrich = _listed(enrich)
        self._limits = _listed(limits)
        self._response = response
        self._observe = observe
        self._wants: Callable[[str], bool] | None = getattr(observe, "wants", None)
        readers = [("authenticate", authenticate), *_slots("guards", self._guards)]
        faults = [
            *_list_faults("guards", guards),
            *_list_faults("enrich", enrich),
            *_list_faults("limits", limits),
            *_callable_faults([*readers, *_slots("enrich", self._enrich), *_slots("limits", self._limits)]),
            *_callable_faults([("observe", observe)]),
            *_reader_faults(readers),
            *_form_faults(response, self._limits),
        ]
        try:
            self._routes = routes if isinstance(routes, Routes) else Routes(routes)
        except ConfigError as fault:
            faults.append(str(fault))
        if faults:
            raise ConfigError.of("Authorizer", faults)
        self._cached = bool(cached)
        self._settle([each for _, each in readers])

    def _settle(self, readers: Iterable[Any]) -> None:
        """Work out what a cache in front of us must know."""
        sources = [source for each in readers for source in each.reads]
        # A yes that is kept would be every route's yes, so the route must be a part of the key.
        asked = ("context.routeKey",) if self._response == "simple" else ()
        self.identity_sources: tuple[str, ...] = tuple(dict.fromkeys([*sources, *asked]))
        """What the gateway must key its result cache on: everything that any slot reads of a request."""
        per_request = any(getattr(each, "per_request", False) for each in readers)
        bound = bool(asked) and any(route.bind for route in self._routes)  # the route does not tell whose path it is
        # Kept in spite of all, by a TTL that was left on, an answer would be good without another signature or proof: so
        # it is for the one request that had it.
        self._vouches_once = per_request or bool(self.optional_sources)
        keyed = bool(self.identity_sources) and self._routes.cacheable
        self.cacheable: bool = keyed and self._cached and not per_request and not bound and not self.optional_sources
        """Whether the gateway may cache answers at all; if not, its TTL must be 0."""
        self._simple = _simple_answers(self._routes, kept=self.cacheable) if asked else None
        # Who reads several places may read what is no secret, as a tenant's name, and tell it on.
        read: tuple[str, ...] = self._authenticate.reads  # type: ignore[attr-defined]
        self._secret_sources = (*_SECRET, *read) if len(read) == 1 and read != ("header.cookie",) else _SECRET
        headers = [source for source in self.identity_sources if source.startswith("header.")]
        self._reads_one_header = len(headers) == len(self.identity_sources) <= 1
        # AppSync's key is the Authorization header and nothing else.
        self._keeps_on_appsync = self.cacheable and self.identity_sources == ("header.authorization",)
        self._fitting = frozenset(kind for kind in get_args(Kind) if not self._misfit(kind))

    @property
    def routes(self) -> Routes:
        """The route table."""
        return self._routes

    def __call__(self, event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
        """Answer one event: the function's handler.

        Raises:
            Unauthorized: the credential is missing or bad; the gateway makes it a 401. HTTP APIs know no such word, and
                are answered with a refusal (403), unless that may be none a little later: they would keep it.
            Unavailable: nothing can be decided now; the gateway makes it, and all below, a 500.
            BadEvent, BadAnswer, Unforeseen: the function is wired or configured wrongly.
        """
        trail = Trail(self._routes, context)
        try:
            return self._answer(event, trail)
        except Unauthenticated as refusal:
            trail.end("unauthenticated", refusal)
            raise Unauthorized from None
        except Unavailable as outage:
            trail.end("unavailable", outage)
            raise outage from None  # what it was raised in answer to is foreign, and may hold a secret
        except AuthkitError as fault:
            trail.end("error", fault)
            raise fault from None
        except Exception as error:  # noqa: BLE001 - whatever a slot raises becomes one error that tells no secret
            foreign = unforeseen(error, trail.slot)
            trail.end("error", foreign)
            raise foreign from None
        finally:
            self._tell(trail)

    def _answer(self, event: Mapping[str, Any], trail: Trail) -> dict[str, Any]:
        """Run the slots in their order. A refusal is answered where its kind of API takes an answer, else raised."""
        request = parse(event)
        trail.request = request
        trail.kind = request.kind
        if request.kind not in self._fitting:
            raise BadEvent(self._misfit(request.kind))
        try:
            if self._guards:
                trail.enter("guards")
                self._guard(request, trail)
            trail.enter("authenticate")
            principal = self._authenticate(request)
            if not isinstance(principal, Principal):
                raise TypeError("authenticate returns a Principal")
            trail.principal = principal
            trail.enter("routes")
            policy, denied = self._granted(principal, request)
            trail.policy = policy
            context = self._context(principal, request, trail) if self._enrich else None
            keep = self._keeps_on_appsync
            decision = Decision(principal.id, policy, True, context, principal.usage_key, denied, keep)
            answer = render(decision, request.kind, self._response)
            trail.outcome = "allowed"
            return answer
        except Unauthenticated as refusal:
            passing = refusal.passing or refusal.code in _PASSING
            if request.kind in _RAISING or (passing and request.kind != "appsync"):
                raise
            trail.end("unauthenticated", refusal)
            return self._refused(request, NOBODY, keep=not passing)
        except Forbidden as refusal:
            trail.end("forbidden", refusal)
            return self._refused(request, trail.principal.id if trail.principal else NOBODY)

    def _guard(self, request: Request, trail: Trail) -> None:
        for index, guard in enumerate(self._guards):
            trail.slot = f"guards[{index}]"
            _demand_none(guard(request))

    def _granted(self, principal: Principal, request: Request) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Decide by what the kind of API takes, a policy, a yes or fields; return the policy and the fields refused.

        Raises:
            Forbidden: nothing of it is granted to this principal.
        """
        denied: tuple[str, ...] | None = ()
        policy: dict[str, Any] = {}
        if request.kind == "appsync":
            denied = self._routes.denied_fields(principal)
            granted = denied is not None
        elif self._simple is not None:
            granted = self._simple(principal, request)
        else:
            policy = self._routes.policy(principal, request.arn, one_request=self._vouches_once)
            granted = policy["Statement"][0]["Effect"] == "Allow"
            if self._limits and granted:
                self._limit(policy, principal)
        if not granted:
            raise Forbidden("insufficient_scope", detail="no route of the table is granted to this principal")
        return policy, denied or ()

    def _limit(self, policy: dict[str, Any], principal: Principal) -> None:
        """Put the conditions on what is allowed; what is denied stays denied, and so does the rest where that is said."""
        bind(policy, together(limit(principal) for limit in self._limits))

    def _refused(self, request: Request, caller: str, *, keep: bool = True) -> dict[str, Any]:
        policy = {} if request.kind == "appsync" else deny_all(request.arn.stage_prefix)
        keep = keep and self._keeps_on_appsync
        return render(Decision(caller, policy, False, keep=keep), request.kind, self._response)

    def _context(self, principal: Principal, request: Request, trail: Trail) -> dict[str, Any]:
        """Return what the enrichers tell the backend, without the credential: it would be logged."""
        from .enrich.secrets import demand_harmless, demand_no_credential  # only who enriches pays for their patterns

        trail.enter("enrich")
        context: dict[str, Any] = {}
        for index, enrich in enumerate(self._enrich):
            trail.slot = f"enrich[{index}]"
            more = enrich(principal)
            if context.keys() & more.keys():
                raise BadAnswer(f"{trail.slot} gives {', '.join(sorted(context.keys() & more.keys()))} a second time")
            context.update(more)
        demand_harmless(context, principal)
        demand_no_credential(context, request, self._secret_sources)
        return context

    def _misfit(self, kind: Kind) -> str:
        """Say why an event of this kind cannot carry what the slots read, or take what they answer; empty if it can."""
        if self._response == "simple" and kind not in ("http-v2", "appsync"):
            return "response='simple' exists on HTTP APIs with payload 2.0 only; this API expects a policy"
        if kind == "appsync" and self._limits:
            return "limits are conditions of a policy, and AppSync takes none: nothing would hold its callers to them"
        if kind == "rest-token" and not self._reads_one_header:
            sources = ", ".join(self.identity_sources)
            return f"a TOKEN event carries one header, and this authorizer reads {sources}; attach it as REQUEST"
        api = self._routes.api
        if api is not None and kind != "appsync" and (kind in _HTTP) != (api == "http") and kind != "websocket":
            other = "http" if kind in _HTTP else "rest"
            return f"some paths of this table go elsewhere on an API of this kind; say Routes(…, api={other!r})"
        return ""

    def _tell(self, trail: Trail) -> None:
        try:
            if self._wants is None or self._wants(trail.outcome):
                self._observe(trail.record())
        except Exception:  # noqa: BLE001, S110 - whoever looks on must not change what is decided
            pass

    @property
    def response(self) -> Form:
        """What the gateway was told to expect."""
        return self._response

    @property
    def reads_one_header(self) -> bool:
        """Whether a TOKEN event carries all that the slots read."""
        return self._reads_one_header

    @property
    def per_request(self) -> bool:
        """Whether something the slots check vouches for one request only, as a signature does."""
        return any(getattr(each, "per_request", False) for each in (self._authenticate, *self._guards))

    @property
    def optional_sources(self) -> tuple[str, ...]:
        """Those that a good request may lack: named as an identity source, the gateway would answer it 401."""
        slots: tuple[Any, ...] = (self._authenticate, *self._guards)
        lacked = {source for each in slots for source in getattr(each, "optional", ())}
        demanded = {source for each in slots for source in each.reads if source not in getattr(each, "optional", ())}
        return tuple(source for source in self.identity_sources if source in lacked - demanded)

    def __repr__(self) -> str:
        sources, cacheable = self.identity_sources, self.cacheable
        return f"Authorizer(identity_sources={sources}, cacheable={cacheable}, routes={len(self._routes)})"


def _simple_answers(routes: Routes, *, kept: bool) -> SimpleAnswers:
    from .policy.kept import SimpleAnswers  # most APIs take a policy

    return SimpleAnswers(routes, kept=kept)


def _listed(given: object) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else ()


def _list_faults(slot: str, given: object) -> list[str]:
    return [] if isinstance(given, Iterable) and not isinstance(given, str) else [f"{slot} must be a list of callables"]


def _form_faults(response: object, limits: tuple[Any, ...]) -> list[str]:
    if response not in ("policy", "simple"):
        return [f"response is 'policy' or 'simple', not {response!r}"]
    if response == "simple" and limits:
        return ["limits are conditions of a policy, and a simple answer has none"]
    return []


def _slots(slot: str, given: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return [(f"{slot}[{index}]", each) for index, each in enumerate(given)]


def _callable_faults(slots: Iterable[tuple[str, object]]) -> list[str]:
    return [f"{slot} ({_name(each)}) cannot be called" for slot, each in slots if not callable(each)]


def _reader_faults(slots: Iterable[tuple[str, object]]) -> list[str]:
    """A check that does not say what it reads cannot be right under the cache."""
    advice = "does not say what it reads of the request; decorate it with @reads('header.…')"
    silent = [(slot, each) for slot, each in slots if callable(each) and not _says_reads(each)]
    return [
        f"{slot} is the class {_name(each)}: write {_name(each)}(…)"
        if isinstance(each, type)
        else f"{slot} ({_name(each)}) {advice}"
        for slot, each in silent
    ]


def _says_reads(reader: object) -> bool:
    sources = getattr(reader, "reads", None)
    return isinstance(sources, tuple) and all(map(is_place, sources))


def _name(given: object) -> str:
    """Name a callable without its repr, which could show a secret it was given."""
    return str(getattr(given, "__qualname__", type(given).__name__))


def _demand_none(result: object) -> None:
    # A guard that returns False means to refuse, and would be ignored.
    if result is not None:
        raise TypeError("a guard raises Forbidden or returns None")
