"""Settings: what a `JWTBearer` is built with, as given, and all that is wrong with it."""

from collections.abc import Collection
from typing import Any, NamedTuple

from ..gateway.sources import Source
from ..tokens.algorithms import ALGORITHMS
from ..tokens.jws import media_type
from ..tokens.rules import ANY_AUDIENCE, TENANT, is_tenant
from .arguments import (
    are_in_hand,
    are_texts,
    contradictions,
    exact_faults,
    is_check,
    is_demand,
    is_number,
    is_proof,
    is_several,
    list_faults,
    name_faults,
)

MOST_LEEWAY = 300  # seconds

RELAXATIONS = {
    "http-loopback": "keys may come over plain http from this machine",
    "private-address": "keys may come from a private address",
    "kid-optional": "a token need not name its key where only one fits",
    "exp-optional": "a token may be without end",
    "duplicate-members": "a claim may stand twice, and the last one counts",
    "padding": "segments may end in the padding that base64url leaves out",
    "unbound-token": "tokens bound to nothing are taken beside bound ones",
}
"""What an issuer may be allowed by name, and what that means."""

TIGHTENINGS = {
    "x5c-agrees": "a key that is published with a certificate must be that certificate's key",
    "x5-refused": "a token's header may not name a certificate (x5c, x5t, x5t#S256)",
}
"""What an issuer may be held to beyond the rules by name, and what that means."""

LONGEST_ALIAS = 64  # characters: it may become a dimension of a metric

KEY_RELAXATIONS = frozenset({"http-loopback", "private-address", "kid-optional"})


class Settings(NamedTuple):
    """The arguments of `JWTBearer`, as given."""

    issuer: Any
    audience: Any
    algorithms: Any
    leeway: Any
    jwks: Any
    secret: Any
    source: Any
    typ: Any
    header: Any
    claims: Any
    required: Any
    absent: Any
    tenants: Any
    principal: Any
    scopes: Any
    max_age: Any
    max_lifetime: Any
    checks: Any
    require: Any
    proofs: Any
    revoked: Any
    cache: Any
    relax: Any
    tighten: Any
    alias: Any
    fetch: Any
    bundle: Any
    store: Any
    timing: Any
    on_event: Any
    clock: Any

    def __repr__(self) -> str:
        return f"Settings(issuer={self.issuer!r})"  # the rest holds a secret, or may

    @property
    def issuers(self) -> tuple[Any, ...]:
        """Return the issuers as several, in the order given."""
        return tuple(self.issuer) if is_several(self.issuer) else (self.issuer,)

    @property
    def names(self) -> tuple[Any, ...]:
        """Return the algorithms allowed: by default those of a secret, or the two that most issuers use."""
        if self.algorithms is None:
            return ("HS256",) if self.secret is not None else ("RS256", "ES256")
        return tuple(self.algorithms)

    def relaxed(self) -> frozenset[str]:
        """Return the relaxations asked for; none where they are not well-formed."""
        return frozenset() if self._relax_faults() else frozenset(self.relax)

    def tightened(self) -> frozenset[str]:
        """Return what is demanded beyond the rules; nothing where that is not well-formed."""
        return frozenset(self.tighten or ()) if not self._tighten_faults() else frozenset()

    def faults(self) -> list[str]:
        """Say everything that is wrong, but what only the keys can tell."""
        return [
            *self._relax_faults(),
            *self._tighten_faults(),
            *self.issuer_faults(),
            *self._audience_faults(),
            *self.algorithm_faults(),
            *self._claim_faults(),
            *self._alias_faults(),
            *self._time_faults(),
            *self._slot_faults(),
            *self._key_faults(),
        ]

    def issuer_faults(self) -> list[str]:
        """Say what is wrong with the issuer: without a good one no keys can be looked for."""
        schemes = ("https://", "http://") if "http-loopback" in self.relaxed() else ("https://",)
        first, *more = self.issuers or ("",)
        faults = []
        if self.secret is not None:
            schemes = ("",)  # who shares a secret need not be found anywhere
        if not isinstance(first, str) or not first or not first.startswith(schemes):
            faults.append("issuer must be an https URL, exactly as the tokens have it")
        if not all(isinstance(each, str) and each for each in more):
            faults.append("issuer must be texts that are not empty")
        if any(isinstance(each, str) and each != each.strip() for each in self.issuers):
            faults.append("issuer must be exactly as the tokens have it: there is a blank or a line end around it")
        if (more or self.tenants is not None) and self.jwks is None and self.secret is None:
            faults.append("issuer must be one to discover its keys; for several, or a template, give jwks")
        return faults or self._tenant_faults()

    def _tenant_faults(self) -> list[str]:
        templates = [each for each in self.issuers if TENANT in each]
        if bool(templates) != (self.tenants is not None):
            return [f"tenants must be given together with an issuer that holds {TENANT}, and only then"]
        if not templates:
            return []
        if len(self.issuers) > 1 or templates[0].count(TENANT) > 1:
            return ["issuer must be one template with one tenant in it; join several with by_issuer"]
        if self.tenants is ANY_TENANT:
            return []
        if not are_texts(self.tenants) or not all(map(is_tenant, self.tenants)):
            return ["tenants must be ids in hexadecimal digits, as 8-4-4-4-12 in lower case, or ANY_TENANT"]
        return []

    def _audience_faults(self) -> list[str]:
        several = [self.audience] if isinstance(self.audience, str) else self.audience
        if self.audience is not ANY_AUDIENCE and not are_texts(several):
            return ["audience must be a text that is not empty, or several: without it tokens for others would do"]
        return []

    def algorithm_faults(self) -> list[str]:
        """Say what is wrong with the algorithms."""
        if self.algorithms is not None and not is_several(self.algorithms):
            return ["algorithms must be a list that is not empty, as ['RS256']"]
        known = ("HS256", "HS384", "HS512") if self.secret is not None else tuple(ALGORITHMS)
        unknown = [alg for alg in self.names if not isinstance(alg, str) or alg not in known]
        kinds = "those of a secret" if self.secret is not None else "asymmetric ones"
        hint = "" if self.secret is not None else "; HS256, HS384 and HS512 go with secret="
        return [f"algorithms {unknown}: only {kinds} are taken: {', '.join(known)}{hint}"] if unknown else []

    def _alias_faults(self) -> list[str]:
        alias = self.alias
        fits = isinstance(alias, str) and len(alias) <= LONGEST_ALIAS and (alias.isprintable() and alias.isascii())
        return [] if fits else [f"alias must be a text of at most {LONGEST_ALIAS} printable ASCII characters"]

    def _claim_faults(self) -> list[str]:
        faults = []
        if not is_several(self.typ) or not all(media_type(each) for each in self.typ):
            faults.append("typ must be a list of types that is not empty, as ['at+jwt']")
        faults += contradictions(self.required, self.absent, self.claims)
        if not isinstance(self.principal, str) or not self.principal:
            faults.append("principal must be the name of a claim")
        for name in ("required", "absent", "scopes"):
            given = getattr(self, name)
            if isinstance(given, str) or not isinstance(given, Collection) or not (are_texts(given) or not given):
                faults.append(f"{name} must be names of claims")
        faults += exact_faults("claims", self.claims, (str, bool, int))
        faults += exact_faults("header", self.header, (str,))
        return faults

    def _time_faults(self) -> list[str]:
        faults = []
        if not is_number(self.leeway) or not 0 <= self.leeway <= MOST_LEEWAY:
            faults.append(f"leeway must be 0 to {MOST_LEEWAY} seconds")
        for name in ("max_age", "max_lifetime"):
            given = getattr(self, name)
            if given is not None and (not is_number(given) or not 0 < given < float("inf")):
                faults.append(f"{name} must be seconds above 0")
        return faults

    def _slot_faults(self) -> list[str]:
        faults = []
        if not isinstance(self.source, Source) or self.source.place not in ("header", "query", "cookie"):
            faults.append("source must be a Header, Query or Cookie")
        for name in ("fetch", "clock", "revoked", "on_event"):
            given: object = getattr(self, name)
            if (given is not None or name == "clock") and not callable(given):
                faults.append(f"{name} cannot be called")
        faults += list_faults(
            "checks", self.checks, is_check, "plain callables that take the claims; not async, no demands"
        )
        faults += list_faults("require", self.require, is_demand, "demands, as any_scope('orders:read')")
        faults += list_faults("proofs", self.proofs, is_proof, "proofs, as DPoP()")
        return faults + ([] if self.cache is None else _cache_faults(self.cache))

    def _key_faults(self) -> list[str]:
        faults, relaxed = [], self.relaxed()
        given = [name for name in ("jwks", "bundle", "store", "fetch") if getattr(self, name) is not None]
        if self.secret is not None and given:
            faults.append(f"secret and {', '.join(given)}: a secret is given and never fetched, use one or the other")
        if self.secret is not None and "x5c-agrees" in self.tightened():
            faults.append("secret and tighten x5c-agrees: a secret has no certificate")
        if self.secret is not None and (relaxed & KEY_RELAXATIONS or self.timing is not None):
            faults.append("secret and relaxations of keys, or their timing: a secret has no use for them")
        if "exp-optional" in relaxed and self.secret is None and not are_in_hand(self.jwks):
            faults.append("relax exp-optional is for a secret, or keys that are given: tokens would outlive any key")
        if "unbound-token" in relaxed and not self.proofs:
            faults.append("relax unbound-token is for a bearer with proofs; without them all tokens are unbound")
        return faults

    def _relax_faults(self) -> list[str]:
        return name_faults("relax", self.relax, RELAXATIONS)

    def _tighten_faults(self) -> list[str]:
        # None: of a credential that has no such setting.
        return [] if self.tighten is None else name_faults("tighten", self.tighten, TIGHTENINGS)


class _AnyTenant:
    def __repr__(self) -> str:
        return "ANY_TENANT"


ANY_TENANT = _AnyTenant()
"""Said instead of tenants where anybody's will do, and something else decides who may come in."""


def _cache_faults(cache: object) -> list[str]:
    from ..tokens.cache import TokenCache  # most authorizers remember no tokens

    return cache.faults() if isinstance(cache, TokenCache) else ["cache must be a TokenCache"]
