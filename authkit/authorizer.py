"""Authorizer: the life of a request, from event to answer. It is the Lambda handler itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from .errors import AuthkitError, BadAnswer, BadEvent, ConfigError, Forbidden, Unauthenticated, Unavailable, Unforeseen
from .gateway.answer import Decision, Unauthorized, render
from .gateway.arn import MethodArn
from .gateway.request import Kind, Request, parse
from .gateway.sources import is_place
from .observe.log import log_line
from .observe.record import Observe, Outcome, Record
from .policy.document import deny_all
from .policy.route import Route
from .policy.routes import Routes
from .principal import Principal

if TYPE_CHECKING:
    Guard = Callable[[Request], None]
    Authenticate = Callable[[Request], Principal]
    Enrich = Callable[[Principal], Mapping[str, Any]]

NOBODY = "unknown"  # the principalId of a Deny for a caller who was not asked who they are


class Authorizer:
    """Decide on requests to a REST API, as a TOKEN or a REQUEST authorizer.

    Args:
        guards: each looks at the request and raises `Forbidden`, or returns None.
        authenticate: makes a `Principal` of the request, or raises `Unauthenticated` or `Unavailable`.
        routes: the route table; a list of `Route` or a `Routes`.
        enrich: each returns more context for the backend, from the principal alone.
        response: what the gateway was told to expect; ``"simple"`` exists on HTTP APIs only.
        observe: is told of every decision; by default one JSON line for each that is not an allow.

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
        response: Literal["policy", "simple"] = "policy",
        observe: Observe = log_line,
    ) -> None:
        self._guards = _listed(guards)
        self._authenticate = authenticate
        self._enrich = _listed(enrich)
        self._response = response
        self._observe = observe
        readers = [("authenticate", authenticate), *_slots("guards", self._guards)]
        faults = [
            *_list_faults("guards", guards),
            *_list_faults("enrich", enrich),
            *_callable_faults([*readers, *_slots("enrich", self._enrich), ("observe", observe)]),
            *_reader_faults(readers),
        ]
        if response not in ("policy", "simple"):
            faults.append(f"response is 'policy' or 'simple', not {response!r}")
        try:
            self._routes = routes if isinstance(routes, Routes) else Routes(routes)
        except ConfigError as fault:
            faults.append(str(fault))
        if faults:
            raise ConfigError.of("Authorizer", faults)
        sources = (source for _, each in readers for source in each.reads)
        self.identity_sources: tuple[str, ...] = tuple(dict.fromkeys(sources))
        """What the gateway must key its result cache on: everything that any slot reads of a request."""
        per_request = any(getattr(each, "per_request", False) for _, each in readers)
        self.cacheable: bool = bool(self.identity_sources) and self._routes.cacheable and not per_request
        """Whether the gateway may cache answers at all; if not, its TTL must be 0."""
        headers = [source for source in self.identity_sources if source.startswith("header.")]
        self._reads_one_header = len(headers) == len(self.identity_sources) <= 1

    @property
    def routes(self) -> Routes:
        """The route table."""
        return self._routes

    def __call__(self, event: Mapping[str, Any], context: object = None) -> dict[str, Any]:  # noqa: ARG002 - Lambda's
        """Answer one event: the function's handler.

        Raises:
            Unauthorized: the credential is missing or bad; the gateway makes it a 401.
            Unavailable: nothing can be decided now; the gateway makes it, and all below, a 500.
            BadEvent, BadAnswer, Unforeseen: the function is wired or configured wrongly.
        """
        trail = _Trail()
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
            unforeseen = _unforeseen(error, trail.slot)
            trail.end("error", unforeseen)
            raise unforeseen from None
        finally:
            self._tell(trail)

    def _answer(self, event: Mapping[str, Any], trail: _Trail) -> dict[str, Any]:
        """Run the slots in their order. Only a Deny is answered; every other refusal is raised."""
        request = parse(event)
        trail.kind = request.kind
        self._demand_fitting(request.kind)
        try:
            for index, guard in enumerate(self._guards):
                trail.slot = f"guards[{index}]"
                _demand_none(guard(request))
            trail.slot = "authenticate"
            principal = trail.principal = _demand_principal(self._authenticate(request))
            trail.slot = "routes"
            policy = trail.policy = self._policy(principal, request.arn)
            context = self._context(principal, trail)
            answer = render(Decision(principal.id, policy, True, context, principal.usage_key), request.kind)
            trail.outcome = "allowed"
            return answer
        except Forbidden as refusal:
            trail.end("forbidden", refusal)
            caller = trail.principal.id if trail.principal else NOBODY
            return render(Decision(caller, deny_all(request.arn.stage_prefix), False), request.kind)

    def _policy(self, principal: Principal, arn: MethodArn) -> dict[str, Any]:
        policy = self._routes.policy(principal, arn)
        if policy["Statement"][0]["Effect"] != "Allow":
            raise Forbidden("insufficient_scope", detail="no route of the table is granted to this principal")
        return policy

    def _context(self, principal: Principal, trail: _Trail) -> dict[str, Any]:
        context: dict[str, Any] = {}
        for index, enrich in enumerate(self._enrich):
            trail.slot = f"enrich[{index}]"
            more = enrich(principal)
            if context.keys() & more.keys():
                raise BadAnswer(f"{trail.slot} gives {', '.join(sorted(context.keys() & more.keys()))} a second time")
            context.update(more)
        return context

    def _demand_fitting(self, kind: Kind) -> None:
        """Refuse an event of a kind that cannot carry what the slots read, or take what they answer."""
        if kind == "rest-token" and not self._reads_one_header:
            sources = ", ".join(self.identity_sources)
            raise BadEvent(
                f"a TOKEN event carries one header, and this authorizer reads {sources}; attach it as REQUEST"
            )
        if self._response == "simple" and kind != "http-v2":
            raise BadEvent("response='simple' exists on HTTP APIs with payload 2.0 only; this API expects a policy")

    def _tell(self, trail: _Trail) -> None:
        try:  # noqa: SIM105 - the other form costs half a microsecond of each decision
            self._observe(trail.record())
        except Exception:  # noqa: BLE001, S110 - whoever looks on must not change what is decided
            pass

    def __repr__(self) -> str:
        sources, cacheable = self.identity_sources, self.cacheable
        return f"Authorizer(identity_sources={sources}, cacheable={cacheable}, routes={len(self._routes)})"


class _Trail:
    """How far one event has come, for the record of its decision."""

    __slots__ = ("fault", "kind", "outcome", "policy", "principal", "slot", "started")

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.slot = "event"
        self.kind = ""
        self.principal: Principal | None = None
        self.policy: Mapping[str, Any] | None = None
        self.outcome: Outcome = "error"  # until it is known better, also when something stops the whole process
        self.fault: AuthkitError | None = None

    def end(self, outcome: Outcome, fault: AuthkitError) -> None:
        self.outcome = outcome
        self.fault = fault

    def record(self) -> Record:
        fault = self.fault
        return Record(
            outcome=self.outcome,
            kind=self.kind,
            code=getattr(fault, "code", "") or ("" if fault is None else type(fault).__name__),
            concern=getattr(fault, "claim", "") or getattr(fault, "route", ""),
            detail="" if fault is None else getattr(fault, "detail", str(fault)),
            principal=self.principal.id if self.principal else "",
            resources=_counts(self.policy) if fault is None else (0, 0),
            seconds=time.perf_counter() - self.started,
        )


def _counts(policy: Mapping[str, Any] | None) -> tuple[int, int]:
    counts = {each["Effect"]: len(each["Resource"]) for each in policy["Statement"]} if policy else {}
    return counts.get("Allow", 0), counts.get("Deny", 0)


def _listed(given: object) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else ()


def _list_faults(slot: str, given: object) -> list[str]:
    return [] if isinstance(given, Iterable) and not isinstance(given, str) else [f"{slot} must be a list of callables"]


def _slots(slot: str, given: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return [(f"{slot}[{index}]", each) for index, each in enumerate(given)]


def _callable_faults(slots: Iterable[tuple[str, object]]) -> list[str]:
    return [f"{slot} ({_name(each)}) cannot be called" for slot, each in slots if not callable(each)]


def _reader_faults(slots: Iterable[tuple[str, object]]) -> list[str]:
    """A check that does not say what it reads cannot be right under the cache."""
    advice = "does not say what it reads of the request; decorate it with @reads('header.…')"
    silent = ((slot, each) for slot, each in slots if callable(each) and not _says_reads(each))
    return [f"{slot} ({_name(each)}) {advice}" for slot, each in silent]


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


def _demand_principal(result: object) -> Principal:
    if not isinstance(result, Principal):
        raise TypeError("authenticate returns a Principal")
    return result


def _unforeseen(error: Exception, slot: str) -> Unforeseen:
    """Say type and place of a foreign exception. Its message could hold a secret, and would be logged."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
    return Unforeseen(f"{type(error).__name__} in {slot}{place}")
