"""What the arguments of ``authkit emulate`` say of usage plans: their keys, where a call's is from, and who needs one."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..local.documents import Declared
    from ..local.plans import KeySource, Quota, Throttle, UsagePlan
    from ..policy.route import Route


class Keyed(NamedTuple):
    """The plans, None where no key is required; where keys are from, and which routes need one."""

    plans: tuple[UsagePlan, ...] | None
    source: KeySource
    needed: Callable[[Route], bool]


class Choice(Protocol):
    """What chooses between an argument, a document's statement and what is usual."""

    def pick(self, name: str, given: Any, by: str, *, usual: Any = None, why: str = "", shown: Any = str) -> Any:
        """Return a setting."""


def plans_of(of: Choice, arguments: argparse.Namespace, declared: Declared, kind: str) -> Keyed:
    """Return the usage plans. Keys that are given are required by every route, unless the document says by which.

    Raises:
        ConfigError: an argument means nothing.
    """
    by_document = declared.needs_key is not None and any(map(declared.needs_key, declared.routes))
    given = _given(arguments)
    if arguments.key_required is False or not (given or by_document or arguments.key_required):
        return Keyed(None, "AUTHORIZER", lambda _: False)
    needed = declared.needs_key if by_document and declared.needs_key and not arguments.key_required else _every
    # The gateway's own default; where no document speaks, an authorizer's key is what there is to try.
    usual = "HEADER" if declared.needs_key is not None or kind == "websocket" else "AUTHORIZER"
    source = of.pick("key_source", arguments.key_source, "--key-source", usual=usual, why="by default")
    stated = of.pick("plan", None, "", usual=_empty(), why="by default")
    plans = _limited(arguments, given or (stated,), stated)
    keys = sum(len(plan.keys) for plan in plans)
    by = "--usage-key, --usage-plan" if keys else "no --usage-key: every call is refused where one is required"
    of.pick("keys", keys, by)
    return Keyed(plans, source, needed)


def throttle(arguments: argparse.Namespace, name: str) -> Throttle | None:
    """Return what an argument says as ``RATE:BURST``.

    Raises:
        ConfigError: it is not written so.
    """
    from ..local.plans import Throttle

    text = getattr(arguments, name)
    if text is None:
        return None
    rate, _, burst = text.partition(":")
    try:
        return Throttle(float(rate), int(burst))
    except ValueError:
        raise ConfigError(f"--{name.replace('_', '-')} {text!r}: write RATE:BURST, as 10:20") from None


def _quota(text: str | None) -> Quota | None:
    from ..local.plans import Quota

    if text is None:
        return None
    limit, _, period = text.partition("/")
    if not (limit.isascii() and limit.isdigit()):
        raise ConfigError(f"--key-quota {text!r}: write LIMIT/PERIOD, as 500/DAY")
    return Quota(int(limit), period.upper())  # type: ignore[arg-type] # another period is a fault of the settings


def _given(arguments: argparse.Namespace) -> tuple[UsagePlan, ...]:
    """Return the plans of a file, and one of the keys that are given; those of a file nobody else sees."""
    from ..local.plans import UsagePlan

    plans: tuple[UsagePlan, ...] = ()
    if arguments.usage_plan:
        from ..local.planfile import read_plans

        plans = read_plans(arguments.usage_plan)
    if arguments.usage_key is not None:
        texts = arguments.usage_key
        lines = [Path(text[1:]).read_text(encoding="utf-8").split() if text[:1] == "@" else [text] for text in texts]
        keys = tuple(dict.fromkeys(key for listed in lines for key in listed))
        plans = (plans[0]._replace(keys=(*plans[0].keys, *keys)),) if len(plans) == 1 else (*plans, UsagePlan(keys))
    return plans


def _limited(arguments: argparse.Namespace, plans: tuple[UsagePlan, ...], stated: UsagePlan) -> tuple[UsagePlan, ...]:
    """Return the plans with the limits that arguments set, else their own, else the document's."""
    rate, quota = throttle(arguments, "key_throttle"), _quota(arguments.key_quota)
    return tuple(
        plan._replace(throttle=rate or plan.throttle or stated.throttle, quota=quota or plan.quota or stated.quota)
        for plan in plans
    )


def _empty() -> UsagePlan:
    from ..local.plans import UsagePlan

    return UsagePlan(())


def _every(_: Route) -> bool:
    return True
