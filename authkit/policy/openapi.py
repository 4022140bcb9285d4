"""OpenAPI to operations: documents of OpenAPI 3.0 and 3.1, and of Swagger 2.0, which API Gateway exports.

What counts is what API Gateway would make of the document. ``servers`` and ``basePath`` are ignored, as its import does
unless told otherwise, and a method ARN has the API's own path. ``security`` at the root is ignored too: it does not use
it, and a method without ``security`` of its own is open there.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ..errors import ConfigError
from . import operations as table
from .files import Document, load
from .operations import Operation
from .pointers import NOTHING, escaped, functions, resolved
from .route import METHODS, Route
from .security import ANOTHERS, OPEN, Guard, Schemes, guard, schemes

ScopeRule = Literal["all", "any"]

_METHODS = {**{method.lower(): method for method in METHODS}, "x-amazon-apigateway-any-method": "ANY"}
_FIELDS = frozenset({"$ref", "description", "parameters", "servers", "summary"})
_OURS = "x-authkit-"
_BIND = "x-authkit-bind"
_AROUND = "would bind nothing here; it stands in an operation"

_EVERYTHING = ("/", "/{proxy+}")  # what a $default route stands for: all that goes to no other route


class Declared(NamedTuple):
    """An operation object, and where it stands."""

    method: str
    path: str
    where: str
    operation: Mapping[str, Any]
    default: bool = False


def routes(
    document: Document,
    *,
    authorizer: str | None,
    inherit_security: bool,
    scopes: ScopeRule,
    narrow: Iterable[Route],
    trailing_slash: bool,
) -> tuple[list[Route], Literal["http"] | None]:
    """Return the routes of a document, and its kind of API where it shows. `Routes.from_openapi` tells the arguments.

    Raises:
        ConfigError: names every fault of the document.
    """
    subject = "Routes.from_openapi"
    found, faults = operations(
        document, authorizer=authorizer, inherit_security=inherit_security, scopes=scopes, subject=subject
    )
    listed = table.routes(found, narrow=narrow, trailing_slash=trailing_slash, subject=subject, faults=faults)
    return listed, "http" if any(each.default for each in found) else None


def operations(
    document: Document, *, authorizer: str | None, inherit_security: bool, scopes: ScopeRule, subject: str
) -> tuple[list[Operation], list[str]]:
    """Return the operations of a document, and every fault found in it.

    Raises:
        ConfigError: it cannot be read, or is not OpenAPI at all.
    """
    content = load(document, subject)
    demand_version(content, subject)
    faults = scope_rule_faults(scopes)
    defined = defined_schemes(content, faults)
    known = schemes(defined, authorizer, faults, any_scope=scopes == "any")
    inherited = guard(content.get("security", []), "/security", known, faults) if inherit_security else OPEN
    return settled(declared(content, faults), known, faults, inherited=inherited), faults


def settled(
    found: Iterable[Declared], known: Schemes, faults: list[str], *, inherited: Guard = OPEN
) -> list[Operation]:
    """Return each operation with what stands before it."""
    done = [
        Operation(
            method=each.method,
            path=each.path,
            where=each.where,
            guard=_guard(each, known, inherited, faults),
            bind=_bind(each, faults),
            default=each.default,
        )
        for each in spread(found)
    ]
    faults += [] if faults else _unguarded(done, known)
    return done


def _unguarded(found: Iterable[Operation], known: Schemes) -> list[str]:
    """Say so where operations are secured, and none of them by us: a table of it would refuse everybody everything."""
    guards = {each.guard.by for each in found}
    if "another" not in guards or "us" in guards:
        return []
    taken = f"no operation asks for {known.ours!r}" if known.ours else "no security scheme is a Lambda authorizer's"
    return [f"{taken}, and other schemes are asked for: name the authorizer's, authorizer="]


def scope_rule_faults(scopes: object) -> list[str]:
    """Say what is wrong with the choice between all scopes and any."""
    return [] if scopes in ("all", "any") else [f"scopes is 'all' or 'any', not {scopes!r}"]


def demand_version(content: Mapping[str, Any], subject: str) -> None:
    """Refuse what is not OpenAPI, or one of another time.

    Raises:
        ConfigError: says what it is.
    """
    version = str(content.get("openapi", content.get("swagger", "")))
    known = ("3.0", "3.1") if "openapi" in content else ("2.0",)
    if not version:
        raise ConfigError.of(subject, ["the document has no 'openapi' member, so it is not OpenAPI"])
    if version not in known and not version.startswith(tuple(f"{each}." for each in known)):
        raise ConfigError.of(subject, [f"it is of version {version!r}; OpenAPI 3.0, 3.1 and Swagger 2.0 are read"])


def defined_schemes(content: Mapping[str, Any], faults: list[str], where: str = "") -> dict[str, Any]:
    """Return the security schemes a document defines."""
    components = content.get("components", NOTHING)
    place, defined = "/securityDefinitions", content.get("securityDefinitions", NOTHING)
    if "openapi" in content:
        place = "/components/securitySchemes"
        defined = components.get("securitySchemes", NOTHING) if isinstance(components, Mapping) else None
    if not isinstance(defined, Mapping):
        faults.append(f"{where}{place}: must map names to security schemes")
        return {}
    faults += functions(defined, f"{where}{place}")
    return {
        name: _scheme(content, each, f"{where}{place}/{escaped(name)}", faults)
        for name, each in defined.items()
        if isinstance(name, str)
    }


def _scheme(content: Mapping[str, Any], scheme: object, where: str, faults: list[str]) -> Mapping[str, Any]:
    found = dict(resolved(content, scheme, where, faults))
    if "x-amazon-apigateway-authorizer" in found:  # an HTTP API's may stand elsewhere, and be referred to
        at = f"{where}/x-amazon-apigateway-authorizer"
        found["x-amazon-apigateway-authorizer"] = resolved(content, found["x-amazon-apigateway-authorizer"], at, faults)
    return found


def declared(content: Mapping[str, Any], faults: list[str], where: str = "") -> list[Declared]:
    """Return every operation of a document as it stands there."""
    paths = content.get("paths", NOTHING)
    if not isinstance(paths, Mapping):
        faults.append(f"{where}/paths: must map paths to path items")
        return []
    faults += [*functions(content, where), *functions(paths, f"{where}/paths")]
    around = [(where, content), (f"{where}/paths", paths)]
    faults += [f"{at}/{name}: {_AROUND}" for at, whole in around for name in whole if str(name).startswith(_OURS)]
    return [each for path, item in paths.items() for each in _of_path(content, path, item, f"{where}/paths", faults)]


def spread(found: Iterable[Declared]) -> list[Declared]:
    """Put in place of a ``$default`` route what it stands for."""
    found = list(found)
    own = [each for each in found if not _is_default(each)]
    taken = {_nameless(each.path) for each in own if each.method == "ANY"}
    left = [path for path in _EVERYTHING if _nameless(path) not in taken]
    return own + [each._replace(path=path, default=True) for each in found if _is_default(each) for path in left]


def _is_default(each: Declared) -> bool:
    named = each.path in ("/$default", "$default")
    return each.method == "ANY" and (named or each.operation.get("isDefaultRoute") is True)


def _nameless(path: str) -> str:
    return "/{+}" if path.startswith("/{") and path.endswith("+}") and path.count("/") == 1 else path


def _of_path(
    content: Mapping[str, Any], path: object, item: object, where: str, faults: list[str]
) -> Iterator[Declared]:
    here = f"{where}/{escaped(path)}"
    if not isinstance(path, str):
        faults.append(f"{here}: a path must be a text")
    if not isinstance(path, str) or path.startswith(("x-", "Fn::")):
        return
    item = resolved(content, item, here, faults, lost=_METHODS.keys())
    for name, operation in item.items():
        at = f"{here}/{escaped(name)}"
        if name in _METHODS and isinstance(operation, Mapping):
            faults += [*functions(operation, at), *_hidden(operation, at)]
            yield Declared(_METHODS[name], path, at, operation)
        elif name in _METHODS:
            faults.append(f"{at}: an operation must be an object")
        elif str(name).startswith(_OURS):
            faults.append(f"{at}: {_AROUND}")
        elif name not in _FIELDS and not str(name).startswith(("x-", "Fn::")):
            faults.append(f"{at}: {_unknown(name)}")
    faults += functions(item, here)


def _hidden(operation: Mapping[str, Any], where: str) -> list[str]:
    """Name what may hold a security that would not be read: OpenAPI has it under one name, and refers to path items only."""
    return [
        f"{where}/{escaped(name)}: says nothing in an operation, and what it asks for would be lost"
        for name in operation
        if name == "$ref" or (str(name).lower() == "security" and name != "security")
    ]


def _unknown(name: object) -> str:
    low = str(name).lower()
    if low in _METHODS:
        return f"methods are in lower case: write {low!r}"
    return f"{name!r} is neither a method of API Gateway nor a field of a path item"


def _guard(each: Declared, known: Schemes, inherited: Guard, faults: list[str]) -> Guard:
    found = (
        guard(each.operation["security"], f"{each.where}/security", known, faults)
        if "security" in each.operation
        else inherited
    )
    if "x-amazon-apigateway-auth" not in each.operation:
        return found
    where, said = f"{each.where}/x-amazon-apigateway-auth", each.operation["x-amazon-apigateway-auth"]
    kind = str(said.get("type")).upper() if isinstance(said, Mapping) else None
    if kind not in ("NONE", "AWS_IAM"):
        faults.append(f"{where}: its type is NONE or AWS_IAM")
    if found.by == "us" and "security" in each.operation:
        faults.append(f"{where}: says otherwise than security, and only one of them can be meant")
    return OPEN if kind == "NONE" else ANOTHERS


def _bind(each: Declared, faults: list[str]) -> Mapping[str, Any]:
    """Return what an operation's own extension binds to claims. No other name of ours is known, so none is overlooked."""
    for name in each.operation:
        if str(name).startswith(_OURS) and name != _BIND:
            faults.append(f"{each.where}/{escaped(name)}: of authkit's extensions only {_BIND} is known")
    bound = each.operation.get(_BIND, NOTHING)
    if isinstance(bound, Mapping):
        return bound
    faults.append(f"{each.where}/{_BIND}: must map path parameters to claims")
    return NOTHING
