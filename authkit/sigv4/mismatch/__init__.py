"""Mismatch: why a signature does not match, named only where signing again in that way gives what the other side has.

::

    from authkit.sigv4.mismatch import why_not

    print(why_not(method="GET", url=url, headers=sent, error=response.text, key=credentials))

Pure; nothing it returns shows a secret, a token or an expected signature. What it can name stands in `CODES`.
"""

from __future__ import annotations

from .causes import CAUSES, CODES, Cause
from .finding import Difference, Finding, blanked
from .reading import access_key_id_of
from .why import why_not

__all__ = ["CAUSES", "CODES", "Cause", "Difference", "Finding", "access_key_id_of", "blanked", "why_not"]
