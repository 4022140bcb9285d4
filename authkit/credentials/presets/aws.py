"""AWS outbound identity federation: the tokens of ``sts:GetWebIdentityToken``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_token_claims.html
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from ...errors import InvalidClaims
from ..bearer import JWTBearer
from .build import build
from .ids import ACCOUNT, name_faults, several, unlike

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...tokens.claims import Claims
    from .build import Settings
    from .uses import Check

NAMESPACE = "https://sts.amazonaws.com/"
"""The claim that holds what AWS says of the principal beyond the standard claims."""

_ISSUED = "as https://a1b2c3.tokens.sts.global.api.aws"
_ISSUER = re.compile(r"https://[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.tokens\.sts\.global\.api\.aws")
_FORMS = {
    "account": (ACCOUNT, "12 digits, or several such"),
    "organization": (re.compile(r"o-[a-z0-9]{10,32}"), "as o-abc1234567"),
    "principal_arn": (
        re.compile(r"arn:aws(?:-[a-z]+){0,2}:iam::[0-9]{12}:(?:role|user)/[A-Za-z0-9_+=,.@/-]{1,576}"),
        "the ARN of a role or user, or several, without wildcards",
    ),
}


def aws_web_identity(
    issuer: str,
    audience: str | Collection[str],
    *,
    account: str | Collection[str] | None = None,
    organization: str | None = None,
    principal_arn: str | Collection[str] | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for the tokens that AWS principals get from ``sts:GetWebIdentityToken``.

    >>> issuer = "https://a103a2cc-b461-473d-84fe-6c4f6d45af88.tokens.sts.global.api.aws"
    >>> aws_web_identity(issuer, "https://api.example.com", principal_arn="arn:aws:iam::123456789012:role/worker")

    An account has an issuer of its own, so ``iss`` says which account. Beyond the signature it checks ``iss``, ``aud``,
    and, if given, the role or user in ``sub``, and account and organization in the claim "https://sts.amazonaws.com/".
    Every principal of the account that may call GetWebIdentityToken can ask for any audience: without
    ``principal_arn`` all of them may come in. It cannot tell the session of a role: ``sub`` is the role; nor trust
    ``request_tags`` as more than the caller's own word.

    Args:
        issuer: the account's, as ``aws iam get-outbound-web-identity-federation-info`` prints it.
        audience: what the token was asked for.
        account: the 12 digits of the account, or several.
        organization: its id in AWS Organizations.
        principal_arn: the role or user, or several.
        settings: further arguments of `JWTBearer`.

    Raises:
        ConfigError: names every fault.
    """
    faults = _faults(issuer=issuer, account=account, organization=organization, principal_arn=principal_arn)
    faults += name_faults("audience", audience)
    inner = {"aws_account": account, "org_id": organization}
    decided = {
        "issuer": issuer,
        "audience": audience,
        "typ": ("JWT",),
        "claims": {} if principal_arn is None else {"sub": several(principal_arn)},
        "required": ("sub", "iat", "jti", NAMESPACE),
        "checks": tuple(_said(name, several(value)) for name, value in inner.items() if value is not None),
    }
    jwks = f"{issuer}/.well-known/jwks.json"
    return build("aws_web_identity", faults, settings, decided, algorithms=("ES384", "RS256"), jwks=jwks)


def _faults(*, issuer: object, **given: object) -> list[str]:
    faults = [] if isinstance(issuer, str) and _ISSUER.fullmatch(issuer) else [f"issuer must be {_ISSUED}"]
    for name, (form, words) in _FORMS.items():
        if given[name] is not None and unlike(given[name], form):
            faults.append(f"{name} must be {words}")
    return faults


def _said(name: str, allowed: Collection[str]) -> Check:
    def demand_said(claims: Claims) -> None:
        said = claims[NAMESPACE]
        if not isinstance(said, dict):
            raise InvalidClaims("bad_claim_type", claim=NAMESPACE, detail="not an object")
        if said.get(name) not in allowed:
            raise InvalidClaims("custom_check_failed", claim=name, detail=f"expected {', '.join(allowed)}")

    return demand_said
