"""Security of an operation, as OpenAPI says it, to what the authorizer must ask of a principal.

API Gateway attaches one authorizer to a method at most. Where ours is attached nobody gets past it, so a requirement
that does not name our scheme is no other way in: of alternatives only those that name it count. What else they name
(a usage-plan key, say) the gateway asks for itself; but nobody would ask for another function, or for another's scopes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

MOST_ALTERNATIVES = 50

Kind = Literal["lambda", "gateway", "token", "other"]


class Guard(NamedTuple):
    """What stands before an operation.

    ``by`` is ``"us"``; ``"nobody"``, the operation is open; or ``"another"``, it is not ours to allow. Of the
    ``alternatives`` a principal needs all scopes of one.
    """

    by: Literal["us", "nobody", "another"]
    alternatives: tuple[frozenset[str], ...] = ()


OPEN = Guard("nobody")
ANOTHERS = Guard("another")


class Schemes(NamedTuple):
    """The security schemes of a document, which of them is the authorizer's, and how scopes are meant.

    ``functions`` are those that are marked as a Lambda authorizer's.
    """

    defined: frozenset[str]
    ours: str | None
    any_scope: bool = False
    functions: frozenset[str] = frozenset()


def schemes(
    defined: Mapping[str, Mapping[str, Any]], authorizer: str | None, faults: list[str], *, any_scope: bool
) -> Schemes:
    """Return the schemes of a document, and pick the authorizer's unless it is named.

    A scheme that is marked as a Lambda authorizer's goes first; in a document without such marks, one that carries
    tokens; then any other that the gateway does not judge by itself.
    """
    if authorizer is None:
        ours = _picked(defined, faults)
    elif isinstance(authorizer, str) and authorizer in defined:
        ours = authorizer
    else:
        known = ", ".join(sorted(defined)) or "none"
        faults.append(f"authorizer names the security scheme {authorizer!r}; the document defines {known}")
        ours = None
    functions = frozenset(name for name, scheme in defined.items() if _kind(scheme) == "lambda")
    return Schemes(frozenset(defined), ours, any_scope, functions)


def _picked(defined: Mapping[str, Mapping[str, Any]], faults: list[str]) -> str | None:
    kinds = {name: _kind(scheme) for name, scheme in defined.items()}
    for kind in ("lambda", "token", "other"):
        named = sorted(name for name in defined if kinds[name] == kind)
        if len(named) > 1:
            faults.append(
                f"any of the security schemes {', '.join(named)} could be the authorizer's: name it, authorizer="
            )
        if named:
            return named[0]
    return None


def _kind(scheme: Mapping[str, Any]) -> Kind:
    authorizer, authtype = scheme.get("x-amazon-apigateway-authorizer"), scheme.get("x-amazon-apigateway-authtype")
    if isinstance(authorizer, Mapping):
        return "lambda" if str(authorizer.get("type")).lower() in ("token", "request") else "gateway"
    if authtype is not None:
        return "lambda" if str(authtype).lower() == "custom" else "gateway"
    kind = str(scheme.get("type")).lower()
    usage_key = kind == "apikey" and str(scheme.get("name")).lower() == "x-api-key"
    if kind == "mutualtls" or usage_key:
        return "gateway"
    bearer = kind == "http" and str(scheme.get("scheme")).lower() == "bearer"
    return "token" if bearer or kind in ("oauth2", "openidconnect") else "other"


def guard(security: object, where: str, known: Schemes, faults: list[str]) -> Guard:
    """Return what a list of security requirements means for us. What is wrong with it joins the ``faults``."""
    if not isinstance(security, (list, tuple)):
        faults.append(f"{where}: security must be a list of requirements")
        return ANOTHERS
    if len(security) > MOST_ALTERNATIVES:
        faults.append(f"{where}: more than {MOST_ALTERNATIVES} alternatives")
        return ANOTHERS
    alternatives: list[frozenset[str]] = []
    for index, requirement in enumerate(security):
        found = _requirement_faults(requirement, f"{where}/{index}", known)
        faults += found
        if not found and known.ours in requirement:
            scopes = requirement[known.ours]
            alternatives += (
                [frozenset([each]) for each in scopes] if known.any_scope and scopes else [frozenset(scopes)]
            )
    if alternatives:
        return Guard("us", _fewest(alternatives))
    return ANOTHERS if any(security) else OPEN


def _requirement_faults(requirement: object, where: str, known: Schemes) -> list[str]:
    if not isinstance(requirement, Mapping):
        return [f"{where}: a requirement maps security schemes to scopes"]
    faults = [
        f"{where}: the security scheme {name!r} is not defined" for name in requirement if name not in known.defined
    ]
    for name, scopes in requirement.items():
        if not isinstance(scopes, (list, tuple)) or not all(
            isinstance(each, str) and each and " " not in each for each in scopes
        ):
            faults.append(f"{where}: the scopes of {name!r} must be a list of texts without blanks")
    return faults or _unasked(requirement, where, known)


def _unasked(requirement: Mapping[str, Any], where: str, known: Schemes) -> list[str]:
    """Name what a requirement demands beside our scheme, and nobody would ask for."""
    if known.ours not in requirement:
        return []
    return [
        f"{where}: {name!r} beside {known.ours!r} would be asked for by nobody: a method has one authorizer at most"
        for name, scopes in requirement.items()
        if name != known.ours and (scopes or name in known.functions)
    ]


def _fewest(alternatives: Iterable[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """Leave out what asks for more than another; the same alternatives in another order are the same."""
    least: list[frozenset[str]] = []
    for each in sorted(set(alternatives), key=lambda scopes: (len(scopes), sorted(scopes))):
        if not any(less <= each for less in least):
            least.append(each)
    return tuple(least)
