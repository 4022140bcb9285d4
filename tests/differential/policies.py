"""Random policies and requests: mostly such as people write, some odd, so that judges have something to differ about."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

HEAD = "arn:aws:execute-api:eu-west-1:111122223333:"
STAGE = HEAD + "k3p9x7q2wd/prod/"
SEGMENTS = ("orders", "users", "1042", "items", "Orders", "a.c", "abc", "me")
ODD_SEGMENTS = (
    "",
    "a:b",
    "x+y",
    "(a)",
    "[ab]",
    "a|b",
    "{id}",
    "line\n",
    "\n",
    "$x",
    "^a",
    "a\\b",
    "é",
    "日本",
    "*",
    "?",
    "${x}",
)
METHODS = ("GET", "PUT", "get")
HEADS = (
    "arn:aws:execute-api:*:*:k3p9x7q2wd/prod/", "arn:aws:execute-api:eu-west-?:111122223333:k3p9x7q2wd/prod/",
    "arn:aws:execute-api:*:k3p9x7q2wd/prod/", "arn:*:k3p9x7q2wd/*/", "arn:aws:execute-api:eu-*3:k3p9x7q2wd/prod/",
    "arn:aws-cn:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/", "arn:AWS:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/",
    "arn:aws:execute-api:eu-w*1111*:k3p9x7q2wd/prod/", HEAD + "*/",
)  # fmt: skip
ACTIONS = (
    "execute-api:Invoke",
    "execute-api:*",
    "*",
    "execute-api:inv?ke",
    "EXECUTE-API:INVOKE",
    "s3:GetObject",
    "execute-api:ManageConnections",
)

ODD = 0.03  # of values, so that most policies are understood by both


class Values(NamedTuple):
    """What stands in policies or requests: mostly this, sometimes that."""

    plain: tuple[Any, ...]
    odd: tuple[Any, ...] = ()

    def draw(self, chance: Random) -> Any:
        return chance.choice(self.odd if self.odd and chance.random() < ODD else self.plain)


KEYS = {
    "aws:SourceIp": Values(
        ("203.0.113.24", "198.51.100.7", "2001:db8::1", "10.0.0.1"), ("", "unknown", "::ffff:10.0.0.1")
    ),
    "aws:CurrentTime": Values(
        ("2026-08-17T09:41:07Z", "2026-08-17T09:41:08Z", "2025-12-31T23:59:59+02:00"), ("2026-08-17", "now")
    ),
    "aws:EpochTime": Values(("1786959667", "1786959668", "0"), ("2026", "010")),
    "aws:SecureTransport": Values(("true", "false", "True"), ("yes",)),
    "aws:UserAgent": Values(("curl/8.1", "CURL/8.1", "Mozilla/5.0 (X11)", "wget"), ("", "a\n")),
    "aws:Referer": Values(("https://example.com/a", "https://example.com/a+b", "https://Example.com/a")),
    "aws:SourceArn": Values(("arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/a:b"), ("app",)),
    "aws:TagKeys": Values((["a", "b"], ["a"], ["c", "d"], ["a", "c"]), ([""], [])),
}
FAMILIES = {
    "String": (
        (
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ),
        Values(
            (
                "curl/8.1",
                "curl/*",
                "*",
                "https://example.com/?",
                "https://example.com/a+b",
                "Mozilla/5.0 (X11)",
                "a",
                "b",
                "c?",
                "203.0.113.*",
                "A",
                "a*",
            ),
            ("", True),
        ),
    ),
    "Numeric": (
        (
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ),
        Values(("1786959667", "1786959667.5", "-1", "0", "10"), ("1e3", "x")),
    ),
    "Date": (
        (
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ),
        Values(
            ("2026-08-17T09:41:07Z", "2026-08-17T11:41:08+02:00", "1786959667"),
            ("2026-08-17", "2026-08-17T09:41:07", "2026", "20260817T094107Z", "tomorrow"),
        ),
    ),
    "Bool": (("Bool",), Values(("true", "false"), ("True", "1", True))),
    "Ip": (
        ("IpAddress", "NotIpAddress"),
        Values(("203.0.113.0/24", "203.0.113.24", "2001:db8::/32", "0.0.0.0/0", "::/0"), ("10.0.0.1/8", "here")),
    ),
    "Arn": (
        ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
        Values(
            (
                "arn:aws:iam::111122223333:role/app",
                "arn:aws:iam::*:role/*",
                "arn:aws:iam:*:role/app",
                "arn:aws:IAM::*:role/app",
                "arn:aws:iam::*:user/*",
            ),
            ("*",),
        ),
    ),
    "Null": (("Null",), Values(("true", "false"), ("yes",))),
    "Binary": (("BinaryEquals",), Values(("YQ==",))),
}
FITTING = {
    "aws:SourceIp": ("Ip", "String"), "aws:CurrentTime": ("Date",), "aws:EpochTime": ("Date", "Numeric"), "aws:SecureTransport": ("Bool",),
    "aws:UserAgent": ("String",), "aws:Referer": ("String",), "aws:SourceArn": ("Arn", "String"), "aws:TagKeys": ("String",),
}  # fmt: skip


class Case(NamedTuple):
    """A policy, and a request to judge by it."""

    policy: dict[str, Any]
    arn: str
    request: dict[str, Any]


def cases(chance: Random, count: int) -> list[Case]:
    """Make some cases; a policy is asked several times."""
    made: list[Case] = []
    while len(made) < count:
        policy = {
            "Version": "2012-10-17",
            "Statement": [_statement(chance) for _ in range(chance.choice((1, 1, 2, 3, 4)))],
        }
        made += [Case(policy, _arn(chance), _request(chance)) for _ in range(min(4, count - len(made)))]
    return made


def _some(chance: Random, draw: Any, most: int) -> Any:
    listed = [draw() for _ in range(chance.randint(1, most))]
    return listed[0] if len(listed) == 1 and chance.random() < 0.5 else listed


def _statement(chance: Random) -> dict[str, Any]:
    action = "NotAction" if chance.random() < 0.1 else "Action"
    resource = "NotResource" if chance.random() < 0.15 else "Resource"
    actions = ACTIONS[: chance.choice((2, len(ACTIONS)))]
    statement: dict[str, Any] = {
        "Effect": chance.choice(("Allow", "Allow", "Deny")),
        action: _some(chance, lambda: chance.choice(actions), 2),
        resource: _some(chance, lambda: _resource(chance), 3),
    }
    if chance.random() < 0.5:
        statement["Condition"] = {}
        for _ in range(chance.choice((1, 1, 2))):
            operator, key, values = _condition(chance)
            statement["Condition"][operator] = {key: values}
    return statement


def _segment(chance: Random, *, odd: float) -> str:
    return chance.choice(ODD_SEGMENTS) if chance.random() < odd else chance.choice(SEGMENTS)


def _resource(chance: Random) -> str:
    roll = chance.random()
    if roll < 0.1:
        return (
            "GET/orders" if roll < ODD / 10 else chance.choice(("*", "arn:aws:execute-api:*", STAGE + "*", HEAD + "*"))
        )
    head = STAGE if roll < 0.85 else chance.choice(HEADS)
    parts = [
        chance.choice(("*", "?", "o*", "*s", "1?4*")) if chance.random() < 0.5 else _segment(chance, odd=0.03)
        for _ in range(chance.randint(1, 3))
    ]
    return head + "/".join([chance.choice(("GET", "GET", "*", *METHODS)), *parts])


def _arn(chance: Random) -> str:
    parts = [_segment(chance, odd=0.08) for _ in range(chance.randint(1, 3))]
    return STAGE + "/".join([chance.choice(("GET", "GET", "PUT")), *parts])


def _condition(chance: Random) -> tuple[str, str, Any]:
    key = chance.choice(tuple(KEYS))
    odd = chance.random() < ODD
    family = chance.choice(tuple(FAMILIES)) if odd else chance.choice((*FITTING[key] * 6, "Null"))
    operators, values = FAMILIES[family]
    often = key == "aws:TagKeys" and family != "Null"
    quantity = chance.choice(("ForAnyValue:", "ForAllValues:")) if chance.random() < (0.95 if often else ODD) else ""
    if_exists = "IfExists" if chance.random() < (0.15 if family != "Null" else ODD) else ""
    operator = "StringMatches" if odd and chance.random() < 0.1 else chance.choice(operators)
    spelled = key.lower() if chance.random() < 0.1 else key
    return quantity + operator + if_exists, spelled, _some(chance, lambda: values.draw(chance), 2)


def _request(chance: Random) -> dict[str, Any]:
    return {key: values.draw(chance) for key, values in KEYS.items() if chance.random() < 0.75}
