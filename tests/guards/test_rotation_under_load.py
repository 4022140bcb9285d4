"""A rotation under steady load loses no good request and admits no bad one: the timeline is drawn."""

from __future__ import annotations

import pytest

from tests.guards.rotation_world import HEADER, KEPT, PREVIOUS_FOR, TTL, World
from tests.stores.stand_ins import Clock, SecretsManagerStandIn

FIRST = "the-first-value-0123456789"
TICK = 20.0  # seconds
RETRY = 60.0  # seconds between two runs of a rotation by Secrets Manager


def rotated(world: World, token: str, *, until: float, each: int = 4) -> None:
    """Rotate, and go on for as long, under load all the time."""
    end = world.clock.now + until
    due, step = world.clock.now, "not begun"
    while world.clock.now < end:
        if step != "done" and world.clock.now >= due:
            step = world.rotate(token)
            due = world.clock.now + RETRY
        world.load(step, each)
        world.clock.now += TICK
    assert step == "done", world.drawn()


def test_no_good_request_is_lost_and_no_bad_one_admitted(capsys: pytest.CaptureFixture[str]) -> None:
    """Two rotations, edges that switch over minutes, three environments, a gateway that keeps answers, strangers all along."""
    clock = Clock()
    server = SecretsManagerStandIn(clock, FIRST)

    with World(clock, server, "edge", FIRST).running() as world:
        world.load("before", 4)
        clock.now += 5000
        for number in (1, 2):
            token = f"{number}" * 32
            server.add(token, None, "AWSPENDING")  # as RotateSecret does
            rotated(world, token, until=1800)

    drawn = world.drawn()
    with capsys.disabled():
        print(f"\n{drawn}")
    assert sum(row.lost for row in world.rows) == 0, drawn
    assert sum(row.admitted for row in world.rows) == 0, drawn
    assert sum(row.good + row.bad for row in world.rows) > 5000
    # The load did see what a rotation is: edges that disagree, and every step that has to wait.
    assert {row.edges for row in world.rows} >= {"aaaaaa", "baaaaa", "bbbaaa", "bbbbbb", "cccbbb", "cccccc"}
    assert {row.step for row in world.rows} >= {"setSecret: rotation_not_yet", "testSecret: rotation_not_yet", "done"}
    assert world.cloudfront.updates == 2


def test_the_old_value_ends_after_the_rotation() -> None:
    """A leaked one is good for the grace, for as long as values and answers are kept, and no longer."""
    clock = Clock()
    server = SecretsManagerStandIn(clock, FIRST)

    with World(clock, server, "edge", FIRST).running() as world:
        world.load("before", 1)
        clock.now += 5000
        server.add("1" * 32, None, "AWSPENDING")
        made = clock.now
        rotated(world, "1" * 32, until=800, each=1)
        early = world.sent({HEADER: FIRST, "Authorization": "leak"})
        clock.now = made + PREVIOUS_FOR + KEPT + TTL
        late = world.sent({HEADER: FIRST, "Authorization": "leak"})
        leaked = world.sent({HEADER: world.cloudfront.values[0], "Authorization": "leak"})

    assert (early, late, leaked) == (200, 403, 200)


def test_without_waiting_requests_are_lost_and_the_drawing_shows_it() -> None:
    """A distribution that is changed before authorizers know the new value: what the rotation is there to prevent."""
    clock = Clock()
    server = SecretsManagerStandIn(clock, FIRST)
    hasty = "another-value-0123456789"

    with World(clock, server, "edge", FIRST).running() as world:
        world.load("before", 2)
        server.add("1" * 32, hasty, "AWSPENDING")
        world.cloudfront.origin("api")["CustomHeaders"]["Items"][0]["HeaderValue"] = hasty
        world.cloudfront.update_distribution(
            "E1", "1", world.cloudfront.get_distribution_config("E1")["DistributionConfig"]
        )
        clock.now += TICK
        world.load("hasty", 2)

    (_, row) = world.rows
    assert (row.edges, row.lost, row.admitted) == ("baaaaa", 2, 0)
    assert "hasty" in world.drawn()
