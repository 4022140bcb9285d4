"""No output ever holds a secret, wherever in an event it was planted, and whatever was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authkit import Authorizer, CloudFrontSecret, Field, Header, RequiredHeader, Route, SigV4, metered, secrets
from authkit.enrich.claims import from_claims
from authkit.enrich.lookup import Lookup
from authkit.guards.networks import networks
from authkit.policy.limits import from_networks, until_token_ends
from authkit.testing.iam import SERVICE
from tests.credentials import introspecting
from tests.credentials.apikeys import keys
from tests.properties.redaction_events import (
    MECHANISMS,
    OTHERS,
    event_of,
    kept,
    places,
    planted,
    signature_in,
    signed_event,
    soaked,
)
from tests.properties.redaction_outputs import Outputs
from tests.properties.redaction_worlds import (
    ALICE,
    ASKED,
    EDGE,
    KEY,
    KEYS,
    KINDS,
    PARTNER,
    PLAN,
    SCHEMES,
    SECRET,
    SIGNING,
    TENANT,
    USAGE,
    Carried,
    bearer,
    token,
)
from tests.support.tokens import NOW

if TYPE_CHECKING:
    from authkit import Principal

# What is told on purpose, and where it comes out. Beside these: what the gateway wrote and repeats (request id, API,
# account, region, stage), and what the function was configured with (issuer, names of keys, routes, networks).
TOLD: dict[str, set[str]] = {
    ALICE: {"principalId", "record", "powertools, revealing"},  # who called; every other log has a digest of it
    TENANT: {"context", "resolverContext"},  # a claim that is given on by its name
    PLAN: {"context", "resolverContext"},  # what was looked up and given on by its name
    ASKED: {"answer"},  # the path: what vouches for one request has a policy for that alone, which repeats its ARN
    USAGE: {"usageIdentifierKey"},  # the gateway takes it from there
}
NEVER = (SECRET, EDGE, SIGNING, keys.PEPPER.decode(), introspecting.SECRET)
PASSED = {"x-origin-verify": EDGE, "x-edge-version": "2026"}
INTRUDER = {"x-origin-verify": SECRET, "x-edge-version": "2026"}
REPEATED = {
    "requestId",
    "methodArn",
    "routeArn",
    "apiId",
    "accountId",
}  # what the gateway writes and the log repeats, as TOLD says
EXPECTED = {
    "good": "allowed",
    "idle": "forbidden",
    "intruder": "forbidden",
    "bad": "unauthenticated",
    "down": "unavailable",
    "broken": "error",
}
PAIRS = [(name, kind) for name, scheme in SCHEMES.items() for kind in scheme.kinds]


def broken(principal: Principal) -> NoReturn:
    """Fail as foreign code does: with what it was handed in its message, and in the one before."""
    try:
        raise KeyError(f"{SECRET} {dict(principal.claims)}")
    except KeyError as error:
        raise ValueError(f"{SECRET} {dict(principal.claims)}") from error


def down(name: str) -> NoReturn:
    """Be out of reach, and say a secret."""
    raise OSError(f"{SECRET} for {name}")


def authorizer(scheme: str, kind: str, fate: str, outputs: Outputs) -> Authorizer:
    """Return an authorizer with every slot filled that this kind of API has."""
    guards: list[Any] = [CloudFrontSecret(secrets.given(EDGE)), RequiredHeader("x-edge-version", "2026")]
    near = networks(allow=["203.0.113.0/24"])
    find: Any = down if fate == "down" else {ALICE: {"plan": PLAN, "email": SECRET}}.get
    look_up = Lookup(find, by=lambda principal: principal.id, give=["plan"], timeout=None)
    tenant = from_claims("tenant") if scheme != "client certificate" else from_claims(tenant="OU")
    needed = {"orders:admin" if fate == "idle" else "orders:read"}
    return Authorizer(
        authenticate=SCHEMES[scheme].make(),
        routes=[
            Route("GET", "/orders/{id}", scopes=needed),
            Route("$connect", scopes=needed),
            Field("Query.order", scopes=needed),
        ],
        guards={"rest-token": [], "appsync": guards}.get(kind, [*guards, near]),
        enrich=[tenant, look_up, *([broken] if fate == "broken" else [])],
        limits=[] if kind == "appsync" else [until_token_ends, from_networks("203.0.113.0/24")],
        observe=outputs.observe,
    )


def events(scheme: str, kind: str, fate: str) -> Iterator[tuple[dict[str, Any], set[str]]]:
    """Return events that end so, each with a secret wherever there is a place for one, and what else is secret in them."""
    guarding: Mapping[str, str] = {} if kind == "rest-token" else INTRUDER if fate == "intruder" else PASSED
    ways = SCHEMES[scheme]
    if fate == "intruder" and kind == "rest-token":  # its events have one header, so no guard looks at another
        return
    if scheme == "sigv4":
        signers = OTHERS if fate == "bad" else [None]
        for event in (signed_event(kind, way, by=each, **guarding) for way in MECHANISMS for each in signers):
            yield soaked(event, kept(scheme, Carried(), guarding), queries=False), {signature_in(event)[-40:]}
        if fate != "bad":
            return
    for carried in ways.bad(kind) if fate == "bad" else [ways.good(kind)]:
        yield soaked(event_of(kind, carried, **guarding), kept(scheme, carried, guarding)), carried.secrets


def faults(found: Mapping[str, str], hidden: set[str]) -> list[tuple[str, str]]:
    """Return which secrets came out, and where."""
    never = [(text, where) for text in (*NEVER, *hidden) for where, output in found.items() if text in output]
    astray = [(text, where) for text, told in TOLD.items() for where in found.keys() - told if text in found[where]]
    return never + astray


@pytest.fixture(scope="module")
def outputs() -> Iterator[Outputs]:
    with Outputs() as gathered:
        yield gathered


@pytest.mark.parametrize(("scheme", "kind"), PAIRS)
def test_no_output_holds_what_was_planted_everywhere(scheme: str, kind: str, outputs: Outputs) -> None:
    """Whatever is decided: with a secret in every place, in names as in values, and the credential itself."""
    seen = []
    for fate, expected in EXPECTED.items():
        for event, hidden in events(scheme, kind, fate):
            outcome, found = outputs.of(partial(authorizer, scheme, kind, fate, outputs), event)
            assert (fate, outcome, faults(found, hidden)) == (fate, expected, []), found["record"]
            seen.append(outcome)
    assert set(seen) == set(EXPECTED.values())


def test_what_is_told_on_purpose_is_told(outputs: Outputs) -> None:
    """In each of the places named, and so what the other tests look for would be found there."""
    found: dict[str, set[str]] = {text: set() for text in TOLD}
    for scheme, kind in PAIRS:
        for event, _ in events(scheme, kind, "good"):
            said = outputs.of(partial(authorizer, scheme, kind, "good", outputs), event)[1]
            for text, where in found.items():
                where |= {name for name, output in said.items() if text in output}

    assert found == TOLD


class Down:
    """A dependency that fails with a secret in its words, whichever way it is asked."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def fail(*given: object, **named: object) -> NoReturn:
            raise OSError(f"{SECRET}: {given} {named}")

        return fail


def introspected(**settings: Any) -> Any:
    """Return an introspection whose server does what the settings say."""
    world = introspecting.World(**settings)
    world.headers[SECRET] = SECRET
    return world.introspection


OUTAGES: dict[str, Callable[[], dict[str, Any]]] = {
    "introspection": lambda: {"authenticate": introspected(answer=OSError(f"{SECRET} {introspecting.SECRET}"))},
    "introspection's answer": lambda: {"authenticate": introspected(answer=f"{{{SECRET}".encode())},
    "introspection's members": lambda: {"authenticate": introspected(answer={"active": SECRET, SECRET: SECRET})},
    "api keys": lambda: {"authenticate": keys.credential(Down(), source=Header("authorization"))},
    "pepper": lambda: {"authenticate": keys.credential(KEYS, source=Header("authorization"), pepper=Down())},
    "edge secret": lambda: {"guards": [CloudFrontSecret(Down(), "authorization")]},
    "partners": lambda: {
        "authenticate": SigV4(partners=Down(), regions=["eu-west-1"], services=[SERVICE], clock=lambda: NOW)
    },
    "replay store": lambda: {
        "authenticate": SigV4(
            partners=PARTNER, regions=["eu-west-1"], services=[SERVICE], replay=Down(), clock=lambda: NOW
        )
    },
    "revocations": lambda: {"authenticate": bearer(revoked=Down().ask)},
    "usage keys": lambda: {"authenticate": metered(bearer(), by="client_id", keys=Down().ask)},
    "key set": lambda: {"authenticate": bearer(jwks=None, fetch=Down().ask)},
}


@pytest.mark.parametrize("dependency", OUTAGES)
def test_what_a_dependency_says_when_it_fails_is_not_told(dependency: str, outputs: Outputs) -> None:
    """Its exceptions and answers hold what it was asked, and more."""
    slots = OUTAGES[dependency]()
    text = {"api keys": KEY, "pepper": KEY}.get(dependency, f"Bearer {token()}")
    carried = Carried({"authorization": text})
    signed = dependency in ("partners", "replay store")
    event = signed_event("rest-request") if signed else event_of("rest-request", carried)
    usual = {"authenticate": bearer(), "routes": [Route("GET", "/orders/{id}")], "observe": outputs.observe}

    outcome, found = outputs.of(lambda: Authorizer(**{**usual, **slots}), event)

    assert outcome in ("unavailable", "error"), found["record"]
    assert faults(found, carried.secrets) == []


@pytest.mark.parametrize(("scheme", "kind"), [pair for pair in PAIRS if pair[0] in ("bearer", "api key", "query")])
def test_a_credential_that_is_given_on_is_refused_and_not_told(scheme: str, kind: str, outputs: Outputs) -> None:
    """An enricher that gives it to the backend, as one that was handed it elsewhere might."""
    carried = SCHEMES[scheme].good(kind)
    given_on = next(iter({**carried.headers, **carried.query}.values()))

    def make() -> Authorizer:
        return Authorizer(
            authenticate=SCHEMES[scheme].make(),
            routes=[Route("GET", "/orders/{id}"), Route("$connect"), Field("Query.order")],
            enrich=[lambda principal: {"note": f"as sent: {given_on}"}],
            observe=outputs.observe,
        )

    outcome, found = outputs.of(make, event_of(kind, carried))

    assert (outcome, faults(found, carried.secrets)) == ("forbidden", [])


FORMS = ["{0}", "Bearer {0}", "Bearer x.{0}.y", "Basic {0}", "a={0}", "ak_live_{0}", '{{"alg":"{0}"}}', "{0}\n{0}"]
PLACES = {kind: places(event_of(kind, Carried({"authorization": "Bearer t"}), **PASSED)) for kind in KINDS}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_output_holds_what_was_planted_in_any_place(data: st.DataObject, outputs: Outputs) -> None:
    """In one place or several of an event that is good otherwise, in the shape of credentials and of log lines."""
    scheme, kind = data.draw(st.sampled_from(PAIRS))
    fate = data.draw(st.sampled_from(["good", "idle", "broken"]))
    ways = SCHEMES[scheme]
    event = signed_event(kind, **PASSED) if scheme == "sigv4" else event_of(kind, ways.good(kind), **PASSED)
    for place in data.draw(st.lists(st.sampled_from(places(event)), max_size=3, unique=True)):
        if place[-1] not in REPEATED:
            event = planted(event, place, data.draw(st.sampled_from(FORMS)).format(SECRET))

    _, found = outputs.of(partial(authorizer, scheme, kind, fate, outputs), event)

    assert faults(found, set()) == []


def test_every_kind_has_places_to_plant_in() -> None:
    """So that the properties are about all of them."""
    counts = {kind: len(found) for kind, found in PLACES.items()}

    assert counts.keys() == set(KINDS)
    assert counts["rest-token"] == 3
    assert all(count > 10 for kind, count in counts.items() if kind != "rest-token")
