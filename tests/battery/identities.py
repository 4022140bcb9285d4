"""Section E, rows 9 to 11 and 19: issuers, audiences and tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authkit.tokens.rules import ANY_AUDIENCE
from tests.battery.case import ACCEPTED, Attempt, Case, deed, misconfigured, observed, token
from tests.battery.world import World
from tests.support.tokens import AUDIENCE, ISSUER

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.battery.claims import TYPE, says

LOOKALIKES = {
    "without-slash": ISSUER.rstrip("/"), "two-slashes": f"{ISSUER}/", "upper-case-host": "https://IDP.example.com/", "upper-case-scheme": "HTTPS://idp.example.com/",
    "upper-case": ISSUER.upper(), "http": ISSUER.replace("https", "http"), "prefix": ISSUER[:-2], "longer": f"{ISSUER}evil", "port": "https://idp.example.com:443/",
    "trailing-dot": "https://idp.example.com./", "userinfo": "https://idp.example.com@evil.example/", "password": "https://idp.example.com:x@evil.example/",
    "user-in-front": "https://evil@idp.example.com/", "subdomain": "https://idp.example.com.evil.example/", "query": f"{ISSUER}?", "fragment": f"{ISSUER}#",
    "path": f"{ISSUER}..", "escaped-slash": "https://idp.example.com%2F", "blank-behind": f"{ISSUER} ", "blank-in-front": f" {ISSUER}", "newline": f"{ISSUER}\n",
    "nul": f"{ISSUER}\0", "cyrillic": "https://іdp.example.com/", "fullwidth": "https://ｉdp.example.com/", "combining": "https://idp.example.com/\u0301",
    "zero-width": "https://idp\u200b.example.com/", "ideographic-dot": "https://idp。example.com/", "kelvin": "https://idp.example.com/\u212a", "soft-hyphen": "https://i\u00addp.example.com/",
    "division-slash": "https://idp.example.com\u2215", "empty": "", "word": "idp", "json": '["https://idp.example.com/"]', "comma": f"{ISSUER},https://evil.example/",
    "backslash": "https:\\\\idp.example.com\\", "right-to-left": "\u202ehttps://idp.example.com/", "other": "https://evil.example/",
}  # fmt: skip


NO_TEXTS: dict[str, Any] = {
    "null": None,
    "int": 5,
    "true": True,
    "list": [ISSUER],
    "list-of-two": [ISSUER, "x"],
    "object": {ISSUER: 1},
    "empty-list": [],
}


def issuers() -> Iterator[Case]:
    for name, issuer in LOOKALIKES.items():
        yield says("E9", name, "issuer_mismatch", {"iss": issuer})
        yield token("E9", f"{name}-among-several", "unknown_issuer", lambda w, i=issuer: _among(w, i), portable=False)
        yield says(
            "E9",
            f"{name}-with-several-spellings",
            "issuer_mismatch",
            {"iss": issuer},
            issuer=[ISSUER, "https://other.example/"],
        )
    for name, value in NO_TEXTS.items():
        yield says("E9", f"type-{name}", TYPE, {"iss": value})
    yield says("E9", "absent", "missing_claim", {"iss": ...})
    yield says("E9", "in-another-case", "missing_claim", {"iss": ..., "ISS": ISSUER})
    yield deed("E9", "unknown-costs-no-fetch", "unknown_issuer after 0 fetches", _unknown)
    for name, value in {
        "empty": "",
        "none": None,
        "int": 5,
        "http": "http://idp.example.com/",
        "list-of-none": [None],
        "empty-list": [],
        "bytes": b"https://idp.example.com/",
    }.items():
        yield misconfigured("E9", f"configured-{name}", issuer=value)


def _among(world: World, issuer: str) -> Attempt:
    from authkit.credentials.by_issuer import by_issuer

    clock = world.keep("clock", lambda: lambda: world.now)
    joined = by_issuer(world.bearer(clock=clock), world.bearer(issuer="https://two.example/", clock=clock))
    return Attempt(world.good(iss=issuer), {}, joined)


def _unknown(world: World) -> str:
    from authkit.credentials.by_issuer import by_issuer

    asked: list[str] = []
    clock = lambda: world.now
    fetch = lambda url, **_: asked.append(url)
    joined = by_issuer(
        *(world.bearer(jwks=None, issuer=each, fetch=fetch, clock=clock) for each in (ISSUER, "https://two.example/"))
    )
    seen = observed(lambda: joined.verify(world.good(iss="https://evil.example/")))
    return f"{seen} after {len(asked)} fetches"


AUDIENCES: dict[str, tuple[Any, str]] = {
    "other": ("https://other.example", "audience_mismatch"), "prefix": (AUDIENCE[:-1], "audience_mismatch"), "longer": (f"{AUDIENCE}.evil.example", "audience_mismatch"),
    "with-slash": (f"{AUDIENCE}/", "audience_mismatch"), "upper-case": (AUDIENCE.upper(), "audience_mismatch"), "empty": ("", "audience_mismatch"), "blank": (f" {AUDIENCE}", "audience_mismatch"),
    "two-in-one-text": (f"{AUDIENCE} https://other.example", "audience_mismatch"), "with-comma": (f"{AUDIENCE},x", "audience_mismatch"), "json-in-a-text": (f'["{AUDIENCE}"]', "audience_mismatch"),
    "star": ("*", "audience_mismatch"), "list-of-others": (["a", "b"], "audience_mismatch"), "list-of-prefixes": ([AUDIENCE[:-1], AUDIENCE[:8]], "audience_mismatch"),
    "list-of-characters": (list(AUDIENCE), "audience_mismatch"), "empty-list": ([], "audience_mismatch"), "list-of-empty": ([""], "audience_mismatch"), "absent": (..., "missing_claim"),
    "null": (None, TYPE), "int": (5, TYPE), "true": (True, TYPE), "object": ({AUDIENCE: 1}, TYPE), "object-aud": ({"aud": AUDIENCE}, TYPE), "mixed-list": ([AUDIENCE, 5], TYPE),
    "mixed-list-null": ([AUDIENCE, None], TYPE), "mixed-list-first": ([None, AUDIENCE], TYPE), "mixed-list-object": ([AUDIENCE, {}], TYPE), "nested-list": ([[AUDIENCE]], TYPE),
    "nested-beside": ([AUDIENCE, [AUDIENCE]], TYPE), "list-of-bool": ([True], TYPE), "cyrillic": ("https://арі.example.com", "audience_mismatch"),
}  # fmt: skip


def audiences() -> Iterator[Case]:
    for name, (value, code) in AUDIENCES.items():
        yield says("E10", name, code, {"aud": value})
    yield says("E10", "in-another-case", "missing_claim", {"aud": ..., "Aud": AUDIENCE})
    yield says("E10", "one-of-a-list", ACCEPTED, {"aud": ["https://other.example", AUDIENCE]})
    yield says("E10", "a-list-of-one", ACCEPTED, {"aud": [AUDIENCE]})
    yield says("E10", "one-of-ours", ACCEPTED, {"aud": "b"}, audience=("a", "b"))
    yield says("E10", "any-audience-and-a-wrong-type", TYPE, {"aud": [5]}, audience=ANY_AUDIENCE)
    configured: dict[str, Any] = {
        "empty": "",
        "none": None,
        "empty-list": [],
        "empty-set": set(),
        "list-of-empty": ["", "a"],
        "list-of-none": [None],
        "int": 5,
        "true": True,
        "bytes": b"a",
    }
    for name, value in configured.items():
        yield misconfigured("E11", name, audience=value)
    yield says("E11", "any-audience-by-name", ACCEPTED, {"aud": ...}, audience=ANY_AUDIENCE)
    yield misconfigured("E11", "the-sentinel-as-text", audience=["ANY_AUDIENCE", ""])


TENANT, OTHER = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490", "9eaef023-2b34-4da1-9baa-8bc8c9d6a490"


TEMPLATE = "https://login.example.com/{tenantid}/v2.0"


def tenants() -> Iterator[Case]:
    ours = TEMPLATE.replace("{tenantid}", TENANT)
    for name, (issuer, tid, code) in {
        "ours": (ours, TENANT, ACCEPTED), "tid-of-another": (ours, OTHER, "issuer_mismatch"), "issuer-of-another": (TEMPLATE.replace("{tenantid}", OTHER), TENANT, "issuer_mismatch"),
        "not-allowed": (TEMPLATE.replace("{tenantid}", OTHER), OTHER, "issuer_mismatch"), "the-template-itself": (TEMPLATE, "{tenantid}", "issuer_mismatch"), "no-tid": (ours, ..., "issuer_mismatch"),
        "tid-list": (ours, [TENANT], f"issuer_mismatch|{TYPE}"), "tid-null": (ours, None, f"issuer_mismatch|{TYPE}"), "tid-upper-case": (ours, TENANT.upper(), "issuer_mismatch"), "issuer-upper-case": (ours.upper(), TENANT, "issuer_mismatch"),
        "path-in-tid": ("https://login.example.com/evil/../x/v2.0", "evil/../x", "issuer_mismatch"), "host-in-tid": ("https://login.example.com/@evil.example/v2.0", "@evil.example", "issuer_mismatch"), "empty-tid": ("https://login.example.com//v2.0", "", "issuer_mismatch"),
        "without-version": (ours.removesuffix("/v2.0"), TENANT, "issuer_mismatch"), "common": (TEMPLATE.replace("{tenantid}", "common"), "common", "issuer_mismatch"), "tid-with-newline": (ours + "\n", TENANT + "\n", "issuer_mismatch"),
    }.items():  # fmt: skip
        yield says("E19", name, code, {"iss": issuer, "tid": tid}, issuer=TEMPLATE, tenants=[TENANT])
    yield token("E19", "any-tenant", ACCEPTED, lambda w: _any_tenant(w, OTHER, OTHER), portable=False)
    yield token(
        "E19", "any-tenant-and-another-tid", "issuer_mismatch", lambda w: _any_tenant(w, OTHER, TENANT), portable=False
    )
    yield token(
        "E19", "any-tenant-that-is-none", "issuer_mismatch", lambda w: _any_tenant(w, "evil", "evil"), portable=False
    )
    for name, settings in {
        "without-tenants": {},
        "no-tenants": {"tenants": []},
        "tenants-as-text": {"tenants": TENANT},
        "tenants-of-none": {"tenants": [None]},
        "tenants-no-ids": {"tenants": ["evil/.."]},
    }.items():
        yield misconfigured("E19", name, issuer=TEMPLATE, **settings)
    yield misconfigured("E19", "tenants-without-a-template", tenants=[TENANT])


def _any_tenant(world: World, said: str, tid: str) -> Attempt:
    from authkit.credentials.settings import ANY_TENANT

    issuer = TEMPLATE.replace("{tenantid}", said)
    return world.attempt(world.good(iss=issuer, tid=tid), issuer=TEMPLATE, tenants=ANY_TENANT)


def cases() -> Iterator[Case]:
    """Return these cases."""
    for part in (issuers, audiences, tenants):
        yield from part()
