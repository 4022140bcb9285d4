"""Combinations: the next credential only where one is absent; both where two are needed; cacheable only where that is right."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import Authorizer, DPoP, Principal, Route
from authkit.credentials.apikey import APIKey
from authkit.credentials.certificate import CertificateBound
from authkit.credentials.client_certificate import ClientCertificate
from authkit.credentials.client_certificate_rules import ANY_CERTIFICATE
from authkit.credentials.first_of import both, first_of
from authkit.credentials.known import known
from authkit.credentials.metered import metered
from authkit.errors import (
    BadEvent,
    ConfigError,
    Forbidden,
    NoCredential,
    Refused,
    Unauthenticated,
    Unavailable,
    Unforeseen,
)
from authkit.gateway.request import parse
from authkit.gateway.sources import Cookie, Header, read_one, reads
from authkit.guards.origin import Origin
from authkit.stores.clients import MemoryClients
from tests.credentials.certificates import certificate, with_certificate
from tests.support.events import bearer_event, request_event, token_event
from tests.support.tokens import NOW, bearer, signer

KEY, KEY_HEADER = "k-1234", Header("x-api-key")
REQUEST = parse(request_event())


class Slot:
    """A credential that does what it is told, and counts how often it is asked."""

    def __init__(self, does: Any, *places: str, per_request: bool = False) -> None:
        self.does = does
        self.reads = places or ("header.authorization",)
        self.per_request = per_request
        self.asked = 0

    def __call__(self, request: Any) -> Principal:
        self.asked += 1
        if isinstance(self.does, Exception):
            raise self.does
        return self.does


def keys(source: Any = KEY_HEADER) -> Any:
    """Return a credential that knows one key, under its source."""

    @reads(str(source))
    def authenticate(request: Any) -> Principal:
        if read_one(source, request) != KEY:
            raise Unauthenticated("api_key_unknown")
        return Principal("client-7", claims={"company": "Example Corp"})

    return authenticate


OUTCOMES: dict[str, Any] = {
    "good": None,
    "absent": NoCredential(claim="header.x"),
    "wrong": Unauthenticated("bad_signature"),
    "forbidden": Forbidden("scope"),
    "outage": Unavailable("keys_unavailable"),
    "crash": RuntimeError("boom"),
}


@pytest.mark.parametrize("outcomes", list(product(OUTCOMES, repeat=3)))
def test_the_first_that_is_not_absent_decides(outcomes: tuple[str, ...]) -> None:
    """The whole truth table of three: absent passes on, everything else ends it, and nobody after it is asked."""
    slots = [Slot(OUTCOMES[each] or Principal(f"p{at}")) for at, each in enumerate(outcomes)]
    decisive = next((at for at, each in enumerate(outcomes) if each != "absent"), None)

    try:
        found: Any = first_of(*slots)(REQUEST).id
    except Exception as error:  # noqa: BLE001 - compared with what was given
        found = error

    if decisive is None:
        assert isinstance(found, NoCredential)
    elif outcomes[decisive] == "good":
        assert found == f"p{decisive}"
    else:
        assert found is OUTCOMES[outcomes[decisive]]
    last = 2 if decisive is None else decisive
    assert [slot.asked for slot in slots] == [int(at <= last) for at in range(3)]


@given(outcomes=st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=2, max_size=6), split=st.integers(1, 5))
def test_it_does_not_matter_how_they_are_nested(outcomes: list[str], split: int) -> None:
    """A combination within a combination is the longer combination."""
    slots = [Slot(OUTCOMES[each] or Principal(f"p{at}")) for at, each in enumerate(outcomes)]
    inner = slots[split:]
    nested = first_of(*slots[:split], first_of(*inner) if len(inner) > 1 else inner[0]) if inner else first_of(*slots)

    assert told(nested) == told(first_of(*slots))


def told(credential: Any) -> Any:
    """Return what comes of a request: an id, or an error's type and code."""
    try:
        return credential(REQUEST).id
    except Exception as error:  # noqa: BLE001 - compared
        return type(error), getattr(error, "code", "")


def test_token_or_key_by_what_the_request_has() -> None:
    """A JWT or an API key: an unknown one never lets the other speak."""
    found = first_of(bearer(), keys())
    token = signer().token()
    good, bad = {"Authorization": f"Bearer {token}"}, {"Authorization": f"Bearer {token[:-8]}AAAAAAAA"}

    def outcome(headers: dict[str, Any]) -> str:
        try:
            return found(parse(request_event(headers))).id
        except Refused as refusal:
            return refusal.code

    assert outcome(good) == "alice"
    assert outcome({"x-api-key": KEY}) == "client-7"
    assert outcome({**good, "x-api-key": "wrong"}) == "alice"
    assert outcome({**bad, "x-api-key": KEY}) == "bad_signature"
    assert outcome({"Authorization": [f"Bearer {token}", "x"], "x-api-key": KEY}) == "credential_repeated"
    assert outcome({"Authorization": "Bearer ", "x-api-key": KEY}) not in ("client-7", "")
    assert outcome({"Authorization": "", "x-api-key": KEY}) == "client-7"
    assert outcome({"Authorization": "Basic YTpi", "x-api-key": KEY}) == "client-7"
    assert outcome({"Authorization": "Basic YTpi"}) == "invalid_request"
    assert outcome({}) == "credential_missing"


def test_a_token_bound_to_a_key_without_its_proof_is_wrong_and_not_absent() -> None:
    """Else whoever stole it would be asked for something weaker next."""
    bound = signer().token({"iss": "https://idp.example.com/", "aud": "https://api.example.com", "sub": "alice", "exp": NOW + 60, "cnf": {"jkt": "x" * 43}})  # fmt: skip
    found = first_of(bearer(proofs=[DPoP()]), keys())

    with pytest.raises(Unauthenticated) as caught:
        found(parse(request_event({"Authorization": f"DPoP {bound}", "x-api-key": KEY})))

    assert caught.value.code == "proof_missing"
    assert not isinstance(caught.value, NoCredential)


def test_nobody_there_names_every_place() -> None:
    """So that the log says what the caller could have sent."""
    with pytest.raises(NoCredential) as caught:
        first_of(bearer(), keys())(REQUEST)

    assert caught.value.claim == "header.authorization, header.x-api-key"


AUTHORIZATION, API_KEY, SESSION = "header.authorization", "header.x-api-key", "header.cookie"


@pytest.mark.parametrize(
    ("credential", "places", "kept"),
    [
        (first_of(Slot(0, AUTHORIZATION), Slot(0, AUTHORIZATION)), (AUTHORIZATION,), True),
        (first_of(bearer(), keys(Header("authorization"))), (AUTHORIZATION,), True),
        (first_of(keys(Cookie("a")), keys(Cookie("b"))), (SESSION,), True),
        (first_of(Slot(0, AUTHORIZATION, API_KEY), Slot(0, API_KEY, AUTHORIZATION)), (AUTHORIZATION, API_KEY), True),
        (first_of(bearer(), keys()), (AUTHORIZATION, API_KEY), False),
        (first_of(Slot(0, AUTHORIZATION), Slot(0, AUTHORIZATION, API_KEY)), (AUTHORIZATION, API_KEY), False),
        (first_of(Slot(0), Slot(0), Slot(0, API_KEY)), (AUTHORIZATION, API_KEY), False),
        (first_of(bearer(), bearer(proofs=[DPoP()])), (AUTHORIZATION, "header.dpop"), False),
        (first_of(Slot(0), Slot(0, per_request=True)), (AUTHORIZATION,), False),
        (first_of(first_of(Slot(0), Slot(0, API_KEY)), Slot(0)), (AUTHORIZATION, API_KEY), False),
        (both(bearer(), keys(), agree=lambda a, b: True), (AUTHORIZATION, API_KEY), True),
        (both(bearer(), Slot(0, API_KEY, per_request=True), agree=lambda a, b: True), (AUTHORIZATION, API_KEY), False),
        (first_of(both(bearer(), keys(), agree=lambda a, b: True), bearer()), (AUTHORIZATION, API_KEY), False),
        (
            both(keys(), ClientCertificate(allow=ANY_CERTIFICATE), agree=lambda a, b: True),
            (API_KEY, *CertificateBound.reads),
            False,
        ),
    ],
)
def test_sources_and_cacheability_follow_from_the_parts(credential: Any, places: tuple[str, ...], kept: bool) -> None:
    """Alternatives in one place are one key; in different places no key is right: a source that is missing is a 401."""
    handler = Authorizer(authenticate=credential, routes=[Route("GET", "/things/{thing}")])

    assert handler.identity_sources == places
    assert handler.cacheable is kept


def agreeing(first: Any, second: Any) -> Any:
    return both(first, second, agree=lambda a, b: True)


@pytest.mark.parametrize(
    ("credential", "optional"),
    [
        (first_of(Slot(0, AUTHORIZATION), Slot(0, AUTHORIZATION)), ()),
        (first_of(bearer(), keys()), (AUTHORIZATION, API_KEY)),
        (first_of(Slot(0, AUTHORIZATION), Slot(0, AUTHORIZATION, API_KEY)), (API_KEY,)),
        (first_of(Slot(0), Slot(0), Slot(0, API_KEY)), (AUTHORIZATION, API_KEY)),
        (first_of(first_of(Slot(0), Slot(0, AUTHORIZATION, API_KEY)), Slot(0)), (API_KEY,)),
        (first_of(first_of(Slot(0), Slot(0, API_KEY)), Slot(0, AUTHORIZATION, API_KEY)), (AUTHORIZATION, API_KEY)),
        (agreeing(bearer(), keys()), ()),
        (agreeing(first_of(bearer(), keys()), keys(Cookie("a"))), (AUTHORIZATION, API_KEY)),
        (agreeing(first_of(bearer(), keys()), bearer()), (API_KEY,)),
        (first_of(agreeing(bearer(), keys()), bearer()), (API_KEY,)),
        (known(first_of(bearer(), keys()), lambda principal: {}), (AUTHORIZATION, API_KEY)),
        (metered(first_of(bearer(), keys()), by="client_id"), (AUTHORIZATION, API_KEY)),
        (known(bearer(), lambda principal: {}), ()),
        (metered(bearer(), by="client_id"), ()),
    ],
)
def test_a_source_that_not_every_alternative_demands_is_optional(credential: Any, optional: tuple[str, ...]) -> None:
    """A good request may lack it, so the gateway must not demand it, and can keep nothing."""
    handler = Authorizer(authenticate=credential, routes=[Route("GET", "/things/{thing}")])

    assert credential.optional == handler.optional_sources == optional
    assert set(optional) <= set(handler.identity_sources)
    assert handler.cacheable is not bool(optional)


def test_what_a_guard_demands_is_not_optional() -> None:
    """Though the credential could do without."""
    guard = reads(API_KEY)(lambda request: None)
    handler = Authorizer(
        authenticate=first_of(bearer(), keys()), guards=[guard], routes=[Route("GET", "/things/{thing}")]
    )

    assert handler.optional_sources == (AUTHORIZATION,)


def test_an_origin_that_may_be_absent_is_optional() -> None:
    """And one that must be there is not."""
    routes = [Route("GET", "/things/{thing}")]
    lax, strict = (
        Authorizer(authenticate=bearer(), guards=[Origin("https://a.example", absent=absent)], routes=routes)
        for absent in (True, False)
    )

    assert (lax.optional_sources, lax.cacheable) == (("header.origin",), False)
    assert (strict.optional_sources, strict.cacheable) == ((), True)


def test_answers_cannot_be_kept_where_a_source_may_be_missing() -> None:
    """Even where a credential of another make says no more of it than that."""
    slot = Slot(0, AUTHORIZATION, API_KEY)
    slot.optional = (API_KEY, "header.never-read")  # type: ignore[attr-defined]
    handler = Authorizer(authenticate=slot, routes=[Route("GET", "/things/{thing}")])

    assert (handler.optional_sources, handler.cacheable) == ((API_KEY,), False)


def test_a_token_event_tells_alternatives_in_one_header_apart() -> None:
    """In different headers it cannot carry them, and whichever it carries would be taken for either."""
    one = Authorizer(
        authenticate=first_of(bearer(), keys(Header("authorization"))), routes=[Route("GET", "/things/{thing}")]
    )
    two = Authorizer(authenticate=first_of(bearer(), keys()), routes=[Route("GET", "/things/{thing}")])

    assert one(token_event(KEY))["principalId"] == "client-7"
    assert one(token_event(f"Bearer {signer().token()}"))["principalId"] == "alice"
    with pytest.raises(BadEvent, match="TOKEN"):
        two(token_event(KEY))


def certified_key(agree: Any = lambda client, device: client.claims["company"] == device.claims["O"]) -> Any:
    """Return a key that is good with a certificate of its own company alone."""
    devices = ClientCertificate(allow=ANY_CERTIFICATE, clock=lambda: NOW)
    return both(keys(), devices, agree=agree)


def test_two_that_belong_together_are_one_principal() -> None:
    """That of the first, until the sooner end."""
    found = certified_key()(with_certificate(certificate(), headers={"x-api-key": KEY}))

    assert (found.id, found.claims["company"], found.expires_at) == ("client-7", "Example Corp", NOW + 86_400)


def test_a_stolen_key_is_nothing_to_another_certificate() -> None:
    """Both good, of two companies."""
    stranger = certificate((("O", "Another Corp"), ("CN", "sensor-0017")))

    with pytest.raises(Forbidden) as caught:
        certified_key()(with_certificate(stranger, headers={"x-api-key": KEY}))

    assert caught.value.code == "credentials_disagree"


@pytest.mark.parametrize(("first", "second"), list(product(OUTCOMES, repeat=2)))
def test_both_need_both(first: str, second: str) -> None:
    """The whole truth table: what is wrong or out goes before what is absent, the first before the second."""
    pair = [Slot(OUTCOMES[each] or Principal(each)) for each in (first, second)]
    found: Any
    try:
        found = both(*pair, agree=lambda a, b: True)(REQUEST).id
    except Exception as error:  # noqa: BLE001 - compared
        found = error

    ended = [each for each in (first, second) if each not in ("good", "absent")]
    if ended:
        assert found is OUTCOMES[ended[0]]
    elif "absent" in (first, second):
        assert isinstance(found, NoCredential)
    else:
        assert found == "good"


@pytest.mark.parametrize("answer", [None, 1, "yes", 0])
def test_to_agree_is_to_say_true_or_false(answer: Any) -> None:
    """Nothing at all is a function that forgot to return."""
    with pytest.raises(Unforeseen):
        certified_key(lambda a, b: answer)(with_certificate(certificate(), headers={"x-api-key": KEY}))


def test_the_sooner_end_counts_and_none_is_no_end() -> None:
    """So that `until_token_ends` ends with whichever ends first."""
    ends = [(5.0, 7.0), (7.0, 5.0), (None, 5.0), (5.0, None), (None, None)]
    pairs = [(Slot(Principal("a", scopes={"s"}, usage_key="u", expires_at=a)), Slot(Principal("b", expires_at=b))) for a, b in ends]  # fmt: skip

    found = [both(*pair, agree=lambda a, b: True)(REQUEST) for pair in pairs]

    assert [each.expires_at for each in found] == [5.0, 5.0, 5.0, 5.0, None]
    assert {(each.id, each.scopes, each.usage_key) for each in found} == {("a", frozenset({"s"}), "u")}


def test_everything_is_fetched_ahead() -> None:
    """Each part that can, even after one that could not; given keys need nothing."""
    asked = []

    class Fetching(Slot):
        def prefetch(self) -> bool:
            asked.append(self.does)
            return bool(self.does)

    slots = [Fetching(False), Fetching(True)]

    assert first_of(*slots).prefetch() is False
    assert both(*slots, agree=lambda a, b: True).prefetch() is False
    assert first_of(bearer(), keys()).prefetch() is True
    assert asked == [False, True, False, True]


def test_each_part_says_what_it_demands() -> None:
    """One that says nothing is named."""
    token = bearer()

    assert first_of(token, keys()).explain() == f"the first that is there of\n{token.explain()}\n{keys().__qualname__}"
    assert (
        both(token, keys(), agree=lambda a, b: True)
        .explain()
        .startswith("both together of\nreads header.authorization")
    )


def test_reprs_name_the_parts() -> None:
    """And hold no secret of theirs."""
    assert repr(first_of(bearer(), keys())).startswith("first_of(JWTBearer(issuer=")
    assert repr(certified_key()).startswith("both(<function keys")


@pytest.mark.parametrize(
    "given",
    [(), (bearer(),), (bearer(), 7), (bearer(), lambda request: None), (bearer(), Slot), (bearer(), Slot(0, "x"))],
)
def test_odd_alternatives_are_faults(given: Any) -> None:
    """One alone is none, and what does not say what it reads cannot be right under the cache."""
    with pytest.raises(ConfigError):
        first_of(*given)


def api_key(place: str) -> APIKey:
    return APIKey(store=MemoryClients(), pepper=bytes(range(32)), source=Header(place))


@pytest.mark.parametrize(
    "given",
    [
        (api_key("authorization"), bearer()),
        (bearer(), bearer()),
        (bearer(), metered(bearer(), by=lambda principal: None)),
        (bearer(source=Cookie("session")), known(bearer(source=Cookie("session")), lambda principal: {})),
        (first_of(bearer(), api_key("authorization")), bearer(proofs=[DPoP()])),
    ],
)
def test_one_that_could_never_be_asked_is_a_fault(given: Any) -> None:
    """One before it would refuse each of its credentials as a wrong one of its own."""
    with pytest.raises(ConfigError, match="is never asked"):
        first_of(*given)


@pytest.mark.parametrize(
    "given",
    [
        (bearer(), api_key("authorization")),
        (bearer(), api_key("x-api-key")),
        (bearer(source=Cookie("session")), bearer()),
        (bearer(), bearer(proofs=[DPoP()])),
        (both(bearer(), keys(), agree=lambda a, b: True), bearer()),
    ],
)
def test_one_that_has_a_place_or_scheme_of_its_own_is_asked(given: Any) -> None:
    """Also beside others in the same place."""
    assert first_of(*given).reads


def test_odd_pairs_are_faults() -> None:
    """And whether they belong together is asked of somebody."""
    with pytest.raises(ConfigError, match="callable"):
        both(bearer(), 7, agree=None)  # type: ignore[arg-type]


def test_a_wrong_token_is_an_unauthorized_through_the_authorizer() -> None:
    """End of the line: the key beside it does not save it."""
    from authkit.gateway.answer import Unauthorized

    handler = Authorizer(authenticate=first_of(bearer(), keys()), routes=[Route("GET", "/things/{thing}")])

    with pytest.raises(Unauthorized):
        handler(bearer_event("a.b.c", headers={"Authorization": "Bearer a.b.c", "x-api-key": KEY}))
