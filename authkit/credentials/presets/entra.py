"""Microsoft Entra ID: access tokens for an API, of one tenant, of several, or of any.

https://learn.microsoft.com/entra/identity-platform/access-tokens (validate the issuer, the signing key issuer)
https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ...errors import InsufficientAccess
from ...tokens.rules import TENANT
from ..bearer import JWTBearer
from ..settings import ANY_TENANT
from .build import ID_TOKEN_MARKS, build
from .ids import choice_faults, name_faults, several, unlike
from .uses import has_one_of, wrong_use

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...tokens.claims import Claims
    from ..settings import _AnyTenant
    from .build import Settings
    from .uses import Check

_TENANT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _Cloud(NamedTuple):
    """Where a national cloud logs in, and what its tokens of version 1.0 say issued them."""

    login: str
    sts: str


_CLOUDS = {
    "global": _Cloud("https://login.microsoftonline.com", "https://sts.windows.net"),
    # Tokens of version 1.0 have the issuer of the global cloud: only the keys tell them apart.
    "us-gov": _Cloud("https://login.microsoftonline.us", "https://sts.windows.net"),
    "china": _Cloud("https://login.partner.microsoftonline.cn", "https://sts.chinacloudapi.cn"),
}
_CALLERS = ("any", "users", "apps")


def entra(
    tenant: "str | Collection[str] | _AnyTenant",
    audience: str | Collection[str],
    *,
    version: Literal[1, 2] = 2,
    cloud: Literal["global", "us-gov", "china"] = "global",
    callers: Literal["any", "users", "apps"] = "any",
    **settings: "Unpack[Settings]",
) -> JWTBearer:
    """Return a bearer for access tokens that Microsoft Entra ID issues for an API.

    >>> entra("8eaef023-2b34-4da1-9baa-8bc8c9d6a490", "6e74172b-be56-4843-9ff4-e66a39bb12e3")
    >>> entra(ANY_TENANT, "6e74172b-be56-4843-9ff4-e66a39bb12e3", callers="users", checks=[customer_of_ours])

    Beyond the signature it checks that ``iss`` is that of the tenant in ``tid``, and this one of ours (jwt.md row E19);
    the issuer the key is for, where the key set says so; ``aud``; ``ver``; that it is no id token, by the calling
    application in ``azp`` or ``appid``; and that it has ``scp`` or ``roles``: any application of the tenant gets tokens
    with neither. It cannot tell whether the account was disabled since, nor the groups of who is in too many:
    `in_group` refuses those with ``group_overage``. The principal is ``sub``, another one for each API;
    ``principal="oid"`` is the same for all, and unique in its tenant only.

    Args:
        tenant: the directory's id, several, or `ANY_TENANT`: then something else must say who may come in.
        audience: the API's client id; with version 1 its application id URI, as api://…
        version: of the tokens, as ``requestedAccessTokenVersion`` of the API's manifest says; where that is null, 1.
        cloud: the national cloud.
        callers: ``"users"`` refuses applications that call as themselves, ``"apps"`` all others.
        settings: further arguments of `JWTBearer`. An API with signing keys of its own has another ``jwks``.

    Raises:
        ConfigError: names every fault.
    """
    faults = [*name_faults("audience", audience), *_faults(tenant, version, cloud, callers)]
    tenants = tenant if tenant is ANY_TENANT else several(tenant)
    issuer, jwks, client = ("", "", "") if faults else _place(tenants, version, _CLOUDS[cloud])
    decided = {
        "issuer": issuer,
        "tenants": tenants,
        "audience": audience,
        "typ": ("JWT",),
        "claims": {"ver": f"{version}.0"},
        "absent": ID_TOKEN_MARKS,
        "checks": (has_one_of(client, where="access token"), _called_by(callers)),
    }
    return build("entra", faults, settings, decided, algorithms=("RS256",), jwks=jwks, scopes=("scp",))


def _faults(tenant: object, version: object, cloud: object, callers: object) -> list[str]:
    faults = []
    if tenant is not ANY_TENANT and unlike(tenant, _TENANT_ID):
        faults.append("tenant must be a directory's id in lower case, as 8-4-4-4-12 hexadecimal digits, or ANY_TENANT")
    for name, given, known in (("version", version, (1, 2)), ("cloud", cloud, _CLOUDS), ("callers", callers, _CALLERS)):
        faults += choice_faults(name, given, known)
    return faults


def _place(tenants: Any, version: int, cloud: _Cloud) -> tuple[str, str, str]:
    """Return the issuer's template, where the keys are, and the claim that names the calling application.

    A single tenant has a document of its own.
    """
    directory = tenants[0] if tenants is not ANY_TENANT and len(tenants) == 1 else "common"
    if version == 2:
        return f"{cloud.login}/{TENANT}/v2.0", f"{cloud.login}/{directory}/discovery/v2.0/keys", "azp"
    return f"{cloud.sts}/{TENANT}/", f"{cloud.login}/{directory}/discovery/keys", "appid"


def _called_by(callers: str) -> "Check":
    def demand_caller(claims: "Claims") -> None:
        user, roles = bool(claims.get("scp")), bool(claims.get("roles"))
        if not user and not roles:
            detail = "it carries neither scp nor roles: nobody has allowed its application anything here"
            raise InsufficientAccess("scope", claim="scp", detail=detail)
        app = not user or claims.get("idtyp") == "app"
        if callers != "any" and app != (callers == "apps"):
            raise wrong_use("idtyp", "token of an application" if callers == "apps" else "token of a user")

    return demand_caller
