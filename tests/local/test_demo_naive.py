"""What the demo's wrong authorizers get right: only what is told of them is wrong."""

from __future__ import annotations

import pytest

from authkit.errors import Unauthenticated
from authkit.gateway.answer import Unauthorized
from authkit.gateway.request import parse
from authkit.local.explanation.keeper import Keeper
from authkit.local.scenes.forged import pem, signed_with_the_public_key, unsigned
from authkit.local.scenes.naive import as_the_header_says, for_everything, for_the_arn_asked
from authkit.local.scenes.stage import Stage, on_stage
from authkit.testing import rest_request

CLAIMS = {"sub": "mallory", "scope": "orders:read"}


@pytest.fixture
def stage() -> Stage:
    """Return a stage."""
    with on_stage(Keeper(None, by=""), clock=lambda: 1786959667.0) as found:
        yield found


def key(stage: Stage) -> bytes:
    """Return the issuer's public key."""
    return pem(stage.issuer._keys[0].public)


@pytest.mark.parametrize("make", [for_the_arn_asked, for_everything])
def test_a_bad_token_is_refused(make: object, stage: Stage) -> None:
    """As the documentation has it."""
    handler = make(stage.bearer(), stage.routes)  # type: ignore[operator]

    with pytest.raises(Unauthorized):
        handler(rest_request("GET", "/orders/1", token="no.token.atall"), None)


@pytest.mark.parametrize("make", [for_the_arn_asked, for_everything])
def test_what_is_not_granted_is_denied(make: object, stage: Stage) -> None:
    """To whoever asks for it first."""
    handler = make(stage.bearer(), stage.routes)  # type: ignore[operator]

    answer = handler(rest_request("GET", "/nowhere", token=stage.token("reader").token), None)

    assert [each["Effect"] for each in answer["policyDocument"]["Statement"]] == ["Deny"]


def test_what_the_header_names_is_checked(stage: Stage) -> None:
    """By the key it says, and with what is left: nothing."""
    authenticate = as_the_header_says(key(stage), stage.bearer())
    tokens = (
        unsigned(CLAIMS).token,
        signed_with_the_public_key(CLAIMS, key(stage), "any").token,
        stage.token("reader").token,
    )
    other = signed_with_the_public_key(CLAIMS, b"another key", "any").token

    found = [authenticate(parse(rest_request("GET", "/orders/1", token=token))).id for token in tokens]
    with pytest.raises(Unauthenticated):
        authenticate(parse(rest_request("GET", "/orders/1", token=other)))

    assert found == ["mallory", "mallory", "reader"]


def test_a_note_has_no_body(stage: Stage) -> None:
    """It was never sent."""
    assert stage.note("time passes").body is None
