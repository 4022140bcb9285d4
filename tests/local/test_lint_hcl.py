"""HCL is read as far as settings need it; the rest is known to be unknown."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.local.lint.hcl import Block, Reference, Unreadable, parse, settled
from authkit.local.lint.settings import UNKNOWN
from tests.support.pace import soon


def value(source: str) -> Any:
    """Return what an attribute's text comes to."""
    (block,) = parse(f"x {{\n  a = {source}\n  b = 1\n}}\n")
    assert block.attributes["b"] == 1.0
    return block.attributes["a"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"text"', "text"),
        (r'"a \"quoted\" \\ \n one"', 'a "quoted" \\ \n one'),
        ('"$${not} %%{this}"', "${not} %{this}"),
        ("300", 300.0),
        ("-1.5", -1.5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("[]", []),
        ('["a", 1, true]', ["a", 1.0, True]),
        ('[\n    "a", # first\n    "b",\n  ]', ["a", "b"]),
        ("var.ttl", Reference("var.ttl")),
        ("aws_lambda_function.authorizer.arn", Reference("aws_lambda_function.authorizer.arn")),
        ('"${var.name}-x"', UNKNOWN),
        ('"%{ if a }x%{ endif }"', UNKNOWN),
        ('"${lookup(var.m, "a")} }"', UNKNOWN),
        ("var.a ? 1 : 2", UNKNOWN),
        ('"a" == var.b ? 1 : 2', UNKNOWN),
        ('jsonencode({ a = "1", b = [1, 2] })', UNKNOWN),
        ("aws_x.y[0].id", UNKNOWN),
        ("{ a = 1\n b = 2 }", UNKNOWN),
        ("[for s in var.list : upper(s)]", [UNKNOWN]),
        ("<<-EOT\n    any { thing = [\n  EOT", UNKNOWN),
        ("1 /* a } comment */", 1.0),
    ],
)
def test_values(source: str, expected: Any) -> None:
    """Literals are read; whatever is worked out is not, and what follows it is found."""
    assert value(source) == expected


def test_blocks_within_blocks_have_labels_and_lines() -> None:
    """As resources do."""
    found = parse('// one\nresource "a" "b" {\n  c = 1\n  d e {\n    f = 2\n  }\n}\n')

    inner = Block("d", ("e",), {"f": 2.0}, (), 4)
    assert found == (Block("resource", ("a", "b"), {"c": 1.0}, (inner,), 2),)


def test_variables_stand_for_their_defaults() -> None:
    """Any other name is unknown, and so is a list with one in it."""
    known = {"ttl": 5.0}

    assert settled(Reference("var.ttl"), known) == 5.0
    assert settled(Reference("var.other"), known) is UNKNOWN
    assert settled(Reference("local.ttl"), known) is UNKNOWN
    assert settled(["a", Reference("var.ttl")], known) == ["a", 5.0]
    assert settled(["a", Reference("x.y")], known) is UNKNOWN


@given(st.text(alphabet='a"{}[]()=,\n$.%<#/*\\1 ', max_size=60))
def test_any_text_is_read_or_refused(source: str) -> None:
    """And never anything else."""
    with contextlib.suppress(Unreadable):
        parse(source)


def test_a_text_without_an_end_takes_no_time() -> None:
    """However much is put into it."""

    def read() -> None:
        with contextlib.suppress(Unreadable):
            parse('a = "' + "${x}" * 2000)

    assert soon(read, within=5)
