"""GitHub Actions: the OIDC tokens of workflow runs.

https://docs.github.com/actions/reference/security/oidc
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ..bearer import JWTBearer
from .build import build
from .ids import HOST, name_faults, several, unlike

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .build import Settings

ISSUER = "https://token.actions.githubusercontent.com"

_OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?"
_REPOSITORY = rf"{_OWNER}/(?!\.{{1,2}}(?:/|\Z))[A-Za-z0-9._-]{{1,100}}"
_REF = r"refs/[!-~]{1,250}"
_FORMS = {
    "repository": (re.compile(_REPOSITORY), "as octo-org/octo-repo"),
    "repository_owner": (re.compile(_OWNER), "as octo-org"),
    "repository_id": (re.compile(r"[0-9]{1,20}"), "digits"),
    "repository_owner_id": (re.compile(r"[0-9]{1,20}"), "digits"),
    "ref": (re.compile(_REF), "as refs/heads/main"),
    "environment": (re.compile(r"[ -~]{1,255}"), "the environment's name"),
    "workflow_ref": (
        re.compile(rf"{_REPOSITORY}/[!-~]{{1,250}}@{_REF}"),
        "as o/r/.github/workflows/x.yml@refs/heads/main",
    ),
    "job_workflow_ref": (
        re.compile(rf"{_REPOSITORY}/[!-~]{{1,250}}@[!-~]{{1,250}}"),
        "as o/r/.github/workflows/x.yml@refs/heads/main",
    ),
}
_WHOSE = ("repository", "repository_owner", "repository_id", "repository_owner_id")
_SLUG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,98}[A-Za-z0-9])?")
_RESIDENCY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.ghe\.com")

Names = str | Collection[str] | None


def github_actions(
    audience: str | Collection[str],
    *,
    repository: Names = None,
    repository_owner: Names = None,
    repository_id: Names = None,
    repository_owner_id: Names = None,
    ref: Names = None,
    environment: Names = None,
    workflow_ref: Names = None,
    job_workflow_ref: Names = None,
    enterprise: str | None = None,
    server: str | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for the OIDC tokens of GitHub Actions workflows.

    >>> github_actions("https://api.example.com", repository="octo-org/octo-repo", ref="refs/heads/main")
    >>> github_actions("deploy", repository_owner_id="65", job_workflow_ref="octo-org/ci/.github/workflows/d.yml@v1")

    All repositories of github.com have one issuer, and each workflow chooses its audience: so it is not built without
    a repository or an owner. Beyond the signature it checks ``iss``, ``aud`` and the exact claims given here. Names can
    be given up and taken by others, ids cannot. ``sub`` is not read, but as the principal: each organization sets its
    form. It cannot tell who wrote the code that runs: with ``repository`` alone every branch may call; ``ref`` or a
    protected ``environment`` says more, and for a reusable workflow ``job_workflow_ref`` says which code.

    Args:
        audience: what the workflow asks the token for; GitHub's default is the URL of the owner.
        repository, repository_owner, repository_id, repository_owner_id: names as GitHub spells them, and ids.
        ref, environment: the git ref of the run, and the environment of its job.
        workflow_ref, job_workflow_ref: the workflow, and the reusable workflow the job is defined in, with their refs.
        enterprise: the slug, where the enterprise has issuers of its own.
        server: a host of GitHub Enterprise Server, or one below ghe.com.
        settings: further arguments of `JWTBearer`.

    Raises:
        ConfigError: names every fault.
    """
    wanted = {name: value for name, value in locals().items() if name in _FORMS and value is not None}
    return _bearer(audience, wanted, (enterprise, server), settings)


def _bearer(
    audience: Any, wanted: Mapping[str, Any], place: tuple[str | None, str | None], settings: Settings
) -> JWTBearer:
    faults = [*name_faults("audience", audience), *_place_faults(*place), *_claim_faults(wanted)]
    issuer = ISSUER if faults else _issuer(*place)
    decided = {
        "issuer": issuer,
        "audience": audience,
        "typ": ("JWT",),
        "claims": {name: several(value) for name, value in wanted.items()},
        "required": ("iat", "jti"),
    }
    jwks = f"{issuer}/.well-known/jwks" if issuer == ISSUER else None  # elsewhere they are discovered
    return build("github_actions", faults, settings, decided, algorithms=("RS256",), jwks=jwks)


def _claim_faults(wanted: Mapping[str, Any]) -> list[str]:
    faults = []
    for name, given in wanted.items():
        form, words = _FORMS[name]
        if unlike(given, form):
            faults.append(f"{name} must be {words}, or several")
    if not wanted.keys() & set(_WHOSE):
        faults.append(f"one of {', '.join(_WHOSE)} must be given, or every repository of GitHub could call")
    return faults


def _place_faults(enterprise: Any, server: Any) -> list[str]:
    faults = []
    if enterprise is not None and (not isinstance(enterprise, str) or not _SLUG.fullmatch(enterprise)):
        faults.append("enterprise must be a slug, as octocat-inc")
    if server is not None and (not isinstance(server, str) or not HOST.fullmatch(server)):
        faults.append("server must be a host in lower case and nothing else, as github.example.com")
    elif server in ("github.com", "api.github.com"):
        faults.append("server is for GitHub Enterprise; leave it out for github.com")
    if enterprise is not None and server is not None:
        faults.append("enterprise is for issuers on github.com: leave out server")
    return faults


def _issuer(enterprise: str | None, server: str | None) -> str:
    if server is None:
        return ISSUER if enterprise is None else f"{ISSUER}/{enterprise}"
    return f"https://token.actions.{server}" if _RESIDENCY.fullmatch(server) else f"https://{server}/_services/token"
