"""``authkit policy eval`` judges a request as the gateway does."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from authkit.cli import main

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/"

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Orders",
            "Effect": "Allow",
            "Action": "execute-api:Invoke",
            "Resource": [f"{STAGE}GET/orders/*", f"{STAGE}POST/orders"],
        },
        {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": f"{STAGE}GET/orders/*/audit"},
        {
            "Effect": "Allow",
            "Action": "execute-api:Invoke",
            "Resource": f"{STAGE}GET/office",
            "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
        },
    ],
}
EVERYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}],
}


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """Write the policy."""
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(POLICY))
    return str(path)


def test_it_names_the_statement_and_resource_that_allow(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0."""
    code = main(["policy", "eval", policy, f"{STAGE}GET/orders/1"])

    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        "allow",
        "  statement   1 Orders: Allow",
        f"  resource    {STAGE}GET/orders/*",
    ]


def test_a_deny_is_exit_code_1_and_named(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The Deny, and not the Allow it beats."""
    code = main(["policy", "eval", policy, f"{STAGE}GET/orders/1/audit", "--json"])

    assert code == 1
    assert json.loads(capsys.readouterr().out) == {
        "verdict": "explicit deny",
        "allowed": False,
        "statement": 2,
        "effect": "Deny",
        "resource": f"{STAGE}GET/orders/*/audit",
    }


def test_silence_refuses(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No statement decides."""
    code = main(["policy", "eval", policy, f"{STAGE}DELETE/orders/1"])

    assert code == 1
    assert capsys.readouterr().out == "implicit deny\n  statement   none applies\n"


@pytest.mark.parametrize(("address", "code"), [("203.0.113.24", 0), ("198.51.100.7", 1), (None, 1)])
def test_conditions_are_judged_by_what_is_told(address: str | None, code: int, policy: str) -> None:
    """A key that is not told is absent."""
    told = ["--condition", f"aws:SourceIp={address}"] if address else []

    assert main(["policy", "eval", policy, f"{STAGE}GET/office", *told]) == code


@pytest.mark.parametrize(
    ("extra", "code", "side"),
    [([], 0, "resource policy"), (["--other-account"], 1, "authorizer")],
)
def test_a_resource_policy_counts_too(
    extra: list[str], code: int, side: str, policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the API's own account an Allow on either side is enough; for another both must."""
    around = tmp_path / "api.json"
    around.write_text(json.dumps(EVERYBODY))

    found = main(["policy", "eval", policy, f"{STAGE}DELETE/orders/1", "--resource-policy", str(around), *extra])

    assert found == code
    assert f"decided by  {side}, after the authorizer was called" in capsys.readouterr().out


def test_a_deny_of_the_resource_policy_comes_before_the_authorizer(
    policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which is then not called at all."""
    denying: dict[str, Any] = {**EVERYBODY, "Statement": [{**EVERYBODY["Statement"][0], "Effect": "Deny"}]}  # type: ignore[dict-item]
    around = tmp_path / "api.json"
    around.write_text(json.dumps(denying))

    code = main(["policy", "eval", policy, f"{STAGE}POST/orders", "--resource-policy", str(around)])

    assert code == 1
    assert "decided by  resource policy, before the authorizer is called" in capsys.readouterr().out


def test_an_answer_is_taken_for_the_policy_in_it_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what a function returned can be piped in."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"principalId": "ada", "policyDocument": POLICY})))

    assert main(["policy", "eval", "-", f"{STAGE}POST/orders"]) == 0


@pytest.mark.parametrize(
    ("content", "arn", "words"),
    [
        ("{}", f"{STAGE}GET/", "cannot tell: Version is missing"),
        ("{", f"{STAGE}GET/", "not JSON"),
        ("[]", f"{STAGE}GET/", ""),
        (
            json.dumps({**POLICY, "Statement": [{**POLICY["Statement"][0], "Condition": {"Odd": {"aws:x": "1"}}}]}),  # type: ignore[dict-item]
            f"{STAGE}GET/",
            "cannot tell: the operator 'Odd'",
        ),
    ],
)
def test_what_cannot_be_judged_is_exit_code_3(
    content: str, arn: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither allowed nor refused."""
    path = tmp_path / "policy.json"
    path.write_text(content)

    assert main(["policy", "eval", str(path), arn]) == 3
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"policyDocument": POLICY}, "no principalId"),
        ({"principalId": "ada", "policyDocument": POLICY, "context": "x"}, "the context is no object"),
        (
            {**POLICY, "Statement": [{**POLICY["Statement"][1], "Resource": f"{STAGE}{'x' * 500}"}]},
            "over 512 characters",
        ),
    ],
)
def test_an_answer_that_is_a_500_is_never_allowed(
    answer: dict[str, Any], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever its policy says; but not where a Deny of the resource policy comes before it."""
    file, around = tmp_path / "answer.json", tmp_path / "around.json"
    file.write_text(json.dumps(answer))
    around.write_text(json.dumps({**EVERYBODY, "Statement": [{**EVERYBODY["Statement"][0], "Effect": "Deny"}]}))

    alone = main(["policy", "eval", str(file), f"{STAGE}GET/orders/1"])
    said = capsys.readouterr().err
    denied = main(["policy", "eval", str(file), f"{STAGE}GET/orders/1", "--resource-policy", str(around)])

    assert (alone, denied) == (3, 1)
    assert "answers 500" in said
    assert words in said


def test_keys_that_were_not_told_are_named(policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of both policies: a Deny by the time of day does not hold without one, and the request has one."""
    late = {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}
    around = tmp_path / "around.json"
    around.write_text(json.dumps({**EVERYBODY, "Statement": {**EVERYBODY["Statement"][0], "Condition": late}}))

    def notes(*conditions: str) -> list[str]:
        told = [each for condition in conditions for each in ("--condition", condition)]
        main(["policy", "eval", policy, f"{STAGE}GET/orders/1", "--resource-policy", str(around), *told])
        return [line.split()[1] for line in capsys.readouterr().err.splitlines()]

    assert notes() == ["aws:CurrentTime", "aws:SourceIp"]
    assert notes("AWS:sourceip=203.0.113.1", "aws:CurrentTime=2026-02-02T00:00:00Z") == []


@pytest.mark.parametrize("arn", ["orders/1", "GET/orders", "arn:aws:execute-api", ""])
def test_what_is_no_arn_is_wrong_usage(arn: str, policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And one is shown."""
    with pytest.raises(SystemExit) as ended:
        main(["policy", "eval", policy, arn])

    assert ended.value.code == 2
    assert "is no ARN; write one as arn:aws:execute-api:" in capsys.readouterr().err


def test_a_missing_file_is_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    """And named."""
    assert main(["policy", "eval", "no-such-policy.json", f"{STAGE}GET/"]) == 3
    assert "no-such-policy.json" in capsys.readouterr().err
