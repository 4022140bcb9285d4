"""The deadline of one answer."""

from __future__ import annotations

import pytest

from authkit.keys.bounded import Deadline


def test_a_deadline_has_time_left_until_it_has_none() -> None:
    """Asked after its end, it says so at once instead of handing out a time-out of nothing, which would mean for ever."""
    assert 0 < Deadline(9).left() <= 9
    with pytest.raises(TimeoutError):
        Deadline(0).left()


def test_while_others_wait_for_their_turn_an_address_has_half_of_what_is_left() -> None:
    """F4: one that hangs leaves the other half to the next; the last has all of it."""
    deadline = Deadline(9)

    assert 4 < deadline.share(1) <= 4.5
    assert 4 < deadline.share(11) <= 4.5
    assert 8 < deadline.share(0) <= 9


def test_the_failure_names_host_phase_and_usual_cause() -> None:
    """What an operator needs to know first."""
    deadline = Deadline(0.25)
    deadline.phase = "tls"

    fault = deadline.timeout_at("idp.example.com")

    assert fault.code == "fetch_timeout"
    assert "idp.example.com did not answer within 0.25 s (phase: tls)" in fault.detail
    assert "NAT gateway" in fault.detail
