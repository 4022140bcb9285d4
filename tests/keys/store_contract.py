"""What every `KeyStore` must do. A test module makes a fixture ``store`` and takes these tests over by importing them."""

from __future__ import annotations

from authkit.keys.store import KeyStore, Stored

ENTRY = Stored(
    b'{"keys":[]}', "https://idp.example.com/", "https://keys.example.com/jwks", 1700000000.25, '"v1"', 900.0
)
NAME = "https://idp.example.com/ https://keys.example.com/jwks"


def test_a_name_that_was_never_put_has_no_entry(store: KeyStore) -> None:
    """None, and no exception."""
    assert store.get(NAME) is None


def test_an_entry_comes_back_as_it_was_put(store: KeyStore) -> None:
    """Byte for byte, and number for number."""
    store.put(NAME, ENTRY)

    assert store.get(NAME) == ENTRY
    assert isinstance(store.get(NAME), Stored)


def test_an_entry_may_lack_its_etag(store: KeyStore) -> None:
    """Most issuers send none."""
    store.put(NAME, ENTRY._replace(etag=None))

    assert store.get(NAME) == ENTRY._replace(etag=None)


def test_the_last_entry_of_a_name_counts(store: KeyStore) -> None:
    """It takes the place of the one before, shorter or longer."""
    for body in (b"x" * 1000, b"", b"y"):
        store.put(NAME, ENTRY._replace(body=body))
        assert store.get(NAME) == ENTRY._replace(body=body)


def test_a_document_of_any_bytes_is_kept(store: KeyStore) -> None:
    """A store does not judge: line ends, NUL and what is no UTF-8."""
    body = b"\r\n\0\xff\n" * 1000

    store.put(NAME, ENTRY._replace(body=body))

    assert store.get(NAME) == ENTRY._replace(body=body)


def test_names_are_told_apart_to_the_letter(store: KeyStore) -> None:
    """Whatever they hold: they are no paths, no patterns, and of any length."""
    names = [
        NAME,
        NAME + "/",
        NAME.upper(),
        "",
        "../x",
        "/etc/passwd",
        "a\0b",
        "é",
        "e\u0301",
        "x" * 5000,
        "*",
        "\ud800",
    ]
    for each, name in enumerate(names):
        store.put(name, ENTRY._replace(stored_at=float(each)))

    found = [store.get(name) for name in names]

    assert [stored.stored_at for stored in found if stored] == [float(each) for each in range(len(names))]
