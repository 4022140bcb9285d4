"""Operations: what documents say of an API's methods, and the routes that come of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ConfigError
from .pointers import NOTHING
from .route import Route
from .security import Guard
from .shape import Shape

if TYPE_CHECKING:
    from ..principal import Principal

Predicate = Callable[["Principal"], object]


class Operation(NamedTuple):
    """A method of a path, as a document declares it.

    ``where`` is a JSON pointer; ``bind`` is what its ``x-authkit-bind`` says; ``default`` tells that it stands for an
    HTTP API's ``$default`` route.
    """

    method: str
    path: str
    where: str
    guard: Guard
    bind: Mapping[str, Any] = NOTHING
    default: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class ScopesOfOne:
    """Holds for a principal that has all scopes of one of the alternatives. The same alternatives are the same demand.

    >>> ScopesOfOne([{"orders:read"}, {"admin", "audit"}])
    """

    __slots__ = ("alternatives",)

    def __init__(self, alternatives: Iterable[Iterable[str]]) -> None:
        self.alternatives = frozenset(frozenset(each) for each in alternatives)

    def __call__(self, principal: "Principal") -> bool:
        """Tell whether a principal has them."""
        return any(each <= principal.scopes for each in self.alternatives)

    def implied_by(self, scopes: frozenset[str]) -> bool:
        """Tell whether whoever has these scopes fulfils it: then no conflict can come of it."""
        return any(each <= scopes for each in self.alternatives)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScopesOfOne) and other.alternatives == self.alternatives

    def __hash__(self) -> int:
        return hash((ScopesOfOne, self.alternatives))

    def __repr__(self) -> str:
        listed = sorted(sorted(each) for each in self.alternatives)
        return f"ScopesOfOne({' | '.join(' & '.join(each) for each in listed)})"


class Every:
    """Holds where each of several predicates does. The same predicates are the same demand."""

    __slots__ = ("predicates",)

    def __init__(self, predicates: Iterable[Predicate]) -> None:
        self.predicates = tuple(predicates)

    def __call__(self, principal: "Principal") -> bool:
        """Tell whether all of them hold."""
        return all(holds(principal) for holds in self.predicates)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Every) and other.predicates == self.predicates

    def __hash__(self) -> int:
        return hash((Every, self.predicates))


def not_ours(principal: "Principal") -> bool:  # noqa: ARG001 -- whoever asks
    """Refuse everybody: another scheme guards the operation, and if we are asked all the same, something is wrong."""
    return False


not_ours.never = True  # type: ignore[attr-defined] # so that nobody is thought to hold it together with another route


def routes(
    operations: Sequence[Operation], *, narrow: Iterable[Route], trailing_slash: bool, subject: str, faults: list[str]
) -> list[Route]:
    """Return a route for each operation.

    Raises:
        ConfigError: names the ``faults`` found before, and whatever is wrong with the operations.
    """
    narrowing = _Narrowing(narrow, faults)
    table = [_route(each, narrowing, faults, trailing_slash=trailing_slash) for each in operations]
    found = [(each, route) for each, route in zip(operations, table, strict=True) if route is not None]
    faults += _twice(found)
    faults += narrowing.unused()
    if not operations and not faults:
        faults.append("there is no operation in it")
    if faults:
        raise ConfigError.of(subject, dict.fromkeys(faults))
    return [route for _, route in found]


def _route(each: Operation, narrowing: "_Narrowing", faults: list[str], *, trailing_slash: bool) -> Route | None:
    path = each.path[:-1] if trailing_slash and len(each.path) > 1 and each.path.endswith("/") else each.path
    scopes, when = demands(each.guard)
    more = narrowing.of(each.method, path)
    try:
        return Route(
            each.method,
            path,
            scopes=scopes.union(*(route.scopes for route in more)),
            bind=_bound(each.bind, more),
            when=_all([when, *(route.when for route in more)]),
        )
    except ConfigError as fault:
        slashed = path.endswith("/") and path != "/"
        hint = "; or say trailing_slash=True, if the API takes the path with and without" if slashed else ""
        faults.append(f"{each.where}: {str(fault).removeprefix(f'Route {each.method} {path}: ')}{hint}")
        return None


def demands(guard: Guard) -> tuple[frozenset[str], Predicate | None]:
    """Return the scopes that every alternative asks for, and what is to be asked beyond them."""
    if guard.by != "us":
        return frozenset(), not_ours if guard.by == "another" else None
    common = frozenset.intersection(*guard.alternatives)
    rests = [each - common for each in guard.alternatives]
    return common, ScopesOfOne(rests) if all(rests) else None


def _all(predicates: Iterable[Predicate | None]) -> Predicate | None:
    unique = list(dict.fromkeys(each for each in predicates if each is not None))
    return Every(unique) if len(unique) > 1 else unique[0] if unique else None


def _bound(bind: Mapping[str, Any], more: Iterable[Route]) -> dict[str, Any]:
    bound = dict(bind)
    for route in more:
        for name, claim in route.bind.items():
            if bound.setdefault(name, claim) != claim:
                raise ConfigError(f"{name!r} is bound to {bound[name]!r} and to {claim!r}")
    return bound


def _twice(found: Iterable[tuple[Operation, Route]]) -> list[str]:
    first: dict[tuple[str, Shape], Operation] = {}
    faults = []
    for each, route in found:
        other = first.setdefault((route.method, route.template), each)
        if other is not each:
            faults.append(f"{each.where}: {each} is the same route as {other}")
    return faults


class _Narrowing:
    """Routes that ask for more than the document does, by the paths they narrow."""

    def __init__(self, narrow: object, faults: list[str]) -> None:
        given = list(narrow) if isinstance(narrow, Iterable) and not isinstance(narrow, (str, bytes)) else [narrow]
        self._unused: dict[int, Route] = {}
        self._by_path: dict[str, list[Route]] = {}
        for each in given:
            if isinstance(each, Route):
                self._by_path.setdefault(each.path, []).append(each)
                self._unused[id(each)] = each
            else:
                faults.append(f"narrow holds {each!r}, which is no Route")

    def of(self, method: str, path: str) -> list[Route]:
        """Return what narrows an operation; ``ANY`` does every one of its path."""
        found = [each for each in self._by_path.get(path, ()) if each.method in (method, "ANY")]
        for each in found:
            self._unused.pop(id(each), None)
        return found

    def unused(self) -> list[str]:
        """Say which have narrowed nothing."""
        return [f"narrow names {each}, which is not in the document" for each in self._unused.values()]
