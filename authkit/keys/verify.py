"""Verify: a signature over bytes, below any claims (RFC 7515 section 5.2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ..errors import BadSignature, ConfigError
from ..tokens.algorithms import ALGORITHMS
from ..tokens.jws import Envelope, Opener, media_type

if TYPE_CHECKING:
    from .key import Key
    from .secret import Secret, Secrets
    from .source import JWKS, KeySource

_RELAXATIONS = frozenset({"kid-optional", "http-loopback", "private-address"})


def verify_jws(
    token: str | bytes,
    keys: JWKS | Secrets,
    *,
    algorithms: Collection[str],
    types: Collection[str] | None = None,
    relax: Collection[str] = (),
) -> bytes:
    """Return the payload of a JWS in compact form: for webhooks and signed documents that are no JWT.

    Nothing is demanded of the payload, neither issuer nor end: for bearer tokens use `JWTBearer`.

    Args:
        token: the compact form.
        keys: whatever ``jwks=`` of `JWTBearer` may be, or `Secrets`. To verify often, make the source once, with
            `authkit.keys.source.key_source`.
        algorithms: the ``alg`` values allowed; HS256, HS384 and HS512 only with `Secrets`.
        types: the ``typ`` values allowed; None: any, and any ``cty``.
        relax: ``"kid-optional"``, ``"http-loopback"`` or ``"private-address"``.

    Raises:
        Unauthenticated: it is bad; `Refused.code` says how.
        KeysUnavailable: the keys are out of reach.
        ConfigError: the arguments are wrong.
    """
    from .secret import HASHES, Secrets  # here: with public keys the next function is all that is needed
    from .source import key_source

    known: Any = HASHES if isinstance(keys, Secrets) else ALGORITHMS
    faults = []
    if not _are_texts(algorithms) or not set(algorithms) <= known.keys():
        faults.append(f"algorithms is a list of some of {', '.join(known)}")
    if types is not None and not _are_texts(types):
        faults.append("types is a list of types, as ['JOSE']")
    if relax and (not _are_texts(relax) or not set(relax) <= _RELAXATIONS):
        faults.append(f"relax holds only {', '.join(sorted(_RELAXATIONS))}")
    if faults:
        raise ConfigError.of("verify_jws", faults)
    source = keys if isinstance(keys, Secrets) else key_source(keys, issuer="", relax=frozenset(relax))
    opener = Opener(algorithms=algorithms, types=None if types is None else [media_type(each) or "" for each in types])
    envelope = opener.open(token)
    check_signature(envelope, source)
    return envelope.payload


def _are_texts(given: object) -> bool:
    if not isinstance(given, Collection) or isinstance(given, (str, bytes)) or not given:
        return False
    return all(isinstance(each, str) and each for each in given)


def check_signature(envelope: Envelope, keys: KeySource | Secrets) -> Key | Secret:
    """Return the key that signed this envelope.

    Raises:
        KeyProblem: the issuer has no key that fits.
        BadSignature: the key did not sign it.
        KeysUnavailable: the keys are out of reach.
    """
    if not envelope.signature:  # before the look-up, which may fetch
        raise BadSignature(detail="there is none")
    header = envelope.header
    key = keys.find(header.kid, header.alg)
    key.verify(header.alg, envelope.signature, envelope.signed)
    return key
