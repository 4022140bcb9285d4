"""Route: a method, a path template, and what it takes to call it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..errors import ConfigError
from .shape import ONE, REST, Segment, Shape

if TYPE_CHECKING:
    from ..principal import Principal

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
CONNECT = "$connect"
"""The one route of a WebSocket API that is asked for: it stands where methods stand, and has no path."""

# What a resource may be named by: RFC 3986's pchar less what would be a pattern (*), an escape (%) or ambiguous (?).
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()+,;=:@")
_PARAMETER = _NAME - frozenset("~!&'()+,;=:@")  # the names a gateway's request parameters can have
LONGEST_PATH = 384  # characters: a resource has 512, and ARN, stage and method stand before the path

_FRAMEWORK_STYLES = (":", "<")


class Route:
    """One route of the API, and what a principal needs to be allowed it.

    >>> Route("GET", "/orders/{id}", scopes={"orders:read"})
    >>> Route("GET", "/users/{sub}/profile", bind={"sub": "sub"})  # only the caller's own
    >>> Route("$connect", scopes={"chat"})  # a WebSocket API's

    Args:
        method: an HTTP method in upper case, ``ANY`` for all seven that API Gateway has, or ``$connect``.
        path: the resource template; ``{name}`` is one segment, ``{name+}`` in the end is the whole rest. ``$connect``
            has none.
        scopes: all of these are needed. None means any authenticated principal.
        bind: path parameter to claim: the parameter must equal the principal's claim.
        when: a predicate of the principal that must hold. It never sees the request, because the gateway replays
            the answer for other ones.

    Raises:
        ConfigError: names every fault of the route.
    """

    __slots__ = ("bind", "demands", "method", "parameters", "path", "scopes", "template", "when")

    def __init__(
        self,
        method: str,
        path: str = "",
        *,
        scopes: Iterable[str] = (),
        bind: Mapping[str, str] | None = None,
        when: Callable[[Principal], object] | None = None,
    ) -> None:
        scopes = scopes if isinstance(scopes, str) or not isinstance(scopes, Iterable) else tuple(scopes)
        faults = [*_method_faults(method), *_path_faults(method, path), *_scope_faults(scopes)]
        if when is not None and not callable(when):
            faults.append("when must be a callable that takes the principal")
        elif when is not None and type(when).__hash__ is None:
            faults.append("when must be hashable, as a function is")
        if bind is not None and not isinstance(bind, Mapping):
            faults.append("bind must map path parameters to claims, as {'sub': 'sub'}")
        if faults:
            raise ConfigError.of(f"Route {method} {path}", faults)
        self.method = method
        self.path = path
        self.scopes = frozenset(scopes)
        self.when = when
        self.template, self.parameters = parse_template(path or "/")
        self.bind = MappingProxyType(dict(bind or {}))
        faults = _bind_faults(self)
        if faults:
            raise ConfigError.of(f"Route {method} {path}", faults)
        # Everything a principal must have. If these are a subset of another route's, who has that has this.
        bound = {("bound", claim) for claim in self.bind.values()}
        self.demands: frozenset[object] = self.scopes | bound | ({when} if when else set())

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods it answers; policies list them, because a wildcard in their place would cross into the path."""
        return METHODS if self.method == "ANY" else (self.method,)

    @property
    def free_start(self) -> int:
        """How many segments stand before a greedy one; all of them if there is none."""
        return len(self.template) - (self.template[-1] is REST)

    def filled(self, values: Mapping[str, str]) -> Shape:
        """Return the template with bound parameters replaced by this principal's ``values``, by claim."""
        filled: list[Segment] = list(self.template)
        for name, claim in self.bind.items():
            filled[self.parameters[name]] = values[claim]
        return tuple(filled)

    def is_filled_by(self, shape: Shape, values: Mapping[str, str]) -> bool:
        """Tell whether a shape within this route names just this principal's own values."""
        return all(shape[self.parameters[name]] == values[claim] for name, claim in self.bind.items())

    def __str__(self) -> str:
        return f"{self.method} {self.path}".rstrip()

    def __repr__(self) -> str:
        return f"Route({self.method!r}, {self.path!r})"


def parse_template(path: str) -> tuple[Shape, dict[str, int]]:
    """Return the template as a shape, and each parameter's place in it."""
    shape: list[Segment] = []
    parameters: dict[str, int] = {}
    for index, part in enumerate(path[1:].split("/")):
        if part.startswith("{"):
            parameters[part.strip("{+}")] = index
        shape.append(part if not part.startswith("{") else REST if part.endswith("+}") else ONE)
    return tuple(shape), parameters


def _method_faults(method: object) -> list[str]:
    if method in ("ANY", CONNECT) or method in METHODS:
        return []
    meant = "ANY" if method == "*" else str(method).upper()
    hint = f"; write {meant!r}" if meant in (*METHODS, "ANY") else ""
    return [f"{method!r} is not a method of API Gateway ({', '.join(METHODS)} or ANY){hint}"]


def _path_faults(method: object, path: object) -> list[str]:
    if method == CONNECT:
        return ["$connect has no path: a WebSocket API is asked for as a whole"] if path else []
    if not isinstance(path, str) or not path.startswith("/"):
        return ["the path must begin with a slash"]
    if len(path) > LONGEST_PATH:
        return [f"the path is over {LONGEST_PATH} characters, too long for a resource of a policy"]
    if path == "/":
        return []
    parts = path[1:].split("/")
    faults = [fault for index, part in enumerate(parts) for fault in _part_faults(part, last=index == len(parts) - 1)]
    names = [part.strip("{+}") for part in parts if part.startswith("{")]
    twice = sorted({name for name in names if names.count(name) > 1})
    faults += [f"the parameter {name!r} is named twice" for name in twice]
    return faults


def _part_faults(part: str, *, last: bool) -> list[str]:
    if not part:
        return ["a resource has no empty segment: remove the doubled or trailing slash"]
    if part in (".", ".."):
        return [f"{part!r} is a step, not a resource's name"]
    if part.startswith(_FRAMEWORK_STYLES):
        return [f"{part!r} is another framework's parameter; write {{{part.strip(':<>').split(':')[-1]}}}"]
    if "{" in part or "}" in part:
        name = part[1:-1].removesuffix("+")
        filling = part.startswith("{") and part.endswith("}")
        if not (filling and name and set(name) <= _PARAMETER):
            return [f"{part!r} is no parameter: it must fill the segment, as {{name}} or {{name+}}, without a type"]
        return [f"{part!r} is greedy, so it must be the last segment"] if part.endswith("+}") and not last else []
    odd = sorted(set(part) - _NAME)
    hint = "; for any one segment write {name}, for all that follows {name+}" if part == "*" else ""
    return [f"{part!r} holds {' '.join(map(repr, odd))}, which a resource's name cannot{hint}"] if odd else []


def _scope_faults(scopes: object) -> list[str]:
    if isinstance(scopes, str):
        return [f"scopes must be a collection of scopes, not one text: write {{{scopes!r}}}"]
    listed = scopes if isinstance(scopes, Iterable) else [None]
    if not all(isinstance(scope, str) and scope and " " not in scope for scope in listed):
        return ["scopes must be texts without blanks (RFC 6749 section 3.3)"]
    return []


def _bind_faults(route: Route) -> list[str]:
    faults = []
    for name, claim in route.bind.items():
        if name not in route.parameters:
            faults.append(f"bind names {name!r}, which is no parameter of the path")
        elif route.template[route.parameters[name]] is not ONE:
            faults.append(f"bind names {name!r}, which is greedy; only a single segment can be bound")
        if not isinstance(claim, str) or not claim:
            faults.append(f"bind must give {name!r} the name of a claim")
    return faults
