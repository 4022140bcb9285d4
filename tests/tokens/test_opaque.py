"""What an opaque token may look like (RFC 6750 section 2.1)."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.errors import MalformedToken
from authkit.tokens.opaque import LARGEST_TOKEN, demand_b64token

B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
ALPHABET = string.ascii_letters + string.digits + "-._~+/"


@given(st.text() | st.text(ALPHABET + "= ,") | st.binary())
def test_a_token_is_taken_exactly_where_the_rfc_has_it(token: str | bytes) -> None:
    """By its grammar, said in another way."""
    text = token.decode("latin-1") if isinstance(token, bytes) else token

    if B64TOKEN.fullmatch(text):
        assert demand_b64token(token) == text
    else:
        with pytest.raises(MalformedToken, match="invalid_token"):
            demand_b64token(token)


def test_every_character_of_the_grammar_may_be_there() -> None:
    """And any number of signs of equality, at the end."""
    assert demand_b64token(ALPHABET + "===") == ALPHABET + "==="
    assert [demand_b64token(each) for each in ALPHABET] == list(ALPHABET)


def test_the_longest_is_sixteen_kibibytes() -> None:
    """A9: before its characters are looked at."""
    assert demand_b64token("a" * LARGEST_TOKEN)
    for long in ("a" * (LARGEST_TOKEN + 1), b"\xff" * (LARGEST_TOKEN + 1)):
        with pytest.raises(MalformedToken, match="token_too_large"):
            demand_b64token(long)
