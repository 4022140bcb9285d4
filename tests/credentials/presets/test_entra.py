"""Entra: access tokens of Microsoft's identity platform, as its claims reference and its keys document have them."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.credentials.bearer import JWTBearer
from authkit.credentials.presets.entra import entra
from authkit.credentials.settings import ANY_TENANT
from authkit.tokens.access import has_role, in_group
from tests.credentials.presets.cases import Wrong, changed, code_of, each, faults_of, no_fetch, request, settings, token
from tests.support.tokens import NOW, new_signer

TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
OTHER = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"  # whose keys have it for an issuer, not the template
API = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
LOGIN = "https://login.microsoftonline.com"

# learn.microsoft.com/entra/identity-platform/access-token-claims-reference, version 2.0, on behalf of a user.
V2 = {
    "aud": API,
    "iss": f"{LOGIN}/{TENANT}/v2.0",
    "iat": NOW - 10,
    "nbf": NOW - 10,
    "exp": NOW + 3600,
    "aio": "AXQAi/8IAAAA",
    "azp": "f2d19332-a09d-48c8-a53b-c49ae5502dfc",
    "azpacr": "0",
    "name": "Abe Lincoln",
    "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
    "preferred_username": "abeli@example.com",
    "rh": "I",
    "scp": "orders.read orders.write",
    "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
    "tid": TENANT,
    "uti": "fqiBqXLPj0eQa82S-IYFAA",
    "ver": "2.0",
}
# The same in version 1.0, where issuer, caller and audience are told in other ways.
V1 = {
    **{name: value for name, value in V2.items() if name not in ("azp", "azpacr", "preferred_username")},
    "aud": "api://orders",
    "iss": f"https://sts.windows.net/{TENANT}/",
    "appid": "f2d19332-a09d-48c8-a53b-c49ae5502dfc",
    "appidacr": "0",
    "upn": "abeli@example.com",
    "ver": "1.0",
}
APP_ONLY = changed(V2, scp=..., name=..., preferred_username=..., roles=["Orders.Read.All"], sub=V2["oid"], idtyp="app")
HEADER = {"typ": "JWT"}
# One document serves all tenants, and says of each key whose tokens it signs.
KEY = new_signer("RS256", "provider-key-1", use="sig", issuer=f"{LOGIN}/{{tenantid}}/v2.0")


def bearer(tenant: Any = TENANT, audience: Any = API, **changes: Any) -> JWTBearer:
    """Return a bearer for the API."""
    return entra(tenant, audience, **settings(KEY, **changes))


def signed(claims: dict[str, Any], **header: Any) -> str:
    return token(claims, key=KEY, **HEADER, **header)


def test_a_users_token_gives_subject_and_delegated_scopes() -> None:
    """Version 2.0."""
    principal = bearer()(request(signed(V2)))

    assert principal.id == V2["sub"]
    assert principal.scopes == {"orders.read", "orders.write"}


def test_an_applications_token_gives_its_roles() -> None:
    """App-only: roles and no scp; by object id, if wanted."""
    principal = bearer(principal="oid", require=[has_role("Orders.Read.All")])(request(signed(APP_ONLY)))

    assert principal.id == V2["oid"]
    assert principal.scopes == set()


def test_version_1_has_another_issuer_and_another_caller_claim() -> None:
    """And its keys document says no issuers."""
    plain = new_signer("RS256", "provider-key-1", use="sig")
    old = entra(TENANT, "api://orders", version=1, **settings(plain))

    assert old.verify(token(V1, key=plain, **HEADER))["appid"] == V1["appid"]
    assert code_of(old, token(changed(V1, appid=...), key=plain, **HEADER)) == "token_use_mismatch"


@each(
    Wrong("another tenant", "issuer_mismatch", {"iss": f"{LOGIN}/{OTHER}/v2.0", "tid": OTHER}),
    Wrong("another tenant's tid (E19)", "issuer_mismatch", {"tid": OTHER}),
    Wrong("another tenant's iss (E19)", "issuer_mismatch", {"iss": f"{LOGIN}/{OTHER}/v2.0"}),
    Wrong("no tid", "issuer_mismatch", {"tid": ...}),
    Wrong("a tid that is no id", "issuer_mismatch", {"tid": "common", "iss": f"{LOGIN}/common/v2.0"}),
    Wrong("the template itself", "issuer_mismatch", {"tid": "{tenantid}", "iss": f"{LOGIN}/{{tenantid}}/v2.0"}),
    Wrong("another cloud", "issuer_mismatch", {"iss": f"https://login.microsoftonline.us/{TENANT}/v2.0"}),
    Wrong("an issuer of version 1", "issuer_mismatch", {"iss": V1["iss"]}),
    Wrong("another API", "audience_mismatch", {"aud": "00000003-0000-0000-c000-000000000000"}),
    Wrong("another version", "custom_check_failed", {"ver": "1.0"}),
    Wrong("an id token by its nonce (E12)", "token_use_mismatch", {"nonce": "n", "azp": ..., "scp": ...}),
    Wrong("an id token by its at_hash (E12)", "token_use_mismatch", {"at_hash": "h", "azp": ..., "scp": ...}),
    Wrong("an id token by what it lacks (E12)", "token_use_mismatch", {"azp": ..., "scp": ..., "roles": ["Reader"]}),
    Wrong("neither scp nor roles", "scope", {"scp": ...}),
    Wrong("empty scp and roles", "scope", {"scp": "", "roles": []}),
    Wrong("a proof", "bad_typ", {}, {"typ": "pop"}),
)
def test_a_token_with_one_thing_wrong_is_refused(wrong: Wrong) -> None:
    """Each by its own code."""
    header = {**HEADER, **wrong.header}

    assert code_of(bearer(), token(changed(V2, **wrong.claims), key=KEY, **header)) == wrong.code


def test_several_tenants_may_come_in_and_no_other() -> None:
    """Each with its own issuer."""
    two = bearer([TENANT, OTHER])

    assert two.verify(signed(V2))["tid"] == TENANT
    assert two.verify(signed(changed(V2, tid=OTHER, iss=f"{LOGIN}/{OTHER}/v2.0")))["tid"] == OTHER
    assert code_of(two, signed(changed(V2, tid=PERSONAL, iss=f"{LOGIN}/{PERSONAL}/v2.0"))) == "issuer_mismatch"


def test_any_tenant_is_still_the_one_its_issuer_says() -> None:
    """E19 holds for whoever comes."""
    anybody = bearer(ANY_TENANT)

    assert anybody.verify(signed(changed(V2, tid=OTHER, iss=f"{LOGIN}/{OTHER}/v2.0")))["tid"] == OTHER
    assert code_of(anybody, signed(changed(V2, tid=OTHER))) == "issuer_mismatch"


def test_a_key_of_another_issuer_signs_nothing_for_ours() -> None:
    """The keys of personal accounts are in the same document as those of organizations."""
    theirs = new_signer("RS256", "personal-key", use="sig", issuer=f"{LOGIN}/{PERSONAL}/v2.0")
    anybody = entra(ANY_TENANT, API, **settings(KEY, theirs))
    personal = changed(V2, tid=PERSONAL, iss=f"{LOGIN}/{PERSONAL}/v2.0")

    assert anybody.verify(token(personal, key=theirs, kid="personal-key", **HEADER))["tid"] == PERSONAL
    assert code_of(anybody, token(V2, key=theirs, kid="personal-key", **HEADER)) == "key_use_mismatch"


@pytest.mark.parametrize(
    ("callers", "claims", "code"),
    [
        ("users", V2, ""),
        ("users", changed(V2, roles=["Reader"]), ""),
        ("users", APP_ONLY, "token_use_mismatch"),
        ("users", changed(APP_ONLY, idtyp=...), "token_use_mismatch"),
        ("users", changed(APP_ONLY, scp="orders.read"), "token_use_mismatch"),
        ("apps", APP_ONLY, ""),
        ("apps", changed(APP_ONLY, idtyp=...), ""),
        ("apps", V2, "token_use_mismatch"),
        ("any", V2, ""),
        ("any", APP_ONLY, ""),
    ],
)
def test_who_calls_can_be_restricted(callers: str, claims: dict[str, Any], code: str) -> None:
    """By scp and roles, and by idtyp where the API asks for that optional claim."""
    restricted = bearer(callers=callers)

    if code:
        assert code_of(restricted, signed(claims)) == code
    else:
        assert restricted.verify(signed(claims))


def test_too_many_groups_are_told_apart_from_none() -> None:
    """E17: the token says where they are, and is not asked to be believed without."""
    groups = bearer(require=[in_group("5ce1…")])
    overage = changed(
        V2,
        _claim_names={"groups": "src1"},
        _claim_sources={"src1": {"endpoint": "https://graph.example.com/users/1/getMemberObjects"}},
    )

    assert groups.verify(signed(changed(V2, groups=["5ce1…"])))
    assert code_of(groups, signed(changed(V2, groups=["6ce1…"]))) == "group"
    assert code_of(groups, signed(overage)) == "group_overage"
    assert code_of(groups, signed(changed(V2, groups="5ce1…"))) == "bad_claim_type"


@pytest.mark.parametrize(
    ("version", "cloud", "issuer", "keys"),
    [
        (2, "global", f"{LOGIN}/{TENANT}/v2.0", f"{LOGIN}/{TENANT}/discovery/v2.0/keys"),
        (1, "global", f"https://sts.windows.net/{TENANT}/", f"{LOGIN}/{TENANT}/discovery/keys"),
        (
            2,
            "us-gov",
            f"https://login.microsoftonline.us/{TENANT}/v2.0",
            f"https://login.microsoftonline.us/{TENANT}/discovery/v2.0/keys",
        ),
        (
            1,
            "us-gov",
            f"https://sts.windows.net/{TENANT}/",
            f"https://login.microsoftonline.us/{TENANT}/discovery/keys",
        ),
        (
            2,
            "china",
            f"https://login.partner.microsoftonline.cn/{TENANT}/v2.0",
            f"https://login.partner.microsoftonline.cn/{TENANT}/discovery/v2.0/keys",
        ),
        (
            1,
            "china",
            f"https://sts.chinacloudapi.cn/{TENANT}/",
            f"https://login.partner.microsoftonline.cn/{TENANT}/discovery/keys",
        ),
    ],
)
def test_issuer_and_keys_follow_version_and_cloud(version: Any, cloud: Any, issuer: str, keys: str) -> None:
    """A single tenant's keys come from its own document."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Any:
        asked.append(url)
        raise OSError

    claims = changed(V1 if version == 1 else V2, iss=issuer, aud=API)
    remote = entra(TENANT, API, version=version, cloud=cloud, fetch=fetch, clock=lambda: NOW)
    with pytest.raises(Exception, match="fetch_refused"):
        remote.verify(signed(claims))

    assert asked == [keys]


def test_keys_for_several_tenants_come_from_the_common_document() -> None:
    """Nothing is fetched while it is built."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Any:
        asked.append(url)
        raise OSError

    entra(ANY_TENANT, API, fetch=no_fetch)
    with pytest.raises(Exception, match="fetch_refused"):
        entra([TENANT, OTHER], API, fetch=fetch, clock=lambda: NOW).verify(signed(V2))

    assert asked == [f"{LOGIN}/common/discovery/v2.0/keys"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"tenant": "common"}, "tenant"),
        ({"tenant": "contoso.onmicrosoft.com"}, "tenant"),
        ({"tenant": TENANT.upper()}, "tenant"),
        ({"tenant": f"{TENANT}/../x"}, "tenant"),
        ({"tenant": []}, "tenant"),
        ({"tenant": None}, "tenant"),
        ({"tenant": [TENANT, "x"]}, "tenant"),
        ({"audience": ""}, "audience"),
        ({"audience": None}, "audience"),
        ({"version": 3}, "version"),
        ({"cloud": "germany"}, "cloud"),
        ({"callers": "robots"}, "callers"),
        ({"tenants": [OTHER]}, "tenants is what the preset decides"),
        ({"claims": {"ver": "1.0"}}, "claims['ver'] is what the preset decides"),
    ],
)
def test_wrong_configuration_is_told_at_construction(changes: dict[str, Any], fault: str) -> None:
    """F13: a tenant becomes a part of two URLs."""
    assert fault in faults_of(lambda: entra(**{"tenant": TENANT, "audience": API, **changes}))
