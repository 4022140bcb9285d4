"""Policy: what a signature may claim. The verifier decides that, not the signer (sigv4.md 3b)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

from ..errors import ConfigError
from .canonical import V4, V4A
from .credentials import is_scope_part
from .path import S3_SERVICES, PathRules, rules_of
from .presigning import LONGEST_EXPIRY

Mechanism = Literal["header", "query"]
Payload = Literal["checked", "declared", "empty", "unsigned"]

MECHANISMS = frozenset({"header", "query"})
PAYLOADS = frozenset({"checked", "declared", "empty", "unsigned"})
_HEADER_ONLY: tuple[Mechanism, ...] = ("header",)
_CHECKED_ONLY: tuple[Payload, ...] = ("checked",)
_JUDGED_BY = frozenset({"x-amz-date", "x-amz-region-set", "x-amz-content-sha256", "x-amz-security-token"})
MOST_SKEW = 900  # seconds: AWS allows 300 for most services, 900 for some

_is_name = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+").fullmatch


class Policy:
    """What is demanded of a request's signature. Immutable.

    Args:
        regions: for which regions it may be made.
        services: for which services. Those of S3, with their own rules for paths, and others need a policy each.
        algorithms: `V4`, `V4A` or both.
        mechanisms: ``"header"`` for an Authorization header, ``"query"`` for presigned URLs.
        skew: by how many seconds the signer's clock may be off, 0 to 900.
        longest_expiry: for how many seconds a presigned URL may be good, 1 to 604,800.
        required_headers: headers that have to be there and signed, beside ``host``, ``x-amz-date``, ``content-type``
            and every ``x-amz-*``.
        unsigned_headers: ``x-amz-*`` headers that need not be signed, because they are added on the way. None of those
            that a signature is judged by: date, region set, hash and token.
        payloads: what may be known of a body. ``"checked"``: it is here, and is what was signed. ``"declared"``: it is
            not here; its hash was signed, and whoever sees it must compare. ``"empty"``: it is not here, and no hash
            was declared; the signature is good for an empty one only. ``"unsigned"``: it is not signed at all.
        token: ``"signed"``: a session token is part of what is signed. ``"unsigned"``: it is sent, and is no part of it.
        normal_paths: refuse paths with dot segments or empty ones, whose signature is good for other spellings as well.
            If not, decide on `Verified.path`. S3 has no such paths: there a key may hold anything.
        normalize: as of `authkit.sigv4.Options`.
        double_encode: as of `authkit.sigv4.Options`.

    Raises:
        ConfigError: names every fault.
    """

    __slots__ = (
        *("algorithms", "longest_expiry", "mechanisms", "normal_paths", "payloads"),
        *("regions", "required_headers", "rules", "services", "skew", "token", "unsigned_headers"),
    )

    def __init__(
        self,
        *,
        regions: Collection[str],
        services: Collection[str],
        algorithms: Collection[str] = (V4,),
        mechanisms: Collection[Mechanism] = _HEADER_ONLY,
        skew: float = 300,
        longest_expiry: int = LONGEST_EXPIRY,
        required_headers: Collection[str] = (),
        unsigned_headers: Collection[str] = ("x-amz-cf-id",),
        payloads: Collection[Payload] = _CHECKED_ONLY,
        token: Literal["signed", "unsigned"] = "signed",  # noqa: S107 - a rule about one
        normal_paths: bool = True,
        normalize: bool | None = None,
        double_encode: bool | None = None,
    ) -> None:
        faults = [
            *_names_faults("regions", regions),
            *_names_faults("services", services),
            *_choice_faults("algorithms", algorithms, frozenset({V4, V4A})),
            *_choice_faults("mechanisms", mechanisms, MECHANISMS),
            *_choice_faults("payloads", payloads, PAYLOADS),
            *_number_faults(skew, longest_expiry),
            *_header_faults("required_headers", required_headers),
            *_header_faults("unsigned_headers", unsigned_headers, _JUDGED_BY),
            *_flag_faults(normal_paths, normalize, double_encode),
            *([] if token in ("signed", "unsigned") else ["token must be signed or unsigned"]),
            *_service_faults(services),
        ]
        if faults:
            raise ConfigError.of("Policy", faults)
        self.regions = frozenset(regions)
        self.services = frozenset(services)
        self.algorithms = frozenset(algorithms)
        self.mechanisms = frozenset(mechanisms)
        self.payloads = frozenset(payloads)
        self.skew = skew
        self.longest_expiry = longest_expiry
        self.required_headers = frozenset(name.lower() for name in required_headers)
        self.unsigned_headers = frozenset(name.lower() for name in unsigned_headers)
        self.token = token
        self.rules: PathRules = rules_of(min(services), normalize, double_encode)
        self.normal_paths = normal_paths and self.rules.normalize

    def __repr__(self) -> str:
        return f"Policy(regions={sorted(self.regions)}, services={sorted(self.services)})"


def _names_faults(what: str, given: object) -> list[str]:
    if not _is_several(given):
        return [f"{what} must be a list of names, not one text"]
    names = list(given)  # type: ignore[call-overload]
    return [] if names and all(is_scope_part(name) for name in names) else [f"{what} must be names, at least one"]


def _choice_faults(what: str, given: object, known: frozenset[str]) -> list[str]:
    chosen = list(given) if _is_several(given) else []  # type: ignore[call-overload]
    if chosen and all(isinstance(each, str) and each in known for each in chosen):
        return []
    return [f"{what} must be some of {', '.join(sorted(known))}"]


def _number_faults(skew: object, longest: object) -> list[str]:
    faults = []
    if isinstance(skew, bool) or not isinstance(skew, (int, float)) or not 0 <= skew <= MOST_SKEW:
        faults.append(f"skew must be from 0 to {MOST_SKEW} seconds")
    if type(longest) is not int or not 1 <= longest <= LONGEST_EXPIRY:
        faults.append(f"longest_expiry must be from 1 to {LONGEST_EXPIRY} seconds")
    return faults


def _header_faults(what: str, given: object, others: frozenset[str] = frozenset()) -> list[str]:
    names = list(given) if _is_several(given) else [None]  # type: ignore[call-overload]
    never = others | {"authorization"}
    if all(isinstance(name, str) and _is_name(name.lower()) and name.lower() not in never for name in names):
        return []
    return [f"{what} must be names of headers, and not {', '.join(sorted(never))}"]


def _flag_faults(normal_paths: object, *rules: object) -> list[str]:
    """Return what is wrong with a flag: of a word, or of nothing, nobody could see which of both it means."""
    faults = [] if type(normal_paths) is bool else ["normal_paths must be True or False"]
    if not all(rule is None or type(rule) is bool for rule in rules):
        faults.append("normalize and double_encode must be True, False or None")
    return faults


def _service_faults(services: object) -> list[str]:
    several = set(services) if _is_several(services) else set()  # type: ignore[call-overload]
    if several & S3_SERVICES and several - S3_SERVICES:
        return ["services of S3 and others have different rules for paths: give each a policy"]
    return []


def _is_several(given: object) -> bool:
    return isinstance(given, Collection) and not isinstance(given, (str, bytes))
