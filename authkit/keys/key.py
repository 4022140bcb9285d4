"""Key: what verifies signatures, with the algorithms that it is for and no other."""

from __future__ import annotations

from typing import Any

from ..errors import KeyProblem
from ..tokens.algorithms import ALGORITHMS, Verify


class Key:
    """A public key, the algorithms it may be used with, and its bound signature checks.

    Attributes:
        kid: its name, if it has one.
        kty: its kind: RSA, EC or OKP.
        algorithms: those it may be used with.
        issuer: whose tokens it signs where one set serves several issuers, as Entra publishes it; None if it does not say.
        identity: equal exactly for the same key material under the same ``kid``, ``alg``, ``use`` and ``issuer``; the
            material, as a tuple of its own, comes last.
        remarks: what was odd about its JWK and is put up with.
    """

    __slots__ = ("_public", "_verifiers", "algorithms", "identity", "issuer", "kid", "kty", "remarks")

    def __init__(
        self,
        public: Any,
        *,
        kid: str | None,
        kty: str,
        algorithms: frozenset[str],
        issuer: str | None = None,
        identity: tuple[object, ...] = (),
        remarks: tuple[str, ...] = (),
    ) -> None:
        self._public = public
        self._verifiers: dict[str, Verify] = {}
        self.kid = kid
        self.kty = kty
        self.algorithms = algorithms
        self.issuer = issuer
        self.identity = identity
        self.remarks = remarks

    @property
    def bits(self) -> int:
        """Return the size of the modulus, or of the curve."""
        size = getattr(self._public, "key_size", None)
        return size if isinstance(size, int) else 8 * len(self._public.public_bytes_raw())

    def verify(self, alg: str, signature: bytes, data: bytes) -> None:
        """Check a signature.

        Raises:
            BadSignature: this key did not make it with this algorithm.
            KeyProblem: ``key_alg_mismatch``, the key is not for this algorithm.
        """
        verifier = self._verifiers.get(alg)
        if verifier is None:
            if alg not in self.algorithms:
                raise KeyProblem("key_alg_mismatch", claim="alg", detail="the key is not for this algorithm")
            chosen = ALGORITHMS[alg]
            verifier = self._verifiers[alg] = chosen.bind(self._public, chosen.bits)
        verifier(signature, data)

    def __repr__(self) -> str:
        return f"Key(kid={self.kid!r}, kty={self.kty!r}, algorithms={sorted(self.algorithms)})"
