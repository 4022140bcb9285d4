"""Hypothesis strategies for tables, callers and requests: small, so that a failure shrinks to a table one can read."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.judge.paths import HOSTILE, HOSTILE_REST, Request
from tests.judge.rules import METHODS, Caller, Rule, Table, is_literal, segments
from tests.judge.tables import HOSTILE_CLAIMS, OWN, shape

LITERALS = ("a", "b", "items")
SCOPES = ("read", "write")


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Draw one route: up to four segments, sometimes the rest of the path, sometimes bound to the caller."""
    kinds = draw(st.lists(st.sampled_from((*LITERALS, "{}")), max_size=4))
    parts = [f"{{{'xyzu'[place]}}}" if kind == "{}" else kind for place, kind in enumerate(kinds)]
    parts += draw(st.sampled_from(((), (), (), ("{rest+}",))))
    names = [part[1:-1] for part in parts if not is_literal(part) and part != "{rest+}"]
    bind = draw(st.lists(st.sampled_from(names), unique=True, max_size=1)) if names else []
    return Rule(
        draw(st.sampled_from(("GET", "PUT", "ANY"))),
        "/" + "/".join(parts),
        draw(st.frozensets(st.sampled_from(SCOPES), max_size=2)),
        tuple((name, draw(st.sampled_from(tuple(OWN)))) for name in bind),
    )


def tables(most: int = 7) -> st.SearchStrategy[Table]:
    """Draw tables in which no two routes are the same."""
    distinct = st.lists(rules(), min_size=1, max_size=most, unique_by=lambda rule: (rule.method, shape(rule)))
    return distinct.map(tuple)


def claims() -> st.SearchStrategy[dict[str, object]]:
    """Draw the caller's claims: plain ones, some equal to a literal of the table, some that must never be filled in."""
    hostile = st.sampled_from((*LITERALS, *HOSTILE_CLAIMS))
    return st.fixed_dictionaries({name: st.just(own) | hostile for name, own in OWN.items()})


def callers() -> st.SearchStrategy[Caller]:
    """Draw who asks."""
    return st.builds(Caller, st.frozensets(st.sampled_from(SCOPES)), claims())


@st.composite
def requests(draw: st.DrawFn, table: Table) -> Request:
    """Draw a request that is likely to match: a rule's template with any values filled in, or any path at all."""
    values = st.sampled_from(("1", *LITERALS, *OWN.values(), *HOSTILE, *HOSTILE_REST)) | st.text(max_size=3)
    template = draw(st.sampled_from([segments(rule.path) for rule in table]) | st.lists(st.just("{}"), max_size=5))
    parts = [part if is_literal(part) else draw(values) for part in template]
    return Request(draw(st.sampled_from(METHODS)), "/" + "/".join(parts))
