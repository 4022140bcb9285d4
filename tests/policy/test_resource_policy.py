"""The generator writes resource policies that let in whom they name, and nobody else: the evaluator says so."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import ConfigError
from authkit.policy.resource_policy import WideOpen, concerns, evaluate_resource_policy, resource_policy

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/"
ROLE = "arn:aws:iam::444455556666:role/team/deploy"
SESSION = "arn:aws:sts::444455556666:assumed-role/deploy/ann"

INSIDE = {"aws:SourceIp": "203.0.113.24"}
OUTSIDE = {"aws:SourceIp": "203.0.114.24"}


def verdict(policy: Any, request: Any, *, path: str = "GET/orders", principal: str | None = None) -> str:
    """Return what a resource policy alone says."""
    return evaluate_resource_policy(policy, STAGE + path, request, principal=principal).verdict


@pytest.mark.parametrize(
    ("arguments", "inside", "outside"),
    [
        ({"networks": ["203.0.113.0/24"]}, INSIDE, OUTSIDE),
        ({"networks": ["198.51.100.7", "203.0.113.0/24"]}, {"aws:SourceIp": "198.51.100.7"}, OUTSIDE),
        ({"networks": ["2001:DB8::/32"]}, {"aws:SourceIp": "2001:db8::1"}, INSIDE),
        ({"networks": ["203.0.113.0/24"]}, INSIDE, {"aws:SourceIp": "2001:db8::1"}),
        ({"networks": ["203.0.113.0/24"]}, INSIDE, {}),
        (
            {"networks": ["10.1.0.0/16"], "private": True},
            {"aws:VpcSourceIp": "10.1.2.3", "aws:SourceIp": "192.0.2.1"},
            {"aws:VpcSourceIp": "10.2.2.3", "aws:SourceIp": "10.1.2.3"},
        ),
        ({"vpcs": ["vpc-1a2b3c4d"]}, {"aws:SourceVpc": "vpc-1a2b3c4d"}, {"aws:SourceVpc": "vpc-1a2b3c4e"}),
        ({"vpcs": ["vpc-1a2b3c4d", "vpc-2"]}, {"aws:SourceVpc": "vpc-2"}, {"aws:SourceVpc": "vpc-22"}),
        ({"vpcs": ["vpc-1a2b3c4d"]}, {"aws:SourceVpc": "vpc-1a2b3c4d"}, INSIDE),
        ({"endpoints": ["vpce-1a2b3c4d"]}, {"aws:SourceVpce": "vpce-1a2b3c4d"}, {"aws:SourceVpce": "vpce-1"}),
        ({"endpoints": ["vpce-1a2b3c4d"]}, {"aws:SourceVpce": "vpce-1a2b3c4d"}, {"aws:SourceVpc": "vpce-1a2b3c4d"}),
        (
            {"vpcs": ["vpc-1"], "endpoints": ["vpce-1"]},
            {"aws:SourceVpc": "vpc-1", "aws:SourceVpce": "vpce-1"},
            {"aws:SourceVpc": "vpc-1", "aws:SourceVpce": "vpce-2"},
        ),
        (
            {"networks": ["10.0.0.0/8"], "endpoints": ["vpce-1"], "private": True},
            {"aws:VpcSourceIp": "10.9.9.9", "aws:SourceVpce": "vpce-1"},
            {"aws:VpcSourceIp": "11.9.9.9", "aws:SourceVpce": "vpce-1"},
        ),
    ],
)
def test_whoever_is_of_all_that_is_named_is_let_in_and_nobody_else(
    arguments: dict[str, Any], inside: dict[str, str], outside: dict[str, str]
) -> None:
    """Of several networks any will do; of networks, VPCs and endpoints all that are given."""
    policy = resource_policy(**arguments)

    assert verdict(policy, inside) == "allow"
    assert verdict(policy, outside) == "explicit deny"


@pytest.mark.parametrize(
    ("accounts", "principal", "expected"),
    [
        (["444455556666"], SESSION, "allow"),
        (["444455556666"], "arn:aws:iam::444455556666:user/ann", "allow"),
        (["444455556666"], "arn:aws:iam::444455556667:user/ann", "implicit deny"),
        (["arn:aws:iam::444455556666:root"], SESSION, "allow"),
        ([ROLE], ROLE, "allow"),
        ([ROLE], SESSION, "allow"),
        ([ROLE], SESSION.replace("deploy", "other"), "implicit deny"),
        ([ROLE], SESSION.replace("4444", "5555"), "implicit deny"),
        ([SESSION], SESSION, "allow"),
        ([SESSION], SESSION + "2", "implicit deny"),
        ([ROLE, "777788889999"], "arn:aws:iam::777788889999:root", "allow"),
        (["444455556666"], None, "implicit deny"),
        (["444455556666"], "444455556666", "implicit deny"),
    ],
)
def test_accounts_are_whom_the_allow_is_for(accounts: list[str], principal: str | None, expected: str) -> None:
    """By IAM authorization: who has not signed in with it is none of them."""
    policy = resource_policy(accounts=accounts, networks=["203.0.113.0/24"])

    assert verdict(policy, INSIDE, principal=principal) == expected
    assert verdict(policy, OUTSIDE, principal=principal) == "explicit deny"


def test_the_document_is_the_one_of_the_guide() -> None:
    """Allow everybody on everything, then deny the negation; sorted, each once, canonical."""
    policy = resource_policy(networks=["203.0.113.7", "192.0.2.0/24", "192.0.2.0/24"])

    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": ["execute-api:/*"]},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "execute-api:Invoke",
                "Resource": ["execute-api:/*"],
                "Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.7/32"]}},
            },
        ],
    }


def test_the_same_is_said_in_the_same_bytes() -> None:
    """Whatever the order it was asked in."""
    one = resource_policy(networks=["192.0.2.0/24", "203.0.113.7"], vpcs=["vpc-2", "vpc-1"], private=True)
    other = resource_policy(networks={"203.0.113.7/32", "192.0.2.0/24"}, vpcs=("vpc-1", "vpc-2"), private=True)

    assert json.dumps(one) == json.dumps(other)


@pytest.mark.parametrize(
    ("named", "path", "expected"),
    [
        ("/prod/GET/orders", "GET/orders", "allow"),
        ("execute-api:/prod/GET/orders", "GET/orders", "allow"),
        (STAGE + "GET/orders", "GET/orders", "allow"),
        ("/prod/GET/orders", "GET/orders/1", "implicit deny"),
        ("/prod/GET/*", "GET/orders/1", "allow"),
        ("/dev/GET/orders", "GET/orders", "implicit deny"),
        (STAGE.replace("k3p9", "a3p9") + "*", "GET/orders", "implicit deny"),
    ],
)
def test_what_is_allowed_can_be_named_short_or_whole(named: str, path: str, expected: str) -> None:
    """The gateway expands the short form with the API that has the policy."""
    policy = resource_policy(networks=["203.0.113.0/24"], allow=[named])

    assert verdict(policy, INSIDE, path=path) == expected
    assert verdict(policy, OUTSIDE, path=path) == "explicit deny"


def test_what_is_restricted_can_be_named() -> None:
    """The rest stays open to all."""
    policy = resource_policy(networks=["203.0.113.0/24"], restrict=["/prod/GET/admin/*"])

    assert verdict(policy, OUTSIDE, path="GET/admin/x") == "explicit deny"
    assert verdict(policy, OUTSIDE, path="GET/orders") == "allow"
    assert verdict(policy, INSIDE, path="GET/admin/x") == "allow"


def test_without_an_allow_it_only_takes_away() -> None:
    """Beside an authorizer that is all it needs to do."""
    policy = resource_policy(networks=["203.0.113.0/24"], allow=())

    assert verdict(policy, INSIDE) == "implicit deny"
    assert verdict(policy, OUTSIDE) == "explicit deny"
    assert concerns(policy) == ()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"networks": ["203.0.113.5/24"]}, "the network is 203.0.113.0/24"),
        ({"networks": ["203.0.113.0/33"]}, "'203.0.113.0/33'"),
        ({"networks": ["203.0.113.0/255.255.255.0"]}, "length of its prefix"),
        ({"networks": ["203.0.113"]}, "'203.0.113' is no network"),
        ({"networks": ["example.com"]}, "'example.com'"),
        ({"networks": ["::ffff:192.0.2.1"]}, "'::ffff:192.0.2.1'"),
        ({"networks": [""]}, "'' is no network"),
        ({"networks": ["*"]}, r"'\*' is no network"),
        ({"networks": "203.0.113.0/24"}, "is a list, not one value"),
        ({"networks": [3405803776]}, "networks must be texts"),
        ({"vpcs": ["vpce-1a2b3c4d"]}, "'vpce-1a2b3c4d' is no id of a VPC"),
        ({"vpcs": ["vpc-*"]}, "is no id of a VPC"),
        ({"endpoints": ["vpc-1a2b3c4d"]}, "is no id of a VPC endpoint"),
        ({"accounts": ["4444"]}, "'4444' is neither an account's number"),
        ({"accounts": ["*"]}, "neither an account's number"),
        ({"accounts": ["arn:aws:iam::444455556666:role/*"]}, "neither an account's number"),
        ({"accounts": ["arn:aws:s3:::bucket"]}, "neither an account's number"),
        ({"accounts": ["444455556666"], "allow": ()}, "allow must not be empty"),
        ({"networks": ["203.0.113.0/24"], "vpcs": ["vpc-1"]}, "say private=True"),
        ({"networks": ["203.0.113.0/24"], "restrict": ()}, "restrict is empty"),
        ({"allow": ()}, "neither allows nor denies"),
        ({"networks": ["203.0.113.0/24"], "allow": ["prod/GET/a"]}, "'prod/GET/a'"),
        ({"networks": ["203.0.113.0/24"], "allow": ["/prod/GET/${x}"]}, "neither /stage/METHOD/path"),
        ({"networks": ["203.0.113.0/24"], "restrict": ["arn:aws:s3:::bucket/x"]}, "restrict has"),
        ({"networks": ["203.0.113.0/24"], "allow": "/*"}, "allow is a list"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_named(arguments: dict[str, Any], named: str) -> None:
    """While the policy is being written, not when callers are shut out."""
    with pytest.raises(ConfigError, match=named):
        resource_policy(**arguments)


def test_all_faults_are_told_at_once() -> None:
    """One message names them."""
    with pytest.raises(ConfigError) as caught:
        resource_policy(networks=["x", "y"], vpcs=["z"], accounts=["1"])

    assert all(f"'{value}'" in str(caught.value) for value in "xyz1")


def test_a_policy_that_is_too_long_is_refused_and_says_why() -> None:
    """Counted as the gateway saves it; the longest that fits is within the limit."""
    networks = [f"203.0.{number // 256}.{number % 256}/32" for number in range(600)]

    with pytest.raises(ConfigError, match="8192 is the limit; most of them are the 600 networks"):
        resource_policy(networks=networks)
    fitting = max(n for n in range(300, 500) if fits(networks[:n]))
    policy = resource_policy(networks=networks[:fitting])

    assert 7800 < len(json.dumps(policy, separators=(",", ":"))) <= 8192


def fits(networks: list[str]) -> bool:
    try:
        return bool(resource_policy(networks=networks))
    except ConfigError:
        return False


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({}, "nothing is restricted"),
        ({"networks": ["0.0.0.0/0"]}, "every IPv4 address"),
        ({"networks": ["::/0", "203.0.113.0/24"]}, "every IPv6 address"),
        ({"networks": ["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2"]}, "every IPv4 address"),
        ({"networks": ["0.0.0.0/0"], "private": True}, "every IPv4 address"),
    ],
)
def test_a_wide_open_policy_is_written_with_a_warning(arguments: dict[str, Any], why: str) -> None:
    """It may be meant; it is not silent."""
    with pytest.warns(WideOpen, match=why):
        policy = resource_policy(**arguments)

    assert any(why in concern for concern in concerns(policy))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"networks": ["203.0.113.0/24"]}, "permits what the authorizer does not deny by name"),
        ({"networks": ["10.1.0.0/16"]}, "10.1.0.0/16 is private"),
        ({"networks": ["fd00::/8"]}, "fd00::/8 is private"),
        ({"networks": ["203.0.113.0/24"], "allow": ["/*/OPTIONS/*"]}, "also takes the paths behind it"),
        ({"networks": ["203.0.113.0/24"], "allow": [STAGE + "*/orders"]}, "also takes the paths behind it"),
    ],
)
def test_what_to_think_twice_about_is_told(arguments: dict[str, Any], why: str) -> None:
    """Without a warning: it is for whoever asks, a linter or a reviewer."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        policy = resource_policy(**arguments)

    assert [concern for concern in concerns(policy) if why in concern]


@pytest.mark.parametrize(
    "arguments",
    [
        {"networks": ["10.1.0.0/16"], "private": True, "allow": ["/prod/OPTIONS/*"]},
        {"accounts": ["444455556666"], "networks": ["203.0.113.0/24"]},
        {"networks": ["203.0.113.0/24"], "allow": ["/prod/OPTIONS/*"]},
    ],
)
def test_what_is_sound_raises_no_other_concern(arguments: dict[str, Any]) -> None:
    """But for the Allow that is for everybody, where there is one."""
    said = [
        concern for concern in concerns(resource_policy(**arguments)) if "beside a Lambda authorizer" not in concern
    ]

    assert said == []


BLOCKS = st.lists(
    st.ip_addresses(v=4).flatmap(lambda ip: st.integers(1, 32).map(lambda n: (int(ip) >> 32 - n << 32 - n, n))),
    min_size=1,
    max_size=5,
)


@given(BLOCKS, st.ip_addresses(v=4), st.integers(0, 4), st.booleans())
def test_exactly_the_addresses_of_the_networks_are_let_in(
    blocks: list[tuple[int, int]], stranger: Any, which: int, private: bool
) -> None:
    """Any networks and any address, half of them from within."""
    from ipaddress import IPv4Address

    networks = [f"{IPv4Address(base)}/{length}" for base, length in blocks]
    base, length = blocks[which % len(blocks)]
    for address in (stranger, IPv4Address(base), IPv4Address(base | 2 ** (32 - length) - 1)):
        named = any(int(address) >> 32 - n == start >> 32 - n for start, n in blocks)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WideOpen)
            policy = resource_policy(networks=networks, private=private)

        request = {"aws:VpcSourceIp" if private else "aws:SourceIp": str(address)}

        assert verdict(policy, request) == ("allow" if named else "explicit deny")
