"""The scheme a token comes under in an Authorization header (RFC 9110 section 11.1)."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import MalformedToken, NoCredential
from ..tokens.jws import LARGEST_TOKEN
from .terms import Proof

LONGEST_SCHEME = 64  # characters, blanks behind it included


def schemes_of(proofs: Iterable[Proof]) -> frozenset[str]:
    """Return the schemes that tokens may come under, in lower case: Bearer, and those of bound tokens."""
    return frozenset({"bearer", *(proof.scheme for proof in proofs)})


def taken(source: str, schemes: Iterable[str] = ()) -> frozenset[str]:
    """Return what a credential takes for its own: a place, with each of its schemes behind a blank; with none, any text."""
    return frozenset(f"{source} {scheme}" for scheme in schemes) or frozenset({source})


def parted(value: str, schemes: frozenset[str], *, bare: bool = False) -> tuple[str, str]:
    """Return scheme and token: the scheme's case does not matter, and one blank or more follows it.

    Args:
        value: of the header.
        schemes: those a token may come under.
        bare: whether a token may stand alone, which is then a bearer's: AppSync gives the word Bearer to others.

    Raises:
        NoCredential: ``invalid_request``, it comes under another scheme.
        MalformedToken: ``token_too_large``.
    """
    if len(value) > LARGEST_TOKEN + LONGEST_SCHEME:  # before it is taken apart, which would copy it
        raise MalformedToken("token_too_large", detail=f"over {LARGEST_TOKEN} bytes")
    if bare and " " not in value:
        return "bearer", value
    scheme, _, token = value.partition(" ")
    scheme = scheme.lower()
    if scheme not in schemes:
        wanted = " or ".join(sorted(schemes))
        raise NoCredential("invalid_request", claim="header.authorization", detail=f"the scheme is not {wanted}")
    return scheme, token.lstrip(" ")
