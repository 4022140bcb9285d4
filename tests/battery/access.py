"""Section E, rows 12 to 18: uses, subjects, scopes, groups and names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authkit.tokens.access import acr, all_scopes, any_scope, has_role, in_group, logged_in_within
from tests.battery.case import ACCEPTED, Attempt, Case, deed, observed, token
from tests.battery.world import World
from tests.support.tokens import ISSUER

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.battery.claims import TYPE, says


def uses() -> Iterator[Case]:
    use = "token_use_mismatch"
    access = {"claims": {"token_use": "access"}}
    yield says("E12", "id-for-access", use, {"token_use": "id"}, **access)
    yield says("E12", "refresh-for-access", use, {"token_use": "refresh"}, **access)
    yield says("E12", "access-for-id", use, {"token_use": "access"}, claims={"token_use": "id"})
    yield says("E12", "upper-case", use, {"token_use": "ACCESS"}, **access)
    yield says("E12", "absent", "missing_claim", {}, **access)
    for name, value in {"null": None, "list": ["access"], "object": {"access": 1}, "true": True, "int": 1}.items():
        yield says("E12", name, f"{use}|{TYPE}|missing_claim", {"token_use": value}, **access)
    yield says("E12", "access", ACCEPTED, {"token_use": "access"}, **access)
    for name in ("nonce", "at_hash", "c_hash"):
        yield says("E12", f"id-token-by-{name}", use, {name: "x"}, absent=("nonce", "at_hash", "c_hash"))
        yield says("E12", f"id-token-by-{name}-null", use, {name: None}, absent=("nonce", "at_hash", "c_hash"))
    for typ in ("logout+jwt", "id+jwt", "rt+jwt"):
        yield token("E12", f"typ-{typ}", "bad_typ", lambda w, t=typ: w.with_header(typ=t))
    for name, (preset_use, changes, code) in {
        "cognito-id-for-access": ("access", {"token_use": "id", "aud": "web"}, use), "cognito-access-for-id": ("id", {"token_use": "access", "client_id": "web", "aud": ...}, f"{use}|missing_claim"),
        "cognito-refresh": ("access", {"token_use": "refresh", "client_id": "web", "aud": ...}, use), "cognito-no-use": ("access", {"client_id": "web", "aud": ...}, "missing_claim"),
        "cognito-access": ("access", {"token_use": "access", "client_id": "web", "aud": ...}, ACCEPTED), "cognito-id": ("id", {"token_use": "id", "aud": "web"}, ACCEPTED),
    }.items():  # fmt: skip
        yield _cognito("E12", name, code, changes, preset_use)
    plain = {"token_use": "access", "aud": ...}
    yield _cognito("E13", "client-of-ours", ACCEPTED, {**plain, "client_id": "web"})
    yield _cognito("E13", "client-of-others", "client_mismatch", {**plain, "client_id": "evil"})
    yield _cognito("E13", "no-client", "missing_claim", plain)
    yield _cognito("E13", "client-prefix", "client_mismatch", {**plain, "client_id": "we"})
    yield _cognito("E13", "client-in-another-case", "client_mismatch", {**plain, "client_id": "WEB"})
    for name, value in {
        "null": None,
        "list": ["web"],
        "int": 5,
        "empty": "",
        "object": {"web": 1},
        "true": True,
    }.items():
        yield _cognito("E13", f"client-{name}", f"client_mismatch|{TYPE}|missing_claim", {**plain, "client_id": value})
    yield _cognito(
        "E13", "aud-of-a-resource", "audience_mismatch", {**plain, "aud": "https://other.example", "client_id": "web"}
    )
    yield _cognito("E13", "aud-instead-of-client", "missing_claim", {**plain, "aud": "web"})
    yield _cognito("E13", "id-token-without-aud", "missing_claim", {"token_use": "id", "aud": ...}, "id")
    yield _cognito("E13", "id-token-for-others", "audience_mismatch", {"token_use": "id", "aud": "evil"}, "id")
    yield _cognito(
        "E13",
        "id-token-naming-us-as-client_id",
        "audience_mismatch|missing_claim",
        {"token_use": "id", "aud": "evil", "client_id": "web"},
        "id",
    )
    two = ["web", "other"]
    for name, (changes, code) in {
        "several-audiences-and-no-azp": ({"aud": two}, "client_mismatch"), "azp-of-others": ({"aud": two, "azp": "other"}, "client_mismatch"), "azp-of-ours": ({"aud": two, "azp": "web"}, ACCEPTED),
        "azp-null": ({"aud": two, "azp": None}, f"client_mismatch|{TYPE}"), "azp-list": ({"aud": two, "azp": ["web"]}, f"client_mismatch|{TYPE}"), "one-audience-and-another-azp": ({"aud": "web", "azp": "other"}, "client_mismatch"),
        "one-audience": ({"aud": "web"}, ACCEPTED), "azp-prefix": ({"aud": two, "azp": "we"}, "client_mismatch"),
    }.items():  # fmt: skip
        yield token("E14", name, code, lambda w, c=changes: _id_token(w, c), portable=False)
    yield says("E14", "exact-azp-of-others", "client_mismatch", {"azp": "evil"}, claims={"azp": "web"})
    yield says("E14", "exact-azp-absent", "missing_claim", {}, claims={"azp": "web"})
    yield says("E14", "exact-azp-list", f"client_mismatch|{TYPE}", {"azp": ["web"]}, claims={"azp": "web"})


POOL = "eu-west-1_a1B2c3D4e"


POOL_ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"


def _cognito(row: str, name: str, code: str, changes: dict[str, Any], use: Any = "access") -> Case:
    def build(world: World) -> Attempt:
        from authkit.credentials.presets.cognito import cognito

        key = world.signer("RS256")
        bearer = cognito(
            POOL, client_id=["web", "app"], token_use=use, jwks={"keys": [key.jwk]}, clock=lambda: world.now
        )
        claims = world.claims(**{"iss": POOL_ISSUER, **changes})
        return Attempt(key.raw({"alg": "RS256", "kid": "k1"}, claims), {}, bearer)

    return token(row, name, code, build, portable=False)


def _id_token(world: World, changes: dict[str, Any]) -> Attempt:
    from authkit.credentials.presets.oidc import id_token

    key = world.signer()
    bearer = id_token(ISSUER, "web", jwks={"keys": [key.jwk]}, clock=lambda: world.now)
    return Attempt(key.raw({"alg": "ES256", "kid": "k1"}, world.claims(**{"scope": ..., **changes})), {}, bearer)


def subjects() -> Iterator[Case]:
    for name, value in {
        "int": 5,
        "zero": 0,
        "float": 1.5,
        "true": True,
        "null": None,
        "list": ["alice"],
        "object": {"alice": 1},
        "empty": "",
        "empty-list": [],
    }.items():
        yield says("E15", name, TYPE, {"sub": value})
        yield says(
            "E15",
            f"{name}-where-another-claim-is-the-principal",
            TYPE,
            {"sub": value, "client_id": "web"},
            principal="client_id",
        )
        yield says("E15", f"principal-{name}", TYPE, {"client_id": value}, principal="client_id")
    yield says("E15", "absent", "missing_claim", {"sub": ...})
    yield says("E15", "principal-absent", "missing_claim", {}, principal="client_id")
    yield says("E15", "digits", ACCEPTED, {"sub": "12345"})
    yield says("E15", "exact-sub", "subject_mismatch", {"sub": "mallory"}, claims={"sub": "alice"})
    read = {"require": [all_scopes("read")]}
    for name, (changes, code) in {
        "text": ({"scope": "write read"}, ACCEPTED), "list": ({"scope": ["write", "read"]}, ACCEPTED), "scp-list": ({"scope": ..., "scp": ["read"]}, ACCEPTED), "scp-text": ({"scope": ..., "scp": "read"}, ACCEPTED),
        "double-blanks": ({"scope": "write  read"}, ACCEPTED), "both-claims": ({"scope": "write", "scp": ["read"]}, ACCEPTED), "substring": ({"scope": "readonly"}, "scope"), "prefix": ({"scope": "rea"}, "scope"),
        "upper-case": ({"scope": "READ"}, "scope"), "tab": ({"scope": "write\tread"}, "scope"), "newline": ({"scope": "write\nread"}, "scope"), "comma": ({"scope": "write,read"}, "scope"), "no-break-space": ({"scope": "write\u00a0read"}, "scope"),
        "list-of-one-text": ({"scope": ["write read"]}, "scope"), "empty": ({"scope": ""}, "scope"), "absent": ({"scope": ...}, "scope"), "empty-list": ({"scope": []}, "scope"), "plus": ({"scope": "write+read"}, "scope"),
        "null": ({"scope": None}, TYPE), "int": ({"scope": 5}, TYPE), "true": ({"scope": True}, TYPE), "object": ({"scope": {"read": 1}}, TYPE), "mixed-list": ({"scope": ["read", 5]}, TYPE), "nested-list": ({"scope": [["read"]]}, TYPE),
        "scp-object": ({"scp": {"read": 1}}, TYPE), "scp-null": ({"scp": None}, TYPE), "other-case-of-the-name": ({"scope": ..., "Scope": "read"}, "scope"), "scopes": ({"scope": ..., "scopes": "read"}, "scope"),
    }.items():  # fmt: skip
        yield says("E16", name, code, changes, **read)
    yield says("E16", "any-of", ACCEPTED, {"scope": "b"}, require=[any_scope("a", "b")])
    yield says("E16", "none-of", "scope", {"scope": "c"}, require=[any_scope("a", "b")])
    yield says("E16", "all-of", "scope", {"scope": "a"}, require=[all_scopes("a", "b")])
    yield says("E16", "one-in-each-claim", ACCEPTED, {"scope": "a", "scp": "b"}, require=[all_scopes("a", "b")])
    group = {"require": [in_group("admins")]}
    for name, (changes, code) in {
        "list": ({"groups": ["users", "admins"]}, ACCEPTED), "others": ({"groups": ["users"]}, "group"), "prefix": ({"groups": ["admin", "admins2"]}, "group"), "upper-case": ({"groups": ["ADMINS"]}, "group"), "absent": ({}, "group"),
        "empty": ({"groups": []}, "group"), "text": ({"groups": "admins"}, TYPE), "text-with-it": ({"groups": "users admins"}, TYPE), "json-text": ({"groups": '["admins"]'}, TYPE), "null": ({"groups": None}, TYPE), "object": ({"groups": {"admins": True}}, TYPE),
        "mixed": ({"groups": ["admins", 5]}, TYPE), "nested": ({"groups": [["admins"]]}, TYPE), "int": ({"groups": 5}, TYPE), "true": ({"groups": True}, TYPE), "overage": ({"_claim_names": {"groups": "src1"}}, "group_overage"),
        "overage-of-another-claim": ({"_claim_names": {"roles": "src1"}}, "group"), "overage-as-text": ({"_claim_names": "groups"}, "group|group_overage|bad_claim_type"),
    }.items():  # fmt: skip
        yield says("E17", name, code, changes, **group)
    yield says(
        "E17",
        "roles-on-a-path",
        ACCEPTED,
        {"realm_access": {"roles": ["admin"]}},
        require=[has_role("admin", claim=("realm_access", "roles"))],
    )
    yield says(
        "E17",
        "roles-missing-on-a-path",
        "role",
        {"realm_access": {}},
        require=[has_role("admin", claim=("realm_access", "roles"))],
    )
    yield says(
        "E17",
        "path-through-a-text",
        TYPE,
        {"realm_access": "roles"},
        require=[has_role("admin", claim=("realm_access", "roles"))],
    )
    yield says(
        "E17",
        "path-through-a-list",
        f"{TYPE}|role",
        {"realm_access": ["roles"]},
        require=[has_role("admin", claim=("realm_access", "roles"))],
    )
    yield says("E17", "acr", "acr", {"acr": "urn:low"}, require=[acr("urn:high")])
    yield says("E17", "acr-list", TYPE, {"acr": ["urn:high"]}, require=[acr("urn:high")])
    yield token("E17", "auth_time-long-ago", "auth_time", lambda w: _logged_in(w, -901), portable=False)
    yield token("E17", "auth_time-lately", ACCEPTED, lambda w: _logged_in(w, -899), portable=False)
    yield token("E17", "auth_time-ahead", "auth_time", lambda w: _logged_in(w, 3600), portable=False)
    for name, value in {"text": "now", "true": True, "null": None, "list": [1]}.items():
        yield says(
            "E17", f"auth_time-{name}", TYPE, {"auth_time": value}, require=[logged_in_within(900, clock=lambda: 0)]
        )


def _logged_in(world: World, seconds: int) -> Attempt:
    demand = logged_in_within(900, clock=lambda: world.now)
    return world.attempt(world.good(auth_time=world.now + seconds), require=[demand])


def collisions() -> Iterator[Case]:
    names = (
        "principalId",
        "policyDocument",
        "context",
        "usageIdentifierKey",
        "integrationLatency",
        "__proto__",
        "__class__",
        "__init__",
        "_values",
        "constructor",
        "items",
        "keys",
        "get",
        "",
        " ",
        "a\nb",
        "a\0b",
        "\u202e",
        "😀",
    )
    for number, name in enumerate(names):
        yield token(
            "E18",
            f"name-{number}",
            ACCEPTED,
            lambda w, n=name: w.with_claims(**{n: "x\r\nX-Admin: 1"}),
            then=lambda c, n=name: c[n] == "x\r\nX-Admin: 1" and c.get("sub") == "alice" and len(dict(c)) == 8,
        )
    yield deed("E18", "claims-cannot-be-changed", "alice ['a'] {'b': [1]}", _immutable)


def _immutable(world: World) -> str:
    claims = world.bearer().verify(world.good(roles=["a"], deep={"b": [1]}))
    claims["roles"].append("admin")
    claims["deep"]["b"].append(2)
    for change in (lambda: claims.__setitem__("sub", "mallory"), lambda: setattr(claims, "sub", "mallory")):  # type: ignore[attr-defined]
        if observed(change) == ACCEPTED:
            return "changed"
    return f"{claims['sub']} {claims['roles']} {claims['deep']}"


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (uses, subjects, collisions):
        yield from part()
