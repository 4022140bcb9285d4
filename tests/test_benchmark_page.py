"""The report of all benchmarks (benchmarks/page.py), and how single calls are told (benchmarks/latency.py)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from benchmarks.latency import Called, Latency, latencies, latency_table
from benchmarks.page import Ran, page

pytestmark = pytest.mark.usefixtures("alone")


def shown(figures: Any, **changes: Any) -> str:
    """Return the page of one script that printed these figures."""
    ran = Ran("speed", "How fast is it?", 0, 3.2, figures, "")
    return page([ran._replace(**changes)], {"machine": "x", "python": "3"})


def test_a_page_names_machine_question_and_script() -> None:
    """And how long it took, in a list of all with links to each."""
    told = shown({})

    assert "machine x, python 3" in told
    assert "<h2 id='speed'>How fast is it?</h2>" in told
    assert "<a href='#speed'>speed</a><td class=n>3<td class=n><td>0" in told


def test_a_script_that_failed_says_why() -> None:
    """Its exit code, and the end of what it said, made harmless."""
    told = shown({}, code=3, said="<no such module>")

    assert "<b class=no>exit code 3</b>" in told
    assert "&lt;no such module&gt;" in told


def test_budgets_are_counted_and_listed_wherever_they_stand() -> None:
    """Those that are not met stand out."""
    one = {"budget": "a / floor", "allowed": 2.0, "seen": 1.5, "met": True}
    told = shown({"deep": [{"budgets": [one, {**one, "seen": 2.5, "met": False}]}]})

    assert "1 of 2" in told
    assert "<td>a / floor<td class=n>1.5<td class=n>2<td>met" in told
    assert "<td class=n>2.5<td class=n>2<td><b class=no>not met</b>" in told


def test_medians_are_bars_in_the_group_they_were_measured_in() -> None:
    """The longest of each group is as wide as the page allows."""
    rows = [{"name": "floor", "median_us": 10.0, "spread": 0.02}, {"name": "authkit", "median_us": 20.0, "spread": 0.1}]
    told = shown({"RS256": rows, "ES256": rows[:1]})

    assert "<caption>RS256: median of a call, how far blocks lie apart, times the floor</caption>" in told
    assert (
        "<td>floor<td class=n>10.0 µs<td class=n>2%<td class=n>1.00<td><span class='bar bare' style='width:15.00em'></span>"
        in told
    )
    assert (
        "<td>authkit<td class=n>20.0 µs<td class=n>10%<td class=n>2.00<td><span class='bar ours' style='width:30.00em'></span>"
        in told
    )
    assert "<td class=n>1.00<td><span class='bar bare' style='width:30.00em'></span>" in told


def test_a_cold_start_is_one_bar_of_python_import_and_decision() -> None:
    """Each with its share of the whole."""
    way = {"name": "bundled", "wall": 0.060, "imported": 0.020, "decided": 0.010, "modules": 150}
    told = shown({"ways": [way, {**way, "name": "both", "wall_quartiles": [0.0561, 0.0634]}]})

    assert "<td>bundled<td class=n>60.0<td class=n>20.0<td class=n>10.0" in told
    assert "<td>both<br><small>half of the starts 56.1–63.4 ms</small><td class=n>60.0" in told
    for part in ("bar start' style='width:15.00em", "bar import' style='width:10.00em", "bar' style='width:5.00em"):
        assert f"<span class='{part}" in told


def test_single_calls_are_drawn_on_one_scale() -> None:
    """Every contender has a column for each bound that any of them reached, and one for the few beyond 99 in a hundred."""
    found = [Latency("new", (*[40.0] * 150, *[80.0] * 49, 9000.0)).as_json(), Latency("again", (8.0,)).as_json()]
    told = shown({"latency": {"ES256 REQUEST": found}})

    first, second = (each.split("</svg>")[0] for each in told.split("<svg")[1:])
    counts = [[int(column.split("</title>")[0]) for column in each.split("<title>")[1:]] for each in (first, second)]
    assert [sum(each) for each in counts] == [200, 1]
    assert [each for each in counts[0] if each] == [150, 49, 1]
    assert counts[0][-1] == 1
    assert first.endswith(">more</text>")
    assert len(counts[0]) == len(counts[1]) < 12
    assert "200 calls; half 40.0 µs, 90 % 80.0 µs" in told


def test_lists_of_records_are_tables() -> None:
    """Numbers to the right; what holds further lists stays among the figures."""
    told = shown({"fleets": [{"name": "each", "peak_later": 1041, "fine": True}], "odd": [{"a": [{"b": 1}]}]})

    assert "<caption>fleets</caption>" in told
    assert "<th>name<th class=n>peak later<th>fine" in told
    assert "<td>each<td class=n>1,041<td>yes" in told
    assert "<caption>odd</caption>" not in told


def test_records_by_name_are_tables_too() -> None:
    """Their names come first; what is told of one thing alone is a table of pairs."""
    told = shown({"refused_us": {"no token": {"authkit": 2.5, "other": 70.0}}, "tokens": 1000, "python": "3"})

    assert "<th><th class=n>authkit<th class=n>other" in told
    assert "<td>no token<td class=n>2.5<td class=n>70" in told
    assert "<caption>in all</caption>" in told
    assert "<td>tokens<td class=n>1,000" in told


def test_questions_that_several_answer_are_rows() -> None:
    """Each with a column for everybody, and words for what they answered."""
    told = shown(
        {
            "clients": {
                "authkit": {"herd": {"fetches": 1}},
                "other": {"herd": {"fetches": 64, "with": ["a", "b"], "x": {"y": 1}}},
            }
        }
    )

    assert "<th><th>authkit<th>other" in told
    assert "<td>herd<td>fetches 1<td>fetches 64; with a b; x: (y 1)" in told


def test_records_of_many_members_are_told_as_columns() -> None:
    """A table that is wider than a page is turned."""
    told = shown({"rules": {who: {f"rule {number}": number for number in range(20)} for who in ("one", "other")}})

    assert "<th><th class=n>one<th class=n>other" in told
    assert "<td>rule 19<td class=n>19<td class=n>19" in told


def test_percentiles_are_calls_that_were_made() -> None:
    """The smallest that so many calls did not exceed."""
    latency = Latency("x", tuple(map(float, range(1, 101))))

    assert [latency.at(share) for share in (0.5, 0.9, 0.99, 1.0)] == [50.0, 90.0, 99.0, 100.0]
    assert Latency("y", (7.0,)).at(0.01) == 7.0


def test_every_call_is_in_one_bin_and_bins_leave_no_gap() -> None:
    """Bounds grow by halves of a doubling."""
    bins = Latency("x", (1.0, 3.9, 4.0, 4.1, 16.0)).bins

    assert sum(count for _, count in bins) == 5
    assert dict(bins)[4.0] == 2
    assert all(after / before == pytest.approx(2**0.5, rel=0.01) for (before, _), (after, _) in pairwise(bins))


def test_single_calls_are_timed_in_turns_with_arguments_of_their_own() -> None:
    """As many as asked for, each with the next of the pool; what warms up is not counted."""
    seen: dict[str, list[int]] = {"a": [], "b": []}
    called = [Called(name, each.append, lambda at, count: iter(range(at, at + count))) for name, each in seen.items()]

    found = latencies(called, 100)

    assert [(each.name, len(each.micros)) for each in found] == [("a", 100), ("b", 100)]
    assert set(range(100)) <= set(seen["a"]) == set(seen["b"])
    assert "99 %" in latency_table("calls", found)
