"""Every scene goes as it is told, over real sockets, and no token of it is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from authkit.local.explanation.keeper import Keeper
from authkit.local.explanation.last import read
from authkit.local.scenes import draw
from authkit.local.scenes.act import Act, Credential
from authkit.local.scenes.playbill import SCENES, as_told, data, played
from authkit.local.trace import RED

NOW = 1786959667.5  # 17 August 2026, 09:41:07 UTC


def scene(name: str) -> tuple[Act, ...]:
    """Play a scene."""
    return played(name, keeper=Keeper(None, by=""), clock=lambda: NOW)


def sequence(acts: tuple[Act, ...]) -> list[tuple[Any, ...]]:
    """Return what happened: gateway, status, code for the operator, whether a kept answer, fetches."""
    return [
        (
            each.gateway,
            each.came.status,
            each.came.record.code if each.came.record else None,
            each.came.call.kept,
            each.came.fetches,
        )
        for each in acts
        if each.came is not None
    ]


def test_the_cache_trap() -> None:
    """What the tutorials get wrong is wrong, either way, and the same calls through authkit are right."""
    acts = scene("cache-trap")

    statuses: dict[str, list[int]] = {}
    for gateway, status, _, _, _ in sequence(acts):
        statuses.setdefault(gateway, []).append(status)
    wrong = {(each.gateway, f"{each.method} {each.path}", each.expected) for each in acts if each.wrong}
    assert statuses == {
        "this ARN": [200, 403, 403, 403, 200, 200],
        "Allow *": [200, 200, 200, 200],
        "authkit": [200, 200, 403, 403, 200, 403],
    }
    assert wrong == {
        ("this ARN", "GET /orders/1042/lines", 403),
        ("this ARN", "GET /orders/1042/audit", 200),
        ("Allow *", "GET /orders/1042/audit", 200),
        ("Allow *", "POST /orders", 200),
    }
    assert [kept for _, _, _, kept, _ in sequence(acts)].count(False) == 5  # one question a token and gateway


def test_an_outage_of_the_key_endpoint() -> None:
    """Known keys go on, unknown ones are refused or cannot be told, a cold start is a 500, and all recover."""
    acts = scene("jwks-down")

    assert sequence(acts) == [
        ("warm", 200, "", False, 1),
        ("warm", 200, "", False, 0),
        ("warm", 401, "key_not_found", False, 1),
        ("warm", 401, "key_not_found_cooldown", False, 0),
        ("warm", 200, "", False, 1),
        ("warm", 500, "fetch_status", False, 0),
        ("cold", 500, "fetch_status", False, 1),
        ("cold", 500, "fetch_status", False, 0),
        ("cold", 200, "", False, 1),
        ("warm", 200, "", False, 1),
    ]
    outages = [each.came for each in acts if each.came and each.came.status == 500]
    assert not any(came.kept or came.call.judged for came in outages)  # no answer, so no Deny that could be kept


def test_a_rotation() -> None:
    """One fetch for each new key, none for the old one while it is published, and a refusal afterwards."""
    assert sequence(scene("rotate-key")) == [
        ("authkit", 200, "", False, 1),
        ("authkit", 200, "", False, 1),
        ("authkit", 200, "", False, 0),
        ("authkit", 200, "", False, 0),
        ("authkit", 200, "", False, 1),
        ("authkit", 401, "key_not_found_cooldown", False, 0),
        ("authkit", 200, None, True, 0),
        ("authkit", 401, "key_not_found", False, 1),
    ]


def test_an_expired_token() -> None:
    """A kept answer outlives it, but for the limit; seen again it is refused, and that is not kept."""
    acts = scene("expired")

    assert [each[:4] for each in sequence(acts)] == [
        ("no limit", 200, "", False),
        ("until_token_ends", 200, "", False),
        ("no limit", 200, None, True),
        ("until_token_ends", 403, None, True),
        ("no limit", 401, "expired", False),
        ("no limit", 401, "expired", False),
        ("no limit", 200, "", False),
    ]
    refused = [each for each in acts if each.came and each.came.status == 401]
    assert all(each.body == {"message": "Unauthorized"} for each in refused)
    assert refused[0].data()["operator"]["detail"].startswith("expired 30")


def test_a_token_for_another_api() -> None:
    """Taken by whoever does not ask for whom it is."""
    assert [each[:4] for each in sequence(scene("wrong-aud"))] == [
        ("no audience", 200, "", False),
        ("authkit", 401, "audience_mismatch", False),
        ("authkit", 401, "audience_mismatch", False),
        ("authkit", 200, "", False),
    ]


def test_forged_tokens() -> None:
    """Taken by whoever does as their header says; authkit does not even fetch keys for them."""
    acts = scene("alg-none")

    assert sequence(acts) == [
        ("by header", 200, "", False, 0),
        ("by header", 200, "", False, 0),
        ("authkit", 401, "alg_not_allowed", False, 0),
        ("authkit", 401, "alg_not_allowed", False, 0),
        ("authkit", 401, "alg_not_allowed", False, 0),
        ("authkit", 200, "", False, 1),
    ]
    assert {each.body["message"] for each in acts if each.came and each.came.status == 401} == {"Unauthorized"}


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_goes_as_it_is_told(name: str) -> None:
    """And tells so as JSON; each wrong outcome has its reason, and what authkit does about it is said."""
    acts = scene(name)

    told = json.loads(json.dumps(data(name, acts)))
    assert told["as_told"] is as_told(acts) is True
    assert [step["step"] for step in told["steps"]] == list(range(1, len(acts) + 1))
    assert {step.get("status") for step in told["steps"]} > {200}
    assert told["lesson"]


def everything_shown(name: str, acts: tuple[Act, ...], file: Path) -> str:
    """Return all that anybody can see of a scene."""
    drawn = [draw.act(number, act, colour=True) for number, act in enumerate(acts)]
    return json.dumps(data(name, acts)) + "".join(drawn) + file.read_text() + repr(acts)


@pytest.mark.parametrize("name", SCENES)
def test_no_token_is_shown(name: str, tmp_path: Path) -> None:
    """Nor a part of it that would be as good: not as text, not as JSON, not in the file of the last decisions."""
    file = tmp_path / "decisions.json"
    with Keeper(file, by="a test").running() as keeper:
        acts = played(name, keeper=keeper, clock=lambda: NOW)

    sent = [each.came.call.request.header("authorization").split()[1] for each in acts if each.came]
    shown = everything_shown(name, acts, file)
    assert len(sent) > 3
    for token in sent:
        assert token not in shown
        assert not any(part and part in shown for part in token.split("."))


@pytest.mark.parametrize("name", SCENES)
def test_the_last_decision_is_the_one_that_was_answered(name: str, tmp_path: Path) -> None:
    """As many as are kept, in their order."""
    file = tmp_path / "decisions.json"
    with Keeper(file, by="a test").running() as keeper:
        acts = played(name, keeper=keeper, clock=lambda: NOW)

    asked = [each for each in acts if each.came]
    kept = [each.explanation for each in read(file)]
    assert [(each.asked, each.status) for each in kept] == [
        (f"{each.method} {each.path}", each.came.status) for each in asked if each.came
    ]
    for act, decision in zip(asked, kept, strict=True):
        assert act.came is not None
        assert act.came.record is None or act.came.record.code == decision.code


def test_the_matrix_has_a_row_for_each_call_and_marks_what_is_wrong() -> None:
    """Side by side, and a dash where a gateway was not asked."""
    lines = draw.matrix(scene("cache-trap"), colour=False).splitlines()

    assert lines[0].split() == ["this", "ARN", "Allow", "*", "authkit"]
    assert [line.split() for line in lines[1:7]] == [
        ["GET", "/orders/1042", "200", "200", "200"],
        ["GET", "/orders/1042/lines", "403", "✗", "200", "200"],
        ["GET", "/orders/1042/audit", "403", "200", "✗", "403"],
        ["POST", "/orders", "403", "200", "✗", "403"],
        ["GET", "/orders/*", "200", "–", "200"],
        ["GET", "/orders/1042/audit", "200", "✗", "–", "403"],
    ]


def test_what_did_not_go_as_told_is_said() -> None:
    """In the text, in the JSON, and for the exit code."""
    acts = tuple(each._replace(expected=418) if each.came else each for each in scene("wrong-aud"))

    drawn = draw.act(1, acts[0], colour=True)
    assert not as_told(acts)
    assert data("wrong-aud", acts)["as_told"] is False
    assert f"{RED}this should have been 418" in drawn


def test_what_failed_at_the_issuer_is_said() -> None:
    """Beside how often it was asked."""
    acts = scene("jwks-down")

    drawn = "".join(draw.act(number, act, colour=False) for number, act in enumerate(acts))
    assert "the key endpoint was asked once; it failed: 127.0.0.1 answered 503" in drawn
    assert "\033" not in drawn


def test_a_body_that_is_no_json_is_shown_as_it_is_and_without_the_credential() -> None:
    """Whatever a backend echoes."""
    act = next(each for each in scene("wrong-aud") if each.came)
    assert act.came is not None
    token = act.came.call.request.header("authorization").split()[1]

    echoed = act._replace(came=act.came._replace(body=f"you sent {token}"))

    assert echoed.body == "you sent REDACTED"
    assert token not in repr(Credential("a token", token))
