"""JWTBearer's configuration: every fault in one message, and no secret in any."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from authkit import AuthkitError, ConfigError, JWTBearer
from authkit.credentials.settings import MOST_LEEWAY
from authkit.gateway.request import parse
from tests.support.events import bearer_event
from tests.support.tokens import AUDIENCE, ISSUER, NOW, bearer, good_claims, new_signer, signer

FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    **{
        f"issuer-{value!r}": ({"issuer": value}, "issuer must be")
        for value in ("", "idp", "http://127.0.0.1/", None, 5, [], ["https://x", ""], ["idp", "https://x"])
    },
    **{
        f"audience-{value!r}": ({"audience": value}, "audience must be")
        for value in ("", [], None, 5, [""], ["a", None], [["a"]], {}, b"a", set())
    },
    **{
        f"algorithms-{value!r}": ({"algorithms": value}, "algorithms")
        for value in (
            [],
            "RS256",
            ["HS256"],
            ["none"],
            ["RS256", "HS512"],
            ["rs256"],
            [["RS256"]],
            [None],
            5,
            b"RS256",
        )
    },
    **{
        f"leeway-{value!r}": ({"leeway": value}, "leeway must be")
        for value in (-1, MOST_LEEWAY + 1, float("nan"), float("inf"), "5", None, True)
    },
    **{
        f"typ-{value!r}": ({"typ": value}, "typ must be")
        for value in ("JWT", [], None, [""], [1], ["application/"], b"JWT")
    },
    **{f"principal-{value!r}": ({"principal": value}, "principal must be") for value in ("", None, 5)},
    **{
        f"source-{value!r}": ({"source": value}, "source must be")
        for value in ("authorization", None, ("authorization",))
    },
    **{
        f"relax-{value!r}": ({"relax": value}, "relax holds only")
        for value in ("http-loopback", ["all"], None, 5, [[]], ["http-loopback", "x"])
    },
    **{f"jwks-{value!r}": ({"jwks": value}, "jwks: ") for value in ({}, 5, b"x", "http://keys.example.com/")},
    "jwks-file": ({"jwks": "no-such-file"}, "no-such-file cannot be read"),
    "issuer-to-discover": ({"issuer": "idp", "jwks": None}, "issuer must be"),
    "fetch": ({"fetch": "https"}, "fetch cannot be called"),
    "clock": ({"clock": 5}, "clock cannot be called"),
}


@pytest.mark.parametrize(("changes", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_while_constructing(changes: dict[str, Any], words: str) -> None:
    """B5, E8, E11: and never becomes another exception."""
    with pytest.raises(ConfigError, match=r"^JWTBearer: ") as fault:
        bearer(**changes)

    assert words in str(fault.value)


def test_all_faults_stand_in_one_message() -> None:
    """So that one deployment tells them all."""
    with pytest.raises(ConfigError) as fault:
        JWTBearer(
            issuer="idp", audience="", algorithms=["HS256"], leeway=-1, jwks={}, source="x", typ=[], principal="",  # type: ignore[arg-type]
            relax=["x"], fetch=5, clock=5,  # type: ignore[arg-type]
        )  # fmt: skip

    for word in (
        "issuer",
        "audience",
        "algorithms",
        "leeway",
        "jwks",
        "source",
        "typ",
        "principal",
        "relax",
        "fetch",
        "clock",
    ):
        assert f"{word} " in str(fault.value) or f"{word}:" in str(fault.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": ("a", "b")},
        {"audience": {"a": 1}},
        {"algorithms": ("ES256",)},
        {"leeway": MOST_LEEWAY},
        {"leeway": 0.5},
        {"relax": ()},
        {"relax": ["http-loopback", "private-address"]},
        {"issuer": "http://127.0.0.1:8000", "relax": {"http-loopback"}},
        {"jwks": None},
        {"jwks": "https://keys.example.com/jwks"},
    ],
)
def test_what_is_right_is_taken(changes: dict[str, Any]) -> None:
    """And nothing is fetched."""
    assert isinstance(bearer(**changes), JWTBearer)


def test_the_repr_tells_issuer_and_audience() -> None:
    """And no key."""
    assert repr(bearer()) == f"JWTBearer(issuer={ISSUER!r}, audience={[AUDIENCE]!r})"


def test_what_it_reads_can_be_told_before_any_request() -> None:
    """Its answers may be cached, keyed on what it reads."""
    assert bearer().reads == ("header.authorization",)
    assert bearer().per_request is False


SECRETS = {
    "expired": signer().token(good_claims(exp=NOW - 1)),
    "issuer": signer().token(good_claims(iss="https://secret-issuer.example/")),
    "audience": signer().token(good_claims(aud="secret-audience")),
    "type": signer().raw(signer().header(), good_claims(sub="secret-subject", exp="secret-time")),
    "bound": signer().token(good_claims(cnf={"secret-method": 1})),
    "kid": signer().token(kid="secret-kid"),
    "kid-control": signer().raw({"alg": "ES256", "kid": "secret\nkid"}, good_claims()),
    "alg": signer().raw({"alg": "secret-alg", "kid": "k1"}, good_claims()),
    "typ": signer().token(typ="secret-typ"),
    "crit": signer().raw(signer().header(crit=["secret-extension"]), good_claims()),
    "twice": signer().raw(signer().header(), b'{"secret-name":1,"secret-name":2}'),
    "number": signer().raw(signer().header(), b'{"a":1e999}'),
    "signature": signer().token()[:-10] + "secretABCA",
    "shape": "secret.token",
    "characters": signer().token() + "=secret",
}


@pytest.mark.parametrize("token", SECRETS.values(), ids=SECRETS)
def test_no_message_repeats_what_the_token_says(token: str) -> None:
    """G13: not the token, not a piece of it, not a value in it; and no exception before it shows through."""
    with pytest.raises(AuthkitError) as fault:
        bearer()(parse(bearer_event(token)))

    told = f"{fault.value} {fault.value!r} {vars(fault.value)} {''.join(traceback.format_exception_only(fault.value))}"
    assert "secret" not in told
    assert not any(segment and segment in told for segment in token.split("."))
    assert fault.value.__suppress_context__ or fault.value.__context__ is None


def test_no_repr_repeats_what_the_token_says() -> None:
    """Of the principal, only id, scopes and end are shown."""
    token = signer().token(good_claims(email="alice@secret.example"))
    principal = bearer()(parse(bearer_event(token)))

    assert "secret" not in repr(principal) + repr(principal.claims)
    assert token not in repr(principal)


def test_keys_of_another_issuer_are_not_looked_at() -> None:
    """C17: the same key name with two issuers is two keys."""
    other = new_signer()

    assert bearer().verify(signer().token())
    with pytest.raises(AuthkitError, match="bad_signature"):
        bearer(other).verify(signer().token())
