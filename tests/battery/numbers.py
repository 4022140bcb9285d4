"""RSA by its numbers: keys no library makes, and signatures no library signs."""

from __future__ import annotations

import hashlib
import math
import secrets
from typing import Any, NamedTuple

from tests.support.tokens import b64

SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class Numbers(NamedTuple):
    """An RSA key: its modulus, both exponents, and the name it goes by."""

    n: int
    e: int
    d: int
    kid: str

    @property
    def size(self) -> int:
        return (self.n.bit_length() + 7) // 8

    @property
    def jwk(self) -> dict[str, Any]:
        """Return the public half as an issuer publishes it."""
        return {"kty": "RSA", "kid": self.kid, "n": octets(self.n), "e": octets(self.e)}

    def raise_to_d(self, block: bytes) -> bytes:
        """Return the signature over a block that is already padded."""
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(self.size, "big")

    def sign(self, data: bytes) -> bytes:
        """Return the PKCS#1 v1.5 signature with SHA-256."""
        return self.raise_to_d(padded(data, self.size))


def octets(number: int) -> str:
    """Return a number as a JWK has it."""
    return b64(number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big"))


def padded(data: bytes, size: int, info: bytes = SHA256_INFO, digest: bytes | None = None) -> bytes:
    """Return the block that PKCS#1 v1.5 signs (RFC 8017 section 9.2)."""
    tail = info + (hashlib.sha256(data).digest() if digest is None else digest)
    return b"\0\1" + b"\xff" * (size - len(tail) - 3) + b"\0" + tail


def of(private: Any, kid: str, e: int = 65537) -> Numbers:
    """Return the numbers of a key, for another exponent if the primes allow it."""
    numbers = private.private_numbers()
    totient = (numbers.p - 1) * (numbers.q - 1)
    while math.gcd(e, totient) != 1:
        e += 2
    return Numbers(numbers.p * numbers.q, e, pow(e, -1, totient), kid)


def roca(kid: str, bits: int = 2048) -> Numbers:
    """Return a key as the chip of CVE-2017-15361 made them: every prime is k*M + (65537**a mod M)."""
    product = math.prod(_small_primes(126))
    p, q = (_roca_prime(product, bits // 2) for _ in range(2))
    while math.gcd(65537, (p - 1) * (q - 1)) != 1:
        q = _roca_prime(product, bits // 2)
    return Numbers(p * q, 65537, pow(65537, -1, (p - 1) * (q - 1)), kid)


def _roca_prime(product: int, bits: int) -> int:
    least, most = 3 * 2 ** (bits - 2) // product + 1, 2**bits // product - 1  # both upper bits are set
    while True:
        candidate = (least + secrets.randbelow(most - least)) * product + pow(65537, secrets.randbits(256), product)
        if pow(2, candidate - 1, candidate) == 1:
            return candidate


def _small_primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found
