"""GraphQL as far as AppSync's authorizer needs it: which fields are asked for, and of which types."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.local.graphql.asked import MOST, AskedField, asked
from authkit.local.graphql.lexer import LARGEST, LONGEST_NAME, NotGraphQL
from authkit.local.graphql.query import DEEPEST, parse
from authkit.local.graphql.schema import NO_SCHEMA, Schema

SDL = '''
"""The schema's own words { } """
schema @aws_lambda { query: Root mutation: Change }
directive @tagged(name: String = "a") on FIELD_DEFINITION
scalar AWSDateTime
enum State { OPEN CLOSED }
input New { total: Int = 1 note: String = "}" }
union Found = Order | Customer
interface Node { id: ID! }
type Empty
type Root @aws_lambda {
  "one { order"
  order(id: ID!, states: [State!] = [OPEN]): Order @tagged(name: "x")
  orders: [Order!]!
}
type Change { deleteOrder(id: ID!): Order }
type Order implements Node & Other @key(fields: "id") { id: ID! margin: Float customer: Customer lines: [[Line]!] }
extend type Order { note: String }
type Customer { email: String }
type Line { price: Int }
'''
SCHEMA = Schema.parse(SDL)


def fields(query: str, schema: Schema = SCHEMA, name: str | None = None, **variables: Any) -> list[AskedField]:
    """Return the fields that a query begins with."""
    document = parse(query)
    return asked(document, document.operation(name), variables, schema)


def named(found: Any) -> Any:
    """Return type and name of fields, and of those within them."""
    return [(each.parent, each.name, named(each.within)) if each.within else (each.parent, each.name) for each in found]


def test_a_schema_tells_the_type_of_each_field() -> None:
    """Through lists and extensions; descriptions, defaults and directives may hold anything."""
    assert SCHEMA.roots == {"query": "Root", "mutation": "Change", "subscription": "Subscription"}
    assert SCHEMA.fields["Order"] == {
        **{"id": "ID", "margin": "Float", "customer": "Customer", "lines": "Line"},
        "note": "String",
    }
    assert (SCHEMA.type_of("Root", "orders"), SCHEMA.type_of("Order", "nothing")) == ("Order", None)
    assert "Empty" in SCHEMA.fields


def test_fields_have_their_types_at_every_depth() -> None:
    """Aliases, arguments and directives aside."""
    found = fields("query Q @a { first: order(id: 7) @b(c: 1) { margin customer { email } lines { price } } }")

    assert named(found) == [
        (
            "Root",
            "order",
            [
                ("Order", "margin"),
                ("Order", "customer", [("Customer", "email")]),
                ("Order", "lines", [("Line", "price")]),
            ],
        )
    ]
    assert (found[0].alias, found[0].names) == (
        "first",
        ["margin", "customer", "customer/email", "lines", "lines/price"],
    )


def test_fragments_stand_for_their_fields() -> None:
    """Named and inline, with a type of their own or the one around them."""
    query = """
    query { orders { ...All ... on Order { note } ... { id } } }
    fragment All on Order { margin ...More }
    fragment More on Order { customer { email } }
    """

    assert named(fields(query)) == [
        (
            "Root",
            "orders",
            [("Order", "margin"), ("Order", "customer", [("Customer", "email")]), ("Order", "note"), ("Order", "id")],
        )
    ]


def test_without_a_schema_only_the_top_has_types() -> None:
    """And what a fragment names."""
    assert named(fields("mutation { deleteOrder { id ... on Order { note } } }", NO_SCHEMA)) == [
        ("Mutation", "deleteOrder", [(None, "id"), ("Order", "note")])
    ]


def test_arguments_have_the_values_of_variables() -> None:
    """Those sent, else their defaults; every form of value."""
    query = r"""
    query ($id: ID! = "none", $deep: [Int!] = [1 2] @x, $other: New) {
      order(id: $id, list: [$deep, {a: -1.5e2, b: null}], state: OPEN, yes: true, other: $other,
            text: "a\n\u00fc\"", block: "one \"", wide: 7)
    }
    """

    (field,) = fields(query, id="7")

    assert field.arguments == {
        **{"id": "7", "list": [[1, 2], {"a": -150.0, "b": None}], "state": "OPEN", "yes": True, "other": None},
        **{"text": 'a\nü"', "block": 'one "', "wide": 7},
    }
    assert fields('{ order(text: """a \\""" "b" {""") }')[0].arguments == {"text": 'a """ "b" {'}


@pytest.mark.parametrize(
    ("directive", "there"),
    [
        ("@skip(if: true)", False),
        ("@skip(if: $no)", True),
        ("@include(if: false)", False),
        ("@include(if: $no)", False),
        ("@include(if: true) @skip(if: true)", False),
        ("@other(if: false)", True),
    ],
)
def test_what_is_skipped_is_not_asked_for(directive: str, there: bool) -> None:
    """A field, and a fragment."""
    for selection in (f"order {directive}", f"... {directive} {{ order }}"):
        assert bool(fields(f"query ($no: Boolean) {{ {selection} }}", no=False)) is there


def test_one_of_several_operations_is_meant_by_its_name() -> None:
    """One alone needs none."""
    both = "query A { orders } mutation B { deleteOrder }"

    assert named(fields(both, name="B")) == [("Change", "deleteOrder")]
    for query, name in ((both, None), (both, "C"), ("{ a }", "A"), ("fragment F on Order { id }", None), ("", None)):
        with pytest.raises(NotGraphQL):
            fields(query, name=name)


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "{}",
        "{ a",
        "{ a(b: ) }",
        "{ a(b: !) }",
        "{ a(b: $) }",
        "{ a(b: [1 }",
        "{ a(b: {c: 1) }",
        "{ a(: 1) }",
        "query (a: Int) { a }",
        "query ($a Int) { a }",
        "{ ...F }",
        "{ ...F } fragment F on Order { ...F }",
        "{ ...F } fragment F on Order { a { ...F } }",
        "{ ...F } fragment F on Order { ...G } fragment G on Order { ...F }",
        "fragment on Order",
        "type A { b: C }",
        "{ a ; }",
        '{ a(b: "unended) }',
        '{ a(b: """unended) }',
        '{ a(b: "\\x") }',
        "{ a(b: 1e999) }",
        "{ a(b: 01) }",
        "{ a(b: 1x) }",
        "{ a(b: " + "9" * 5000 + ") }",
        "{ a" * (DEEPEST + 2) + " }" * (DEEPEST + 2),
        "{ a(b: " + "[" * (DEEPEST + 2) + "]" * (DEEPEST + 2) + ") }",
        "{ a(b: " + "{c:" * (DEEPEST + 2) + "1" + "}" * (DEEPEST + 2) + ") }",
        "{ " + "a " * (MOST + 1) + "}",
        "{ " + "a" * (LONGEST_NAME + 1) + " }",
        "{ a }" + " " * LARGEST,
    ],
    ids=lambda query: query[:40],
)
def test_what_is_no_query_is_refused(query: str) -> None:
    """With one error, whatever is wrong."""
    with pytest.raises(NotGraphQL):
        fields(query)


def test_fragments_that_stand_for_each_other_many_times_are_bounded() -> None:
    """Twenty of them could stand for a million fields."""
    bomb = "".join(f"fragment F{at} on Order {{ ...F{at + 1} ...F{at + 1} }} " for at in range(20))

    with pytest.raises(NotGraphQL, match="more than"):
        fields("{ ...F0 } " + bomb + "fragment F20 on Order { id }")


def test_fragments_that_lead_from_one_to_the_next_are_bounded() -> None:
    """Each of them adds to the depth."""
    chain = "".join(f"fragment F{at} on Order {{ ...F{at + 1} }} " for at in range(DEEPEST + 1))

    with pytest.raises(NotGraphQL, match="too deep"):
        fields("{ ...F0 } " + chain + f"fragment F{DEEPEST + 1} on Order {{ id }}")


@pytest.mark.parametrize(
    "text", ["type A {", "type {", "type A { b }", "type A { b: }", "input A {", "type A { b(: C }", "%"]
)
def test_what_is_no_schema_is_refused(text: str) -> None:
    """With the same error."""
    with pytest.raises(NotGraphQL):
        Schema.parse(text)


PIECES = st.sampled_from(
    [
        *'{}()[]:!$@=|&,"\\#\n ',
        "...",
        '"""',
        "query",
        "mutation",
        "fragment",
        "on",
        "a",
        "F",
        "1",
        "-",
        "1.5",
        "é",
        "\0",
    ]
)


@given(st.lists(PIECES, max_size=40).map(" ".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """And never anything else."""
    for read in (fields, Schema.parse):
        with suppress(NotGraphQL):
            read(text)
