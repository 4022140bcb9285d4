"""Keys are made, replaced with overlap and taken back, whoever else does so at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given as given_each
from hypothesis import strategies as st

from authkit.credentials.client import Client
from authkit.errors import ConfigError, Refused, Unavailable
from authkit.stores.clients import Issued, MemoryClients
from authkit.stores.clients_document import ClientDocument
from authkit.stores.clients_issue import find_by_id, issue, remove, revoke, rotate
from tests.credentials.apikeys.keys import NOW, PEPPER, Clock, credential, entropy, given, request


def rotated(store: Any, key_id: str, overlap: float = 60, now: float = NOW) -> Any:
    return rotate(store, key_id, pepper=PEPPER, overlap=overlap, now=now, entropy=entropy)


def test_a_new_key_is_in_the_store_by_its_digest_alone() -> None:
    """Neither its text nor a part of its secret is."""
    store = MemoryClients()

    made = issue(store, Client("acme"), pepper=PEPPER, now=NOW + 0.7)

    assert store.listed() == [made.issued]
    assert made.issued.created_at == NOW
    assert made.text not in str(made.issued._asdict())
    assert made.text.split("_")[3] not in str(made.issued._asdict())


def test_keys_overlap_while_one_replaces_the_other() -> None:
    """Both are good until the overlap is over, and then the new one alone, for the same client."""
    store, clock = MemoryClients(), Clock()
    client = Client("acme", scopes={"a"}, context={"tenant": "t"}, networks=["192.0.2.0/24"], not_after=NOW + 9999)
    old = given(store, client)

    new, ended = rotated(store, old.issued.id, overlap=3600)

    assert new.issued.client == client
    assert (ended.client.not_after, ended.successor) == (NOW + 3600, new.issued.id)
    key = credential(store, clock, networks=True, cache_seconds=0, max_stale=0)
    for text in (old.text, new.text):
        clock.now = NOW + 3599.9
        assert key(request(text)).scopes == {"a"}
    clock.now = NOW + 3600
    assert key(request(new.text)).id == "acme"
    with pytest.raises(Refused, match="expired"):
        key(request(old.text))


def test_without_overlap_the_old_key_ends_now() -> None:
    """For one that leaked."""
    store = MemoryClients()
    old = given(store)

    rotated(store, old.issued.id, overlap=0)

    with pytest.raises(Refused, match="expired"):
        credential(store)(request(old.text))


def test_an_overlap_gives_no_key_more_time_than_it_had() -> None:
    """Nor a beginning it did not have."""
    store = MemoryClients()
    short, later = given(store, Client("a", not_after=NOW + 10)), given(store, Client("b", not_before=NOW + 100))

    assert rotated(store, short.issued.id).old.client.not_after == NOW + 10
    assert rotated(store, later.issued.id).old.client.disabled is True


def test_a_new_key_has_the_prefix_of_the_old_one() -> None:
    """It is of the same environment."""
    store = MemoryClients()
    old = given(store, prefix="ak_test")

    new = rotated(store, old.issued.id).new

    assert new.text.startswith("ak_test_")
    assert new.issued.prefix == "ak_test"


def test_what_is_good_no_more_is_not_replaced() -> None:
    """Taken back, ended, replaced already, or never there."""
    store = MemoryClients()
    disabled = given(store, Client("a", disabled=True)).issued.id
    ended = given(store, Client("a", not_after=NOW)).issued.id
    replaced = given(store).issued.id
    rotated(store, replaced)
    before = len(store.listed())

    codes = []
    for key_id in (disabled, ended, replaced, "nobody"):
        with pytest.raises(Refused) as caught:
            rotated(store, key_id)
        codes.append(caught.value.code)

    assert codes == ["revoked", "expired", "rotated", "api_key_unknown"]
    assert len(store.listed()) == before


def test_a_key_is_taken_back_for_good() -> None:
    """A second time changes nothing."""
    store = MemoryClients()
    made = given(store)

    first, second = revoke(store, made.issued.id), revoke(store, made.issued.id)

    assert first == second == store.find(made.issued.digest)
    assert first.client.disabled
    with pytest.raises(Refused, match="revoked"):
        credential(store)(request(made.text))


def test_a_key_is_removed_without_a_trace() -> None:
    """And is unknown then."""
    store = MemoryClients()
    made = given(store)

    assert remove(store, made.issued.id) == made.issued

    assert store.listed() == []
    for act in (remove, revoke, find_by_id):
        with pytest.raises(Refused, match="api_key_unknown"):
            act(store, made.issued.id)


class Meddled(MemoryClients):
    """A store in which something happens right before a change."""

    def __init__(self, meddling: Any) -> None:
        super().__init__()
        self.meddling = meddling
        self.armed = False

    def replace(self, old: Issued | None, new: Issued | None) -> bool:
        if self.armed and old is not None:
            self.armed = False
            self.armed = self.meddling(self, old) is True
        return super().replace(old, new)


def test_a_key_that_is_taken_back_meanwhile_stays_so() -> None:
    """The rotation is refused, and the new key of no use to anybody."""
    store = Meddled(lambda self, old: revoke(self, old.id))
    made = given(store)
    store.armed = True

    with pytest.raises(Refused, match="revoked"):
        rotated(store, made.issued.id)

    assert [each.client.disabled for each in store.listed()] == [True, True]


def test_a_change_that_others_overtake_is_made_anew() -> None:
    """On what is there then."""

    def meddle(self: MemoryClients, old: Issued) -> None:
        MemoryClients.replace(self, old, old._replace(client=Client("other"), version=old.version + 1))

    for act in (lambda store, key_id: rotated(store, key_id).old, revoke, remove):
        store = Meddled(meddle)
        made = given(store)
        store.armed = True

        assert act(store, made.issued.id).client.id == "other"


def test_a_change_that_is_overtaken_all_the_time_is_given_up() -> None:
    """And said so; the old key is as it was."""

    def meddle(self: MemoryClients, old: Issued) -> bool:
        MemoryClients.replace(self, old, old._replace(version=old.version + 1))
        return True

    for act in (rotated, revoke, remove):
        store = Meddled(meddle)
        made = given(store)
        store.armed = True

        with pytest.raises(Unavailable, match="api_keys_changed"):
            act(store, made.issued.id)
        found = store.find(made.issued.digest)
        assert found is not None
        assert found.client == made.issued.client


def test_a_removal_that_another_made_is_made() -> None:
    """Between finding the key and removing it."""
    store = Meddled(lambda self, old: MemoryClients.replace(self, old, None) and None)
    made = given(store)
    store.armed = True

    assert remove(store, made.issued.id) == made.issued
    assert store.listed() == []


def test_an_outage_in_the_middle_leaves_the_old_key_as_it_was() -> None:
    """The new one comes first, so that none is ended without a successor; which one is of no use is said."""

    def fails(*_: Any) -> None:
        raise Unavailable("api_keys_timeout", detail="DynamoDB")

    store = Meddled(fails)
    made = given(store)
    store.armed = True

    with pytest.raises(Unavailable, match=r"api_keys_timeout: DynamoDB; the key \w{12} may be there") as caught:
        rotated(store, made.issued.id)

    assert store.find(made.issued.digest) == made.issued
    (orphan,) = [each.id for each in store.listed() if each.id != made.issued.id]
    assert orphan in str(caught.value)


def test_of_many_who_rotate_a_key_at_once_one_does() -> None:
    """And the keys of the others are taken back."""
    store = MemoryClients()
    made = given(store)

    def attempt(_: int) -> bool:
        try:
            rotate(store, made.issued.id, pepper=PEPPER, overlap=60, now=NOW)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(attempt, range(16)))

    good = [each for each in store.listed() if not each.client.disabled]
    assert sum(done) == 1
    assert len(good) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pepper": b"short"}, "pepper must be"),
        ({"pepper": "a text of more than thirty-two characters"}, "pepper must be bytes"),
        ({"pepper": [PEPPER]}, "pepper must be bytes"),
        ({"prefix": "AK"}, "prefix is"),
    ],
)
def test_what_cannot_be_is_named(changes: dict[str, Any], words: str) -> None:
    """Before anything is stored."""
    store = MemoryClients()

    with pytest.raises(ConfigError, match=words):
        issue(store, Client("a"), **{"pepper": PEPPER, "now": NOW, **changes})

    assert store.listed() == []


@pytest.mark.parametrize("overlap", [-1, float("nan"), float("inf"), 367 * 86_400])
def test_an_overlap_is_bounded(overlap: float) -> None:
    """A year at most."""
    store = MemoryClients()

    with pytest.raises(ConfigError, match="overlap must be"):
        rotated(store, given(store).issued.id, overlap=overlap)


def test_randomness_that_is_none_is_found_out() -> None:
    """Two keys of one digest would be one key of two clients."""
    store = MemoryClients()

    def broken(size: int) -> bytes:
        return b"\x07" * size

    issue(store, Client("a"), pepper=PEPPER, now=NOW, entropy=broken)

    with pytest.raises(Unavailable, match="api_keys_changed"):
        issue(store, Client("b"), pepper=PEPPER, now=NOW, entropy=broken)


@given_each(
    st.lists(st.tuples(st.sampled_from(["issue", "rotate", "revoke", "remove"]), st.integers(0, 5)), max_size=12)
)
def test_what_is_listed_is_what_gets_in(steps: list[tuple[str, int]]) -> None:
    """After any history: a key passes if it is there and not taken back, and no other does."""
    store = MemoryClients()
    texts = [given(store)]

    for step, which in steps:
        chosen = texts[which % len(texts)].issued.id
        try:
            if step == "issue":
                texts.append(given(store))
            elif step == "rotate":
                texts.append(rotated(store, chosen).new)
            elif step == "revoke":
                revoke(store, chosen)
            else:
                remove(store, chosen)
        except Refused:
            continue

    key = credential(store)
    good = {each.id for each in store.listed() if not each.client.disabled}
    for each in texts:
        try:
            passed = bool(key(request(each.text)))
        except Refused:
            passed = False
        assert passed is (each.issued.id in good)


@given_each(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=40))
def test_whatever_is_known_of_one_client_the_document_can_be_read_again(value: Any) -> None:
    """A portal may pass on what its customers say; one who could spoil the document would shut out all of them."""
    document = ClientDocument({})
    try:
        client = Client("acme", context={"said": value})
    except ConfigError:
        return

    made = Issued("a" * 64, "key", client)
    kept = document.replaced(None, made)

    assert kept is not None
    assert ClientDocument.parse(kept.raw(), "it").find("a" * 64) == made
