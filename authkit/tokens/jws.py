"""JWS in compact form: its three segments, and the rules for its header (RFC 7515)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import InvalidHeader, MalformedToken
from .base64url import ALPHABET, decode, decode_padded
from .strictjson import parse_object

LARGEST_TOKEN = 16 * 1024  # bytes; API Gateway takes about 10 KiB for all headers together
LARGEST_HEADER = 4 * 1024  # characters of base64url
LARGEST_SIGNATURE = 1366  # characters of base64url: 1024 bytes, what RSA of 8192 bits makes
MOST_HEADERS = 64
LONGEST_KID = 256

_ALPHABET_AND_DOT = ALPHABET + b"."
_MEDIA_TYPE = "application/"

# A header that names its own key would let the sender choose it (RFC 8725 section 3.10). The others belong to JWE.
REFUSED: frozenset[str] = frozenset({"jku", "jwk", "x5u", "zip", "enc", "epk", "apu", "apv", "p2c", "p2s"})
CERTIFICATES = frozenset({"x5c", "x5t", "x5t#S256"})
"""Members that name a certificate. Whatever they say counts for nothing; a token with one can be refused for it."""


class Header:
    """What a verifier needs of a JOSE header.

    Attributes:
        typ: in lower case, without ``application/``.
        members: all of it, as sent.
    """

    __slots__ = ("alg", "kid", "members", "typ")

    def __init__(self, alg: str, kid: str | None, typ: str, members: Mapping[str, Any]) -> None:
        self.alg = alg
        self.kid = kid
        self.typ = typ
        self.members = members


class Envelope:
    """A token taken apart: nothing of it is verified yet."""

    __slots__ = ("header", "is_known", "payload", "signature", "signed")

    def __init__(self, header: Header, payload: bytes, signature: bytes, signed: bytes, is_known: bool) -> None:
        self.header = header
        self.payload = payload
        self.signature = signature
        self.signed = signed
        self.is_known = is_known

    def __repr__(self) -> str:
        return f"Envelope(alg={self.header.alg!r})"  # the rest is the token


class Opener:
    """Takes tokens apart, strictly and in bounded work.

    Every token of one key has the same first segment, so headers are remembered by it, but only once a signature has
    verified: else strangers would fill the memory.

    Args:
        algorithms: the ``alg`` values allowed.
        types: the ``typ`` values allowed, as `media_type` gives them; None: any, and any ``cty``, where the payload is
            bytes and no claims.
        permitted: header members allowed although a token may not usually have them, as ``jwk`` in a DPoP proof.
        refused: header members that no token may have, beyond those that none ever may.
        padding: whether segments may end in the ``=`` that base64url leaves out.
    """

    def __init__(
        self,
        *,
        algorithms: Iterable[str],
        types: Iterable[str] | None,
        permitted: Iterable[str] = (),
        refused: Iterable[str] = (),
        padding: bool = False,
    ) -> None:
        self._algorithms = frozenset(algorithms)
        self._types = None if types is None else frozenset(types)
        self._refused = REFUSED.difference(permitted).union(refused)
        self._alphabet, self._decode = (
            (_ALPHABET_AND_DOT + b"=", decode_padded) if padding else (_ALPHABET_AND_DOT, decode)
        )
        self._known: dict[bytes, Header] = {}

    def open(self, token: object) -> Envelope:
        """Return the parts of a token.

        Raises:
            MalformedToken: ``token_too_large``, ``not_three_segments``, ``encrypted_token`` or ``bad_base64url``, or
                what `parse_object` says of its header.
            InvalidHeader: ``alg_missing``, ``alg_not_allowed``, ``crit_unsupported``, ``b64_unsupported``, ``bad_kid``,
                ``bad_typ``, ``bad_cty`` or ``header_param_refused``.
        """
        plain = type(token) is str and len(token) <= LARGEST_TOKEN and token.isascii()  # most are, and spared a call
        raw = str.encode(token) if plain else _bytes_of(token)  # type: ignore[arg-type]
        signed, _, signature64 = raw.rpartition(b".")
        header64, dot, payload64 = signed.partition(b".")
        if not dot:
            raise _segments_fault(raw, self._alphabet)
        if len(header64) > LARGEST_HEADER or len(signature64) > LARGEST_SIGNATURE:
            raise MalformedToken("token_too_large", detail="a header or signature larger than any in use")
        header, decode = self._known.get(header64), self._decode
        try:
            header_raw = decode(header64) if header is None else b""
            payload, signature = decode(payload64), decode(signature64)
        except MalformedToken as fault:  # another dot is no base64url either, and is the fault to be told
            raise (fault if raw.count(b".") == 2 else _segments_fault(raw, self._alphabet)) from None
        return Envelope(header or self._read(header_raw), payload, signature, signed, header is not None)

    def _read(self, raw: bytes) -> Header:
        return read_header(raw, algorithms=self._algorithms, types=self._types, refused=self._refused)

    def remember(self, verified: Envelope) -> None:
        """Keep the header of a token whose signature has verified."""
        if len(self._known) >= MOST_HEADERS:
            self._known.clear()
        self._known[verified.signed.partition(b".")[0]] = verified.header


def read_header(
    raw: bytes, *, algorithms: frozenset[str], types: frozenset[str] | None, refused: frozenset[str] = REFUSED
) -> Header:
    """Read a header and hold it to the rules, in the order of jwt.md 4.0.

    Args:
        raw: the decoded first segment.
        algorithms: the ``alg`` values allowed.
        types: the ``typ`` values allowed, as `media_type` gives them; an absent ``typ`` counts as ``jwt``. None: any,
            and any ``cty``.
        refused: members a header may not have.

    Raises:
        MalformedToken: it is no JSON object.
        InvalidHeader: see `Opener.open`.
    """
    members = parse_object(raw)
    alg = _alg(members, algorithms)
    if "crit" in members:
        raise InvalidHeader(
            "crit_unsupported", claim="crit", detail="no extension is understood, so none can be critical"
        )
    if "b64" in members:
        raise InvalidHeader(
            "b64_unsupported", claim="b64", detail="a JWT is always base64url-encoded (RFC 7797 section 7)"
        )
    typ = _typ(members, types)
    if "cty" in members and types is not None:
        raise InvalidHeader("bad_cty", claim="cty", detail="a nested token is not taken")
    strangers = refused & members.keys()
    if strangers:
        raise InvalidHeader("header_param_refused", claim=min(strangers), detail="a token may not bring its own key")
    return Header(alg, _kid(members), typ, members)


def media_type(typ: object) -> str | None:
    """Return a ``typ`` in the form it is compared in (RFC 7515 section 4.1.9), or None if it is no text."""
    return typ.lower().removeprefix(_MEDIA_TYPE) if isinstance(typ, str) else None


def _alg(members: Mapping[str, Any], allowed: frozenset[str]) -> str:
    if "alg" not in members:
        raise InvalidHeader("alg_missing", claim="alg", detail="the header names no algorithm")
    alg = members["alg"]
    if not isinstance(alg, str) or alg not in allowed:
        raise alg_fault(allowed)
    return alg


def alg_fault(allowed: frozenset[str]) -> InvalidHeader:
    """Return the refusal of an algorithm that is not allowed."""
    return InvalidHeader("alg_not_allowed", claim="alg", detail=f"allowed: {', '.join(sorted(allowed))}")


def _typ(members: Mapping[str, Any], allowed: frozenset[str] | None) -> str:
    typ = media_type(members.get("typ", "JWT"))
    if typ is None or (allowed is not None and typ not in allowed):
        raise typ_fault(allowed or frozenset())
    return typ


def typ_fault(allowed: frozenset[str]) -> InvalidHeader:
    """Return the refusal of a type that is not allowed (RFC 8725 section 3.11)."""
    return InvalidHeader(
        "bad_typ", claim="typ", detail=f"a token of another kind; allowed: {', '.join(sorted(allowed))}"
    )


def _kid(members: Mapping[str, Any]) -> str | None:
    kid = members.get("kid")
    if kid is None and "kid" not in members:
        return None
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID or not (kid.isascii() and kid.isprintable()):
        raise InvalidHeader("bad_kid", claim="kid", detail=f"not 1 to {LONGEST_KID} printable ASCII characters")
    return kid


def _segments_fault(raw: bytes, alphabet: bytes) -> MalformedToken:
    dots = raw.count(b".")
    if dots == 4 and not raw.translate(None, alphabet):
        return MalformedToken("encrypted_token", detail="a JWE, which proves nothing about who made it")
    return MalformedToken("not_three_segments", detail=f"{min(dots, 9) + 1} segments where a JWS has three")


def _bytes_of(token: object) -> bytes:
    if not isinstance(token, (str, bytes)):
        raise MalformedToken("not_three_segments", detail="a token is a text")
    if len(token) > LARGEST_TOKEN:
        raise MalformedToken("token_too_large", detail=f"over {LARGEST_TOKEN} bytes")
    if isinstance(token, bytes):
        return token
    if not token.isascii():
        raise MalformedToken("bad_base64url", detail="a character outside ASCII")
    return token.encode()
