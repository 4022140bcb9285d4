"""What goes wrong with paths. Each function returns how the path reads where it did."""

from __future__ import annotations

from collections.abc import Iterator

from ..encoding import decode, encode_path, is_broken
from ..path import PathRules, canonical_path
from .reading import Reading, Sent


def encoding(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Encoded once where it should be twice, or the other way round; or not at all."""
    path, rules = sent.target.path, sent.rules
    yield reading._replace(path=canonical_path(path, rules._replace(double_encode=not rules.double_encode)))
    if not is_broken(path):
        yield reading._replace(path=canonical_path(decode(path), PathRules(rules.normalize, double_encode=False)))
        yield reading._replace(path=canonical_path(decode(path), PathRules(rules.normalize)))
        if rules.double_encode:
            thrice = canonical_path(encode_path(path), rules)
            yield reading._replace(path=thrice)


def normal(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Dot segments and empty ones left in, or taken out where they belong."""
    rules = sent.rules._replace(normalize=not sent.rules.normalize)
    yield reading._replace(path=canonical_path(sent.target.path, rules))


def other_service(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Signed by S3's rules where they do not hold, or by the usual ones at S3."""
    rules = PathRules(not sent.rules.normalize, not sent.rules.double_encode)
    yield reading._replace(path=canonical_path(sent.target.path, rules))


def slash(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """A slash in the end, too many or too few."""
    path = sent.target.path
    other = path.rstrip("/") if path.endswith("/") else path + "/"
    yield reading._replace(path=canonical_path(other, sent.rules))


def prefix(sent: Sent, reading: Reading) -> Iterator[Reading]:
    """Segments in front, as a stage's name, that only one side sees."""
    segments = sent.target.path.split("/")[1:]
    for count in range(1, min(4, len(segments))):
        yield reading._replace(path=canonical_path("/" + "/".join(segments[count:]), sent.rules))
