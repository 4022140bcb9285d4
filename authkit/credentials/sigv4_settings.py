"""Settings of a `SigV4`: what they make, and all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from ..sigv4.policy import Policy
from ..stores.signing_keys import MemoryPartners, Partner
from .sigv4_wire import Base

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Literal, TypedDict

    class Rules(TypedDict, total=False):
        """What `authkit.sigv4.Policy` takes besides, for a type checker."""

        algorithms: Collection[str]
        mechanisms: Collection[Literal["header", "query"]]
        skew: float
        longest_expiry: int
        required_headers: Collection[str]
        unsigned_headers: Collection[str]
        payloads: Collection[Literal["declared", "empty", "unsigned"]]
        token: Literal["signed", "unsigned"]
        normal_paths: bool
        normalize: bool | None
        double_encode: bool | None


def policy_of(faults: list[str], regions: object, services: object, rules: Mapping[str, Any]) -> Policy | None:
    """Return the policy; where it makes none, add what is wrong to the faults."""
    given = {"payloads": ("declared", "empty"), **rules, "regions": regions, "services": services}
    payloads = given["payloads"]
    if isinstance(payloads, (list, tuple, set, frozenset)) and "checked" in payloads:
        faults.append("payloads: an authorizer sees no body that could be checked")
    try:
        return Policy(**given)
    except ConfigError as fault:
        faults.append(str(fault).removeprefix("Policy: "))
    except TypeError:
        faults.append(f"authkit.sigv4.Policy takes no argument of one of these names: {', '.join(sorted(rules))}")
    return None


def base_of(faults: list[str], given: object) -> Base | None:
    """Return the base that a public URL names, if one is given; where it is none, add that to the faults."""
    if given is None:
        return None
    from ..sigv4.errors import CannotSign
    from ..sigv4.url import split

    try:
        target = split(given) if isinstance(given, str) else None
    except CannotSign:
        target = None
    if target is None or target.scheme != "https" or target.query or target.fragment or not target.path.isascii():
        faults.append("public_url must be an https URL without query and fragment")
        return None
    return Base(target.host.lower(), target.path.rstrip("/"))


def partners_of(faults: list[str], given: Any) -> Any:
    """Return the store of partners; where it is none, add what is wrong to the faults."""
    if isinstance(given, Partner):
        return MemoryPartners(given)
    if isinstance(given, (list, tuple)):
        try:
            return MemoryPartners(*given)
        except ConfigError as fault:
            faults.append(str(fault))
            return None
    if isinstance(given, type) or not all(callable(getattr(given, each, None)) for each in ("find", "renewed")):
        faults.append("partners must be Partner values, or a store with find() and renewed()")
    return given
