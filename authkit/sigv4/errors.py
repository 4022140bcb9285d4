"""CannotSign: what is wrong with a request before anybody's signature over it is looked at."""

from __future__ import annotations

from ..errors import AuthkitError


class CannotSign(AuthkitError):
    """A request cannot be signed so that whoever receives it arrives at the same signature.

    Raised by `sign` and `presign`. What cannot be signed cannot have been signed either: `verify` refuses it with the
    same code, as an `authkit.errors.Unauthenticated`.

    Args:
        code: the stable, machine-readable reason.
        claim: the part of the request it concerns.
        detail: one sentence: what is wrong and what to do. Never holds a secret or a token.
    """

    def __init__(self, code: str, *, claim: str = "", detail: str = "") -> None:
        self.code = code
        self.claim = claim
        self.detail = detail
        concern = f" ({claim})" if claim else ""
        super().__init__(f"{code}{concern}: {detail}")
