"""Columns: rows of words set below each other, as plain text and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def columns(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Return lines with the words of each column below its head, two blanks apart."""
    rows = [list(head), *map(list, body)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def markdown_table(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Return a table of GitHub's Markdown. Whatever stands in it is code or plain words, never markup of its own."""
    rows = [list(head), ["---"] * len(head), *map(list, body)]
    return ["| " + " | ".join(row) + " |" for row in rows]


def code(text: str) -> str:
    """Return a text as code in a cell of a Markdown table."""
    safe = text.replace("\\", "\\\\").replace("|", "\\|").replace("\r", " ").replace("\n", " ")
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in safe).split()), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {safe} {fence}" if longest else f"`{safe}`"


def shortened(text: str, width: int) -> str:
    """Return a text of at most ``width`` characters, with an ellipsis for what is left out."""
    return text if len(text) <= width else text[: width - 1] + "…"
