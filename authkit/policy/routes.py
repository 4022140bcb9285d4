"""Routes: the table of an API's routes, and the policy a principal gets from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ..errors import ConfigError, MissingClaim
from ..gateway.arn import WILDCARDS, MethodArn
from .compile import Compiler, Conflict, Grant
from .document import LONGEST_RESOURCE, Statements, deny_all, document, statements
from .field import WHOLE, Field
from .route import LONGEST_PATH, Route
from .shape import text

if TYPE_CHECKING:
    from ..principal import Principal

OnConflict = Literal["raise", "refuse", "one-request"]
Api = Literal["rest", "http"]

_UNFIT = frozenset("*?$/:%\\")
_LONGEST_VALUE = 256
_REMEMBERED = 256  # policies; a large table's takes some 100 KB

Values = tuple[tuple[str, str], ...]
"""Claims that routes are bound to, with somebody's values."""

_Known = tuple[frozenset[str], Values, frozenset[Route]]
_NONE: frozenset[Route] = frozenset()


class Routes:
    """A route table, checked whole when it is built.

    Args:
        table: the routes, and the fields of an AppSync API. Paths that go to no route of the table are no concern of
            the policy.
        on_conflict: what to do where IAM cannot tell a granted from a refused route for ordinary values: ``"raise"``;
            ``"refuse"``, the Deny wins; or ``"one-request"``, the policy is for the request in hand alone, and the
            gateway's result cache must be off.
        api: ``"rest"`` or ``"http"``, where it matters: HTTP APIs send a path to a route that matches in full before
            any greedy one, REST APIs choose segment by segment. None: the table is the same in both orders.
        trailing_slash: whether the API takes ``/orders/`` for ``/orders``. Then a route that is granted is allowed with
            it as well, and one that is refused is denied with it wherever an Allow would reach it.

    Raises:
        ConfigError: a route stands twice, or grants that scopes can make conflict; all of them are named.
    """

    def __init__(
        self,
        table: Iterable[Route | Field],
        *,
        on_conflict: OnConflict = "raise",
        api: Api | None = None,
        trailing_slash: bool = False,
    ) -> None:
        listed = tuple(table) if isinstance(table, Iterable) else ()
        self._table = tuple(each for each in listed if isinstance(each, Route))
        self.fields = tuple(each for each in listed if isinstance(each, Field))
        faults = [f"{each!r} is not a Route" for each in listed if not isinstance(each, (Route, Field))]
        faults += _twice(self.fields)
        if not listed:
            faults.append("the table must be a list of routes, and not empty: every request would be refused")
        if api not in (None, "rest", "http"):
            faults.append(f"api is 'rest' or 'http', not {api!r}")
        if on_conflict not in ("raise", "refuse", "one-request"):
            faults.append(f"on_conflict is 'raise', 'refuse' or 'one-request', not {on_conflict!r}")
        if faults:
            raise ConfigError.of("Routes", faults)
        self._compiler = Compiler(self._table, trailing_slash=trailing_slash, full_first=api == "http")
        self.api: Api | None = api or ("rest" if self._compiler.orders_differ() else None)
        """The one kind of API this table is for; None where it is for both."""
        if self.conflicts and on_conflict == "raise":
            advice = "split the API, grant them together, or choose on_conflict='refuse' or 'one-request'"
            raise ConfigError.of("Routes", [*map(str, self.conflicts), advice])
        self.one_request = bool(self.conflicts) and on_conflict == "one-request"
        self._scopes = frozenset(scope for route in self._table for scope in route.scopes)
        self._claims = tuple(sorted({claim for route in self._table for claim in route.bind.values()}))
        self._predicated = tuple(route for route in self._table if route.when is not None)
        # A policy is a function of these few things about a principal. Whoever has them in common has it in common.
        self._granted = lru_cache(maxsize=_REMEMBERED)(self._granted_to)
        self._statements = lru_cache(maxsize=_REMEMBERED)(self._statements_for)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What IAM cannot express for some principals of this table."""
        return self._compiler.conflicts

    @property
    def cacheable(self) -> bool:
        """Whether the gateway may keep an answer and use it for other requests of the same caller."""
        return not self.one_request

    def find(self, method: str, path: str) -> Route | None:
        """Return the route a request goes to; ``path`` without its leading slash, as in a method ARN."""
        return self._compiler.find(method, path)

    def allows(self, principal: Principal, arn: MethodArn) -> bool:
        """Tell whether a principal may call this one method and path."""
        return _granted(self.find(arn.method, arn.path), arn, self.grants(principal))

    def denied_fields(self, principal: Principal) -> tuple[str, ...] | None:
        """Return the fields that a principal is refused; None where it may ask for nothing at all."""
        held = {field.name for field in self.fields if field.scopes <= principal.scopes and _holds(field, principal)}
        names = [field.name for field in self.fields]
        if not held or (WHOLE in names and WHOLE not in held):
            return None
        return tuple(sorted(name for name in names if name not in held))

    def grants(self, principal: Principal) -> frozenset[Grant]:
        """Return what a principal may call: of scopes, bound claims and predicates, everything must hold."""
        return self._granted(*self._known_of(principal))

    def _known_of(self, principal: Principal) -> _Known:
        """Return all that the table asks of a principal."""
        claims = principal.claims
        values = tuple([(name, value) for name in self._claims if type(value := claims.get(name)) is str])
        held = _held(self._predicated, principal, dict(values)) if self._predicated else _NONE
        return principal.scopes & self._scopes, values, held

    def policy(self, principal: Principal, arn: str | MethodArn) -> dict[str, Any]:
        """Return the IAM policy for the stage of ``arn``.

        The same for every request of the principal, because the gateway keeps it and uses it again for other routes;
        only a table that answers for one request looks at method and path.
        """
        arn = MethodArn.parse(arn) if isinstance(arn, str) else arn
        if self.one_request:
            return self._policy_for_one(self.grants(principal), arn)
        return document(self._statements(*self._known_of(principal), arn.stage_prefix))

    def _policy_for_one(self, granted: frozenset[Grant], arn: MethodArn) -> dict[str, Any]:
        named = str(arn)
        # An ARN that came from a request and holds a wildcard would be a pattern; one too long is no resource at all.
        fit = len(named) <= LONGEST_RESOURCE and not any(sign in named for sign in WILDCARDS)
        if not fit or not _granted(self.find(arn.method, arn.path), arn, granted):
            return deny_all(arn.stage_prefix)
        return document((("Allow", (named,)),))

    def _statements_for(
        self, scopes: frozenset[str], values: Values, held: frozenset[Route], stage_prefix: str
    ) -> Statements:
        return statements(self._compiler.resources(self._granted(scopes, values, held)), stage_prefix)

    def _granted_to(self, scopes: frozenset[str], values: Values, held: frozenset[Route]) -> frozenset[Grant]:
        known = dict(values)
        open_to = (route for route in self._table if route.scopes <= scopes and (route.when is None or route in held))
        return frozenset(
            Grant(route, own) for route, own in ((route, _own(route, known)) for route in open_to) if own is not None
        )

    def __iter__(self) -> Iterator[Route]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table) + len(self.fields)


def _held(predicated: Iterable[Route], principal: Principal, known: Mapping[str, str]) -> frozenset[Route]:
    """Return the routes whose predicate a principal fulfils; only those that are not refused it anyway are asked."""
    return frozenset(
        route
        for route in predicated
        if route.scopes <= principal.scopes and _own(route, known) is not None and _holds(route, principal)
    )


def _own(route: Route, known: Mapping[str, str]) -> Values | None:
    """Return the claims a route is bound to with this principal's values; None where one is missing or unfit."""
    if not route.bind:
        return ()
    values = tuple((claim, known[claim]) for claim in sorted(set(route.bind.values())) if claim in known)
    whole = len(values) == len(set(route.bind.values()))
    return values if whole and all(fills_a_segment(value) for _, value in values) and _fits(route, values) else None


def _fits(route: Route, values: Values) -> bool:
    """Tell whether the filled path is short enough for a resource; else it is nobody's."""
    return len(text(route.filled(dict(values)))) <= LONGEST_PATH


def _twice(fields: tuple[Field, ...]) -> list[str]:
    names = [field.name for field in fields]
    return [f"the field {name} stands twice" for name in sorted(set(names)) if names.count(name) > 1]


def _holds(route: Route | Field, principal: Principal) -> bool:
    """Ask a route's predicate. What has not run yet (a coroutine, a generator, a function) is always true: an error."""
    try:
        held = route.when is None or route.when(principal)
    except MissingClaim:
        return False  # no such claim, no such right
    if held is True or held is False:
        return held
    unanswered = callable(held) or isinstance(held, BaseException) or held is NotImplemented
    if unanswered or any(hasattr(held, name) for name in ("__await__", "__next__", "__anext__", "result")):
        raise TypeError("when must answer, and not return a coroutine, a generator, a function or an error")
    return bool(held)


def fills_a_segment(value: object) -> bool:
    """Tell whether a claim's value can stand in a resource: one path segment, in one spelling, and no pattern."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST_VALUE
        and value not in (".", "..")
        and not set(value) & _UNFIT
        and value.isprintable()
    )


def _granted(route: Route | None, arn: MethodArn, granted: frozenset[Grant]) -> bool:
    path = tuple(arn.path.split("/"))
    return any(grant.route is route and route.is_filled_by(path, dict(grant.values)) for grant in granted)
