"""A record's words are printable and bounded, whoever chose them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.observe.record import LONGEST, Record, printable


@pytest.mark.parametrize("text", ["", "plain", "münchen 東京", "x" * LONGEST])
def test_a_printable_text_stays_as_it_is(text: str) -> None:
    """Up to the bound, and in any script."""
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("a\r\nb", r"a\r\nb"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x00", r"\x00"),
        ("\x7f\x9b", r"\x7f\x9b"),
        ("\u2028", r"\u2028"),
        ("\u202eevil", r"\u202eevil"),
        ("\ud800", r"\ud800"),
        ("\U000e0001", r"\U000e0001"),
        ("\u200b", r"\u200b"),
    ],
)
def test_what_steers_a_terminal_is_escaped(text: str, shown: str) -> None:
    """Line ends, controls, direction marks and half characters."""
    assert printable(text) == shown


def test_a_long_text_is_cut_and_says_so() -> None:
    """So that one caller cannot fill the log."""
    assert printable("x" * 10_000) == "x" * (LONGEST - 1) + "…"


@given(st.text(max_size=600) | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl"]), max_size=600))
def test_any_text_becomes_printable_and_bounded(text: str) -> None:
    """Escapes make a text longer; the bound holds after them."""
    shown = printable(text)

    assert shown.isprintable()
    assert len(shown) <= LONGEST
    shown.encode()


def test_fields_leave_out_what_is_not_known() -> None:
    """And count resources only where something was allowed."""
    assert Record("unavailable", seconds=0.0012345).fields() == {"outcome": "unavailable", "ms": 1.234}


def test_fields_of_an_allow_count_its_resources() -> None:
    """As numbers, for queries over the log."""
    record = Record("allowed", "rest-token", principal="ann", resources=(3, 1), seconds=0.001)

    assert record.fields(reveal_principal=True) == {
        "outcome": "allowed",
        "kind": "rest-token",
        "principal": "ann",
        "effect": "Allow",
        "allow": 3,
        "deny": 1,
        "ms": 1.0,
    }
