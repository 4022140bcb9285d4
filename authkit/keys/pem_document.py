"""PEM documents: one public key on P-256 each, and nothing else."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import TYPE_CHECKING

from ..errors import KeyProblem
from ..tokens.base64url import encode
from .jwk import read_key

if TYPE_CHECKING:
    from .key import Key

_ARMOUR = re.compile(
    rb"-----BEGIN PUBLIC KEY-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n){1,4})-----END PUBLIC KEY-----[\r\n]{0,4}"
)
# RFC 5480: SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING of an uncompressed point }: of fixed size.
_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_COORDINATE = 32  # bytes


def read_pem(raw: bytes, kid: str) -> Key:
    """Return the P-256 key of a PEM document.

    The point is cut out behind the prefix that every such key has in DER, and inspected as any JWK is: `cryptography`'s
    own reader would load its whole serialization package.

    Raises:
        KeyProblem: ``invalid_key``.
    """
    armour = _ARMOUR.fullmatch(raw)
    try:
        der = a2b_base64(b"".join(armour[1].split())) if armour else b""
    except Base64Error:
        der = b""
    point = der[len(_P256) :]
    if not der.startswith(_P256) or len(point) != 2 * _COORDINATE:
        raise KeyProblem("invalid_key", detail="not the PEM of a public key on P-256")
    x, y = encode(point[:_COORDINATE]), encode(point[_COORDINATE:])
    return read_key({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": "ES256", "use": "sig"})
