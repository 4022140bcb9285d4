"""The steps within a handler: what guards, credential and table did."""

from __future__ import annotations

from collections.abc import Iterator

from ...policy.routes import Routes
from ...principal import Principal
from ..handlers import Watched
from .event import moment
from .tree import Node, shortened


def steps(watched: Watched) -> Iterator[Node]:
    """Yield what guards, credential and table did, as far as it came."""
    said, principal = refusal(watched), known(watched)
    if principal is None and watched.record is not None and watched.record.code == "BadEvent":
        yield Node("wiring", False, said)
        return
    if watched.guards < watched.all_guards:
        yield Node("guards", False, f"guard {watched.guards + 1} of {watched.all_guards}: {said}")
        return
    yield Node("guards", True, f"{watched.all_guards} passed" if watched.all_guards else "none")
    if principal is None:
        yield Node("token", False, said)
        return
    yield Node("token", True, principal.id, tuple(_known(principal)))
    if watched.record is not None and watched.record.outcome in ("error", "unavailable"):
        yield Node("answer", False, said)
    else:
        yield _granted(watched.routes, principal, watched.record.kind if watched.record else "")


def known(watched: Watched) -> Principal | None:
    """Return who it was, as far as anybody knows; a credential of one's own may also have given no principal at all."""
    return watched.principal if isinstance(watched.principal, Principal) else None


def _granted(routes: Routes, principal: Principal, kind: str) -> Node:
    if kind == "appsync":
        denied = routes.denied_fields(principal)
        left = len(routes.fields) - len(denied) if denied is not None else 0
        return Node("routes", denied is not None, f"{left} of {len(routes.fields)} fields granted")
    held = {grant.route for grant in routes.grants(principal)}
    granted = [str(route) for route in routes if route in held]
    return Node("routes", bool(granted), f"{len(granted)} of {len(list(routes))} routes granted", shortened(granted))


def _known(principal: Principal) -> Iterator[str]:
    """Yield what is known of a principal: of claims only the names, for their values are personal data."""
    yield f"scopes {' '.join(sorted(principal.scopes)) or 'none'}"
    if principal.claims:
        yield f"claims {' '.join(sorted(map(str, principal.claims)))}"
    if principal.expires_at is not None:
        yield f"ends {moment(principal.expires_at)}"
    if principal.usage_key:
        yield "metered under an API key"


def refusal(watched: Watched) -> str:
    """Return why a decision was no yes."""
    record = watched.record
    if record is None:
        return "it told nothing"
    concern = f" ({record.concern})" if record.concern else ""
    return f"{record.outcome}: {record.code}{concern}" + (f": {record.detail}" if record.detail else "")
