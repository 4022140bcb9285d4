"""An event, told apart by its kind and read without trusting its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..errors import BadEvent
from .arn import MethodArn, Stage

Kind = Literal["rest-token", "rest-request", "http-v1", "http-v2", "websocket", "appsync"]

_ABSENT: Mapping[str, Any] = {}


class Request:
    """What an authorizer may see of one request. Immutable; it reads the event lazily and never holds a body."""

    __slots__ = ("_event", "arn", "kind", "notes", "token")

    kind: Kind
    arn: MethodArn  # of an AppSync event only account and API: it asks for fields, not for a method
    token: str | None  # the whole header value of a TOKEN event, or of AppSync's
    notes: dict[str, str]  # what a credential tells the log beside its answer, as ``kid``; nothing is decided on it

    def __init__(self, event: Mapping[str, Any], *, kind: Kind, arn: MethodArn, token: str | None = None) -> None:
        self._event = event
        self.kind = kind
        self.arn = arn
        self.token = token
        self.notes = {}

    def header(self, name: str) -> tuple[str, ...]:
        """Return every value of a header, its name in any case.

        A TOKEN event carries one header's value without the header's name: it stands for whichever is asked for. An
        AppSync event carries that of Authorization, and the other headers beside it.
        """
        wanted = name.lower()
        if self.token is not None and (self.kind == "rest-token" or wanted == "authorization"):
            return (self.token,)
        if self.kind == "appsync":
            return _values(_map(self._event, "requestHeaders"), wanted)
        many, one = _map(self._event, "multiValueHeaders"), _map(self._event, "headers")
        size = len(wanted)
        # The lengths first: this loop over all names is the longest step from an event to its token.
        names = [each for each in {**many, **one} if len(each) == size and each.lower() == wanted]
        if len(names) == 1:  # in one spelling, and once in each map that there is, as most events have it
            value = one.get(names[0])
            if type(value) is str and (not many or many.get(names[0]) == [value]):
                return (value,)
        return _agreed(_values(many, wanted), _values(one, wanted))

    def query(self, name: str) -> tuple[str, ...]:
        """Return every value of a query parameter, decoded as the gateway decoded it."""
        many = _listed(_map(self._event, "multiValueQueryStringParameters").get(name))
        return _agreed(many, _listed(_map(self._event, "queryStringParameters").get(name)))

    def cookie(self, name: str) -> tuple[str, ...]:
        """Return every value of a cookie (RFC 6265 section 4.2.1), as sent."""
        # An HTTP API of payload 2.0 has taken them apart, and the header may be missing then.
        listed = _listed(self._event.get("cookies")) if self.kind == "http-v2" else ()
        pairs = (pair.strip().partition("=") for line in listed or self.header("cookie") for pair in line.split(";"))
        return tuple(value for key, equals, value in pairs if equals and key == name)

    def context(self, *path: str) -> str | None:
        """Return a text of ``requestContext``, as ``context("identity", "sourceIp")``, or None if it has none."""
        value: Any = _map(self._event)
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value if isinstance(value, str) else None

    def stage_variable(self, name: str) -> str | None:
        """Return a stage variable's value."""
        value = _map(self._event, "stageVariables").get(name)
        return value if isinstance(value, str) else None

    @property
    def event(self) -> Mapping[str, Any]:
        """The event itself, for who judges all of it, as a signature does; of a TOKEN event nothing."""
        return self._event

    def __repr__(self) -> str:
        return f"Request(kind={self.kind!r}, api={self.arn.api!r}, stage={self.arn.stage!r})"


def parse(event: object) -> Request:
    """Tell an event's kind from the event alone and return its request.

    Raises:
        BadEvent: it is no authorizer's event.
    """
    if type(event) is not dict and not isinstance(event, Mapping):  # the first is asked at a tenth of the price
        raise BadEvent("the event is not a JSON object")
    kind = kind_of(event)
    if kind == "rest-token":
        # Only three fields of a TOKEN event are defined; whatever else an emulator adds is not read.
        return Request(_ABSENT, kind=kind, arn=MethodArn.parse(event.get("methodArn")), token=_token(event))
    if kind == "appsync":
        return Request(event, kind=kind, arn=_api(event), token=_token(event))
    return Request(event, kind=kind, arn=MethodArn.parse(event.get("routeArn" if kind == "http-v2" else "methodArn")))


def kind_of(event: Mapping[str, Any]) -> Kind:
    """Return the event's kind, by the contract's order of tests.

    Raises:
        BadEvent: it is no authorizer's event.
    """
    asked, version = event.get("type"), event.get("version")
    if asked == "REQUEST" and version is None:  # most of them, and a match statement takes its time
        return "websocket" if _connects(event) else "rest-request"
    if asked == "TOKEN":
        return "rest-token"
    match asked, version:
        case "REQUEST", "2.0":
            return "http-v2"
        case "REQUEST", "1.0":
            return "http-v1"
        case None, _ if "authorizationToken" in event and _map(event).get("apiId"):
            if "channelNamespaceName" in _map(event):
                raise BadEvent("an event of an AppSync Event API: what it takes as an answer is not documented")
            return "appsync"
    raise BadEvent(
        "not an authorizer's event: no type TOKEN or REQUEST in it. Is the function attached as an authorizer, or"
        " called as an integration, a function URL or a load balancer target?"
    )


def _connects(event: Mapping[str, Any]) -> bool:
    arn = event.get("methodArn")
    # Right after the stage only a WebSocket's ARN says so; a REST path may end in anything its caller likes.
    names_it = isinstance(arn, str) and arn.endswith("/$connect") and arn.count("/") == 2
    return names_it or _map(event).get("eventType") == "CONNECT"


def _map(event: Mapping[str, Any], field: str = "requestContext") -> Mapping[str, Any]:
    """Return a map of the event; null and absent ones are empty (contract: any of them may be null)."""
    value = event.get(field)
    return value if type(value) is dict or isinstance(value, Mapping) else _ABSENT


def _api(event: Mapping[str, Any]) -> MethodArn:
    context = _map(event)
    api, account = context.get("apiId"), context.get("accountId")
    if not isinstance(api, str) or not isinstance(account, str):
        raise BadEvent("an AppSync event whose API and account are no texts")
    return MethodArn(Stage("", "", account, api, ""), "", "")


def _token(event: Mapping[str, Any]) -> str:
    token = event.get("authorizationToken")
    if not isinstance(token, str):
        raise BadEvent("an event without a text in authorizationToken, where its credential is")
    return token


def _values(headers: Mapping[str, Any], wanted: str) -> tuple[str, ...]:
    size = len(wanted)
    names = [name for name in headers if len(name) == size and name.lower() == wanted]
    return tuple([value for name in names for value in _listed(headers[name])])


def _listed(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    # What is no text still counts as a value, if an empty one: it must not make a repeated header a single one.
    return tuple([item if isinstance(item, str) else "" for item in value]) if isinstance(value, list) else ()


def _agreed(many: tuple[str, ...], one: tuple[str, ...]) -> tuple[str, ...]:
    """Return what both maps tell of the same request. Where they disagree, all of it: several values are a refusal."""
    return many if many == one or (len(one) <= len(many) and set(one) <= set(many)) else many + one
