"""The client secret of an introspection comes from a source, and a rotation on either side is no outage."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.errors import Unavailable
from authkit.stores import secrets
from tests.credentials.introspecting import World
from tests.stores.stand_ins import AWSError, Clock, SecretsManagerStandIn

OLD, NEW = "old-hunter2", "new-hunter2"


class Rotated(World):
    """A server that takes one secret for ours, and remembers which it was shown."""

    def __init__(self, taken: str, secret: Any, **settings: Any) -> None:
        super().__init__(client_secret=secret, auth="post", cache_seconds=0, **settings)
        self.taken = taken

    def post(self, url: str, *, body: bytes, **rest: Any) -> Any:
        response = super().post(url, body=body, **rest)
        return response if self.shown[-1] == self.taken else response._replace(status=401)

    @property
    def shown(self) -> list[str]:
        return [asked["form"]["client_secret"] for asked in self.asked]


def held(value: str = OLD) -> tuple[secrets.Fetched, SecretsManagerStandIn, Clock]:
    clock = Clock()
    server = SecretsManagerStandIn(clock, value)
    return secrets.manager("edge", client=server, **clock.settings), server, clock


def fetches(server: SecretsManagerStandIn) -> int:
    return sum(1 for _, arguments in server.calls if arguments.get("stage") == "AWSCURRENT")


@pytest.mark.parametrize("secret", [OLD, OLD.encode(), secrets.given(OLD), secrets.given(OLD, NEW)])
def test_the_newest_value_of_whatever_was_given_is_shown(secret: Any) -> None:
    """A text, bytes, or a source."""
    world = Rotated(OLD, secret)

    world.call()

    assert world.shown == [OLD]


def test_a_secret_changed_at_the_server_is_fetched_when_the_old_one_is_refused() -> None:
    """The request passes, at its second attempt, and the next at its first."""
    source, server, clock = held()
    world = Rotated(OLD, source)
    world.call("a")
    clock.now += 31
    server.add("v1", NEW, "AWSCURRENT")
    world.taken = NEW

    world.call("b")
    world.call("c")

    assert world.shown == [OLD, OLD, NEW, NEW]
    assert fetches(server) == 2


def test_while_two_values_are_valid_the_one_is_shown_that_the_server_takes() -> None:
    """Before its change there and after it, and without asking server or store twice at each request."""
    source, server, _ = held()
    server.add("v1", NEW, "AWSPENDING")
    world = Rotated(OLD, source)

    for token in "abc":
        world.call(token)

    assert world.shown == [NEW, OLD, OLD, OLD]
    assert fetches(server) == 1  # it was fetched a moment ago

    world.taken = NEW  # as the rotation has it now
    world.call("d")
    world.call("e")

    assert world.shown[4:] == [OLD, NEW, NEW]


def test_a_server_that_refuses_whatever_it_is_shown_is_asked_little() -> None:
    """Twice for each pause; and the store at most once in its interval."""
    source, server, clock = held()
    world = Rotated("another", source)
    server.add("v1", NEW, "AWSPENDING")

    for second in range(600):
        assert "answered 401; it may be our own" in world.detail(f"t{second}")
        world.now += 1
        clock.now += 1

    assert fetches(server) <= 1 + 600 / 30
    assert len(world.asked) <= 2 * (600 / 30 + 8)


@pytest.mark.parametrize("secret", [OLD, secrets.given(OLD), lambda: OLD])
def test_where_there_is_no_other_value_nothing_more_is_sent(secret: Any) -> None:
    """The refusal stands."""
    world = Rotated(NEW, secret)

    assert "answered 401; it may be our own" in world.detail()
    assert world.shown == [OLD]


def test_a_store_that_is_down_leaves_the_refusal_as_it_is() -> None:
    """It is the server's answer that is told, and its pause that is kept."""
    source, server, clock = held()
    world = Rotated(OLD, source)
    world.call("a")
    clock.now += 31
    server.fails = AWSError("InternalServiceError")
    world.taken = NEW

    assert "answered 401" in world.detail("b")
    assert "answered 401" in world.detail("c")
    assert world.shown == [OLD, OLD]


def test_a_store_that_is_down_at_first_is_that_outage() -> None:
    """Under its own code; nothing is sent."""
    source, server, _ = held()
    server.fails = AWSError("InternalServiceError")
    world = Rotated(OLD, source)

    with pytest.raises(Unavailable) as fault:
        world.call()

    assert fault.value.code.startswith("secret_")
    assert world.asked == []


class Foreign:
    """A source of another make."""

    def __init__(self, *values: bytes) -> None:
        self.values = values

    def current(self) -> tuple[bytes, ...]:
        return self.values

    def after_mismatch(self) -> tuple[bytes, ...] | None:
        return self.values


@pytest.mark.parametrize("values", [(), (b"\xff",)])
def test_a_value_that_is_no_text_is_an_outage(values: tuple[bytes, ...]) -> None:
    """Nothing is sent without one."""
    world = Rotated(OLD, Foreign(*values))

    assert world.detail() == "client_secret gave no text"
    assert world.asked == []


def test_a_second_value_that_is_no_text_is_not_shown() -> None:
    """The refusal of the first stands."""
    world = Rotated(NEW, Foreign(OLD.encode(), b"\xff"))

    assert "answered 401" in world.detail()
    assert world.shown == [OLD]


def test_no_secret_is_in_a_repr() -> None:
    """Nor in what is explained."""
    world = Rotated(OLD, secrets.given(OLD))

    assert "hunter2" not in repr(world.introspection) + world.introspection.explain()
    assert "hunter2" not in repr(vars(world.introspection._endpoint))
