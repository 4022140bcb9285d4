"""The standard profiles: RFC 9068 access tokens, and id tokens of OpenID Connect Core."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.credentials.bearer import JWTBearer
from authkit.credentials.presets.oidc import access_token, id_token
from tests.credentials.presets.cases import Wrong, changed, code_of, each, faults_of, no_fetch, request, settings, token
from tests.support.tokens import NOW

ISSUER = "https://authorization-server.example.com/"
API = "https://rs.example.com/"
CLIENT = "s6BhdRkqt3"

# RFC 9068 section 3, the example access token.
ACCESS = {
    "iss": ISSUER,
    "sub": "5ba552d67",
    "aud": API,
    "exp": NOW + 600,
    "iat": NOW - 10,
    "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
    "client_id": CLIENT,
    "scope": "openid profile reademail",
}
# OpenID Connect Core section 2, the example id token.
ID = {
    "iss": ISSUER,
    "sub": "24400320",
    "aud": CLIENT,
    "nonce": "n-0S6_WzA2Mj",
    "exp": NOW + 600,
    "iat": NOW - 10,
    "auth_time": NOW - 20,
    "acr": "urn:mace:incommon:iap:silver",
}


def access(**changes: Any) -> JWTBearer:
    return access_token(ISSUER, API, **settings(**changes))


def ident(**changes: Any) -> JWTBearer:
    return id_token(ISSUER, **{"client_id": CLIENT, **settings(), **changes})


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_an_access_token_by_the_letter_is_taken(typ: str) -> None:
    """Section 4: its type is a media type, so its case does not matter."""
    principal = access()(request(token(ACCESS, typ=typ)))

    assert principal.id == "5ba552d67"
    assert principal.scopes == {"openid", "profile", "reademail"}


@each(
    *(
        Wrong(f"no {name}", "missing_claim", {name: ...})
        for name in ("exp", "aud", "sub", "client_id", "iat", "jti", "iss")
    ),
    Wrong("no type", "bad_typ", {}, {"typ": ...}),
    Wrong("the type of any JWT", "bad_typ", {}, {"typ": "JWT"}),
    Wrong("another issuer", "issuer_mismatch", {"iss": ISSUER[:-1]}),
    Wrong("another API", "audience_mismatch", {"aud": "https://rs.example.com"}),
    Wrong("another client", "client_mismatch", {"client_id": "s6BhdRkqt4"}),
)
def test_an_access_token_with_one_thing_wrong_is_refused(wrong: Wrong) -> None:
    """Sections 2.2 and 4."""
    header = {"typ": "at+jwt", **wrong.header}

    assert code_of(access(client_id=CLIENT), token(changed(ACCESS, **wrong.claims), **header)) == wrong.code


def test_an_id_token_tells_the_client_who_logged_in() -> None:
    """With the nonce the login was begun with."""
    claims = ident(nonce="n-0S6_WzA2Mj").verify(token(ID, typ="JWT"))

    assert claims["sub"] == "24400320"


@each(
    *(Wrong(f"no {name}", "missing_claim", {name: ...}) for name in ("exp", "aud", "sub", "iat", "iss", "nonce")),
    Wrong("another nonce", "custom_check_failed", {"nonce": "other"}),
    Wrong("another client", "audience_mismatch", {"aud": "s6BhdRkqt4"}),
    Wrong("several audiences, and no party (E14)", "client_mismatch", {"aud": [CLIENT, "other"]}),
    Wrong("several audiences, another party (E14)", "client_mismatch", {"aud": [CLIENT, "other"], "azp": "other"}),
    Wrong("another party (E14)", "client_mismatch", {"azp": "other"}),
    Wrong("a party that is none (E14)", "client_mismatch", {"azp": ["x"]}),
    Wrong("an access token by its scope (E12)", "token_use_mismatch", {"scope": "openid"}),
    Wrong("an access token by its scp (E12)", "token_use_mismatch", {"scp": ["openid"]}),
    Wrong("Cognito's access token (E12)", "token_use_mismatch", {"token_use": "access"}),
    Wrong("Keycloak's access token (E12)", "token_use_mismatch", {"typ": "Bearer"}),
    Wrong("Keycloak's refresh token (E12)", "token_use_mismatch", {"typ": "Refresh"}),
    Wrong("a logout token (E12)", "bad_typ", {}, {"typ": "logout+jwt"}),
)
def test_an_id_token_with_one_thing_wrong_is_refused(wrong: Wrong) -> None:
    """OpenID Connect Core section 3.1.3.7."""
    bearer = ident(nonce="n-0S6_WzA2Mj")

    assert code_of(bearer, token(changed(ID, **wrong.claims), **{"typ": "JWT", **wrong.header})) == wrong.code


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [CLIENT]},
        {"azp": CLIENT},
        {"aud": [CLIENT, "other"], "azp": CLIENT},
        {"token_use": "id"},
        {"typ": "ID"},
    ],
)
def test_an_id_token_may_name_us_as_its_party(changes: dict[str, Any]) -> None:
    """Numbers 3 to 5 of the same section."""
    assert ident().verify(token(changed(ID, **changes)))


def test_the_one_is_not_taken_for_the_other() -> None:
    """E12, in both directions, although issuer and key are the same and the audience could be."""
    one = access_token(ISSUER, CLIENT, **settings())

    assert code_of(one, token(changed(ID, client_id=CLIENT, jti="1"), typ="JWT")) == "bad_typ"
    assert code_of(ident(), token(changed(ACCESS, aud=CLIENT), typ="at+jwt")) == "bad_typ"
    assert code_of(ident(), token(changed(ACCESS, aud=CLIENT), typ="JWT")) == "token_use_mismatch"


def test_their_keys_are_discovered_and_not_before_a_token_comes() -> None:
    """Neither profile says where they are."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Any:
        asked.append(url)
        raise OSError

    access_token(ISSUER, API, fetch=no_fetch)
    id_token(ISSUER, CLIENT, fetch=no_fetch)
    with pytest.raises(Exception, match="fetch_refused"):
        access_token(ISSUER, API, fetch=fetch, clock=lambda: NOW).verify(token(ACCESS, typ="at+jwt"))

    assert asked == [f"{ISSUER}.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: access_token("http://idp.example.com", API), "issuer must be an https URL"),
        (lambda: access_token(ISSUER, ""), "audience"),
        (lambda: access_token(ISSUER, API, client_id=[]), "client_id"),
        (lambda: access_token(ISSUER, API, **{"typ": ("JWT",)}), "typ is what the preset decides"),
        (lambda: access_token(ISSUER, API, required="jti"), "required must be names of claims"),
        (lambda: access_token(ISSUER, API, claims=7), "claims must map names"),
        (lambda: id_token(ISSUER, ""), "client_id"),
        (lambda: id_token(ISSUER, CLIENT, nonce=""), "nonce"),
        (lambda: id_token("", CLIENT), "issuer"),
        (lambda: id_token(ISSUER, CLIENT, checks=[None]), "checks must be a list"),
    ],
)
def test_wrong_configuration_is_told_at_construction(make: Any, fault: str) -> None:
    """In the preset's name."""
    said = faults_of(make)

    assert fault in said
    assert said.startswith(("access_token: ", "id_token: "))


def test_what_a_caller_adds_comes_on_top() -> None:
    """Claims, lists of claims and checks join those of the profile, and never replace them."""
    seen: list[str] = []
    bearer = access(
        claims={"acr": "gold"}, required=["amr"], absent={"act"}, checks=[lambda claims: seen.append(claims["sub"])]
    )
    good = changed(ACCESS, acr="gold", amr=["pwd"])

    assert bearer.verify(token(good, typ="at+jwt"))
    assert seen == ["5ba552d67"]
    assert code_of(bearer, token(changed(good, acr="silver"), typ="at+jwt")) == "custom_check_failed"
    assert code_of(bearer, token(changed(good, amr=...), typ="at+jwt")) == "missing_claim"
    assert code_of(bearer, token(changed(good, act={"sub": "x"}), typ="at+jwt")) == "token_use_mismatch"
    assert code_of(bearer, token(changed(good, jti=...), typ="at+jwt")) == "missing_claim"
