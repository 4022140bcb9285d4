"""What commands have to do with the last decisions: keep them for ``authkit explain``, and find them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..local.explanation.keeper import Keeper, Tell
    from ..local.explanation.watching import Watching
    from ..local.settings import Settings
    from ..policy.routes import Routes


def file() -> Path:
    """Return where the last decisions are.

    Raises:
        ConfigError: nobody knows whose home this is.
    """
    from ..local.explanation.last import place

    return place(os.environ)


def keeper(by: str, where: Callable[[], Path] = file) -> Keeper:
    """Return what keeps them. Where that cannot be, it is said once, and nothing else goes wrong.

    Args:
        by: the command, as somebody would type it.
        where: gives the file.
    """
    from ..local.explanation.keeper import Keeper

    try:
        return Keeper(where(), by=by, complain=_complain)
    except ConfigError as fault:
        _complain(fault)
        return Keeper(None, by=by)


def watching(loaded: object) -> Watching | None:
    """Return what stands in for a handler and sees what it does; None where that is none of authkit's."""
    from ..authorizer import Authorizer
    from ..local.explanation.watching import Watching

    return Watching(loaded) if isinstance(loaded, Authorizer) else None


def kept(keeper: Keeper, tell: Tell, settings: Settings, routes: Routes, watching: Watching | None) -> Tell:
    """Return what tells of a gateway's calls as before, and keeps their decisions besides."""
    from ..local.explanation.keeper import Explainer

    return keeper.also(tell, Explainer(settings, routes, watching=watching))


def _complain(fault: Exception) -> None:
    print(f"authkit: decisions are not kept for authkit explain: {fault}", file=sys.stderr, flush=True)
