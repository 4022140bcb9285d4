"""A body that is not known: nothing that hangs on it is said, and whatever does not is still found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import sigv4
from authkit.sigv4.mismatch import why_not
from tests.sigv4.mismatch.broken import BODY, BREAKS, CREDENTIALS, RIGHT, SECRET, Break, Said, hashed, request
from tests.sigv4.mismatch.test_why_not import echo
from tests.support.effort import FEW

LENGTH = ("Content-Length", str(len(BODY)))
GIVE = "give the body with -d"
LOUD = [(code, wrong) for code, wrong in BREAKS if wrong(RIGHT).text != RIGHT.text and not code.startswith("body")]


def headless(said: Said, *more: tuple[str, str]) -> dict[str, Any]:
    """Return a request as curl -v shows it: its headers tell of a body, which is not there."""
    asked = request(said.signature)
    return {**asked, "headers": [*asked["headers"], *(more or [LENGTH])], "body": None}


@pytest.mark.parametrize("header", [LENGTH, ("Transfer-Encoding", "chunked")])
def test_a_right_request_is_not_said_to_be_wrong(header: tuple[str, str]) -> None:
    """With its secret or without, all that is said is what is missing."""
    for key in (CREDENTIALS, None):
        found = why_not(**headless(RIGHT, header), key=key)

        assert (found.causes, found.difference) == ((), None)
        assert GIVE in found.says
        assert "another secret" not in found.says


def test_the_other_sides_text_agrees_but_for_the_body() -> None:
    """Its hash is no difference; without the secret it cannot be told whether it is the right one."""
    found = why_not(**headless(RIGHT), error=echo(RIGHT))

    assert (found.causes, found.difference) == ((), None)
    assert "reads all of the request but its body as it stands" in found.says
    assert GIVE in found.says


@pytest.mark.parametrize(("code", "wrong"), LOUD, ids=[f"{code}-{n}" for n, (code, _) in enumerate(LOUD)])
def test_what_an_echo_shows_besides_is_found(code: str, wrong: Break) -> None:
    """The same cause as with the body; where its hash is taken from is said."""
    found = why_not(**headless(RIGHT), error=echo(wrong(RIGHT)))

    assert (found.cause, found.proof) == (code, "canonical_request")
    assert "its hash is taken from there" in found.says
    assert found.difference is None or found.difference.part != "payload"


def test_one_text_and_the_right_signature_are_another_secret_whatever_the_body() -> None:
    """The signature that was sent is over the very text that the other side shows."""
    assert why_not(**headless(RIGHT), error=echo(RIGHT), key=CREDENTIALS).causes == ("secret",)


def test_another_body_on_the_way_is_not_called_another_secret() -> None:
    """What was signed has another hash than what came, and the body would tell."""
    came = RIGHT._replace(payload=hashed(b"another"))

    found = why_not(**headless(RIGHT), error=echo(came), key=CREDENTIALS)

    assert found.causes == ()
    assert GIVE in found.says
    assert "another secret" not in found.says


@pytest.mark.parametrize(
    ("payload", "code"), [(sigv4.EMPTY_SHA256, "body_left_out"), (sigv4.UNSIGNED_PAYLOAD, "body_unsigned")]
)
def test_a_body_that_was_not_signed_needs_not_be_known(payload: str, code: str) -> None:
    """By the signature, and by the echo."""
    said = RIGHT._replace(payload=payload)

    signed = why_not(**headless(said), key=CREDENTIALS)
    echoed = why_not(**headless(RIGHT), error=echo(said))

    assert (signed.causes, signed.proof) == ((code,), "signature")
    assert (echoed.causes, echoed.proof) == ((code,), "canonical_request")
    assert signed.difference == ("payload", "(the body is not here)", payload)


def test_a_string_to_sign_alone_hides_the_body_as_well() -> None:
    """Its last line is a hash of all: nothing known gives it, which says nothing."""
    text = f"<Error><StringToSign>{RIGHT.text}</StringToSign></Error>"

    told = why_not(**headless(RIGHT), error=text)
    silent = why_not(**headless(RIGHT, ("Content-Length", "0")), error=text)

    assert (told.causes, silent.causes) == ((), ())
    assert f"its hash is signed: {GIVE}" in told.says
    assert f"If there is a body, {GIVE}" in silent.says


def test_where_no_header_tells_of_a_body_both_are_thought_of() -> None:
    """An empty one first; and that there may be one."""
    empty = RIGHT._replace(payload=sigv4.EMPTY_SHA256)
    without = ("Content-Length", "0")

    right = why_not(**headless(empty, without), key=CREDENTIALS)
    other = why_not(**headless(RIGHT, without), key=CREDENTIALS)

    assert "is right for this request, without a body, and this secret." in right.says
    assert f"or a body that is not here: {GIVE}" in other.says


def test_a_declared_hash_needs_no_body() -> None:
    """It is what is signed; that the body fits it cannot be seen."""
    link: dict[str, Any] = {"method": "PUT", "url": "https://abc.example.com/a%20b"}
    common: dict[str, Any] = {"credentials": CREDENTIALS, "region": "eu-central-1", "service": "acme"}
    signed = sigv4.sign(**link, **common, clock=lambda: 0, body=BODY, declare_payload=True)
    wrong = sigv4.sign(**link, **common, clock=lambda: 0, body=BODY, declare_payload=True, double_encode=False)

    right, other = [
        why_not(**link, headers=[("Host", each.host), LENGTH, *each.headers], key=CREDENTIALS)
        for each in (signed, wrong)
    ]

    assert "is right for this request and this secret." in right.says
    assert f"to be held against the hash that the request declares: {GIVE}" in right.says
    assert other.causes == ("path_encoding",)


@FEW
@given(body=st.binary(min_size=1, max_size=30), other=st.binary(min_size=1, max_size=30), echoes=st.booleans())
def test_nothing_is_ever_blamed_that_the_body_explains(body: bytes, other: bytes, echoes: bool) -> None:
    """Signed over one body and come with any: the secret is at fault only where both are one text."""
    said, came = RIGHT._replace(payload=hashed(body)), RIGHT._replace(payload=hashed(other))

    found = why_not(**headless(said), error=echo(came) if echoes else "", key=CREDENTIALS)

    assert found.causes == (("secret",) if echoes and body == other else ())
    assert SECRET not in str(found)
