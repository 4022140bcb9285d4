"""Looking into a token without verifying it."""

from __future__ import annotations

import pytest

from authkit.errors import MalformedToken
from authkit.tokens.inspect import inspect
from tests.support.tokens import ISSUER, b64, good_claims, signer


def test_header_and_claims_are_shown_whatever_the_signature() -> None:
    """The names say that nothing of it is verified."""
    token = signer().token().rpartition(".")[0] + ".AAAA"

    seen = inspect(token)

    assert seen.unverified_header["kid"] == "k1"
    assert seen.unverified_claims == good_claims(iss=ISSUER)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "not_three_segments"),
        ("a.b", "not_three_segments"),
        ("." * 1_000_000, "not_three_segments"),
        ("A" * 70_000 + "..", "not_three_segments"),
        ("e30=.e30.", "bad_base64url"),
        (f"{b64(b'[]')}.e30.", "not_an_object"),
        (f"e30.{b64(b'{')}.", "bad_json"),
    ],
)
def test_what_cannot_be_read_is_refused(token: str, code: str) -> None:
    """It keeps to the same rules of writing as the verifier."""
    with pytest.raises(MalformedToken) as fault:
        inspect(token)

    assert fault.value.code == code
