"""What a gateway must key its cache on is all that anybody reads, and what is optional nobody demands."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.gateway.cachekey import CacheKey

PLACES = ["header.authorization", "header.x-api-key", "querystring.key", "context.identity.sourceIp"]


class Reader(NamedTuple):
    """Something in a slot, as far as a cache is concerned."""

    reads: tuple[str, ...]
    optional: tuple[str, ...] = ()
    per_request: bool = False


@st.composite
def readers(draw: Any) -> Reader:
    """Return a reader that may do without some of what it reads."""
    reads = tuple(draw(st.lists(st.sampled_from(PLACES), unique=True)))
    optional = tuple(place for place in reads if draw(st.booleans()))
    return Reader(reads, optional, draw(st.booleans()))


@given(st.lists(readers(), max_size=4))
def test_it_is_everything_that_is_read_once_and_optional_is_what_all_can_do_without(several: list[Reader]) -> None:
    """Whoever reads, and in whatever order."""
    key = CacheKey(several, ("context.routeKey",))

    assert set(key.sources) == {"context.routeKey", *(place for each in several for place in each.reads)}
    assert len(key.sources) == len(set(key.sources))
    for place in key.sources:
        who = [each for each in several if place in each.reads]
        assert (place in key.optional) == (bool(who) and all(place in each.optional for each in who))
    assert key.per_request == any(each.per_request for each in several)
    assert key.vouches_once == (key.per_request or bool(key.optional))


@pytest.mark.parametrize(
    ("sources", "one_header", "authorization"),
    [
        ((), True, False),
        (("header.authorization",), True, True),
        (("header.x-api-key",), True, False),
        (("querystring.key",), False, False),
        (("header.authorization", "header.x-api-key"), False, False),
    ],
)
def test_what_a_token_event_and_appsync_have(sources: tuple[str, ...], one_header: bool, authorization: bool) -> None:
    """One header's value; and that of Authorization."""
    key = CacheKey([Reader(sources)])

    assert (key.is_one_header, key.is_authorization) == (one_header, authorization)


def test_a_reader_that_says_no_more_demands_what_it_reads() -> None:
    """As a function does that is decorated with `reads`."""

    def guard(request: object) -> None: ...

    guard.reads = ("header.x-tenant",)  # type: ignore[attr-defined]

    key = CacheKey([guard])

    assert (key.sources, key.optional, key.vouches_once) == (("header.x-tenant",), (), False)
