"""The deadline of one answer."""

from __future__ import annotations

import pytest

from authkit.errors import KeysUnavailable
from authkit.keys.bounded import BITE, LARGEST_ARRIVAL, LARGEST_BODY, MOST_PIECES, Deadline, Wire


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


class Piecewise:
    """A socket that has as many pieces as are asked for."""

    def __init__(self, piece: bytes) -> None:
        self._piece = piece

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def recv(self, most: int) -> bytes:
        return self._piece[:most]


@pytest.mark.parametrize(("piece", "most"), [(1, MOST_PIECES), (1460, 897), (BITE, LARGEST_ARRIVAL // BITE)])
def test_what_arrives_is_bounded_in_bytes_and_in_pieces(piece: int, most: int) -> None:
    """F4: packets of an ordinary size make up the largest answer; single bytes do not."""
    wire = Wire(Piecewise(b"x" * piece), Deadline(9), "idp.example.com")  # type: ignore[arg-type]

    arrived = sum(len(wire.receive()) for _ in range(most))

    assert arrived == piece * most
    assert piece == 1 or arrived >= LARGEST_BODY
    with pytest.raises(KeysUnavailable, match="fetch_too_large"):
        wire.receive()


def test_the_failure_names_host_phase_and_usual_cause() -> None:
    """What an operator needs to know first."""
    deadline = Deadline(0.25)
    deadline.phase = "tls"

    fault = deadline.timeout_at("idp.example.com")

    assert fault.code == "fetch_timeout"
    assert "idp.example.com did not answer within 0.25 s (phase: tls)" in fault.detail
    assert "NAT gateway" in fault.detail
