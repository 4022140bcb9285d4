"""What goes wrong with queries. Each function returns how the query reads where it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..encoding import decode, encode, is_broken
from .reading import Parameter, Reading, Sent, spelling


def plus(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """A plus sign for a blank: form encoding where percent-encoding is asked for, or a raw plus in the URL."""
    for spell in (_literal, _raw_plus, *(_instead(a, b) for a, b in _INSTEAD)):
        yield reading._replace(query=_sorted(sent, spell))


def valueless(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """``name`` where it has to be ``name=``."""
    yield reading._replace(query=_joined(sorted(_spelled(sent, spelling)), bare=True))
    yield reading._replace(query=_joined([pair for pair in sorted(_spelled(sent, spelling)) if pair[1]]))


def order(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Not sorted, or by something else than the encoded names and values."""
    pairs = _spelled(sent, spelling)
    yield reading._replace(query=_joined(pairs))
    yield reading._replace(query=_joined(sorted(pairs, key=lambda pair: pair[0])))
    yield reading._replace(query=_joined(sorted(pairs, key=lambda pair: f"{pair[0]}={pair[1] or ''}")))
    yield reading._replace(query=_joined(sorted(pairs, key=lambda pair: (pair[0].lower(), pair[1] or ""))))
    yield reading._replace(query=_joined(sorted(pairs, key=lambda pair: (_plain(pair[0]), _plain(pair[1] or "")))))


def encoded_twice(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Encoded once more than it was sent."""
    yield reading._replace(query=_sorted(sent, encode))
    yield reading._replace(query=_sorted(sent, lambda text: encode(spelling(text))))


def not_encoded(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Signed decoded, or in the spelling it has in the URL."""
    yield reading._replace(query=_sorted(sent, lambda text: _plain(text.replace("+", "%20"))))
    yield reading._replace(query=_sorted(sent, lambda text: text))


def repeated(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Of a name that comes more than once, one value alone."""
    pairs = _spelled(sent, spelling)
    yield reading._replace(query=_joined(sorted(dict(pairs).items())))
    yield reading._replace(query=_joined(sorted(dict(reversed(pairs)).items())))


def as_sent(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Signed just as it stands in the URL, neither sorted nor in the one spelling."""
    yield reading._replace(
        query="&".join(name if value is None else f"{name}={value}" for name, value in sent.parameters)
    )


def left_out(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Not signed at all."""
    if sent.claim.mechanism == "header":
        yield reading._replace(query="")


_Spell = Callable[[str], str]
_INSTEAD = (("%20", "+"), ("%20", "%2B"), ("%2B", "%20"), ("%2B", "+"))


def _literal(text: str) -> str:
    return encode(_plain(text))


def _raw_plus(text: str) -> str:
    return "+".join(encode(_plain(part)) for part in text.split("+"))


def _instead(one: str, other: str) -> _Spell:
    return lambda text: spelling(text).replace(one, other)


def _plain(text: str) -> str:
    return text if is_broken(text) else decode(text)


def _spelled(sent: Sent, spell: _Spell) -> list[tuple[str, str | None]]:
    return [(spell(name), spell(value or "")) for name, value in sent.parameters]


def _sorted(sent: Sent, spell: _Spell) -> str:
    return _joined(sorted((spell(name), spell(value or "")) for name, value in sent.parameters))


def _joined(pairs: Iterable[Parameter], *, bare: bool = False) -> str:
    return "&".join(name if bare and not value else f"{name}={value or ''}" for name, value in pairs)
