"""Usage keys: the form of a usage plan's API key (contract section 9)."""

from __future__ import annotations

import re

SHORTEST, LONGEST = 20, 128
"""Characters, as "API Gateway API key file format" of the developer guide has them."""

_FORM = re.compile(rf"[!-~]{{{SHORTEST},{LONGEST}}}")  # no blank, nothing that a header could not carry

ADVICE = f"a usage key is the key's value, {SHORTEST} to {LONGEST} characters of ASCII without blanks, and not its id"


def is_usage_key(value: object) -> bool:
    """Tell whether this can be the value of an API key. Its id, which is 10 characters long, cannot."""
    return isinstance(value, str) and _FORM.fullmatch(value) is not None
