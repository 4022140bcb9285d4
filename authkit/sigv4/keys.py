"""Keys: what both kinds of signature remember between calls."""

from typing import NamedTuple

from .credentials import MOST_SIGNING_KEYS, SigningKeys
from .ecdsa import MOST_KEY_PAIRS, KeyPairs


class Keys(NamedTuple):
    """Keys made of secrets, remembered within bounds.

    Args:
        signing: those of `V4`.
        pairs: those of `V4A`.
    """

    signing: SigningKeys
    pairs: KeyPairs

    @classmethod
    def of(cls, *, signing_keys: int = MOST_SIGNING_KEYS, key_pairs: int = MOST_KEY_PAIRS) -> "Keys":
        """Return an empty memory.

        Args:
            signing_keys: how many signing keys it holds.
            key_pairs: how many key pairs.

        Raises:
            ConfigError: either is no number from 1 on.
        """
        return cls(SigningKeys(most=signing_keys), KeyPairs(most=key_pairs))


SHARED = Keys.of()
"""What is used where nothing else is given. It changes no answer: it only spares the making of a key."""
