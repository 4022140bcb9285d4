"""APIKey: who gets in, as whom, and what is said to those who do not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as given_each
from hypothesis import strategies as st

from authkit.credentials.apikey import APIKey
from authkit.credentials.apikey_settings import APIKeySettings
from authkit.credentials.client import Client
from authkit.errors import ConfigError, Forbidden, NoCredential, Refused, Unauthenticated, Unavailable
from authkit.gateway.request import parse
from authkit.gateway.sources import Cookie, Header, Query
from authkit.stores.clients import MemoryClients
from authkit.stores.clients_issue import revoke
from authkit.testing.http_events import http_v2
from authkit.testing.rest_events import rest_request, rest_token, websocket
from tests.credentials.apikeys.keys import (
    NOW,
    OLDER,
    PEPPER,
    Clock,
    Source,
    Store,
    credential,
    given,
    made_up,
    request,
)
from tests.support.events import request_event

USAGE_KEY = "a-usage-plan-key-of-30-characters"
ADDRESS = "context.identity.sourceIp"


def refused(key: APIKey, sent: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        key(sent)
    return caught.value


def test_the_client_becomes_the_principal() -> None:
    """With all that is known of it, and which of its keys it was."""
    store = Store()
    client = Client("acme", scopes={"orders:read"}, usage_key=USAGE_KEY, context={"tenant": "t1"}, not_after=NOW + 60)
    made = given(store, client)

    principal = credential(store)(request(made.text))

    assert (principal.id, principal.scopes, principal.usage_key) == ("acme", {"orders:read"}, USAGE_KEY)
    assert dict(principal.claims) == {"tenant": "t1", "api_key_id": made.issued.id}
    assert principal.expires_at == NOW + 60


@pytest.mark.parametrize(
    ("source", "event"),
    [
        (Header("x-api-key"), lambda text: rest_request("GET", "/", headers={"X-API-KEY": text})),
        (Header("authorization"), lambda text: rest_token("GET", "/", text, scheme="")),
        (Header("x-api-key"), lambda text: http_v2("GET", "/", headers={"x-api-key": text})),
        (Query("key"), lambda text: websocket(query={"key": text})),
        (Cookie("key"), lambda text: rest_request("GET", "/", headers={"Cookie": f"a=b; key={text}"})),
    ],
)
def test_a_key_is_taken_from_where_it_is_said_to_be(source: Any, event: Any) -> None:
    """In events of each kind."""
    store = Store()
    key = credential(store, source=source)

    assert key(parse(event(given(store).text))).id == "acme"
    assert key.reads == (str(source),)


def test_no_key_is_told_from_a_wrong_one() -> None:
    """So that another kind of credential may be asked for, after this and nothing else."""
    key = credential(Store())

    assert type(refused(key, parse(request_event()))) is NoCredential
    assert type(refused(key, request("x"))) is Unauthenticated


def test_two_keys_are_none() -> None:
    """A choice would be the attacker's."""
    store = Store()
    good = given(store).text

    found = refused(credential(store), parse(request_event({"x-api-key": [good, good]})))

    assert found.code == "credential_repeated"


@pytest.mark.parametrize("text", ["x", "x" * 129, "ak_live_", "é" * 68, "a" * 1_000_000, "\ud800", "ak_live_\0"])
def test_what_is_no_key_is_refused_without_a_look_up(text: str) -> None:
    """Whatever its length or characters."""
    store = Store()

    found = refused(credential(store), request(text))

    assert (found.code, found.claim, store.asked) == ("api_key_malformed", "header.x-api-key", 0)


def test_a_key_of_another_environment_is_refused_without_a_look_up() -> None:
    """Though the store has it."""
    store = Store()
    made = given(store, prefix="ak_test")

    assert refused(credential(store), request(made.text)).code == "api_key_malformed"
    assert store.asked == 0
    assert credential(store, prefix="ak_test")(request(made.text)).id == "acme"


def test_made_up_keys_cost_the_store_nothing() -> None:
    """However many, with right checksums; none is remembered either, and the good one stays known."""
    store = Store()
    good = given(store).text
    key = credential(store, entries=10)
    key(request(good))

    codes = {refused(key, request(made_up(number))).code for number in range(2000)}
    key(request(good))

    assert codes == {"api_key_unknown"}
    assert store.asked == 1
    assert repr(key._memory) == "KeyMemory(known=1, unknown=0, seconds=60)"


def test_a_key_that_is_not_there_any_more_is_unknown() -> None:
    """It was made with the pepper, so it is looked up, once in a while."""
    store, clock = Store(), Clock()
    made = given(store)
    store.replace(made.issued, None)
    key = credential(store, clock)

    codes = [refused(key, request(made.text)).code for _ in range(5)]
    asked = store.asked
    clock.now += 11
    refused(key, request(made.text))

    assert (set(codes), asked, store.asked) == ({"api_key_unknown"}, 1, 2)


@pytest.mark.parametrize(
    ("client", "at", "code"),
    [
        (Client("a", disabled=True), NOW, "revoked"),
        (Client("a", not_after=NOW), NOW, "expired"),
        (Client("a", not_after=NOW + 1), NOW + 0.5, None),
        (Client("a", not_before=NOW + 1), NOW, "not_yet_valid"),
        (Client("a", not_before=NOW), NOW, None),
        (Client("a", disabled=True, not_after=NOW - 1), NOW, "revoked"),
    ],
)
def test_a_key_is_good_in_its_time_and_until_it_is_taken_back(client: Client, at: float, code: str | None) -> None:
    """Its end is exclusive, as a token's is."""
    store, clock = Store(), Clock()
    text = given(store, client).text
    clock.now = at
    key = credential(store, clock)

    if code is None:
        assert key(request(text)).id == "a"
        return
    found = refused(key, request(text))
    assert (type(found), found.code, found.claim) == (Unauthenticated, code, "header.x-api-key")


def test_a_key_ends_though_it_is_remembered() -> None:
    """Its time is judged with each request."""
    store, clock = Store(), Clock()
    text = given(store, Client("a", not_after=NOW + 5)).text
    key = credential(store, clock)
    key(request(text))

    clock.now += 5

    assert refused(key, request(text)).code == "expired"


@pytest.mark.parametrize("networks", [["203.0.113.0/24"], ["2001:db8::/32", "203.0.113.7"]])
def test_a_bound_client_calls_from_its_networks_alone(networks: list[str]) -> None:
    """By the address of each kind of event; an IPv4 address in IPv6 clothes is the IPv4 address."""
    store = Store()
    text = given(store, Client("a", networks=networks)).text
    key = credential(store, networks=True)
    headers = {"x-api-key": text}

    for event in (rest_request, http_v2):
        assert key(parse(event("GET", "/", headers=headers, source_ip="203.0.113.7"))).id == "a"
        assert key(parse(event("GET", "/", headers=headers, source_ip="::ffff:203.0.113.7"))).id == "a"
        found = refused(key, parse(event("GET", "/", headers=headers, source_ip="198.51.100.7")))
        assert (type(found), found.code, found.claim) == (Forbidden, "source_network", ADDRESS)
    assert key(parse(websocket(headers=headers, source_ip="203.0.113.7"))).id == "a"
    assert key.reads == ("header.x-api-key", ADDRESS)


@pytest.mark.parametrize("address", [None, "", "nowhere", "203.0.113.7, 198.51.100.1", 7])
def test_a_bound_client_without_an_address_is_refused(address: Any) -> None:
    """And X-Forwarded-For is nobody's address."""
    store = Store()
    text = given(store, Client("a", networks=["203.0.113.0/24"])).text
    headers = {"x-api-key": text, "X-Forwarded-For": "203.0.113.7"}

    found = refused(
        credential(store, networks=True),
        parse(request_event(headers, context={"identity": {"sourceIp": address}})),
    )

    assert found.code == "source_network"


def test_a_bound_client_is_not_let_in_by_what_does_not_read_addresses() -> None:
    """Nor refused: the gateway would keep that for callers from elsewhere. It is the operator's fault."""
    store = Store()
    text = given(store, Client("a", networks=["192.0.2.0/24"])).text

    with pytest.raises(Unavailable, match=r"api_key_networks: .*networks=True"):
        credential(store)(request(text))


def test_an_unbound_client_calls_from_anywhere() -> None:
    """Though others are bound."""
    store = Store()

    assert credential(store, networks=True)(request(given(store).text)).id == "acme"


def test_keys_of_older_peppers_are_good_while_these_are_there() -> None:
    """A key is looked up once, under the pepper it was made with."""
    store = Store()
    older, newer = given(store, pepper=OLDER), given(store, Client("b"))
    both = credential(store, pepper=[PEPPER, OLDER])

    assert [both(request(each.text)).id for each in (older, newer)] == ["acme", "b"]
    assert store.asked == 2
    assert refused(credential(store), request(older.text)).code == "api_key_unknown"


def test_a_pepper_that_was_rotated_is_asked_for_anew() -> None:
    """When a key fits none of those in hand, as often as the source lets it."""
    store, source = Store(), Source(OLDER)
    made = given(store)
    key = credential(store, pepper=source)

    before = refused(key, request(made.text)).code
    source.anew = (PEPPER, OLDER)
    after = key(request(made.text)).id

    assert (before, after, source.mismatches, store.asked) == ("api_key_unknown", "acme", 2, 1)


@pytest.mark.parametrize("values", [(), (b"short",), (PEPPER, b""), (PEPPER,) * 9])
def test_a_source_without_a_good_pepper_is_an_outage(values: tuple[bytes, ...]) -> None:
    """Nobody can tell; and nobody is told what it said."""
    store = Store()
    text = given(store).text

    with pytest.raises(Unavailable, match="pepper_invalid") as caught:
        credential(store, pepper=Source(*values))(request(text))

    assert "short" not in str(caught.value)


def test_a_known_key_needs_no_pepper() -> None:
    """So a secret store that is down refuses nobody who was here before."""
    store, source = Store(), Source(PEPPER)
    text = given(store).text
    key = credential(store, pepper=source)
    key(request(text))

    source.failure = Unavailable("secret_timeout")

    assert key(request(text)).id == "acme"
    with pytest.raises(Unavailable, match="secret_timeout"):
        key(request(given(store).text))


def test_clients_are_given_by_the_digests_of_their_keys() -> None:
    """For a few that are packed with the function."""
    made = given(Store())

    principal = credential({made.issued.digest: Client("acme")})(request(made.text))

    assert (principal.id, principal.claims["api_key_id"]) == ("acme", made.issued.digest[:12])


def test_a_store_is_named_by_its_place(tmp_path: Any) -> None:
    """As the command has it."""
    place = f"file:{tmp_path / 'keys.json'}"
    from authkit.stores.clients_place import clients_at

    made = given(clients_at(place))

    assert credential(place)(request(made.text)).id == "acme"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"store": None}, "store must be"),
        ({"store": "nowhere"}, "a client store is at file:PATH"),
        ({"store": {"x": Client("a")}}, "64 hexadecimal digits"),
        ({"store": {"0" * 64: "a"}}, "000000000000…: a Client"),
        ({"store": {"0" * 64: Client("a", networks=["192.0.2.1"])}}, "a: bound to networks"),
        ({"pepper": b"short"}, "pepper must be 32 bytes"),
        ({"pepper": None}, "pepper must be 32 bytes"),
        ({"pepper": []}, "pepper must be 32 bytes"),
        ({"pepper": [PEPPER, b"short"]}, "pepper must be 32 bytes"),
        ({"pepper": b"abcde" * 12}, "hardly any two bytes of the pepper differ"),
        ({"prefix": "AK"}, "prefix is"),
        ({"source": "x-api-key"}, "source must be"),
        ({"networks": ["192.0.2.1"]}, "networks is true or false"),
        ({"cache_seconds": -1}, "cache_seconds must be 0 to 3600"),
        ({"cache_seconds": True}, "cache_seconds must be"),
        ({"unknown_seconds": float("nan")}, "unknown_seconds must be"),
        ({"max_stale": 86_401}, "max_stale must be 0 to 86400"),
        ({"entries": 0}, "entries must be"),
        ({"clock": 7}, "clock cannot be called"),
        ({"monotonic": None}, "monotonic cannot be called"),
        ({"jitter": None}, "jitter cannot be called"),
    ],
)
def test_what_cannot_be_is_named_while_constructing(changes: dict[str, Any], words: str) -> None:
    """And no pepper is shown."""
    settings: dict[str, Any] = {"store": Store(), "pepper": PEPPER, **changes}

    with pytest.raises(ConfigError, match="APIKey: ") as caught:
        APIKey(**settings)

    assert words in str(caught.value)
    assert "short'" not in str(caught.value)


def test_all_faults_are_named_at_once() -> None:
    """One deployment shows them all."""
    with pytest.raises(ConfigError) as caught:
        APIKey(store=7, pepper=b"", prefix="", source=7, entries=0)  # type: ignore[arg-type]

    assert str(caught.value).count(";") >= 4


def test_it_says_how_old_what_it_knows_may_be() -> None:
    """With what a store keeps by itself."""
    store = MemoryClients()
    store.seconds = 30  # type: ignore[attr-defined]

    said = credential(store, networks=True).explain()

    assert "reads header.x-api-key, context.identity.sourceIp" in said
    assert "passes for 90 s at most, and 3630 s in an outage" in said
    assert r"ak_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{40}_[0-9A-Za-z]{6}" in said


def test_neither_keys_nor_peppers_are_shown() -> None:
    """By no repr and no refusal."""
    store = Store()
    made = given(store, Client("a", usage_key=USAGE_KEY, disabled=True))
    key = credential(store)

    shown = [repr(key), key.explain(), str(refused(key, request(made.text))), repr(key._memory), repr(made)]
    shown += [str(refused(key, request(made_up(1)))), str(refused(key, request(made.text[:-1])))]
    # What a logger of local variables sees where the construction fails.
    shown += [repr(made.issued)]
    shown += [repr(APIKeySettings(store, PEPPER.decode(), *[None] * 10)), repr(APIKey.__new__(APIKey))]

    for secret in (made.text, made.text[21:61], PEPPER.decode(), USAGE_KEY, made.issued.digest):
        assert not [each for each in shown if secret in each]


@given_each(st.text(max_size=150))
def test_strangers_cause_refusals_and_nothing_else(text: str) -> None:
    """Whatever they send, and without a look-up."""
    store = Store()

    assert refused(credential(store), request(text)).code in {"api_key_malformed", "credential_missing"}
    assert store.asked == 0


def test_revoking_takes_effect_when_the_memory_ends() -> None:
    """Not later; with 0, at once."""
    for seconds in (60, 0):
        store, clock = Store(), Clock()
        made = given(store)
        key = credential(store, clock, cache_seconds=seconds)
        key(request(made.text))
        revoke(store, made.issued.id)

        clock.now += seconds

        assert refused(key, request(made.text)).code == "revoked"
