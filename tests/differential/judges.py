"""Three judges of one issuer's tokens: JWTBearer, PyJWT and joserfc. Each says "" for yes, or names its refusal."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any, NamedTuple

import jwt
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from authkit import JWTBearer
from authkit.errors import Unauthenticated
from tests.differential.drafts import NOW
from tests.differential.mutations import Case
from tests.differential.world import ALGORITHMS
from tests.support.tokens import AUDIENCE, ISSUER

FOREIGN = "not its own: "  # how the name of an exception begins that a judge should not have let through


class Judged(NamedTuple):
    """A case and three verdicts on it."""

    case: Case
    ours: str
    pyjwt: str
    joserfc: str
    document: dict[str, Any]  # the key set it was judged by


class Bench:
    """Three judges who trust the same key set, and ask for the same claims."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._ours = JWTBearer(
            issuer=ISSUER,
            audience=AUDIENCE,
            algorithms=ALGORITHMS,
            jwks=document,
            on_event=lambda _: None,  # odd keys are meant to be odd here
            clock=lambda: NOW,
        )
        self._pyjwt = _pyjwt_keys(document)
        self._joserfc, self.in_parts = _joserfc_keys(document)
        self._claims = joserfc_jwt.JWTClaimsRegistry(
            now=NOW,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        )

    def judge(self, case: Case) -> Judged:
        """Ask all three."""
        token = case.token
        return Judged(case, self.of_ours(token), self.of_pyjwt(token), self.of_joserfc(token), self._document)

    def of_ours(self, token: str) -> str:
        """Return our code; anything but a refusal that says 401 is a fault of ours."""
        try:
            self._ours.verify(token)
        except Unauthenticated as refusal:
            return refusal.code
        except Exception as error:  # noqa: BLE001 - what must never happen is told, not raised
            return FOREIGN + type(error).__name__
        return ""

    def of_pyjwt(self, token: str) -> str:
        """Look the key up by name, as its own client does, and ask for the claims we ask for."""
        try:
            key = self._pyjwt[jwt.get_unverified_header(token)["kid"]]
            options: Any = {"require": ["exp", "iss", "aud"]}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # as above
                jwt.decode(token, key, algorithms=ALGORITHMS, audience=AUDIENCE, issuer=ISSUER, options=options)
        except (jwt.PyJWTError, KeyError) as refusal:  # a KeyError is ours: no key of this name
            return type(refusal).__name__
        except Exception as error:  # noqa: BLE001 - it lets others through, and each is a no
            return FOREIGN + type(error).__name__
        return ""

    def of_joserfc(self, token: str) -> str:
        """Let it choose the key from its set."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it finds the name EdDSA deprecated
                decoded = joserfc_jwt.decode(token, self._joserfc, algorithms=ALGORITHMS)
            self._claims.validate(decoded.claims)
        except JoseError as refusal:
            return type(refusal).__name__
        except Exception as error:  # noqa: BLE001 - as above
            return FOREIGN + type(error).__name__
        return ""


def _pyjwt_keys(document: dict[str, Any]) -> dict[str, jwt.PyJWK]:
    """Return the keys its client would choose from: of two that share a name, the first."""
    usable = (
        key for key in jwt.PyJWKSet.from_dict(document).keys if key.public_key_use in ("sig", None) and key.key_id
    )
    keys: dict[str, jwt.PyJWK] = {}
    for key in usable:
        keys.setdefault(str(key.key_id), key)
    return keys


def _joserfc_keys(document: dict[str, Any]) -> tuple[KeySet, bool]:
    """Return the key set, and whether only in parts: one bad key spoils a whole set, so it gets those it can take."""
    keys = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it finds keys of 1024 bits short
        for jwk in document["keys"]:
            with contextlib.suppress(JoseError, ValueError):
                keys += KeySet.import_key_set({"keys": [dict(jwk)]}).keys
        try:
            return KeySet.import_key_set({"keys": [dict(jwk) for jwk in document["keys"]]}), False
        except (JoseError, ValueError):
            return KeySet(keys), True
