"""The rows a verifier must survive, as facts: how many each letter has, and which refusal belongs to which family."""

from __future__ import annotations

from authkit import errors

LETTERS = {"A": 17, "B": 18, "C": 18, "D": 10, "E": 20, "F": 13, "G": 13, "H": 10}
ROWS = tuple(f"{letter}{number}" for letter, count in LETTERS.items() for number in range(1, count + 1))

_CODES: dict[type[errors.AuthkitError], str] = {
    errors.MalformedToken: "not_three_segments token_too_large bad_base64url bad_utf8 bad_json duplicate_member "
    "not_an_object too_deep bad_number encrypted_token",
    errors.InvalidHeader: "alg_missing alg_not_allowed crit_unsupported b64_unsupported bad_kid bad_typ bad_cty "
    "header_param_refused",
    errors.KeyProblem: "kid_missing key_not_found key_not_found_cooldown ambiguous_key key_alg_mismatch "
    "key_use_mismatch weak_key invalid_key",
    errors.BadSignature: "bad_signature bad_signature_length",
    errors.InvalidClaims: "missing_claim bad_claim_type expired not_yet_valid issued_in_future too_old "
    "lifetime_too_long issuer_mismatch unknown_issuer audience_mismatch client_mismatch token_use_mismatch "
    "subject_mismatch custom_check_failed",
    errors.InsufficientAccess: "scope group role acr auth_time group_overage",
    errors.BindingProblem: "proof_missing proof_invalid proof_replayed use_dpop_nonce certificate_mismatch revoked "
    "inactive",
    errors.KeysUnavailable: "fetch_timeout fetch_refused fetch_status fetch_too_large jwks_invalid discovery_invalid "
    "discovery_issuer_mismatch url_forbidden",
    errors.Unavailable: "introspection_unavailable",
}
FAMILIES: dict[str, tuple[type[errors.AuthkitError], ...]] = {
    **{code: (family,) for family, codes in _CODES.items() for code in codes.split()},
    "missing_claim": (errors.InvalidClaims, errors.MissingClaim),  # ours to demand, or a callable's that asks for it
}
