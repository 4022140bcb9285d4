"""What every policy looks like, whoever asks for whatever: its form, its limits, and the examples of the design."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from authkit import ConfigError, Principal, Route, Routes
from authkit.errors import AuthkitError
from tests.judge.iam import allows
from tests.judge.paths import HOSTILE, HOSTILE_REST, random_requests
from tests.judge.rules import Caller
from tests.judge.subject import ARN, PREFIX, arn_of, build, resources
from tests.judge.tables import HOSTILE_CLAIMS, random_caller, random_table

SAMPLE = 60


def samples(seed: int) -> list[tuple[Random, tuple, Caller]]:
    """Make some random tables, each with a caller."""
    rng = Random(seed)
    found = []
    for _ in range(SAMPLE):
        table = random_table(rng, 12)
        found.append((rng, table, random_caller(rng, table)))
    return found


def spelled(policy: dict) -> str:
    return json.dumps(policy, ensure_ascii=False)


def test_the_policy_does_not_depend_on_the_method_and_path_asked_for():
    """The gateway replays it for other routes: the same bytes come out whatever the ARN's last parts say."""
    asked = [("GET", "/"), ("POST", "/a/b"), ("*", "/*")] + [("GET", "/" + part) for part in (*HOSTILE, *HOSTILE_REST)]
    for rng, table, caller in samples(seed=1):
        subject, some = build(table), rng.sample(asked, 6)

        policies = {spelled(subject.policy(caller, arn_of(*each))) for each in some}

        assert len(policies) == 1, table


def test_the_policy_does_not_depend_on_the_order_of_the_table():
    """The same routes in any order give the same bytes, and the same conflicts."""
    for rng, table, caller in samples(seed=2):
        shuffled = tuple(rng.sample(table, len(table)))
        one, other = build(table), build(shuffled)

        assert spelled(one.policy(caller)) == spelled(other.policy(caller)), (table, shuffled)
        assert set(one.reported) == set(other.reported)


def test_the_policy_is_the_same_in_every_process():
    """Neither the order of sets nor of hashes shows."""
    script = (
        "import json; from tests.properties.test_policy_form import samples, build\n"
        "print(json.dumps([[build(t).policy(c), build(t).refusal] for _, t, c in samples(3)[:25]]))"
    )
    command, root = [sys.executable, "-c", script], Path(__file__).parents[2]

    outputs = {
        subprocess.run(
            command, cwd=root, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }

    assert len(outputs) == 1


def test_every_policy_keeps_to_the_form_and_the_limits():
    """Known version, no empty list, no wildcard before the path of an Allow, 512 characters, sorted, each once."""
    for _, table, caller in samples(seed=4):
        policy = build(table).policy(caller)

        assert policy["Version"] == "2012-10-17"
        assert policy["Statement"]
        for statement in policy["Statement"]:
            assert statement["Action"] == "execute-api:Invoke"
            assert statement["Resource"] == sorted(set(statement["Resource"]))
            assert statement["Resource"]
        for resource in resources(policy, "Allow"):
            assert resource.startswith(PREFIX)
            assert not set("*?$") & set(resource.removeprefix(PREFIX).split("/")[0])
        assert all(len(resource) <= 512 for effect in ("Allow", "Deny") for resource in resources(policy, effect))


def test_no_policy_reaches_another_stage_api_account_region_or_partition():
    """What is allowed here is allowed nowhere else."""
    here = ("aws", "eu-west-1", "111122223333", "a1b2c3", "prod")
    form = "arn:{}:execute-api:{}:{}:{}/{}/"
    others = [
        form.format(*here[:place], other, *here[place + 1 :])
        for place in range(len(here))
        for other in (here[place] + "2", "*", "")
    ]
    for rng, table, caller in samples(seed=5):
        policy = build(table).policy(caller)
        asked = random_requests(rng, table, caller)

        leaked = [(other, each) for each in asked for other in others if allows(policy, arn_of(*each, prefix=other))]

        assert (form.format(*here), leaked) == (PREFIX, [])


@pytest.mark.parametrize("broken", ["*/GET/a", "pr?d/GET/a", "${stage}/GET/a", "", "prod*/GET/a"])
def test_a_stage_that_is_a_pattern_never_becomes_part_of_an_allow(broken):
    """An ARN whose stage is not a plain name gives an error, not a policy for all stages."""
    subject = build(random_table(Random(1)))

    with pytest.raises(AuthkitError):
        subject.policy(Caller(frozenset({"read"})), PREFIX.removesuffix("prod/") + broken)


@pytest.mark.parametrize("stage", ["$default", "test-invoke-stage", "v1_2"])
def test_stages_as_the_gateway_names_them_are_kept(stage):
    """The stage of the event stands in the resource as it came, `$default` too."""
    prefix = PREFIX.replace("prod", stage)

    policy = Routes([Route("GET", "/a/{x}")]).policy(Principal(id="user-42"), prefix + "GET/")

    assert resources(policy, "Allow") == [prefix + "GET/a/*"]


def test_who_may_call_nothing_is_denied_everything_by_name():
    """No empty statement: an explicit Deny on the whole stage, for a resource policy could allow what is not denied."""
    routes = Routes([Route("GET", "/a", scopes={"read"}), Route("GET", "/u/{sub}", bind={"sub": "sub"})])

    policy = routes.policy(Principal(id="user-42"), ARN)

    assert policy["Statement"] == [{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [PREFIX + "*"]}]


@pytest.mark.parametrize("claim", [value for value in HOSTILE_CLAIMS if value is not None], ids=repr)
def test_a_hostile_claim_opens_nothing(claim):
    """A claim that could be a pattern or leave its segment does not grant the route bound to it."""
    routes = Routes([Route("GET", "/u/{sub}/x", bind={"sub": "sub"}), Route("GET", "/b")])

    policy = routes.policy(Principal(id="user-42", claims={"sub": claim}), ARN)

    assert resources(policy, "Allow") == [PREFIX + "GET/b"]


@pytest.mark.parametrize("length", [1, 100, 440, 460, 512, 5000])
def test_no_claim_is_long_enough_to_break_the_limit(length):
    """A resource is at most 512 characters, whatever the caller's claims hold."""
    routes = Routes([Route("GET", "/u/{sub}/x", bind={"sub": "sub"}), Route("GET", "/b")])

    policy = routes.policy(Principal(id="user-42", claims={"sub": "s" * length}), ARN)

    assert all(len(resource) <= 512 for resource in resources(policy, "Allow"))
    assert PREFIX + "GET/b" in resources(policy, "Allow")


def test_the_residue_of_the_design():
    """The Deny for `/orders/{id}/items` is exactly `orders/*/items`; it also takes the item named `items`."""
    read, items = {"orders:read"}, {"items:list"}
    routes = Routes(
        [
            Route("GET", "/orders/{id}", scopes=read),
            Route("GET", "/orders/{id}/items", scopes=items),
            Route("GET", "/orders/{id}/items/{item}", scopes=read),
        ]
    )

    policy = routes.policy(Principal(id="user-42", scopes=frozenset(read)), ARN)

    paths = ("/orders/1", "/orders/1/items", "/orders/1/items/2", "/orders/1/items/items")
    assert routes.conflicts == ()
    assert resources(policy, "Deny") == [PREFIX + "GET/orders/*/items"]
    assert [allows(policy, arn_of("GET", path)) for path in paths] == [True, False, True, False]


A_TABLE = [
    Route("GET", "/a/{x}", scopes={"read"}),
    Route("GET", "/a/{x}/{y}", scopes={"write"}),
    Route("GET", "/a/{x}/{y}/{z}", scopes={"read"}),
]


def test_the_conflict_of_the_design_names_its_three_routes():
    """Construction fails, for no Deny can take `/a/{x}/{y}` without `/a/{x}/{y}/{z}`."""
    with pytest.raises(ConfigError) as caught:
        Routes(A_TABLE)

    assert all(f"GET {path}" in str(caught.value) for path in ("/a/{x}", "/a/{x}/{y}", "/a/{x}/{y}/{z}"))


def test_the_conflict_of_the_design_can_be_settled_for_the_refusal():
    """With `on_conflict="refuse"` the Deny wins: less is allowed than granted, never more."""
    routes = Routes(A_TABLE, on_conflict="refuse")

    policy = routes.policy(Principal(id="user-42", scopes=frozenset({"read"})), ARN)

    (conflict,) = routes.conflicts
    assert [conflict.granted, conflict.refused, conflict.taken] == A_TABLE
    assert [allows(policy, arn_of("GET", path)) for path in ("/a/1", "/a/1/2", "/a/1/2/3")] == [True, False, False]


def test_a_caller_named_like_a_literal_loses_no_ordinary_value_of_another_route():
    """The caller's own route may give way, since its value is a literal; what is granted to everybody may not."""
    routes = Routes(
        [
            Route("GET", "/{user}/{doc}", bind={"user": "sub"}),
            Route("GET", "/admin/{x}/{y}", scopes={"root"}),
            Route("GET", "/admin/{x}/{y}/{z}"),
        ]
    )

    policy = routes.policy(Principal(id="user-42", claims={"sub": "admin"}), ARN)

    assert not allows(policy, arn_of("GET", "/admin/1/2"))
    assert allows(policy, arn_of("GET", "/admin/1/2/3"))
