"""AWS credentials for what a command signs: environment, shared files, a profile's own process, botocore's chain.

No argument holds a secret: the command line is there for everybody to see.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..sigv4.credentials import Credentials
from .aws_files import Profile, profile

PATIENCE = 60.0  # seconds: how long a profile's process may take

_BOTOCORE_ONLY = ("role_arn", "sso_session", "sso_start_url", "web_identity_token_file", "credential_source")
_INSTALL = "install boto3 (pip install 'authkit-lambda[aws]')"

Run = Callable[[list[str]], str]
Chain = Callable[[str], "Credentials | None"]


class Found(NamedTuple):
    """Credentials, and where they are from.

    Args:
        credentials: to sign with.
        source: in a word or two.
        region: of the environment or the profile; empty: neither says.
    """

    credentials: Credentials
    source: str
    region: str


def find(
    *,
    name: str = "",
    access_key_id: str = "",
    environ: Mapping[str, str] = os.environ,
    run: Run | None = None,
    chain: Chain | None = None,
    clock: Callable[[], float] = time.time,
) -> Found:
    """Return the credentials to sign with, by AWS's own order: a profile that is named comes before the environment.

    Args:
        name: of the profile; empty: the environment's, or ``default``.
        access_key_id: which one it has to be; empty: any. With it ``AWS_SECRET_ACCESS_KEY`` is enough of an environment.
        environ: the environment.
        run: runs a profile's ``credential_process`` and returns what it prints.
        chain: asks botocore for a profile's credentials.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: there are none, or none that can be used. Shows no secret.
    """
    own = profile(environ, name)
    found, source = (None, "") if name else (_of_environment(environ, access_key_id), "environment")
    if found is None:
        if own.asked_for and not own.known:
            raise ConfigError(f"profile {own.name}: neither shared file has it")
        found, source = _of_profile(own, run or _run, clock)
    if found is None:
        found, source = (chain or _botocore)(name or (own.name if own.known else "")), "botocore"
    if found is None:
        raise ConfigError(_nothing(own))
    if access_key_id and found.access_key_id != access_key_id:
        raise ConfigError(f"{source}: has access key id {found.access_key_id}, and {access_key_id} is asked for")
    return Found(found, source, region_of(environ, own, named=bool(name)))


def region_of(environ: Mapping[str, str], own: Profile, *, named: bool) -> str:
    """Return the region that is set; empty: none is."""
    given = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""
    return own.get("region") or given if named else given or own.get("region")


def _of_environment(environ: Mapping[str, str], access_key_id: str) -> Credentials | None:
    key_id, secret = environ.get("AWS_ACCESS_KEY_ID") or access_key_id, environ.get("AWS_SECRET_ACCESS_KEY")
    if not secret:
        return None
    if not key_id:
        raise ConfigError("AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not; or say --access-key-id")
    token = environ.get("AWS_SESSION_TOKEN") or environ.get("AWS_SECURITY_TOKEN")
    return Credentials(access_key_id=key_id, secret_access_key=secret, session_token=token or None)


def _of_profile(own: Profile, run: Run, clock: Callable[[], float]) -> tuple[Credentials | None, str]:
    """Return what the shared files have; None where only botocore can get it."""
    if any(own.get(setting) for setting in _BOTOCORE_ONLY):
        return None, ""
    for settings in (own.credentials, own.config):
        if settings.get("aws_access_key_id") or settings.get("aws_secret_access_key"):
            return _static(own, settings), f"profile {own.name}"
        if settings.get("credential_process"):
            return _of_process(own, settings["credential_process"], run, clock), f"credential_process of {own.name}"
    return None, ""


def _static(own: Profile, settings: Mapping[str, str]) -> Credentials:
    key_id, secret = settings.get("aws_access_key_id"), settings.get("aws_secret_access_key")
    if not key_id or not secret:
        raise ConfigError(
            f"profile {own.name}: has one of aws_access_key_id and aws_secret_access_key without the other"
        )
    token = settings.get("aws_session_token")
    return Credentials(access_key_id=key_id, secret_access_key=secret, session_token=token or None)


def _of_process(own: Profile, command: str, run: Run, clock: Callable[[], float]) -> Credentials:
    """Return what a process prints (AWS SDKs and tools reference, "Process credential provider")."""
    where = f"credential_process of profile {own.name}"
    try:
        told = json.loads(run(shlex.split(command)))
        if told["Version"] != 1:
            raise ConfigError(f"{where}: its Version is not 1")
        key_id, secret, token = told["AccessKeyId"], told["SecretAccessKey"], told.get("SessionToken")
        ends = told.get("Expiration")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(f"{where}: did not print what it should") from None
    except (OSError, subprocess.SubprocessError) as fault:
        raise ConfigError(f"{where}: failed ({type(fault).__name__})") from None
    if ends is not None and _seconds(ends, where) <= clock():
        raise ConfigError(f"{where}: gave credentials that have expired")
    return Credentials(access_key_id=key_id, secret_access_key=secret, session_token=token or None)


def _seconds(moment: Any, where: str) -> float:
    try:
        found = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        raise ConfigError(f"{where}: its Expiration is no time") from None
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()


def _run(command: list[str]) -> str:
    # Its words go to the terminal as they are: it may ask for a code. What it prints is read, and shown to nobody.
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE, check=True)  # noqa: S603 - the user's own
    return done.stdout.decode("utf-8", "replace")


def _botocore(name: str) -> Credentials | None:
    """Return what botocore's chain has: assumed roles, SSO, containers, instances. None where it is not installed."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.session import Session
    except ImportError:
        return None
    try:
        found = Session(profile=name or None).get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    except (BotoCoreError, ClientError) as fault:
        raise ConfigError(f"botocore: {type(fault).__name__}") from None
    if frozen is None or not frozen.access_key:
        return None
    return Credentials(
        access_key_id=frozen.access_key, secret_access_key=frozen.secret_key or "", session_token=frozen.token
    )


def _nothing(own: Profile) -> str:
    if any(own.get(setting) for setting in _BOTOCORE_ONLY):
        return f"profile {own.name}: assumes a role or signs in; {_INSTALL}"
    return (
        "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write a profile into ~/.aws/credentials;"
        f" for roles and single sign-on {_INSTALL}"
    )
