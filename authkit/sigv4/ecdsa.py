"""SigV4a: an ECDSA key pair on P-256 derived from a secret, and signatures by it. Over `cryptography`, loaded on use."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable
from typing import Any

from ..errors import ConfigError
from ..tokens.lock import Lock
from .credentials import Credentials

ALGORITHM = "AWS4-ECDSA-P256-SHA256"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-4, D.1.2.3)
MOST_KEY_PAIRS = 64
LONGEST_SIGNATURE = 72  # bytes in DER: two integers of at most 33, and their frames

_BITS = (256).to_bytes(4, "big")
_NOBODY = Credentials(access_key_id="nobody", secret_access_key=b"nobody's")
_is_hex = re.compile(r"30[0-9a-f]{14,142}").fullmatch


class PublicKey:
    """The public half of a SigV4a key pair: enough to verify, and no secret.

    Args:
        point: its two coordinates, 32 bytes each, one after the other; 0x04 may stand before them (SEC 1, 2.3.3).
        session_token: the token that belongs to the access key, if any.

    Raises:
        ConfigError: it is no point of P-256.
    """

    __slots__ = ("_key", "point", "session_token")

    def __init__(self, point: bytes, *, session_token: str | None = None) -> None:
        raw = bytes(point) if isinstance(point, (bytes, bytearray)) else b""
        if len(raw) == 65 and raw[0] == 4:
            raw = raw[1:]
        if len(raw) != 64:
            raise ConfigError.of("PublicKey", ["a point is 64 bytes, or 65 of which the first is 4"])
        self._key = _public(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        self.point = raw
        self.session_token = session_token

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Tell whether the key's other half signed these bytes (SHA-256, a signature in DER)."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, data, _scheme())
        except InvalidSignature:
            return False
        return True

    def __repr__(self) -> str:
        return f"PublicKey({self.point.hex()})"


class KeyPairs:
    """Makes SigV4a key pairs of secrets and remembers them, by the secret's digest: making one takes some 50 µs.

    Args:
        most: how many are held.
        derive: what makes one; None: `key_pair`.

    Raises:
        ConfigError: ``most`` is no number from 1 on.
    """

    __slots__ = ("_derive", "_lock", "_most", "_nobody", "_pairs")

    def __init__(
        self, *, most: int = MOST_KEY_PAIRS, derive: Callable[[Credentials], tuple[Any, PublicKey]] | None = None
    ) -> None:
        if type(most) is not int or most < 1:
            raise ConfigError.of("KeyPairs", ["most must be a number from 1 on"])
        self._pairs: dict[tuple[bytes, str], tuple[Any, PublicKey]] = {}
        self._lock = Lock()  # for writing; a dictionary's look-up needs none
        self._most = most
        self._derive = derive or key_pair
        self._nobody: PublicKey | None = None

    def sign(self, credentials: Credentials, data: bytes) -> bytes:
        """Sign bytes: SHA-256, and the signature in DER. Each is another: ECDSA is randomised."""
        signature: bytes = self._pair(credentials)[0].sign(data, _scheme())
        return signature

    def public(self, credentials: Credentials) -> PublicKey:
        """Return the public half of a secret's key pair, and remember both."""
        return self._pair(credentials)[1]

    def kept(self, credentials: Credentials) -> PublicKey | None:
        """Return the public half if it is remembered."""
        found = self._pairs.get((credentials.digest, credentials.access_key_id))
        return found[1] if found else None

    def derived(self, credentials: Credentials) -> PublicKey:
        """Return the public half, and do not remember it."""
        return self._derive(credentials)[1]

    def spend(self) -> None:
        """Make a key pair for nothing, so that a refusal takes as long as another."""
        self._derive(_NOBODY)

    @property
    def nobody(self) -> PublicKey:
        """Return a key to verify with for nothing."""
        if self._nobody is None:
            self._nobody = self._derive(_NOBODY)[1]
        return self._nobody

    def _pair(self, credentials: Credentials) -> tuple[Any, PublicKey]:
        name = (credentials.digest, credentials.access_key_id)
        return self._pairs.get(name) or self._made(name, credentials)

    def _made(self, name: tuple[bytes, str], credentials: Credentials) -> tuple[Any, PublicKey]:
        pair = self._derive(credentials)
        with self._lock:
            self._pairs[name] = pair
            while len(self._pairs) > self._most:
                del self._pairs[next(iter(self._pairs))]
        return pair

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return f"KeyPairs(kept={len(self._pairs)}, most={self._most})"


def private_scalar(secret_access_key: bytes, access_key_id: str) -> int:
    """Derive the private key's number (NIST SP 800-108 in counter mode, as aws-c-auth has it)."""
    key, start = b"AWS4A" + secret_access_key, b"\0\0\0\1" + ALGORITHM.encode() + b"\0" + access_key_id.encode()
    blocks = (start + bytes([counter]) + _BITS for counter in range(1, 255))
    return first_fitting(int.from_bytes(hmac.digest(key, block, "sha256"), "big") for block in blocks)


def first_fitting(candidates: Iterable[int]) -> int:
    """Return the first candidate that is not above the group's order less two, and add one: never 0, nor the order.

    Raises:
        ConfigError: none fits, of 254 of which each does but once in 2**32.
    """
    for candidate in candidates:
        if candidate <= ORDER - 2:
            return candidate + 1
    raise ConfigError("Credentials: no SigV4a key can be derived of them")


def key_pair(credentials: Credentials) -> tuple[Any, PublicKey]:
    """Return the key pair of a secret: a private key of `cryptography`, and its public half."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    private = derive_private_key(private_scalar(credentials.secret_access_key, credentials.access_key_id), SECP256R1())
    numbers = private.public_key().public_numbers()
    point = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    return private, PublicKey(point, session_token=credentials.session_token)


def signature_octets(text: str) -> bytes | None:
    """Return the bytes of a signature in hexadecimal; None where it is no ECDSA-Sig-Value in DER (RFC 3279, 2.2.3).

    OpenSSL would find that out too. To see it here costs no look-up.
    """
    if len(text) % 2 or not _is_hex(text):
        return None
    raw = bytes.fromhex(text)
    if raw[1] != len(raw) - 2:
        return None
    rest = raw[2:]
    for _ in range(2):
        size = rest[1] if len(rest) > 2 else 0
        number = rest[2 : 2 + size]
        if not number or rest[0] != 2 or len(number) != size or not _is_minimal(number):
            return None
        rest = rest[2 + size :]
    return None if rest else raw


def _is_minimal(number: bytes) -> bool:
    """X.690 8.3.2: no byte more than it takes. A group element is positive, and below the order."""
    if number[0] > 127 or (number[0] == 0 and (len(number) == 1 or number[1] < 128)):
        return False
    return int.from_bytes(number, "big") < ORDER


def _public(x: int, y: int) -> Any:
    # Loaded here: whoever signs and verifies with secrets alone needs none of it.
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers

    try:
        return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except ValueError:
        raise ConfigError.of("PublicKey", ["not a point of P-256"]) from None


def _scheme() -> Any:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    return ECDSA(SHA256())
