"""The report of all scripts as one page: budgets, bars of medians, histograms of single calls, cold starts, tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

STYLE = """
body{font:15px/1.5 system-ui;max-width:78em;margin:2em auto;padding:0 1em}
td,th{padding:.1em .8em;text-align:left;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;margin:.6em 0}tr:hover{background:#f6f6f6}caption{text-align:left;font-weight:600;padding:.3em .8em}
.bar{background:#4a7;height:.8em;display:inline-block}.start{background:#bbb}.import{background:#47a}.bare{background:#999}
.no{color:#b00}pre{overflow:auto;background:#f6f6f6;padding:1em}.ours{background:#47a}
"""
COLUMNS = 12  # of a table at most, where its records can be told as columns instead
WIDTH = 30  # em, of the longest bar
HIGH, WIDE = 60, 30  # px, of the highest column of a histogram, and of one column


class Ran(NamedTuple):
    """A script that was run: its name and question, how it ended, and what it printed."""

    name: str
    question: str
    code: int
    seconds: float
    figures: dict[str, Any]
    said: str


def page(runs: Sequence[Ran], about: Mapping[str, str]) -> str:
    """Return the report."""
    where = ", ".join(f"{name} {value}" for name, value in about.items())
    return "\n".join(
        [
            f"<!doctype html><meta charset=utf-8><title>authkit benchmarks</title><style>{STYLE}</style>",
            f"<h1>authkit benchmarks</h1><p>{escape(where)}</p>",
            *_summary(runs),
            *(line for each in runs for line in _section(each)),
        ]
    )


def _summary(runs: Sequence[Ran]) -> Iterator[str]:
    yield "<table><tr><th>question<th>script<th class=n>seconds<th class=n>budgets met<th>exit code"
    for each in runs:
        kept = [budget["met"] for budget in budgets(each.figures)]
        met = f"{sum(kept)} of {len(kept)}" if kept else ""
        code = "0" if each.code == 0 else f"<b class=no>{each.code}</b>"
        link = f"<a href='#{escape(each.name)}'>{escape(each.name)}</a>"
        yield f"<tr><td>{escape(each.question)}<td>{link}<td class=n>{each.seconds:.0f}<td class=n>{met}<td>{code}"
    yield "</table>"


def _section(each: Ran) -> Iterator[str]:
    mark = "" if each.code == 0 else f" <b class=no>exit code {each.code}</b>"
    yield f"<h2 id='{escape(each.name)}'>{escape(each.question)}</h2>"
    yield f"<p><code>python -m benchmarks.{escape(each.name)}</code>, {each.seconds:.0f} s{mark}</p>"
    if each.code:
        yield f"<pre>{escape(each.said)}</pre>"
    yield from _judged(each.figures)
    yield from _cold_starts(each.figures.get("ways", ()))
    yield from _spreads(each.figures.get("latency", {}))
    yield from _bars(each.figures)
    yield from _tables(each.figures)
    yield f"<details><summary>figures</summary><pre>{escape(json.dumps(each.figures, indent=1))}</pre></details>"


def budgets(figures: Any) -> Iterator[dict[str, Any]]:
    """Return every budget in a script's figures."""
    if isinstance(figures, dict):
        if "budget" in figures and "met" in figures:
            yield figures
        for each in figures.values():
            yield from budgets(each)
    elif isinstance(figures, list):
        for each in figures:
            yield from budgets(each)


def _judged(figures: Any) -> Iterator[str]:
    found = list(budgets(figures))
    if not found:
        return
    yield "<table><tr><th>budget<th class=n>seen<th class=n>allowed<th>"
    for budget in found:
        word = "met" if budget["met"] else "<b class=no>not met</b>"
        yield (
            f"<tr><td>{escape(str(budget['budget']))}<td class=n>{_plain(budget['seen'])}"
            f"<td class=n>{_plain(budget['allowed'])}<td>{word}"
        )
    yield "</table>"


def _cold_starts(ways: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One bar a way: Python itself, the import, the first decision."""
    most = max((way["wall"] for way in ways), default=0.0)
    if not most:
        return
    yield "<table><caption>process start to first decision: Python and its end, "
    yield "<span class='bar import' style='width:1em'></span> import, "
    yield "<span class='bar' style='width:1em'></span> first decision</caption>"
    yield "<tr><th><th class=n>ms<th class=n>import ms<th class=n>decision ms<th>"
    for way in ways:
        rest = max(way["wall"] - way["imported"] - way["decided"], 0.0)
        parts = (("bar start", rest), ("bar import", way["imported"]), ("bar", way["decided"]))
        bars = "".join(
            f"<span class='{kind}' style='width:{WIDTH * part / most:.2f}em'></span>" for kind, part in parts
        )
        between = "–".join(f"{each * 1e3:.1f}" for each in way.get("wall_quartiles", ()))
        half = f"<br><small>half of the starts {between} ms</small>" if between else ""
        numbers = "".join(f"<td class=n>{way[name] * 1e3:.1f}" for name in ("wall", "imported", "decided"))
        yield f"<tr><td>{escape(way['name'])}{half}{numbers}<td>{bars}"
    yield "</table>"


def _spreads(latency: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """Draw a histogram of single calls for each contender, all of one question on the same scale of doublings."""
    for title, found in latency.items():
        last = max(each["99 %_us"] for each in found)
        bounds = sorted({bound for each in found for bound, _ in each["bins"]})
        shown = [*(bound for at, bound in enumerate(bounds) if not at or bounds[at - 1] < last), float("inf")]
        yield f"<table><caption>{escape(title)}: single calls by how long they took, µs up to</caption>"
        for each in found:
            marks = ", ".join(
                f"{name.removesuffix('_us')} {each[name]:.1f} µs" for name in each if name.endswith("_us")
            )
            yield f"<tr><td>{escape(each['name'])}<br><small>{each['calls']:,} calls; {marks}</small><td>"
            yield _columns([sum(_between(each["bins"], *pair)) for pair in pairwise([0.0, *shown])], shown)
        yield "</table>"


def _between(bins: Sequence[Sequence[float]], above: float, most: float) -> Iterator[float]:
    return (count for bound, count in bins if above < bound <= most)


def _columns(counts: Sequence[float], bounds: Sequence[float]) -> str:
    most = max(counts)
    drawn = []
    for at, (count, bound) in enumerate(zip(counts, bounds, strict=True)):
        left, high = at * WIDE, max(HIGH * count / most, 1.0 if count else 0.0)
        size = f"x={left} y={HIGH - high:.1f} width={WIDE - 2} height={high:.1f}"
        drawn.append(f"<rect {size} fill=#4a7><title>{count}</title></rect>")
        label = "more" if bound == float("inf") else f"{bound:.{0 if bound >= 10 else 1}f}"
        drawn.append(f"<text x={left} y={HIGH + 12} font-size=9 fill=#555>{label}</text>")
    return f"<svg width={len(bounds) * WIDE} height={HIGH + 16}>{''.join(drawn)}</svg>"


def rows(figures: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every record with a median in a script's figures, and where it stands."""
    if isinstance(figures, dict):
        if isinstance(figures.get("median_us"), (int, float)):
            yield path, figures
        for name, each in figures.items():
            yield from rows(each, f"{path} {name}".strip())
    elif isinstance(figures, list):
        for each in figures:
            yield from rows(each, path)


def _bars(figures: Any) -> Iterator[str]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, row in rows(figures):
        groups.setdefault(path, []).append(row)
    for path, found in groups.items():
        most = max(row["median_us"] for row in found) or 1.0
        bare = next((row["median_us"] for row in found if row.get("name") == "floor"), 0.0)
        yield f"<table><caption>{escape(path)}: median of a call, how far blocks lie apart, times the floor</caption>"
        for row in found:
            name, value = str(row.get("name", "")), row["median_us"]
            kind = "bar bare" if name == "floor" else "bar ours" if name.startswith("authkit") else "bar"
            bar = f"<span class='{kind}' style='width:{WIDTH * value / most:.2f}em'></span>"
            yield (
                f"<tr><td>{escape(name)}<td class=n>{value:.1f} µs<td class=n>{row.get('spread', 0):.0%}"
                f"<td class=n>{f'{value / bare:.2f}' if bare else ''}<td>{bar}"
            )
        yield "</table>"


def _tables(figures: Any, path: str = "") -> Iterator[str]:
    """Show whatever is not shown otherwise: records as tables, what is told of one thing alone as pairs."""
    if not isinstance(figures, dict):
        return
    alone = {name: each for name, each in figures.items() if isinstance(each, (int, float))}
    if alone:
        yield from _table(path, [{"": name.replace("_", " "), " ": value} for name, value in alone.items()])
    for name, each in figures.items():
        if name in {"budgets", "ways", "latency"}:
            continue
        title = f"{path} {name}".strip()
        records = _records(each)
        if records:
            yield from _table(title, records)
        else:
            yield from _tables(each, title)


def _records(found: Any) -> list[dict[str, Any]]:
    """Return records of equal members: a list of them, or the values of a mapping with their names."""
    if isinstance(found, dict) and found and all(isinstance(each, dict) for each in found.values()):
        rows = [{"": name, **each} for name, each in found.items()]
        deep = all(isinstance(value, dict) for each in found.values() for value in each.values())
        found = _turned(found) if deep or max(map(len, found.values())) > COLUMNS else rows
    if not isinstance(found, list) or not found or not all(isinstance(row, dict) for row in found):
        return []
    alike = all(row.keys() == found[0].keys() for row in found) and not {"median_us", "budget"} & found[0].keys()
    return found if alike and not any(_is_list(value) for value in found[0].values()) else []


def _turned(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each question, with the answer of everybody who was asked it."""
    questions = dict.fromkeys(question for answers in found.values() for question in answers)
    return [{"": each, **{who: answers.get(each, "") for who, answers in found.items()}} for each in questions]


def _is_list(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _table(title: str, found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"<table><caption>{escape(title or 'in all')}</caption><tr>"
    yield "".join(f"<th{_right(found[0][name])}>{escape(name.replace('_', ' '))}" for name in found[0])
    for row in found:
        yield "<tr>" + "".join(f"<td{_right(value)}>{escape(_plain(value))}" for value in row.values())
    yield "</table>"


def _right(value: object) -> str:
    return " class=n" if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, dict):
        return "; ".join(_told(name.replace("_", " "), each) for name, each in value.items() if each != [])
    return " ".join(map(_plain, value)) if isinstance(value, (list, tuple)) else str(value)


def _told(name: str, value: object) -> str:
    return f"{name}: ({_plain(value)})" if isinstance(value, dict) else f"{name} {_plain(value)}"
