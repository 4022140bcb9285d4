"""Canonical path: with dot segments and empty ones taken out, and encoded once more; S3 does neither."""

import re
from typing import NamedTuple

from .encoding import encode_path
from .errors import CannotSign

S3_SERVICES = frozenset({"s3", "s3-object-lambda", "s3-outposts", "s3express"})

_not_normal = re.compile(r"//|/\.\.?(?:/|\Z)").search


class PathRules(NamedTuple):
    """How a path as sent becomes the canonical one.

    Args:
        normalize: take out ``.``, ``..`` and empty segments.
        double_encode: encode the path as sent once more, so that ``%20`` becomes ``%2520``.
    """

    normalize: bool = True
    double_encode: bool = True


GENERAL = PathRules()
"""Of every service but S3."""

S3 = PathRules(normalize=False, double_encode=False)
"""Of S3, where a key may hold anything, and is encoded once."""


def rules_of(service: str, normalize: bool | None = None, double_encode: bool | None = None) -> PathRules:
    """Return a service's rules, of which either may be set otherwise."""
    usual = S3 if service in S3_SERVICES else GENERAL
    if normalize is None and double_encode is None:
        return usual
    return PathRules(
        usual.normalize if normalize is None else normalize,
        usual.double_encode if double_encode is None else double_encode,
    )


def canonical_path(path: str, rules: PathRules) -> str:
    """Return the path of the canonical request.

    Args:
        path: as sent, with its escapes.
        rules: of the service.
    """
    if rules.normalize and ("//" in path or "/." in path):
        path = normal(path)
    return (encode_path(path) if rules.double_encode else path) or "/"


def is_normal(path: str) -> bool:
    """Tell whether a path has neither dot segments nor empty ones."""
    return _not_normal(path) is None


def normal(path: str) -> str:
    """Return a path without dot segments (RFC 3986 section 5.2.4) and empty ones; a slash at its end stays.

    After a dot segment at the end there is no slash, otherwise than in the RFC: so the services have it.
    """
    if is_normal(path):
        return path or "/"
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")


def demand_below_root(path: str) -> None:
    """Refuse a path that leads above the root.

    Raises:
        CannotSign: ``path_malformed``.
    """
    if ".." not in path:
        return
    depth = 0
    for segment in path.split("/"):
        depth += -1 if segment == ".." else segment not in ("", ".")
        if depth < 0:
            raise CannotSign("path_malformed", claim="path", detail="it leads above the root")
