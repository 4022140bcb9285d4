"""Credentials: an access key id, its secret and the token that goes with it. And a signing key made of them."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from hashlib import sha256

from ..errors import ConfigError
from ..tokens.lock import Lock

MOST_SIGNING_KEYS = 256

_is_key_id = re.compile(r"[A-Za-z0-9_.:@~-]{1,128}").fullmatch
_is_scope_part = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch
_is_token = re.compile(r"[!-~]{1,16384}").fullmatch


class Credentials:
    """What a caller signs with, and what a verifier's look-up may return. A repr shows the access key id alone.

    Args:
        access_key_id: its name: letters, digits and ``_.:@~-``, up to 128 of them.
        secret_access_key: the secret; a text stands for its UTF-8 bytes.
        session_token: the token of temporary credentials.

    Raises:
        ConfigError: names every fault, and shows no secret.
    """

    __slots__ = ("access_key_id", "digest", "secret_access_key", "session_token")

    access_key_id: str
    secret_access_key: bytes
    session_token: str | None
    digest: bytes
    """The SHA-256 of the secret: what caches know it by."""

    def __init__(self, *, access_key_id: str, secret_access_key: str | bytes, session_token: str | None = None) -> None:
        faults = []
        if not isinstance(access_key_id, str) or not _is_key_id(access_key_id):
            faults.append("access_key_id must be 1 to 128 letters, digits or _.:@~-")
        raw = _octets(secret_access_key)
        if not raw:
            faults.append("secret_access_key must be a text or bytes, and not empty")
        if session_token is not None and not (isinstance(session_token, str) and _is_token(session_token)):
            faults.append("session_token must be visible ASCII, without blanks")
        if faults:
            raise ConfigError.of("Credentials", faults)
        self.access_key_id = access_key_id
        self.secret_access_key = raw
        self.session_token = session_token
        self.digest = sha256(raw).digest()

    def __repr__(self) -> str:
        return f"Credentials(access_key_id={self.access_key_id!r}, session_token={'…' if self.session_token else None})"


class SigningKey:
    """A key derived from a secret for one day, region and service: who holds it can sign there, and nowhere else.

    Args:
        value: its 32 bytes, as `signing_key` derives them.
        session_token: the token that belongs to the access key, if any.

    Raises:
        ConfigError: names every fault, and shows no key.
    """

    __slots__ = ("session_token", "value")

    def __init__(self, value: bytes, *, session_token: str | None = None) -> None:
        faults = []
        if not isinstance(value, (bytes, bytearray)) or len(value) != 32:
            faults.append("a signing key is 32 bytes")
        if session_token is not None and not (isinstance(session_token, str) and _is_token(session_token)):
            faults.append("session_token must be visible ASCII, without blanks")
        if faults:
            raise ConfigError.of("SigningKey", faults)
        self.value = bytes(value)
        self.session_token = session_token

    def __repr__(self) -> str:
        return "SigningKey(…)"


def signing_key(secret_access_key: bytes, day: str, region: str, service: str) -> bytes:
    """Derive the signing key (IAM user guide, "Derive a signing key"): four HMACs, each the key of the next.

    Args:
        secret_access_key: the secret.
        day: of the signature, as ``20150830``.
        region: as ``eu-central-1``.
        service: as ``execute-api``.
    """
    key = hmac.digest(b"AWS4" + secret_access_key, day.encode(), "sha256")
    for part in (region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


class SigningKeys:
    """Remembers signing keys: deriving one costs more than all the rest of a signature.

    They are known by the digest of the secret and by their scope; no secret is kept. The one that has been here longest
    makes room.

    Args:
        most: how many are held.
        derive: what derives one.

    Raises:
        ConfigError: ``most`` is no number from 1 on.
    """

    __slots__ = ("_derive", "_keys", "_lock", "_most")

    def __init__(
        self, *, most: int = MOST_SIGNING_KEYS, derive: Callable[[bytes, str, str, str], bytes] = signing_key
    ) -> None:
        if type(most) is not int or most < 1:
            raise ConfigError.of("SigningKeys", ["most must be a number from 1 on"])
        # Not the keys, but HMACs begun with them: to copy one is quicker than to begin another.
        self._keys: dict[tuple[bytes, str, str, str], hmac.HMAC] = {}
        self._lock = Lock()  # for writing; a dictionary's look-up needs none
        self._most = most
        self._derive = derive

    def sign(self, credentials: Credentials, day: str, region: str, service: str, data: bytes) -> bytes:
        """Return the HMAC of some bytes, and remember the signing key of this day, region and service."""
        begun = self._keys.get((credentials.digest, day, region, service))
        mac = (begun or self.remember(credentials, day, region, service)).copy()
        mac.update(data)
        return mac.digest()

    def kept(self, credentials: Credentials, day: str, region: str, service: str) -> hmac.HMAC | None:
        """Return an HMAC begun with the signing key, if that is remembered."""
        begun = self._keys.get((credentials.digest, day, region, service))
        return begun and begun.copy()

    def derived(self, credentials: Credentials, day: str, region: str, service: str) -> bytes:
        """Return the signing key, and do not remember it."""
        return self._derive(credentials.secret_access_key, day, region, service)

    def remember(self, credentials: Credentials, day: str, region: str, service: str) -> hmac.HMAC:
        """Remember a signing key; the one that has been here longest makes room."""
        begun = hmac.new(self.derived(credentials, day, region, service), digestmod="sha256")
        with self._lock:
            self._keys[credentials.digest, day, region, service] = begun
            while len(self._keys) > self._most:
                del self._keys[next(iter(self._keys))]
        return begun

    def spend(self, day: str, region: str, service: str) -> None:
        """Derive a key for nothing, so that a refusal takes as long as another."""
        self._derive(b"nobody's", day, region, service)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"SigningKeys(kept={len(self._keys)}, most={self._most})"


def is_key_id(text: str) -> bool:
    """Tell whether a text can be an access key id."""
    return _is_key_id(text) is not None


def is_scope_part(text: object) -> bool:
    """Tell whether something can be a region or a service in a credential scope."""
    return isinstance(text, str) and _is_scope_part(text) is not None


def _octets(secret: object) -> bytes:
    """Return a secret's bytes; none where it is no text and no bytes."""
    if isinstance(secret, str):
        return secret.encode("utf-8", "surrogatepass")
    return bytes(secret) if isinstance(secret, (bytes, bytearray)) else b""
