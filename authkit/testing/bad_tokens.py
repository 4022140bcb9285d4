"""The wrong tokens that a stub issuer gives, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BAD_TOKENS: Mapping[str, str] = MappingProxyType(
    {
        "expired": "expired",
        "not_yet_valid": "not_yet_valid",
        "without_end": "missing_claim",
        "wrong_audience": "audience_mismatch",
        "wrong_issuer": "issuer_mismatch",
        "wrong_type": "bad_typ",
        "forged": "bad_signature",
        "other_key": "bad_signature",
        "unknown_key": "key_not_found",
        "own_key": "header_param_refused",
        "alg_none": "alg_not_allowed",
        "public_key_as_secret": "alg_not_allowed",
        "critical_extension": "crit_unsupported",
        "malformed": "not_three_segments",
    }
)
"""The wrong tokens of `StubIssuer.bad_tokens`, and the `Refused.code` with which `JWTBearer` refuses each."""
