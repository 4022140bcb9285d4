"""An authorizer to vary slot by slot, and an observer that keeps what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authkit import Authorizer, Principal, Request, Route, Unauthenticated, reads
from tests.support.events import PREFIX

if TYPE_CHECKING:
    from authkit.observe.record import Record

ROUTES = (Route("GET", "/things/{thing}", scopes={"things:read"}), Route("POST", "/things", scopes={"things:write"}))


DENY_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [f"{PREFIX}*"]}],
}


class Told:
    """An observer that keeps every record."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def __call__(self, record: Record) -> None:
        self.records.append(record)

    @property
    def only(self) -> Record:
        """Return the one record there is."""
        (record,) = self.records
        return record


@reads("header.authorization")
def anybody(request: Request) -> Principal:
    """Take whoever names themselves at their word; no value is a 401."""
    values = request.header("authorization")
    if not values:
        raise Unauthenticated("credential_missing")
    return Principal(values[0], scopes={"things:read"}, claims={"tenant": "acme"})


def authorizer(**changes: Any) -> Authorizer:
    """Return an authorizer that believes everybody, with changes."""
    return Authorizer(**{"authenticate": anybody, "routes": ROUTES, "observe": Told(), **changes})


def guard_that(action: Any) -> Any:
    """Return a guard that returns, or raises, this."""

    @reads("header.authorization")
    def guard(request: Request) -> Any:
        if isinstance(action, BaseException):
            raise action
        return action

    return guard


def authenticating(result: Any) -> Any:
    """Return a credential that gives, or raises, this."""

    @reads("header.authorization")
    def authenticate(request: Request) -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    return authenticate
