"""Routes: the table of an API's routes, and the policy a principal gets from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ..errors import ConfigError, MissingClaim
from ..gateway.arn import WILDCARDS, MethodArn
from .compile import Compiler, Conflict, Grant
from .document import LONGEST_RESOURCE, Statements, deny_all, document, statements
from .route import LONGEST_PATH, Route
from .shape import text

if TYPE_CHECKING:
    from ..principal import Principal

OnConflict = Literal["raise", "refuse", "one-request"]

_UNFIT = frozenset("*?$/:%\\")
_LONGEST_VALUE = 256
_REMEMBERED = 256  # policies; a large table's takes some 100 KB


class Routes:
    """A route table, checked whole when it is built.

    Args:
        table: the routes. Paths that go to no route of the table are no concern of the policy.
        on_conflict: what to do where IAM cannot tell a granted from a refused route for ordinary values: ``"raise"``;
            ``"refuse"``, the Deny wins; or ``"one-request"``, the policy is for the request in hand alone, and the
            gateway's result cache must be off.
        trailing_slash: whether the API takes ``/orders/`` for ``/orders``. Then a route that is granted is allowed with
            it as well, and one that is refused is denied with it wherever an Allow would reach it.

    Raises:
        ConfigError: a route stands twice, or grants that scopes can make conflict; all of them are named.
    """

    def __init__(
        self, table: Iterable[Route], *, on_conflict: OnConflict = "raise", trailing_slash: bool = False
    ) -> None:
        self._table = tuple(table) if isinstance(table, Iterable) else ()
        faults = [f"{route!r} is not a Route" for route in self._table if not isinstance(route, Route)]
        if not self._table:
            faults.append("the table must be a list of routes, and not empty: every request would be refused")
        if on_conflict not in ("raise", "refuse", "one-request"):
            faults.append(f"on_conflict is 'raise', 'refuse' or 'one-request', not {on_conflict!r}")
        if faults:
            raise ConfigError.of("Routes", faults)
        self._compiler = Compiler(self._table, trailing_slash=trailing_slash)
        if self.conflicts and on_conflict == "raise":
            advice = "split the API, grant them together, or choose on_conflict='refuse' or 'one-request'"
            raise ConfigError.of("Routes", [*map(str, self.conflicts), advice])
        self.one_request = bool(self.conflicts) and on_conflict == "one-request"
        self._scopes = frozenset(scope for route in self._table for scope in route.scopes)
        self._plain = lru_cache(maxsize=_REMEMBERED)(self._plain_grants)
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

    def grants(self, principal: Principal) -> frozenset[Grant]:
        """Return what a principal may call: of scopes, bound claims and predicates, everything must hold."""
        plain = self._plain(principal.scopes & self._scopes)
        special = [grant for route in self._table if route.bind or route.when for grant in _grant(route, principal)]
        return plain.union(special) if special else plain

    def policy(self, principal: Principal, arn: str | MethodArn) -> dict[str, Any]:
        """Return the IAM policy for the stage of ``arn``.

        The same for every request of the principal, because the gateway keeps it and uses it again for other routes;
        only a table that answers for one request looks at method and path.
        """
        arn = MethodArn.parse(arn) if isinstance(arn, str) else arn
        granted = self.grants(principal)
        if self.one_request:
            return self._policy_for_one(granted, arn)
        return document(self._statements(granted, arn.stage_prefix))

    def _policy_for_one(self, granted: frozenset[Grant], arn: MethodArn) -> dict[str, Any]:
        named = str(arn)
        # An ARN that came from a request and holds a wildcard would be a pattern; one too long is no resource at all.
        fit = len(named) <= LONGEST_RESOURCE and not any(sign in named for sign in WILDCARDS)
        if not fit or not _granted(self.find(arn.method, arn.path), arn, granted):
            return deny_all(arn.stage_prefix)
        return document((("Allow", (named,)),))

    def _statements_for(self, granted: frozenset[Grant], stage_prefix: str) -> Statements:
        return statements(self._compiler.resources(granted), stage_prefix)

    def _plain_grants(self, scopes: frozenset[str]) -> frozenset[Grant]:
        plain = (route for route in self._table if not (route.bind or route.when))
        return frozenset(Grant(route) for route in plain if route.scopes <= scopes)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def _grant(route: Route, principal: Principal) -> Iterator[Grant]:
    """Yield the grant of a route that is bound or has a predicate, if the principal has one."""
    if not route.scopes <= principal.scopes:
        return
    try:
        values = tuple((claim, principal.claims[claim]) for claim in sorted(set(route.bind.values())))
        if all(fills_a_segment(value) for _, value in values) and _fits(route, values) and _holds(route, principal):
            yield Grant(route, values)
    except MissingClaim:
        return  # no such claim, no such right


def _fits(route: Route, values: tuple[tuple[str, str], ...]) -> bool:
    """Tell whether the filled path is short enough for a resource; else it is nobody's."""
    return len(text(route.filled(dict(values)))) <= LONGEST_PATH


def _holds(route: Route, principal: Principal) -> bool:
    """Ask a route's predicate. What has not run yet (a coroutine, a generator, a function) is always true: an error."""
    held = True if route.when is None else route.when(principal)
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
