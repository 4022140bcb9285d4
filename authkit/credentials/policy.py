"""From settings to a policy: what a `JWTBearer` was given becomes what it demands."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigError
from ..tokens.jws import media_type
from ..tokens.rules import ANY_AUDIENCE, Rules, Template
from .arguments import exact
from .issuer import IssuerPolicy
from .settings import ANY_TENANT, KEY_RELAXATIONS, Settings
from .terms import Terms


def policy_of(given: Settings) -> IssuerPolicy:
    """Return the policy that the settings ask for. Nothing is fetched.

    Raises:
        ConfigError: names every fault.
    """
    faults, keys = given.faults(), None
    try:
        keys = _keys(given)
    except ConfigError as fault:
        faults.append(str(fault))
    if faults or keys is None:
        raise ConfigError.of("JWTBearer", faults)
    relaxed = given.relaxed()
    return IssuerPolicy(
        terms=Terms(
            rules=_rules(given, relaxed),
            checks=tuple(given.checks),
            require=tuple(given.require),
            proofs=tuple(given.proofs),
            unbound="unbound-token" in relaxed,
            revoked=given.revoked,
            alias=given.alias,
        ),
        keys=keys,
        algorithms=frozenset(given.names),
        types=frozenset(media_type(each) or "" for each in given.typ),
        header={name: frozenset(value for _, value in allowed) for name, allowed in exact(given.header)},
        duplicates="duplicate-members" in relaxed,
    )


def _keys(given: Settings) -> Any:
    """Return what finds the keys; None where the faults of the issuer already say why not."""
    if given.secret is not None:
        from ..keys.secret import Secrets  # here: with public keys it is not needed

        return None if given.algorithm_faults() else Secrets(given.secret, algorithms=given.names)
    if given.jwks is None and given.issuer_faults():  # without keys of their own, they are wherever the issuer says
        return None
    from ..keys.source import key_source

    return key_source(
        given.jwks,
        issuer=given.issuers[0],
        relax=given.relaxed() & KEY_RELAXATIONS,
        x5c_agrees="x5c-agrees" in given.tightened(),
        fetch=given.fetch,
        bundle=given.bundle,
        store=given.store,
        timing=given.timing,
        on_event=given.on_event,
    )


def _rules(given: Settings, relaxed: frozenset[str]) -> Rules:
    several = [given.audience] if isinstance(given.audience, str) else given.audience
    template = None
    if given.tenants is not None:
        tenants = None if given.tenants is ANY_TENANT else frozenset(given.tenants)
        template = Template(given.issuers[0], tenants)
    return Rules(
        issuers=frozenset() if template else frozenset(given.issuers),
        audiences=None if given.audience is ANY_AUDIENCE else frozenset(several),
        leeway=given.leeway,
        template=template,
        exact=exact(given.claims),
        required=tuple(given.required),
        absent=frozenset(given.absent),
        principal=given.principal,
        scopes=tuple(given.scopes),
        max_age=given.max_age,
        max_lifetime=given.max_lifetime,
        exp_optional="exp-optional" in relaxed,
        bindings=frozenset(proof.member for proof in given.proofs),
    )
