"""Partners: whom access key ids were given to, their keys, and how these change."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.credentials.client import Client
from authkit.errors import ConfigError, Unavailable
from authkit.sigv4 import Credentials, KeyPairs, PublicKey, Scope, SigningKey
from authkit.stores import secrets
from authkit.stores.signing_keys import MemoryPartners, Partner, lookup_of
from authkit.stores.signing_keys_document import PartnerDocument, document_of
from authkit.stores.signing_keys_records import partner_of
from authkit.stores.signing_keys_secretsmanager import secrets_manager_partners

NOW = 1_795_254_000.0
ACME = Client("acme", scopes={"orders:read"})
SCOPE = Scope("AWS4-HMAC-SHA256", "20261121", "eu-west-1", "acme-orders")
POINT = KeyPairs().public(Credentials(access_key_id="p", secret_access_key="s")).point


def secrets_of(partner: Partner, now: float = NOW) -> list[bytes]:
    """Return the secrets that are live."""
    return [key.secret_access_key for key in partner.live(SCOPE, now) if isinstance(key, Credentials)]


def test_two_secrets_are_live_until_the_older_one_ends() -> None:
    """The window in which a partner goes from one to the other."""
    partner = Partner.of("p", ACME, secrets=["new", ("old", NOW)])

    assert secrets_of(partner, NOW - 1) == [b"new", b"old"]
    assert secrets_of(partner, NOW) == [b"new"]


def test_rotation_gives_the_old_secret_an_end() -> None:
    """And of three the oldest goes at once; public keys are no matter."""
    first = Partner.of("p", ACME, secrets=["a"], public_keys=[POINT])

    second = first.rotated("b", until=NOW)
    third = second.rotated("c", until=NOW + 100)

    assert secrets_of(second, NOW - 1) == [b"b", b"a"]
    assert secrets_of(third, NOW - 1) == [b"c", b"b"]
    assert secrets_of(third, NOW + 100) == [b"c"]
    assert any(isinstance(key, PublicKey) for key in third.live(SCOPE, NOW))


def test_rotation_keeps_an_end_that_is_sooner() -> None:
    """To rotate prolongs nothing."""
    assert secrets_of(Partner.of("p", ACME, secrets=[("a", NOW)]).rotated("b", until=NOW + 9), NOW) == [b"b"]


def test_a_derived_key_serves_its_scope_alone() -> None:
    """Of another day, region or service it is none."""
    partner = Partner.of("p", ACME, derived=[("20261121", "eu-west-1", "acme-orders", b"k" * 32)])

    assert [type(key) for key in partner.live(SCOPE, NOW)] == [SigningKey]
    for other in (SCOPE._replace(day="20261122"), SCOPE._replace(region="x"), SCOPE._replace(service="x")):
        assert partner.live(other, NOW) == ()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, "one key at least"),
        ({"secrets": "abc"}, "secrets must be a list"),
        ({"secrets": [""]}, "not empty"),
        ({"secrets": ["a", "b", "c"]}, "two secrets"),
        ({"secrets": [("a", "soon")]}, "ends at a number"),
        ({"secrets": [("a",)]}, "another form"),
        ({"public_keys": [b"short"]}, "64 bytes"),
        ({"public_keys": [POINT, POINT, POINT]}, "two public keys"),
        ({"secrets": ["a", "b"], "public_keys": [POINT, POINT]}, "too many"),
        ({"derived": ["x"]}, "tuple"),
        ({"derived": [("d", "r", "s", b"short")]}, "32 bytes"),
        ({"derived": [(1, "r", "s", b"k" * 32)]}, "are texts"),
        ({"derived": [("d", "r", "s", b"k" * 32)] * 2}, "one derived key"),
        ({"derived": [(str(day), "r", "s", b"k" * 32) for day in range(65)]}, "64 keys"),
        ({"secrets": ["a"], "client": "acme"}, "Client"),
    ],
)
def test_what_is_no_partner_is_refused(given: dict[str, Any], fault: str) -> None:
    """With words that show no key."""
    client = given.pop("client", ACME)

    with pytest.raises(ConfigError, match=fault):
        Partner.of("p", client, **given)


def test_the_memory_store_has_each_partner_once() -> None:
    """By its access key id."""
    partner = Partner.of("p", ACME, secrets=["a"])

    assert MemoryPartners(partner).find("p") is partner
    assert MemoryPartners(partner).find("q") is None
    assert MemoryPartners(partner).renewed() is False
    with pytest.raises(ConfigError, match="twice"):
        MemoryPartners(partner, partner)
    with pytest.raises(ConfigError, match=r"Partner\.of"):
        MemoryPartners("p")


def test_a_lookup_tells_whom_it_met() -> None:
    """And an access key id nobody has is None."""
    met: list[Partner] = []
    lookup = lookup_of(MemoryPartners(Partner.of("p", ACME, secrets=["a"])), met.append, lambda: NOW)

    assert lookup("q", SCOPE) is None
    assert len(lookup("p", SCOPE) or ()) == 1
    assert [each.access_key_id for each in met] == ["p"]


DOCUMENT = {
    "partners": {
        "p": {"client": {"id": "acme"}, "secrets": ["new", {"secret": "old", "not_after": NOW}]},
        "q": {"client": {"id": "globex"}, "public_keys": [POINT.hex()]},
        "r": {
            "client": {"id": "initech"},
            "derived": [{"day": "20261121", "region": "eu-west-1", "service": "acme-orders", "key": "6b" * 32}],
        },
        "bad": {"client": {"id": "x"}, "secrets": [5]},
    }
}


def found(store: PartnerDocument, name: str) -> Partner:
    """Return a partner that has to be there."""
    partner = store.find(name)
    assert partner is not None
    return partner


def test_a_document_has_partners_of_every_kind() -> None:
    """And one that is bad spoils no other."""
    store = PartnerDocument(json.dumps(DOCUMENT))

    assert secrets_of(found(store, "p"), NOW - 1) == [b"new", b"old"]
    assert [type(key) for key in found(store, "q").live(SCOPE, NOW)] == [PublicKey]
    assert [type(key) for key in found(store, "r").live(SCOPE, NOW)] == [SigningKey]
    assert store.find("nobody") is None
    with pytest.raises(Unavailable, match="signing_key_record_invalid"):
        store.find("bad")


def test_a_document_is_written_as_it_is_read() -> None:
    """For whoever issues and rotates keys."""
    partners = [partner_of(name, DOCUMENT["partners"][name]) for name in ("p", "q", "r")]

    again = PartnerDocument(document_of(*partners))

    for each in partners:
        read = found(again, each.access_key_id)
        assert (read.client, len(read.keys)) == (each.client, len(each.keys))
    assert secrets_of(found(again, "p"), NOW - 1) == [b"new", b"old"]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"keys": {}}', '{"partners": []}', '{"partners": {}, "partners": {}}', '{"partners": {}' + " " * 70000],
)
def test_what_is_no_document_is_an_outage(text: str) -> None:
    """Nobody can tell what partners it should have."""
    store = PartnerDocument(secrets.given(text or " "))

    with pytest.raises(Unavailable, match="signing_keys_invalid"):
        store.find("p")
    assert store.prefetch() is False


@pytest.mark.parametrize(
    "members",
    [
        5,
        {"colour": "red"},
        {"client": "acme"},
        {"client": {"id": "a"}, "secrets": "s"},
        {"client": {"id": "a"}, "secrets": [{"secret": "s", "colour": "red"}]},
        {"client": {"id": "a"}, "secrets": [{"secret": "s"}]},
        {"client": {"id": "a"}, "public_keys": ["xx"]},
        {"client": {"id": "a"}, "derived": [{"day": "d"}]},
    ],
)
def test_single_faults_of_a_record_are_outages(members: Any) -> None:
    """Not refusals: its keys may be good."""
    with pytest.raises(Unavailable, match="signing_key_record_invalid"):
        partner_of("p", members)


def test_a_secret_that_is_no_text_is_not_written() -> None:
    """It would be another when it is read."""
    with pytest.raises(ConfigError, match="no text"):
        document_of(Partner.of("p", ACME, secrets=[b"\xff"]))


@given(
    members=st.recursive(
        st.one_of(st.none(), st.text(max_size=4), st.integers(), st.booleans()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    ["client", "id", "secrets", "secret", "not_after", "public_keys", "derived", "day", "key"]
                ),
                inner,
                max_size=4,
            ),
        ),
    )
)
def test_an_odd_record_is_an_outage_and_shows_nothing(members: Any) -> None:
    """Or a partner: whatever else somebody wrote there."""
    with suppress(Unavailable):
        assert partner_of("p", members).keys


class Manager:
    """A stand-in for Secrets Manager's client."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, 0

    def get_secret_value(self, **_: Any) -> Any:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Time:
    """Both clocks, moved by hand."""

    now = NOW

    def __call__(self) -> float:
        return self.now


def stored(manager: Manager, clock: Time) -> PartnerDocument:
    """Return a store over that client."""
    return secrets_manager_partners(
        "partners",
        client=manager,
        clock=clock,
        monotonic=clock,
        jitter=lambda: 1.0,
        seconds=300,
        interval=30,
        max_stale=900,
    )


def test_a_document_in_secrets_manager_is_kept_for_a_bounded_time() -> None:
    """However often it is asked, known partner or not."""
    clock, manager = Time(), Manager({"SecretString": json.dumps(DOCUMENT)})
    store = stored(manager, clock)

    assert store.prefetch() is True
    for name in ("p", "nobody", "p", "nobody"):
        store.find(name)
    assert manager.asked == 1
    clock.now += 301
    store.find("p")

    assert manager.asked == 2


def test_a_rotation_is_noticed_once_an_interval() -> None:
    """Strangers with wrong signatures drive no more fetches than that."""
    clock, manager = Time(), Manager({"SecretString": json.dumps(DOCUMENT)})
    store = stored(manager, clock)
    store.find("p")
    clock.now += 31
    unchanged = store.renewed()
    manager.answer = {"SecretString": json.dumps({"partners": {}})}

    too_soon = store.renewed()
    clock.now += 31

    assert (unchanged, too_soon, store.renewed()) == (False, False, True)
    assert store.find("p") is None
    assert manager.asked == 3


def test_an_outage_is_bridged_and_then_an_outage() -> None:
    """What is in hand serves on, up to its bound; it is never a refusal."""
    clock, manager = Time(), Manager({"SecretString": json.dumps(DOCUMENT)})
    store = stored(manager, clock)
    store.find("p")

    manager.answer = OSError("secret")
    clock.now += 400
    assert store.find("p") is not None
    clock.now += 1000

    with pytest.raises(Unavailable) as caught:
        store.find("p")
    assert "secret" not in str(caught.value).replace("Secrets Manager secret partners", "")


@pytest.mark.parametrize("answer", [{"SecretBinary": b"x"}, {"SecretString": "[]"}, {"SecretString": "{"}])
def test_a_secret_that_is_no_document_is_an_outage(answer: Any) -> None:
    """From the start; later what is in hand serves on."""
    store = stored(Manager(answer), Time())

    with pytest.raises(Unavailable, match="signing_keys_invalid"):
        store.find("p")


def test_a_wrong_configuration_is_refused() -> None:
    """Before the first request."""
    with pytest.raises(ConfigError, match="secret_id"):
        secrets_manager_partners("")
    with pytest.raises(ConfigError, match="seconds"):
        secrets_manager_partners("x", client=object(), seconds=0)
    with pytest.raises(ConfigError, match="PartnerDocument"):
        PartnerDocument(5)


def test_nothing_shows_a_key() -> None:
    """Of what a log may hold."""
    store = PartnerDocument(json.dumps(DOCUMENT))
    partner = found(store, "p")

    shown = repr(store) + repr(partner) + repr(partner.keys)

    assert "new" not in shown
    assert "old" not in shown
