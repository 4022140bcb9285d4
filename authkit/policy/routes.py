"""Routes: the table of an API's routes, and the policy a principal gets from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from ..gateway.arn import MethodArn, Stage
from . import budget as weights
from .compile import Compiler, Grant, Under
from .conflicts import Conflict
from .document import Statements, document, document_for_one, statements
from .field import Field, twice
from .grants import REMEMBERED, Held, Holdings, Known, denied_of
from .route import Route

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..principal import Principal
    from .files import Document
    from .openapi import ScopeRule
    from .settings import Api, OnConflict, Reading, Settings


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
        budget: the most bytes of a policy. None: 6,000,000, as a function's answer has 6 MB; with a ``$connect`` route
            8,192, which is what WebSocket APIs take of an answer.
        deny_the_rest: whether policies deny by name all that they do not allow. For a REST API with a resource policy
            that allows everybody: there silence is an Allow. Every allowed resource stands twice then.
        one_to_one: whether the API has each of these as a route of its own, to the letter, as one that is made from the
            same document has. A simple answer that the gateway keeps is kept for the API's route; unless this is said,
            all that route may take must have the same answer.

    Raises:
        ConfigError: a route stands twice, or grants that scopes can make conflict, or make too large for a policy; all
            of them are named.
    """

    def __init__(
        self,
        table: Iterable[Route | Field],
        *,
        on_conflict: OnConflict = "raise",
        api: Api | None = None,
        trailing_slash: bool = False,
        budget: int | None = None,
        deny_the_rest: bool = False,
        one_to_one: bool = False,
    ) -> None:
        listed = tuple(table) if isinstance(table, Iterable) else ()
        self._table = tuple(each for each in listed if isinstance(each, Route))
        self.fields = tuple(each for each in listed if isinstance(each, Field))
        faults = [f"{each!r} is not a Route" for each in listed if not isinstance(each, (Route, Field))]
        faults += twice(self.fields)
        if not listed:
            faults.append("the table must be a list of routes, and not empty: every request would be refused")
        if api not in (None, "rest", "http"):
            faults.append(f"api is 'rest' or 'http', not {api!r}")
        if on_conflict not in ("raise", "refuse", "one-request"):
            faults.append(f"on_conflict is 'raise', 'refuse' or 'one-request', not {on_conflict!r}")
        self._budget = weights.chosen(budget, self._table, faults)
        self.deny_the_rest = bool(deny_the_rest)
        """Whether policies deny by name all that they do not allow."""
        self.one_to_one = bool(one_to_one)
        """Whether the API has a route of its own for each of the table."""
        if faults:
            raise ConfigError.of("Routes", faults)
        self._compiler = Compiler(self._table, trailing_slash=trailing_slash, full_first=api == "http")
        self.api: Api | None = api or ("rest" if self._compiler.orders_differ() else None)
        """The one kind of API this table is for; None where it is for both."""
        self.conflicts: tuple[Conflict, ...] = self._compiler.conflicts
        """What IAM cannot express for some principals of this table."""
        if self.conflicts and on_conflict == "raise":
            advice = "split the API, grant them together, or choose on_conflict='refuse' or 'one-request'"
            raise ConfigError.of("Routes", [*map(str, self.conflicts), advice])
        self.one_request = bool(self.conflicts) and on_conflict == "one-request"
        self.cacheable = not self.one_request
        """Whether the gateway may keep an answer and use it for other requests of the same caller."""
        if not self.one_request:
            weights.demand_possible(self._compiler, self._table, self._budget, rest=self.deny_the_rest)
        self._holdings = Holdings(self._table)
        self._statements = lru_cache(maxsize=REMEMBERED)(self._statements_for)

    @classmethod
    def from_openapi(
        cls,
        document: Document,
        *,
        authorizer: str | None = None,
        inherit_security: bool = False,
        scopes: ScopeRule = "all",
        narrow: Iterable[Route] = (),
        api: Api | None = None,
        **settings: Unpack[Settings],
    ) -> Routes:
        """Return the table of an OpenAPI document (3.0, 3.1, Swagger 2.0), as API Gateway would import it.

        >>> Routes.from_openapi("openapi.json", narrow=[Route("GET", "/users/{sub}", bind={"sub": "sub"})])

        An operation asks for the scopes of its ``security``. One without any is open: the gateway does not ask the
        authorizer, and the table grants it to every principal. One that another scheme secures is granted to nobody.

        Args:
            document: a mapping, a text in JSON or YAML, or the path of a file. YAML needs ``authkit-lambda[cli]``.
            authorizer: the security scheme that is ours. None: the one marked as a Lambda authorizer's, or with tokens.
            inherit_security: whether an operation without ``security`` has that of the document's root, as OpenAPI
                says; API Gateway does not use that one, and leaves the operation open.
            scopes: whether a requirement's scopes are ``"all"`` needed, as OpenAPI says, or ``"any"`` of them is
                enough, as for API Gateway's own JWT and Cognito authorizers.
            narrow: routes whose scopes, bindings and predicates are needed too; ``ANY`` narrows all methods of a path.
                In the document itself, ``x-authkit-bind: {sub: sub}`` binds an operation's parameters to claims.
            api, settings: as for `Routes`; ``one_to_one`` is True unless you say otherwise, for the document is the
                API's. With ``trailing_slash`` paths may be written with it.

        Raises:
            ConfigError: names every fault of the document by its JSON pointer.
        """
        from .openapi import routes

        table, kind = routes(
            document,
            authorizer=authorizer,
            inherit_security=inherit_security,
            scopes=scopes,
            narrow=narrow,
            trailing_slash=settings.get("trailing_slash", False),
        )
        settings.setdefault("one_to_one", True)
        return cls(table, api=api or kind, **settings)

    @classmethod
    def from_sam(
        cls,
        template: Document,
        *,
        resource: str | None = None,
        authorizer: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        scopes: ScopeRule = "all",
        narrow: Iterable[Route] = (),
        **settings: Unpack[Settings],
    ) -> Routes:
        """Return the table of an API in a SAM template: its events, inline document, authorizers and preflights.

        What stands under a ``Condition`` is taken to be deployed.

        Args:
            template: a mapping, a text in YAML or JSON, or the path of a file.
            resource: the logical id of the API, where the template has several.
            parameters: values of the template's parameters that a path, a method or an authorizer depends on.
            authorizer, scopes, narrow, settings: as for `from_openapi`.

        Raises:
            ConfigError: names every fault, among them whatever is only known once the stack is deployed.
        """
        from .sam import routes

        table, api = routes(
            template,
            resource=resource,
            authorizer=authorizer,
            parameters=parameters or {},
            scopes=scopes,
            narrow=narrow,
            trailing_slash=settings.get("trailing_slash", False),
        )
        settings.setdefault("one_to_one", True)
        return cls(table, api=api, **settings)

    def check(self, document: Document, **read: Unpack[Reading]) -> None:
        """Compare a table written by hand with an OpenAPI document.

        Args:
            document: as for `from_openapi`.
            read: ``authorizer``, ``inherit_security``, ``scopes`` and ``trailing_slash``, as there.

        Raises:
            ConfigError: names the methods of the document that the table lacks, the routes that the document does not
                have, and where scopes differ. An ``OPTIONS`` that is open in the document may be missing.
        """
        from .agreement import check

        check(self, document, **read)

    def find(self, method: str, path: str) -> Route | None:
        """Return the route a request goes to; ``path`` without its leading slash, as in a method ARN."""
        return self._compiler.find(method, path)

    def allows(self, principal: Principal, arn: MethodArn) -> bool:
        """Tell whether a principal may call this one method and path."""
        return self.held(principal).takes(self.find(arn.method, arn.path), arn.path)

    def under(self, key: str) -> Under:
        """Return what may be asked for under an HTTP API's route key, as ``ANY /orders/{id}`` or ``$default``."""
        own = self._compiler.own(key) if self.one_to_one else ()
        return Under(own, whole=True) if own else self._compiler.under(key)

    def denied_fields(self, principal: Principal) -> tuple[str, ...] | None:
        """Return the fields that a principal is refused; None where it may ask for nothing at all."""
        return denied_of(self.fields, principal)

    def grants(self, principal: Principal) -> frozenset[Grant]:
        """Return what a principal may call: of scopes, bound claims and predicates, everything must hold."""
        return self.held(principal).grants

    def held(self, principal: Principal) -> Held:
        """Return the same as `grants`, made to be asked for single requests."""
        return self._holdings.of(principal)

    def policy(self, principal: Principal, arn: str | MethodArn, *, one_request: bool = False) -> dict[str, Any]:
        """Return the IAM policy for the stage of ``arn``.

        The same for every request of the principal, because the gateway keeps it and uses it again for other routes;
        only a table that answers for one request, or who asks for that, looks at method and path.

        Raises:
            BadAnswer: the values a principal is bound to, or the names of API and stage, make a resource or the policy
                longer than API Gateway takes; names the route.
        """
        arn = MethodArn.parse(arn) if isinstance(arn, str) else arn
        if one_request or self.one_request:
            return document_for_one(arn, granted=self.allows(principal, arn), rest=self.deny_the_rest)
        return document(self._statements(self._holdings.known(principal), arn.on), rest=self.deny_the_rest)

    def _statements_for(self, known: Known, stage: Stage) -> Statements:
        shares = self._compiler.shares(self._holdings.held(known).grants)
        weights.demand(shares, self._table, stage.prefix, self._budget, rest=self.deny_the_rest)
        return statements(shares, stage.prefix)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table) + len(self.fields)
