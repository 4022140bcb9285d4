"""The text of a key: what it shows before anybody looks it up."""

from __future__ import annotations

import hmac
import re
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.credentials.apikey_text import (
    LONGEST,
    demand_form,
    digest_of,
    has_checksum,
    id_of,
    new_key,
    pattern,
    pepper_of,
    prefix_faults,
)
from authkit.errors import Unauthenticated
from tests.credentials.apikeys.keys import OLDER, PEPPER, entropy

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def key(prefix: str = "ak_live") -> str:
    return new_key(prefix, PEPPER, entropy).text


def number(text: str) -> int:
    value = 0
    for each in text:
        value = value * 62 + DIGITS.index(each)
    return value


def test_a_key_has_prefix_id_secret_and_checksum() -> None:
    """In this order, and short enough for any header."""
    made = new_key("ak_live", PEPPER, entropy)

    assert re.fullmatch(r"ak_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{40}_[0-9A-Za-z]{6}", made.text)
    assert id_of(made.text) == made.id == made.text.split("_")[2]
    assert len(made.text) == 68 <= LONGEST


def test_its_checksum_is_the_crc_of_all_before_it() -> None:
    """A scanner of secrets can tell by it, without the pepper."""
    body, _, checksum = key().rpartition("_")

    assert number(checksum) == crc32(body.encode())
    assert has_checksum(f"{body}_{checksum}")


def test_its_digest_is_an_hmac_under_the_pepper() -> None:
    """Of the whole text; without the pepper, a store that leaks tells nothing to try keys against."""
    made = new_key("ak_live", PEPPER, entropy)

    assert made.digest == hmac.new(PEPPER, b"authkit api key, whole\n" + made.text.encode(), "sha256").hexdigest()
    assert made.digest == digest_of(made.text, PEPPER) != digest_of(made.text, OLDER)


def test_keys_are_all_different() -> None:
    """In id and secret."""
    keys = [key().split("_") for _ in range(500)]

    assert len({each[2] for each in keys}) == len({each[3] for each in keys}) == 500


def test_a_secret_has_more_than_160_bits_at_random() -> None:
    """32 base62 digits, each of which varies, beside the 8 that follow from them."""
    secrets = [key().split("_")[3][:32] for _ in range(2000)]

    assert 62**32 > 2**160
    for column in zip(*secrets, strict=True):
        assert len(set(column)) == 62


@given(st.integers(0, 67), st.sampled_from(DIGITS + "_-. é"))
def test_any_one_wrong_character_is_told(at: int, letter: str) -> None:
    """Without a look-up: a typo is no question for the store."""
    good = key()
    typo = good[:at] + letter + good[at + 1 :]
    if typo == good:
        return

    with pytest.raises(Unauthenticated) as refused:
        demand_form(typo, re.compile(pattern()))

    assert refused.value.code == "api_key_malformed"
    assert good not in str(refused.value)


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")))
def test_whatever_is_no_key_is_refused_and_nothing_else_raised(text: str) -> None:
    """And its id is nobody's."""
    with pytest.raises(Unauthenticated):
        demand_form(text, re.compile(pattern()))

    assert id_of(text) == ""


def test_keys_of_another_environment_are_none_of_these() -> None:
    """Though the pepper may be the same."""
    with pytest.raises(Unauthenticated):
        demand_form(key("ak_test"), re.compile(pattern("ak_live")))

    demand_form(key("ak_test"), re.compile(pattern("ak_test")))


def test_only_the_pepper_makes_keys_that_are_looked_up() -> None:
    """Each key tells which of several it was made with; of others none."""
    made = key()

    assert pepper_of(made, [OLDER, PEPPER]) == PEPPER
    assert pepper_of(made, [PEPPER, OLDER]) == PEPPER
    assert pepper_of(made, [OLDER]) is None
    assert pepper_of(made, []) is None


def test_all_peppers_are_compared_whichever_fits() -> None:
    """Without an early exit: the time does not tell which one it was."""
    taken = []

    class Watched(list[bytes]):
        def __iter__(self) -> Any:
            for each in super().__iter__():
                taken.append(each)
                yield each

    pepper_of(key(), Watched([PEPPER, OLDER, b"x" * 32]))

    assert len(taken) == 3


@pytest.mark.parametrize("prefix", ["ak", "ak_live", "acme_orders_test", "a1_2b"])
def test_a_prefix_is_words_in_lower_case(prefix: str) -> None:
    """As many as tell whose and what for."""
    made = new_key(prefix, PEPPER, entropy)

    assert prefix_faults(prefix) == []
    assert id_of(made.text) == made.id


@pytest.mark.parametrize("prefix", ["", "AK", "1a", "_a", "a_", "a__b", "a-b", "a b", "a" * 33, None, 7, "a.*", "é"])
def test_anything_else_is_no_prefix(prefix: Any) -> None:
    """It goes into a pattern, and into what people select by a double click."""
    assert prefix_faults(prefix)


def test_a_new_key_does_not_show_itself() -> None:
    """Its repr has the id alone."""
    made = new_key("ak_live", PEPPER, entropy)

    assert repr(made) == f"NewKey(id={made.id!r})"
