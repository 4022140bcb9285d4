"""Authorizer: the life of a request, from event to answer. It is the Lambda handler itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, get_args

from .errors import AuthkitError, BadEvent, ConfigError, Forbidden, Unauthenticated, Unavailable
from .gateway.answer import Decision, Form, Unauthorized, render
from .gateway.cachekey import CacheKey
from .gateway.fit import form_faults, misfit
from .gateway.request import Kind, Request, parse
from .gateway.slots import callable_faults, list_faults, listed, observer_faults, reader_faults, slots
from .observe.log import log_line
from .observe.trail import Trail, teller, unforeseen
from .policy.document import deny_all
from .policy.limits import Limit, bind, together
from .policy.route import Route
from .policy.routes import Routes
from .principal import Principal

if TYPE_CHECKING:
    from .observe.record import Observe
    from .policy.kept import SimpleAnswers

    Guard = Callable[[Request], None]
    Authenticate = Callable[[Request], Principal]
    Enrich = Callable[[Principal], Mapping[str, Any]]

_RAISING = frozenset({"rest-token", "rest-request", "websocket"})  # where the word Unauthorized becomes a 401
# Codes of refusals that may be none a little later, beside those whose class says so. A gateway would keep an answer.
_PASSING = frozenset({"not_yet_valid", "issued_in_future", "inactive", "proof_replayed", "use_dpop_nonce"})

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
        self._guards = listed(guards)
        self._authenticate = authenticate
        self._enrich = listed(enrich)
        self._limits = listed(limits)
        self._response = response
        self._tell = teller(observe)
        readers = [("authenticate", authenticate), *slots("guards", self._guards)]
        faults = [
            *list_faults("guards", guards),
            *list_faults("enrich", enrich),
            *list_faults("limits", limits),
            *callable_faults([*readers, *slots("enrich", self._enrich), *slots("limits", self._limits)]),
            *observer_faults(observe),
            *reader_faults(readers),
            *form_faults(response, limited=bool(self._limits)),
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
        # A yes that is kept would be every route's yes, so the route must be a part of the key.
        asked = ("context.routeKey",) if self._response == "simple" else ()
        self._key = key = CacheKey(readers, asked)
        self.identity_sources = key.sources
        """What the gateway must key its result cache on: everything that any slot reads of a request."""
        bound = bool(asked) and any(route.bind for route in self._routes)  # the route does not tell whose path it is
        keyed = bool(key.sources) and self._routes.cacheable
        self.cacheable: bool = keyed and self._cached and not bound and not key.vouches_once
        """Whether the gateway may cache answers at all; if not, its TTL must be 0."""
        self._read: tuple[str, ...] = self._authenticate.reads  # type: ignore[attr-defined]
        self._keeps_on_appsync = self.cacheable and key.is_authorization
        self._simple = _simple_answers(self._routes, kept=self.cacheable) if asked else None
        told: Any = {"simple": bool(asked), "limited": bool(self._limits), "api": self._routes.api}
        self._misfits = {kind: misfit(kind, key, **told) for kind in get_args(Kind)}

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
        if self._misfits[request.kind]:
            raise BadEvent(self._misfits[request.kind])
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
            if guard(request) is not None:  # one that returns False means to refuse, and would be ignored
                raise TypeError("a guard raises Forbidden or returns None")

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
            policy = self._routes.policy(principal, request.arn, one_request=self._key.vouches_once)
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
        """Return what the enrichers tell the backend."""
        from .enrich.context import context_of  # only who enriches pays for what looks for secrets there

        trail.enter("enrich")
        return context_of(self._enrich, principal, request, self._read, trail)

    @property
    def response(self) -> Form:
        """What the gateway was told to expect."""
        return self._response

    @property
    def reads_one_header(self) -> bool:
        """Whether a TOKEN event carries all that the slots read."""
        return self._key.is_one_header

    @property
    def per_request(self) -> bool:
        """Whether something the slots check vouches for one request only, as a signature does."""
        return self._key.per_request

    @property
    def optional_sources(self) -> tuple[str, ...]:
        """Those that a good request may lack: named as an identity source, the gateway would answer it 401."""
        return self._key.optional

    def __repr__(self) -> str:
        sources, cacheable = self.identity_sources, self.cacheable
        return f"Authorizer(identity_sources={sources}, cacheable={cacheable}, routes={len(self._routes)})"


def _simple_answers(routes: Routes, *, kept: bool) -> SimpleAnswers:
    from .policy.kept import SimpleAnswers  # most APIs take a policy

    return SimpleAnswers(routes, kept=kept)
