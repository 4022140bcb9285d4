"""Look into a token without verifying it: for people, never for decisions."""

from typing import Any, NamedTuple

from ..errors import MalformedToken
from .base64url import decode_text
from .strictjson import parse_object

_LARGEST = 64 * 1024  # characters


class Unverified(NamedTuple):
    """What a token says of itself. Anybody can have written it."""

    unverified_header: dict[str, Any]
    unverified_claims: dict[str, Any]


def inspect(token: str) -> Unverified:
    """Return header and claims of a token in compact form.

    Raises:
        MalformedToken: it cannot be read.
    """
    segments = token.split(".", 3)
    if len(token) > _LARGEST or len(segments) != 3:
        raise MalformedToken("not_three_segments", detail="a JWT has three segments, parted by dots")
    return Unverified(*(parse_object(decode_text(segment)) for segment in segments[:2]))
