"""The compiler's work is bounded, whatever the table and whoever calls."""

from __future__ import annotations

import pytest

from authkit import ConfigError, Principal, Route, Routes
from authkit.policy import compile as compile_module
from authkit.policy import reach
from tests.support.events import PREFIX
from tests.support.pace import soon

BOUND = (
    2.0  # seconds; each takes a fifth of it at most, and took from half a minute to hours when the work was not bounded
)


@pytest.mark.parametrize("depth", [2, 5, 12])
def test_greedy_routes_behind_parameters_are_compiled_in_no_time(depth: int) -> None:
    """It does not matter which wildcard is the longer one, so it is not tried."""
    parameters = "".join(f"/{{p{index}}}" for index in range(depth))
    table = [Route("PUT", "/{g+}", scopes={"a"}), Route("PUT", f"{parameters}/{{h+}}", scopes={"b"})]

    assert soon(lambda: Routes(table, on_conflict="refuse"), within=BOUND)


def test_the_parts_with_an_empty_segment_are_still_closed() -> None:
    """What the longer route does not take for want of a value goes to the shorter one, which is refused."""
    table = [Route("PUT", "/{g+}", scopes={"a"}), Route("PUT", "/{p}/{q}/{h+}", scopes={"b"})]
    routes = Routes(table, on_conflict="refuse")

    denied = routes.policy(Principal("ann", scopes={"b"}), PREFIX)["Statement"][1]["Resource"]

    assert [name.removeprefix(PREFIX) for name in denied] == ["PUT/*/*/", "PUT/*//*", "PUT//*/*"]


def test_a_caller_named_like_a_literal_costs_no_more_than_others() -> None:
    """Else whoever can choose that name could stall the function."""
    table = [Route("GET", f"/t/{{ten}}/r{index}", bind={"ten": "ten"}) for index in range(300)]
    routes = Routes([*table, Route("GET", "/{p+}", scopes={"all"})], on_conflict="refuse")
    named = Principal("ann", claims={"ten": "t"}, scopes={"all"})

    assert soon(lambda: routes.policy(named, PREFIX + "GET/t"), within=BOUND)


def test_a_table_that_meets_itself_in_too_many_ways_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loud, while constructing, and it names the route."""
    monkeypatch.setattr(reach, "_MOST_PARTS", 3)

    with pytest.raises(ConfigError, match=r"PUT /\{g\+\} meets the other routes in too many ways"):
        Routes([Route("PUT", "/{g+}", scopes={"a"}), Route("PUT", "/{p}/{q}/{r}/{h+}", scopes={"b"})])


def test_ten_thousand_routes_are_compiled_in_bounded_time() -> None:
    """The work grows with the table, and not with its square."""
    table = [Route("GET", f"/r{index}/{{id}}", scopes={f"s{index % 9}"}) for index in range(10_000)]

    assert soon(lambda: Routes(table), within=BOUND)


def test_a_table_with_conflicts_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose routes differ in every segment: each pair has some, and each of them is worked out."""
    monkeypatch.setattr(compile_module, "_MOST_CONFLICTS", 100)
    table = [
        Route(
            "GET", "/" + "/".join(f"{{p{at}}}" if number >> at & 1 else "a" for at in range(5)), scopes={f"s{number}"}
        )
        for number in range(32)
    ]

    with pytest.raises(ConfigError, match=r"over 100 conflicts, one of them with GET /"):
        Routes(table, on_conflict="refuse")
