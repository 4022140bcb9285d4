"""IssuerPolicy: what is demanded of one issuer's tokens, and the keys they are signed with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidClaims, InvalidHeader, KeyProblem
from ..tokens.jws import Header, alg_fault, typ_fault
from ..tokens.rules import TENANT, mismatch
from .terms import Terms


class IssuerPolicy:
    """What is demanded of one issuer's tokens.

    Args:
        terms: what their claims, and whoever sends them, must fulfil.
        keys: finds the key a token names.
        algorithms, types: the ``alg`` and ``typ`` values allowed.
        header: exact values that further header members must have.
        duplicates: whether a claim may stand twice.
    """

    __slots__ = ("algorithms", "duplicates", "header", "keys", "terms", "types")

    def __init__(
        self,
        *,
        terms: Terms,
        keys: Any,
        algorithms: frozenset[str],
        types: frozenset[str],
        header: Mapping[str, frozenset[str]],
        duplicates: bool,
    ) -> None:
        self.terms = terms
        self.keys = keys
        self.algorithms, self.types, self.header = algorithms, types, header
        self.duplicates = duplicates

    @property
    def names(self) -> tuple[str, ...]:
        """Return each text that chooses this policy: the exact issuers, or the template."""
        rules = self.terms.rules
        return (rules.template.text,) if rules.template else tuple(sorted(rules.issuers))

    def demand_header(self, header: Header) -> None:
        """Hold a header, already found good for one of several issuers, to the rules of this one.

        Raises:
            InvalidHeader: ``alg_not_allowed``, ``bad_typ``.
            InvalidClaims: ``client_mismatch`` or ``custom_check_failed``, for a further member.
        """
        if header.alg not in self.algorithms:
            raise alg_fault(self.algorithms)
        if header.typ not in self.types:
            raise typ_fault(self.types)
        for name, allowed in self.header.items():
            value = header.members.get(name)
            if not isinstance(value, str):
                raise InvalidHeader("header_param_missing", claim=name, detail="tokens of this issuer have it")
            if value not in allowed:
                code = "client_mismatch" if name == "client" else mismatch(name)
                raise InvalidClaims(code, claim=name, detail=f"expected {', '.join(sorted(allowed))}")

    def still_holds(self, said: Mapping[str, Any], header: Header, known: Any, now: float) -> bool:
        """Tell whether a token verified before would verify again, all but its signature.

        Args:
            said: its claims.
            header: its header.
            known: the key that verified it.
            now: the time in seconds since the epoch.

        Raises:
            InvalidClaims: its time is over.
            KeyProblem, KeysUnavailable: its key is no longer to be had.
        """
        self.terms.rules.check_times(said, now)
        key = self.keys.find(header.kid, header.alg)
        return key is known or key.identity == known.identity

    def explain(self) -> list[str]:
        """Say in lines what is demanded."""
        lines = [
            f"issuer {', '.join(self.names)}",
            f"  algorithms {', '.join(sorted(self.algorithms))}; typ {', '.join(sorted(self.types))}; keys {self.keys!r}",
        ]
        lines += [f"  header {name} is {' or '.join(sorted(allowed))}" for name, allowed in self.header.items()]
        return lines + self.terms.explain()

    def demand_own(self, key: Any, unverified: Mapping[str, Any]) -> None:
        """Refuse a key of another issuer: a set that serves many tenants says of each whose tokens it signs (Entra).

        Raises:
            KeyProblem: ``key_use_mismatch``.
        """
        if key.issuer.replace(TENANT, str(unverified.get("tid", ""))) != unverified["iss"]:
            raise KeyProblem("key_use_mismatch", claim="kid", detail="the key signs tokens of another issuer")
