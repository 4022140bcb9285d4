"""What ``authkit emulate --iam`` means: whose signatures are good, and what does not go with it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..local.iam import Iam
    from ..local.settings import Settings


def iam_of(arguments: argparse.Namespace, settings: Settings) -> Iam | None:
    """Return IAM authorization with the access keys of the file that is named; None where an authorizer decides.

    Raises:
        ConfigError: the file holds none.
    """
    if not arguments.iam:
        return None
    from ..local.iam import Iam
    from ..local.iam_file import identities_in

    return Iam(identities_in(Path(arguments.iam)), region=settings.api.region)


def fault_of(arguments: argparse.Namespace) -> str:
    """Say what is missing, or does not go together; nothing where all is well."""
    if not arguments.iam:
        return "" if arguments.target else "name a handler, as app:handler; only --iam needs none"
    if arguments.kind == "appsync":
        return "--iam: AppSync's IAM authorization is not stood in for"
    of_authorizer = {
        "--identity-source": arguments.identity_source is not None,
        "--expression": arguments.expression is not None,
        "--ttl": arguments.ttl is not None,
        "--runtime": arguments.runtime != "in-process",
    }
    given = [name for name, is_given in of_authorizer.items() if is_given]
    if given:
        return f"{', '.join(given)}: of an authorizer, and --iam stands in its place"
    if not (arguments.target or has_routes(arguments)):
        return "--iam without a handler: give --route, --sam or --openapi"
    return ""


def has_routes(arguments: argparse.Namespace) -> bool:
    """Tell whether the API's routes are known without a handler."""
    return bool(arguments.route or arguments.sam or arguments.openapi or arguments.kind == "websocket")


def unasked(event: dict[str, Any], context: object) -> Any:  # noqa: ARG001 - a handler's
    """Stand in the place of a handler that nobody asks."""
    raise ConfigError("IAM authorization asks no function")
