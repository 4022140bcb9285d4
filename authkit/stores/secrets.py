"""Where secrets come from: given, the environment, Secrets Manager, SSM, or whatever a callable asks.

Each function here returns a *source*: whoever needs a secret asks it for the values that are valid now, at each use.

>>> CloudFrontSecret(secrets.manager("edge/origin-verify"))
>>> CloudFrontSecret(secrets.at(os.environ["ORIGIN_SECRET"]))  # "secretsmanager:edge/origin-verify", "env:MADE_UP", …

Those that fetch have arguments in common:

``seconds``
    how long values are kept: a change is seen after so long at the latest.
``interval``
    the least seconds between fetches that wrong values cause.
``max_stale``
    how old values may become while no others can be had.
``region``, ``endpoint``
    as boto3 takes them.
``client``
    a low-level client of one's own; its time-outs hold then, for attempts that should be brief too.
``clock``, ``monotonic``, ``jitter``
    the time in seconds since the epoch, a clock for pauses, and randomness in [0, 1).
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import ConfigError
from ..keys.clocks import Clocks
from . import secret_place
from .secret_arguments import clients_of, demand_none, field_faults, keeping, limit_faults, name_faults, stage_faults
from .secretsmanager import PREVIOUS, STAGES, SecretsManager
from .source import Fetched, Given, SecretSource, SecretValues, given, source_of
from .ssm import Parameter

__all__ = [
    "Fetched", "Given", "SecretSource", "SecretValues",
    "at", "environment", "fetched", "given", "manager", "source_of", "ssm",
]  # fmt: skip

KEPT_SECONDS = 300.0
INTERVAL = 30.0
MAX_STALE = 24 * 3600.0
PREVIOUS_FOR = 3600.0


def at(
    place: str,
    *,
    previous_for: float = PREVIOUS_FOR,
    seconds: float = KEPT_SECONDS,
    interval: float = INTERVAL,
    max_stale: float = MAX_STALE,
    region: str | None = None,
    endpoint: str | None = None,
    client: Any = None,
    environ: Mapping[str, str] | None = None,
) -> Given | Fetched:
    """Return the source that a text names: so code is the same in an account and on a laptop, and a variable differs.

    | place | is |
    |---|---|
    | ``env:NAME`` or ``env:NAME,OLDER`` | `environment`; variables after the first may be missing |
    | ``secretsmanager:ID`` or ``secretsmanager:ID#FIELD`` | `manager`; the id may be an ARN |
    | ``ssm:NAME`` or ``ssm:NAME#FIELD`` | `ssm`, the latest version |
    | ``file:PATH`` | a file of mode 0600 or stricter, one value a line, newest first; read once |

    Args:
        place: where it is. Whoever writes it decides what is read: take it from configuration alone.
        previous_for: as `manager` has it.
        seconds, interval, max_stale, region, endpoint, client: as the module says, where something is fetched.
        environ: as `environment` has it.

    Raises:
        ConfigError: the place is of no such form, or there is nothing usable; or names every other fault.
    """
    kind, name, field = secret_place.parse(place)
    limits = {"seconds": seconds, "interval": interval, "max_stale": max_stale}
    faults = limit_faults({**limits, "previous_for": previous_for})
    demand_none("secrets.at", faults)  # on a laptop too, where nothing asks for them
    if kind == "env":
        return environment(*name.split(","), environ=environ)
    if kind == "file":
        return given(*secret_place.lines_of(name))
    told: dict[str, Any] = {**limits, "field": field, "region": region, "endpoint": endpoint, "client": client}
    return ssm(name, **told) if kind == "ssm" else manager(name, previous_for=previous_for, **told)


def environment(name: str, *others: str, environ: Mapping[str, str] | None = None) -> Given:
    """Return a source of the values of environment variables, read once.

    What is in a function's environment can be read by everybody who may see its configuration: prefer `manager`.

    Args:
        name: the variable that must be there.
        others: older or newer ones, which may be missing or empty.
        environ: where to read; None: the process's own.

    Raises:
        ConfigError: the first is missing or empty.
    """
    source = os.environ if environ is None else environ
    if not source.get(name):
        raise ConfigError(f"secrets.environment: the variable {name} is missing or empty")
    return given(*(source[each] for each in (name, *others) if source.get(each)))


def manager(
    secret_id: str,
    field: str | None = None,
    stages: Sequence[str] = STAGES,
    *,
    previous_for: float = PREVIOUS_FOR,
    seconds: float = KEPT_SECONDS,
    interval: float = INTERVAL,
    max_stale: float = MAX_STALE,
    region: str | None = None,
    endpoint: str | None = None,
    client: Any = None,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    jitter: Callable[[], float] = random.random,
) -> Fetched:
    """Return a source of a secret in Secrets Manager. The function's role needs ``secretsmanager:GetSecretValue``.

    While a rotation is under way AWSPENDING is valid beside AWSCURRENT, and after it AWSPREVIOUS for ``previous_for``.
    The label itself stays for good, so without an end a leaked value would be valid until the rotation after the next.

    Args:
        secret_id: its name or ARN.
        field: the member that is meant, where the secret is a JSON object.
        stages: the staging labels whose values are valid. AWSCURRENT must be there; a label that no version has is
            ordinary.
        previous_for: seconds for which AWSPREVIOUS is valid after the version that took its place was made; 0: never.
        seconds, interval, max_stale, region, endpoint, client, clock, monotonic, jitter: as the module says.

    Raises:
        ConfigError: names every fault.
    """
    limits = {"seconds": seconds, "interval": interval, "max_stale": max_stale, "previous_for": previous_for}
    faults = [*name_faults(secret_id, "secret_id"), *stage_faults(stages), *limit_faults(limits)]
    demand_none("secrets.manager", [*faults, *field_faults(field)])
    clocks = Clocks(monotonic, clock)
    asked = [stage for stage in stages if previous_for or stage != PREVIOUS]
    aws = clients_of("secretsmanager", region, endpoint, client)
    fetch = SecretsManager(secret_id, field=field, stages=asked, previous_for=previous_for, clients=aws, clocks=clocks)
    return keeping(fetch, str(fetch), limits, clocks, jitter)


def ssm(
    name: str,
    versions: Sequence[str | int] = (),
    *,
    field: str | None = None,
    seconds: float = KEPT_SECONDS,
    interval: float = INTERVAL,
    max_stale: float = MAX_STALE,
    region: str | None = None,
    endpoint: str | None = None,
    client: Any = None,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    jitter: Callable[[], float] = random.random,
) -> Fetched:
    """Return a source of an SSM parameter of type SecureString. The function's role needs ``ssm:GetParameter``.

    Args:
        name: its name or ARN.
        versions: labels or numbers of the versions that are valid, newest first, as ``("pending", "current")``; any but
            not all of them may be missing. None given: the latest alone.
        field: the member that is meant, where the value is a JSON object.
        seconds, interval, max_stale, region, endpoint, client, clock, monotonic, jitter: as the module says.

    Raises:
        ConfigError: names every fault.
    """
    limits = {"seconds": seconds, "interval": interval, "max_stale": max_stale}
    faults = [*name_faults(name, "name"), *limit_faults(limits)]
    if isinstance(versions, str) or not all(isinstance(each, (str, int)) and each for each in versions):
        faults.append("versions is a list of labels or numbers")
    demand_none("secrets.ssm", [*faults, *field_faults(field)])
    clocks = Clocks(monotonic, clock)
    selectors = [str(each) for each in versions]
    aws = clients_of("ssm", region, endpoint, client)
    fetch = Parameter(name, selectors=selectors, field=field, clients=aws, clocks=clocks)
    return keeping(fetch, str(fetch), limits, clocks, jitter)


def fetched(
    fetch: Callable[[], Iterable[str | bytes]],
    *,
    what: str,
    seconds: float = KEPT_SECONDS,
    interval: float = INTERVAL,
    max_stale: float = MAX_STALE,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    jitter: Callable[[], float] = random.random,
) -> Fetched:
    """Return a source of what a callable fetches, newest first: for a store of secrets of another make.

    Args:
        fetch: gives the values. What it raises is an outage, and of its text nothing is told.
        what: what it fetches from, for messages.
        seconds, interval, max_stale, clock, monotonic, jitter: as the module says.

    Raises:
        ConfigError: names every fault.
    """
    limits = {"seconds": seconds, "interval": interval, "max_stale": max_stale}
    faults = [*name_faults(what, "what"), *limit_faults(limits)]
    if not callable(fetch) or isinstance(fetch, type):
        faults.append("fetch cannot be called")
    demand_none("secrets.fetched", faults)
    from .secret_callable import asking  # most secrets are fetched from AWS

    return keeping(asking(fetch, what), what, limits, Clocks(monotonic, clock), jitter)
