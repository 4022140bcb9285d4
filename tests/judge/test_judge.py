"""The judge itself, held against hand-made tables and policies: a judge that is wrong proves nothing."""

from __future__ import annotations

from functools import cache
from itertools import product
from random import Random

import pytest

from tests.judge.documents import rules_of
from tests.judge.iam import allows, matches
from tests.judge.paths import Request, random_requests
from tests.judge.router import Index, route
from tests.judge.rules import Caller, Rule, bindable, granted
from tests.judge.tables import random_caller, random_table
from tests.judge.unavoidable import Conflict, conflicts, forced, reachable
from tests.judge.verdict import judge

PREFIX = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/prod/"
READ, WRITE = frozenset({"read"}), frozenset({"write"})
READER = Caller(READ)


def document(allow: list[str], deny: tuple[str, ...] = ()) -> dict[str, object]:
    statements = [("Allow", allow), ("Deny", list(deny))]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": effect, "Action": "execute-api:Invoke", "Resource": [PREFIX + each for each in resources]}
            for effect, resources in statements
            if resources
        ],
    }


@pytest.mark.parametrize(
    ("paths", "request_path", "expected", "values"),
    [
        (["/"], "/", "/", {}),
        (["/", "/{proxy+}"], "/", "/", {}),
        (["/{proxy+}"], "/", None, {}),
        (["/{x}"], "/", None, {}),
        (["/a"], "/a/", None, {}),
        (["/a"], "/A", None, {}),
        (["/a/{x}"], "/a/", None, {}),
        (["/a/{x}"], "/a/1/2", None, {}),
        (["/a/{x}"], "/a/1", "/a/{x}", {"x": "1"}),
        (["/a/{x}"], "/a/%2F", "/a/{x}", {"x": "%2F"}),
        (["/a/{p+}"], "/a/", None, {}),
        (["/a/{p+}"], "/a//", "/a/{p+}", {"p": "/"}),
        (["/a/{p+}"], "/a//b/y", "/a/{p+}", {"p": "/b/y"}),
        (["/a/{p+}"], "/a/x//y", "/a/{p+}", {"p": "x//y"}),
        (["/a/{p+}"], "/a/x/", "/a/{p+}", {"p": "x/"}),
        (["/{p+}"], "//a", "/{p+}", {"p": "/a"}),
        (["/a/{x}", "/a/b", "/{p+}"], "/a/b", "/a/b", {}),
        (["/a/{p+}", "/a/{x}"], "/a/1", "/a/{x}", {"x": "1"}),
        (["/a/{p+}", "/a/{x}"], "/a/1/2", "/a/{p+}", {"p": "1/2"}),
        (["/{x}/b", "/a/{y}"], "/a/b", "/a/{y}", {"y": "b"}),
        (["/{x}/b", "/a/{p+}"], "/a/b", "/a/{p+}", {"p": "b"}),
        (["/a/c", "/{x}/b"], "/a/b", "/{x}/b", {"x": "a"}),
        (["/a/{x}/c", "/a/b/d", "/a/{p+}"], "/a/b/c", "/a/{x}/c", {"x": "b"}),
        (["/a/{x}/c", "/a/b/d", "/a/{p+}"], "/a/b/e", "/a/{p+}", {"p": "b/e"}),
    ],
)
def test_a_path_goes_to_the_most_specific_route_that_matches_all_of_it(paths, request_path, expected, values):
    """Literals come before parameters before greedy ones, from the left, and a dead end leads back."""
    table = [Rule("GET", path) for path in paths]

    match = route(table, "GET", request_path)

    assert (match and match.rule.path, dict(match.values) if match else {}) == (expected, values)


@pytest.mark.parametrize(
    ("rules", "method", "path", "expected"),
    [
        (["ANY /a", "GET /a"], "GET", "/a", "GET /a"),
        (["ANY /a", "GET /a"], "PUT", "/a", "ANY /a"),
        (["ANY /a/b", "GET /a/{x}"], "GET", "/a/b", "ANY /a/b"),
        (["PUT /a/b", "GET /a/{x}"], "GET", "/a/b", "GET /a/{x}"),
        (["GET /a"], "PUT", "/a", "None"),
    ],
)
def test_the_path_decides_before_the_method(rules, method, path, expected):
    """On one path the exact method wins over ANY; ANY on a more specific path wins over both."""
    table = [Rule(*text.split(" ")) for text in rules]

    match = route(table, method, path)

    assert (f"{match.rule.method} {match.rule.path}" if match else "None") == expected


@pytest.mark.parametrize(
    ("glob", "text", "expected"),
    [
        ("GET/orders", "GET/orders", True),
        ("GET/orders", "GET/orders/", False),
        ("GET/orders", "get/orders", False),
        ("GET/orders", "GET/Orders", False),
        ("GET/orders/*", "GET/orders/1", True),
        ("GET/orders/*", "GET/orders/1/lines/2", True),
        ("GET/orders/*", "GET/orders/", True),
        ("GET/orders/*", "GET/orders", False),
        ("GET/users/*/profile", "GET/users/1/admin/profile", True),
        ("GET/pet?", "GET/pets", True),
        ("GET/pet?", "GET/pet/", True),
        ("GET/pet?", "GET/pet", False),
        ("*/orders", "POST/admin/orders", True),
        ("GET/items/{id}", "GET/items/5", False),
        ("GET/a.c", "GET/abc", False),
        ("GET/*", "GET/a\nb", True),
        ("GET/a", "GET/a\n", False),
    ],
)
def test_globs_match_as_the_contract_tells(glob, text, expected):
    """`*` crosses slashes and colons, `?` is one character, all else stands for itself, case included."""
    assert matches(glob, text) is expected


def test_globs_match_exactly_what_their_definition_says():
    """On all short texts the evaluator agrees with the recursive definition of a glob."""

    @cache
    def defined(glob: str, text: str) -> bool:
        if not glob:
            return not text
        if glob[0] == "*":
            return defined(glob[1:], text) or (bool(text) and defined(glob, text[1:]))
        return bool(text) and glob[0] in ("?", text[0]) and defined(glob[1:], text[1:])

    texts = ["".join(chars) for size in range(5) for chars in product("a/b", repeat=size)]
    globs = ["".join(chars) for size in range(4) for chars in product("a/*?", repeat=size)]

    assert [pair for pair in product(globs, texts) if matches(*pair) != defined(*pair)] == []


def test_a_deny_wins_and_silence_refuses():
    """Default deny, an Allow permits, an explicit Deny takes it back wherever it stands."""
    policy = document(["GET/a/*"], ("GET/a/*/c",))
    backwards = {**policy, "Statement": policy["Statement"][::-1]}

    decisions = [
        [allows(each, PREFIX + path) for path in ("GET/a/b", "GET/a/b/c", "GET/b")] for each in (policy, backwards)
    ]

    assert decisions == [[True, False, False]] * 2


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "NotResource": ["*"]},
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": []},
        {"Effect": "allow", "Action": "execute-api:Invoke", "Resource": "*"},
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "a/${x}"},
    ],
)
def test_what_the_evaluator_does_not_know_is_an_error(statement):
    """A statement outside what an authorizer may answer is never guessed at."""
    with pytest.raises(ValueError, match=r"statement|effect|variable"):
        allows({"Version": "2012-10-17", "Statement": [statement]}, PREFIX + "GET/a")


@pytest.mark.parametrize(
    ("allow", "deny", "path", "expected"),
    [
        (["GET/a/*"], (), "/a/1", "right"),
        (["GET/a/*"], (), "/a/1/2", "over-allowed"),
        (["GET/a/*"], ("GET/a/*/*",), "/a/1/2", "right"),
        (["GET/a/1"], (), "/a/2", "over-denied"),
        (["GET/a/1"], (), "/a/*", "over-denied"),
        (["GET/a/*"], ("GET/a/b",), "/a/b", "residue"),
        (["GET/*"], (), "/c", "unrouted"),
        (["GET/u/*"], (), "/u/user-43", "over-allowed"),
        (["GET/u/user-42"], (), "/u/user-42", "right"),
        (["GET/x"], (), "/u/user-42", "over-denied"),
    ],
)
def test_verdicts_on_hand_made_policies(allow, deny, path, expected):
    """Each kind of fault is told by its name."""
    own = Rule("GET", "/u/{sub}", READ, (("sub", "sub"),))
    table = (Rule("GET", "/a/{x}", READ), Rule("GET", "/a/{x}/{y}", WRITE), Rule("PUT", "/b"), own)
    caller = Caller(READ, {"sub": "user-42"})

    finding = judge(table, caller, document(allow, deny), PREFIX, Request("GET", path))

    assert finding.verdict == expected


def test_the_conflict_of_the_design_is_found_and_names_its_three_rules():
    """A Deny for `/a/{x}/{y}` takes all of `/a/{x}/{y}/{z}`, and nothing else conflicts."""
    one, two = Rule("GET", "/a/{x}", READ), Rule("GET", "/a/{x}/{y}", WRITE)
    three = Rule("GET", "/a/{x}/{y}/{z}", READ)

    found = conflicts((one, two, three), reachable((one, two, three)))

    assert found == {Conflict(one, two, three)}


def test_the_residue_of_the_design_is_no_conflict_but_forced():
    """The Deny for `/orders/{id}/items` takes the item named `items` and no other."""
    order, items = Rule("GET", "/orders/{id}", READ), Rule("GET", "/orders/{id}/items", WRITE)
    table = (order, items, Rule("GET", "/orders/{id}/items/{item}", READ))

    lost = [forced(table, READER, "GET", path) for path in ("/orders/1/items/items", "/orders/1/items/2")]

    assert (conflicts(table, reachable(table)), lost) == (set(), [True, False])


def test_a_rule_that_no_request_reaches_needs_no_allow():
    """A route wholly in the shadow of a more specific one is no reason for a conflict."""
    table = (Rule("ANY", "/{x}", WRITE), Rule("GET", "/{x}", READ, (("x", "sub"),)))

    assert conflicts(table, reachable(table)) == set()


def test_only_plain_claims_can_be_bound():
    """A claim that is no text, is a pattern or could leave its segment binds nothing."""
    hostile = ("*", "a/b", "", ".", "..", "a:b", "?", "${x}", "\n", "\x7f", None, 42, ["a"])

    assert [bindable(value) for value in (*hostile, "user-42", "é")] == [False] * len(hostile) + [True, True]


@pytest.mark.parametrize("http", [False, True])
def test_an_index_routes_as_the_rules_one_by_one_do(http):
    """Sweeps ask the index; it must not be another router."""
    rng = Random(5)
    for _ in range(60):
        table = random_table(rng, 25)
        index, caller = Index(table, http=http), random_caller(rng, table)

        for request in random_requests(rng, table, caller):
            assert index.route(*request) == route(table, *request, http=http)


def test_a_deny_of_all_but_some_resources_spares_those():
    """`NotResource` is known in a Deny alone."""
    some = {"Effect": "Deny", "Action": "execute-api:Invoke", "NotResource": [PREFIX + "GET/a"]}
    everything = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [PREFIX + "*"]}
    policy = {"Version": "2012-10-17", "Statement": [everything, some]}

    assert [allows(policy, PREFIX + path) for path in ("GET/a", "GET/b")] == [True, False]


def test_of_alternative_scopes_one_will_do():
    """As an operation with several security requirements has them."""
    rule = Rule("GET", "/a", either=(READ, WRITE))

    assert [granted(rule, Caller(scopes)) for scopes in (READ, WRITE, frozenset())] == [True, True, False]


def test_a_document_is_read_a_second_time():
    """Methods, scopes, the root's security, and what is open to everybody who has authenticated."""
    operations = {"get": {"security": [{"caller": ["read"]}]}, "put": {}, "post": {"security": []}}
    either = {"get": {"security": [{"caller": ["read"]}, {"caller": ["write"]}]}}
    document = {"security": [{"caller": []}], "paths": {"/a": operations, "/b": either}}

    assert rules_of(document) == (
        Rule("GET", "/a", READ),
        Rule("PUT", "/a"),
        Rule("POST", "/a"),
        Rule("GET", "/b", either=(READ, WRITE)),
    )
