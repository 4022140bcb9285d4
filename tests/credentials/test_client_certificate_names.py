"""Names of certificates as RFC 4514 writes them, and as cryptography does."""

from __future__ import annotations

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from authkit.credentials.client_certificate_names import OIDS, Attribute, attributes_of, oid_of, parse_name

CN, O, OU, DC = OIDS["CN"], OIDS["O"], OIDS["OU"], OIDS["DC"]  # noqa: E741 - as names have it


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # RFC 4514 section 4.
        ("UID=jsmith,DC=example,DC=net", [[(OIDS["UID"], "jsmith")], [(DC, "example")], [(DC, "net")]]),
        ("OU=Sales+CN=J.  Smith,DC=example", [[(OU, "Sales"), (CN, "J.  Smith")], [(DC, "example")]]),
        (r"CN=James \"Jim\" Smith\, III,DC=net", [[(CN, 'James "Jim" Smith, III')], [(DC, "net")]]),
        (r"CN=Before\0dAfter,DC=net", [[(CN, "Before\rAfter")], [(DC, "net")]]),
        ("1.3.6.1.4.1.1466.0=#0C024869", [[("1.3.6.1.4.1.1466.0", "Hi")]]),
        (r"CN=Lu\C4\8Di\C4\87", [[(CN, "Lučić")]]),
        # and beyond
        (r"CN=a\+b\=c\\d\#\<\>\;", [[(CN, r"a+b=c\d#<>;")]]),
        (r"CN=\ both\ ", [[(CN, " both ")]]),
        ("cn = spaced , O=x ", [[(CN, "spaced")], [(O, "x")]]),
        ("CN=a=b", [[(CN, "a=b")]]),
        ("OID.2.5.4.3=x", [[(CN, "x")]]),
        ("CN=Zoë", [[(CN, "Zoë")]]),
        ("CN=#1e0400480069", [[(CN, "Hi")]]),
    ],
)
def test_a_name_is_read(text: str, expected: list[list[tuple[str, str]]]) -> None:
    """Its parts in their order, the attributes of each sorted."""
    assert parse_name(text) == tuple(tuple(sorted(Attribute(*each) for each in part)) for part in expected)


@pytest.mark.parametrize(
    "text",
    [
        "", ",", "CN=a,", "CN", "=a", "CN=", "CN=  ", "XX=a", "2.5=", "3.1=a", "2.05.4=a", "CN=a\\", "CN=a\\g", "CN=\\ff",
        'CN="a"', "CN=a;O=b", "CN=<a>", "CN=a\0", "CN=#", "CN=#0g", "CN=#0c03", "CN=#0c034869", "CN=#04024869", "CN=#1e034869",
        "CN=#0c0248", "CN=a" * 1500, "CN=\\ud800"[:3] + "\ud800",
    ],
)  # fmt: skip
def test_what_is_no_name_is_a_value_error(text: str) -> None:
    """And nothing else is."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ
        parse_name(text)


VALUE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
PART = st.lists(
    st.tuples(st.sampled_from(["CN", "O", "OU", "DC", "UID"]), VALUE),
    min_size=1,
    max_size=3,
    unique_by=lambda each: each[0],
)


@given(parts=st.lists(PART, min_size=1, max_size=4))
def test_what_cryptography_writes_is_read_back(parts: list[list[tuple[str, str]]]) -> None:
    """Any text in any value, several attributes in a part; the text begins with the last part."""
    attributes = [
        [x509.NameAttribute(x509.ObjectIdentifier(OIDS[kind]), value) for kind, value in part] for part in parts
    ]
    name = x509.Name([x509.RelativeDistinguishedName(part) for part in attributes])

    found = parse_name(name.rfc4514_string())

    wanted = [tuple(sorted(Attribute(OIDS[kind], value) for kind, value in part)) for part in reversed(parts)]
    assert found == tuple(wanted)
    assert attributes_of(found) == sorted(each for part in wanted for each in part)


@given(text=st.text(st.sampled_from('CNO=,+\\#0afé "<\ud800'), max_size=30))
def test_any_text_is_a_name_or_a_value_error(text: str) -> None:
    """Backslashes, pluses and halves of characters included."""
    try:
        found = parse_name(text)
    except ValueError:
        return
    assert all(each.value and each.oid for each in attributes_of(found))


def test_types_go_by_keyword_or_number() -> None:
    """In any case."""
    assert [oid_of(each) for each in ("cn", "CN", "2.5.4.3", "oid.2.5.4.3")] == [CN] * 4
