"""The same tokens before three judges: JWTBearer, PyJWT and joserfc."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from functools import cache
from typing import NamedTuple

import jwt
import pytest

from authkit.errors import Unauthenticated
from tests.differential.mutations import MUTATIONS, NOW, SIGNERS, Case, cases
from tests.support.tokens import AUDIENCE, ISSUER, bearer, jwks

joserfc_jwt = pytest.importorskip("joserfc.jwt", reason="joserfc is not installed")

COUNT = 3000
SEED = 20_261_121
ALGORITHMS = ["ES256", "EdDSA", "RS256"]

STRICTER = {
    "bad_claim_type": "RFC 7519 section 4.1 and null: absent is said by leaving out",
    "bad_cty": "RFC 7519 section 5.2: nested tokens are not taken",
    "bad_number": "RFC 8259 section 6: finite numbers, and times between 1970 and 9999",
    "bad_typ": "RFC 8725 section 3.11: only the types that are asked for",
    "b64_unsupported": "RFC 7797 section 7: not in a JWT",
    "crit_unsupported": "RFC 7515 section 4.1.11: none is understood",
    "duplicate_member": "RFC 7515 section 4, RFC 7519 section 4: names are unique",
    "header_param_refused": "RFC 8725 section 3.10: a token may not bring its own key",
    "proof_missing": "RFC 7800: a token that is bound to a key is no bearer token",
}
LAXER: dict[str, str] = {}  # what we accept and PyJWT refuses: nothing so far


class Judged(NamedTuple):
    """A case, the code of our refusal or "", and whether the others accept."""

    case: Case
    ours: str
    pyjwt: bool
    joserfc: bool


OURS = bearer(*SIGNERS, clock=lambda: NOW)
PYJWT_KEYS = {key.kid: jwt.PyJWK(key.jwk, algorithm=key.alg) for key in SIGNERS}


def ours(token: str) -> str:
    try:
        OURS.verify(token)
    except Unauthenticated as refusal:
        return refusal.code
    return ""


def pyjwt_accepts(token: str) -> bool:
    """Look the key up by name, as its own client does, and ask for the claims we ask for."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        options = {"require": ["exp", "iss", "aud"]}
        jwt.decode(token, PYJWT_KEYS[kid], algorithms=ALGORITHMS, audience=AUDIENCE, issuer=ISSUER, options=options)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - it lets others through, and each is a no
        return False
    return True


def joserfc_accepts(token: str) -> bool:
    from joserfc.jwk import KeySet

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it finds the name EdDSA deprecated
            decoded = joserfc_jwt.decode(token, KeySet.import_key_set(jwks(*SIGNERS)), algorithms=ALGORITHMS)
            joserfc_jwt.JWTClaimsRegistry(
                now=NOW,
                iss={"essential": True, "value": ISSUER},
                aud={"essential": True, "value": AUDIENCE},
                exp={"essential": True},
            ).validate(decoded.claims)
    except Exception:  # noqa: BLE001 - as above
        return False
    return True


@cache
def judged() -> tuple[Judged, ...]:
    made = cases(COUNT, random.Random(SEED))
    return tuple(
        Judged(case, ours(case.token), pyjwt_accepts(case.token), joserfc_accepts(case.token)) for case in made
    )


def test_the_cases_are_of_all_kinds() -> None:
    """Enough are accepted, enough refused, every change occurs, and each judge says both yes and no."""
    verdicts = judged()
    changes = Counter(change for each in verdicts for change in each.case.changes)

    assert len(verdicts) == COUNT
    assert set(changes) == set(MUTATIONS)
    assert min(changes.values()) > 50
    assert 400 < sum(not each.ours for each in verdicts) < COUNT - 1500
    assert 400 < sum(each.pyjwt for each in verdicts) < COUNT - 500
    assert 400 < sum(each.joserfc for each in verdicts) < COUNT - 500


def test_unchanged_tokens_are_accepted_by_all() -> None:
    """The judges speak of the same thing."""
    unchanged = [each for each in judged() if not each.case.changes]

    assert len(unchanged) > 200
    assert all((each.ours, each.pyjwt, each.joserfc) == ("", True, True) for each in unchanged)


def test_nothing_is_accepted_that_pyjwt_refuses() -> None:
    """Save by a rule with a name."""
    laxer = [each for each in judged() if not each.ours and not each.pyjwt and not set(each.case.changes) & set(LAXER)]

    assert laxer == []


def test_nothing_is_accepted_that_both_others_refuse() -> None:
    """No rule with a name can excuse that."""
    assert [each for each in judged() if not each.ours and not each.pyjwt and not each.joserfc] == []


@pytest.mark.parametrize("judge", ["pyjwt", "joserfc"])
def test_whatever_is_refused_alone_has_a_rule(judge: str) -> None:
    """Where another accepts, our code is one of those that say why we do not."""
    alone = Counter(each.ours for each in judged() if each.ours and getattr(each, judge))

    assert set(alone) <= set(STRICTER)


@pytest.mark.parametrize("code", ["duplicate_member", "header_param_refused", "bad_typ", "proof_missing"])
def test_a_rule_that_makes_us_stricter_is_seen_at_work(code: str) -> None:
    """The comparison reaches what it is about; the rest of the list may shrink as the others grow stricter."""
    assert code in STRICTER
    assert any(each.ours == code and (each.pyjwt or each.joserfc) for each in judged())
