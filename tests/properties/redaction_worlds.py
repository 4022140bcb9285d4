"""Callers of every kind of API with every kind of credential, and secrets in every place of what they send."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from authkit import APIKey, ClientCertificate, Cookie, DPoP, JWTBearer, MemoryReplay, Query, SigV4
from authkit.credentials.certificate import CertificateBound
from authkit.credentials.client import Client
from authkit.credentials.client_certificate_rules import ANY_CERTIFICATE
from authkit.credentials.first_of import both, first_of
from authkit.credentials.known import known
from authkit.credentials.metered import metered
from authkit.enrich.lookup import Lookup
from authkit.stores.signing_keys import Partner
from authkit.testing.iam import SERVICE
from authkit.testing.proofs import confirmation, proof
from tests.credentials import introspecting
from tests.credentials.apikeys import keys
from tests.credentials.certificates import certificate
from tests.support.tokens import AUDIENCE, ISSUER, NOW, good_claims, jwks, signer

SECRET = "S3CR3T-of-the-caller-7f3a9c"  # whatever a caller sends, wherever
EDGE = "the-edge-secret-that-nobody-knows"
SIGNING = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
# What is told, and to whom: see TOLD in test_redaction.
ALICE, TENANT, PLAN, USAGE = "told-alice", "told-tenant", "told-plan", "told-usage-key-0123456789"
ASKED = "told-path-0123456789"

KINDS = ("rest-token", "rest-request", "http-v1", "http-v2", "websocket", "appsync")
WITH_MAPS = KINDS[1:]
OF_PATHS = ("rest-request", "http-v1", "http-v2")
PATH = f"/orders/{ASKED}"
HOST = "stubapi001.execute-api.eu-west-1.amazonaws.com"
BASE = {"rest-request": f"https://{HOST}/prod", "http-v1": f"https://{HOST}", "http-v2": f"https://{HOST}"}
SERIAL = 0x5F3A91
PEM = certificate((("C", "SE"), ("O", SECRET), ("OU", TENANT), ("CN", ALICE)), serial=SERIAL)
KEYS = keys.Store()
KEY = keys.given(KEYS, Client(ALICE, scopes={"orders:read"}, context={"tenant": TENANT, "email": SECRET})).text
PARTNER = Partner.of(
    "AKIDEXAMPLE",
    Client(ALICE, scopes={"orders:read"}, context={"tenant": TENANT, "email": SECRET}),
    secrets=[SIGNING],
)


class Carried(NamedTuple):
    """What a request carries as its credential."""

    headers: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    pem: str | None = None

    @property
    def secrets(self) -> set[str]:
        """A piece of each credential, short enough to be found where a text was cut."""
        pieces = {piece for text in (*self.headers.values(), *self.query.values()) for piece in text.split(".")}
        body = (self.pem or "").replace("\n", "")
        return {piece[-40:] for piece in pieces if len(piece) >= 40} | ({body[100:140]} if len(body) > 140 else set())


class Scheme(NamedTuple):
    """A way to say who calls.

    Args:
        kinds: of APIs that it can be used on.
        make: builds the credential for an `Authorizer`.
        good: what its caller carries, on a kind of API.
        bad: what others carry.
    """

    kinds: tuple[str, ...]
    make: Callable[[], Any]
    good: Callable[[str], Carried]
    bad: Callable[[str], list[Carried]]


def claims(**changes: Any) -> dict[str, Any]:
    """Return what a good token says: what is told by name, and secrets in all else."""
    told = {"sub": ALICE, "tenant": TENANT, "client_id": "web", "scope": f"orders:read {SECRET}"}
    return good_claims(**told, email=SECRET, jti=SECRET, nested={SECRET: [SECRET]}, **changes)


def token(**changes: Any) -> str:
    """Return a good token."""
    return signer().token(claims(**changes))


def bad_tokens() -> list[str]:
    """Return tokens with a secret in each place that a verifier looks at before it says no."""
    key = signer()
    header = ({"kid": SECRET}, {"typ": SECRET}, {"jku": SECRET}, {"crit": [SECRET]}, {"alg": SECRET}, {SECRET: 1})
    said = ({"iss": SECRET}, {"aud": SECRET}, {"sub": [SECRET]}, {"nbf": SECRET}, {"exp": NOW - 1}, {"cnf": SECRET})
    twice = f'{{"sub":"{SECRET}","sub":"{SECRET}"}}'.encode()
    return [
        *(key.raw(key.header(**each), {} if each.keys() == {SECRET} else claims()) for each in header),
        *(key.raw(key.header(), {**claims(), **each}) for each in said),
        *(key.raw(key.header(), each) for each in (twice, twice[:-1])),
        f"{token().rpartition('.')[0]}.{'A' * 86}",
        f"{token()}.{SECRET}",
        f"x.{SECRET}.y",
        SECRET,
    ]


def bearer(**changes: Any) -> JWTBearer:
    """Return what takes the tokens above."""
    usual = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "algorithms": ["ES256"],
        "jwks": jwks(signer()),
        "clock": lambda: NOW,
    }
    return JWTBearer(**{**usual, **changes})


def _tokens(carried: Callable[[str], Carried]) -> tuple[Callable[[str], Carried], Callable[[str], list[Carried]]]:
    """Return good and bad tokens in their place."""
    return lambda kind: carried(token()), lambda kind: [carried(each) for each in bad_tokens()]


def _in_header(text: str) -> Carried:
    return Carried({"authorization": f"Bearer {text}"})


def _key(text: str = KEY) -> Carried:
    return Carried({"x-api-key": text})


WRONG_KEYS = [SECRET, f"ak_live_{SECRET}", keys.made_up(7), KEY + SECRET]


def _api_key() -> APIKey:
    return keys.credential(KEYS)


def _certificate() -> ClientCertificate:
    return ClientCertificate(allow=ANY_CERTIFICATE, scopes={"orders:read"}, clock=lambda: NOW)


def _proven(kind: str, **changes: Any) -> Carried:
    bound = token(cnf=confirmation(None))
    shown = proof(
        bound, "GET", BASE[kind] + PATH, NOW, {"jti": f"{SECRET}-{next(_numbers)}", "nonce": SECRET, **changes}
    )
    return Carried({"authorization": f"DPoP {bound}", "dpop": shown})


_numbers = itertools.count()
WRONG_PROOFS = (
    {"htu": SECRET},
    {"htm": SECRET},
    {"iat": SECRET},
    {"ath": SECRET},
    {"jti": [SECRET]},
)


def _bound(pem: str | None, **changes: Any) -> Carried:
    return Carried({"authorization": f"Bearer {token(**{'cnf': confirmation(PEM), **changes})}"}, pem=pem)


def _introspection() -> Any:
    told = claims(active=True, token_type="Bearer")
    world = introspecting.World(lambda text: told if text.startswith("opaque") else {"active": False, SECRET: SECRET})
    return world.introspection


def _metered() -> Any:
    return metered(bearer(), by="client_id", keys={"web": USAGE})


def _known() -> Any:
    return known(bearer(), Lookup({ALICE: {"plan": PLAN, "email": SECRET}}.get, by="sub", give=["plan"], timeout=None))


TOKENS = _tokens(_in_header)
SCHEMES: dict[str, Scheme] = {
    "bearer": Scheme(KINDS, bearer, *TOKENS),
    "query": Scheme(
        WITH_MAPS[:-1], lambda: bearer(source=Query("access")), *_tokens(lambda text: Carried(query={"access": text}))
    ),
    "cookie": Scheme(
        WITH_MAPS[:-1],
        lambda: bearer(source=Cookie("access")),
        *_tokens(lambda text: Carried({"cookie": f"{SECRET}={SECRET}; access={text}"})),
    ),
    "api key": Scheme(KINDS, _api_key, lambda kind: _key(), lambda kind: [_key(each) for each in WRONG_KEYS]),
    "first of": Scheme(WITH_MAPS, lambda: first_of(bearer(), _api_key()), *TOKENS),
    "metered": Scheme(KINDS, _metered, *TOKENS),
    "known": Scheme(KINDS, _known, *TOKENS),
    "introspection": Scheme(
        KINDS,
        _introspection,
        lambda kind: _in_header(f"opaque-{SECRET}"),
        lambda kind: [_in_header(f"stolen-{SECRET}"), _in_header(f"{SECRET}\n")],
    ),
    "dpop": Scheme(
        OF_PATHS,
        lambda: bearer(proofs=[DPoP(replay=MemoryReplay(clock=lambda: NOW), clock=lambda: NOW)]),
        _proven,
        lambda kind: [_proven(kind, **each) for each in WRONG_PROOFS],
    ),
    "certificate bound": Scheme(
        OF_PATHS,
        lambda: bearer(proofs=[CertificateBound()]),
        lambda kind: _bound(PEM),
        lambda kind: [_bound(certificate()), _bound(SECRET), _bound(None), _bound(PEM, cnf={"x5t#S256": SECRET})],
    ),
    "client certificate": Scheme(
        OF_PATHS,
        _certificate,
        lambda kind: Carried(pem=PEM),
        lambda kind: [Carried(pem=SECRET), Carried(pem=PEM.replace("M", SECRET)), Carried()],
    ),
    "both": Scheme(
        OF_PATHS,
        lambda: both(_api_key(), _certificate(), agree=lambda owner, device: owner.id == device.id),
        lambda kind: _key()._replace(pem=PEM),
        lambda kind: [_key(), _key(SECRET)._replace(pem=PEM)],
    ),
    "sigv4": Scheme(
        ("rest-request", "http-v2"),
        lambda: SigV4(
            partners=PARTNER,
            regions=["eu-west-1"],
            services=[SERVICE],
            mechanisms=["header", "query"],
            replay=MemoryReplay(clock=lambda: NOW),
            clock=lambda: NOW,
        ),
        lambda kind: Carried(),
        lambda kind: [Carried({"authorization": each}) for each in (f"AWS4-{SECRET}", f"AWS4-HMAC-SHA256 x={SECRET}")],
    ),
}
