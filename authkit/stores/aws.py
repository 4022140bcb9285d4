"""AWS: a client with short time-outs, what its failures mean, and DynamoDB's items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ConfigError, Unavailable

CONNECT, READ = 1.0, 2.0  # seconds: an authorizer has a few, and what cannot be had in these is better refused
BRIEF = 0.3  # seconds for either, while what is in hand still serves
ATTEMPTS = 2

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,63}")
_DENIED = frozenset({
    "AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
    "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken", "NotAuthorized",
    "SignatureDoesNotMatch", "UnauthorizedOperation", "UnrecognizedClientException",
})  # fmt: skip
_MISSING = frozenset({"ParameterNotFound", "ParameterVersionNotFound", "ResourceNotFoundException"})
_THROTTLED = frozenset({
    "LimitExceededException", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "SlowDown",
    "Throttling", "ThrottlingException", "TooManyRequestsException",
})  # fmt: skip
_NO_CREDENTIALS = frozenset({"CredentialRetrievalError", "NoCredentialsError", "PartialCredentialsError"})


def table_faults(table: object, **attributes: object) -> list[str]:
    """Say what is wrong with the name of a table, and with those of the attributes that a store needs of it."""
    named = {"table": table, **attributes}
    faults = [f"{name} must be a name" for name, value in named.items() if not isinstance(value, str) or not value]
    if len(set(map(str, attributes.values()))) < len(attributes):
        faults.append(f"{' and '.join(attributes)} are two attributes")
    return faults


def client(
    service: str,
    *,
    region: str | None = None,
    endpoint: str | None = None,
    client: Any = None,
    brief: bool = False,
) -> Any:
    """Return a low-level client: the one handed in, or one of our own.

    Args:
        service: as boto3 names it.
        region, endpoint: as boto3 takes them; None: from the environment.
        client: the one to use; then nothing is made, and its own time-outs hold.
        brief: whether it is for attempts that must not keep anybody waiting: a fraction of a second, once.

    Raises:
        ConfigError: boto3 is not installed, or cannot make it.
    """
    if client is not None:
        return client
    # Here and not above: boto3 takes a tenth of a second and more, which only whoever has such a store shall pay.
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise ConfigError(
            f"{service}: boto3 is needed: pip install 'authkit-lambda[aws]', or hand in a client"
        ) from None
    config = Config(
        connect_timeout=BRIEF if brief else CONNECT,
        read_timeout=BRIEF if brief else READ,
        # "standard", not "adaptive": that one makes callers wait on its own account, in a queue nobody sees.
        retries={"mode": "standard", "total_max_attempts": 1 if brief else ATTEMPTS},
    )
    try:
        return boto3.client(service, region_name=region, endpoint_url=endpoint, config=config)
    except (BotoCoreError, ValueError) as fault:
        raise ConfigError(f"{service}: no client can be made ({type(fault).__name__}); is a region set?") from None


def error_code(error: BaseException) -> str:
    """Return what AWS calls an error, or the name of the exception where AWS did not answer."""
    response = getattr(error, "response", None)
    details = response.get("Error") if isinstance(response, Mapping) else None
    code = details.get("Code") if isinstance(details, Mapping) else None
    return code if isinstance(code, str) and _NAME.fullmatch(code) else type(error).__name__


def outage(error: BaseException, what: str = "AWS", *, kind: str = "store", cause: str = "") -> Unavailable:
    """Return what a failed call means for whoever needed its answer. Nothing AWS or boto3 wrote is in it but a name.

    Args:
        error: what the client raised.
        what: what was asked for, as "DynamoDB table marks".
        kind: how the code begins: ``store`` gives ``store_denied``, ``store_not_found``, ``store_throttled``,
            ``store_timeout`` and ``store_unavailable``.
        cause: the usual cause of a denial, or of nothing there.
    """
    code = error_code(error)
    ending, hint = _meaning(code, type(error).__name__, cause)
    return Unavailable(f"{kind}_{ending}", detail=f"{what}: {code}; {hint}")


def demand_answered(answer: object, what: str = "AWS", *, kind: str = "store") -> None:
    """Demand that a client has written: one for asyncio returns what has not run yet, and raises nothing.

    Raises:
        Unavailable: it has not.
    """
    if not isinstance(answer, Mapping):
        detail = f"{what}: the client answered with {type(answer).__name__}; hand in one that waits for AWS"
        raise Unavailable(f"{kind}_unavailable", detail=detail)


def _meaning(code: str, name: str, cause: str) -> tuple[str, str]:
    if code in _DENIED:
        return "denied", cause or "does the function's role allow the call, and the use of the KMS key, if one?"
    if code in _NO_CREDENTIALS:
        return "denied", "there are no credentials to call with; does the function have a role?"
    if code in _MISSING:
        return "not_found", cause or "is its name right, and is it in this Region and account?"
    if code in _THROTTLED:
        return "throttled", "more calls than it takes; give it more capacity, or remember answers for longer"
    if "Timeout" in name or "EndpointConnection" in name or "ConnectionClosed" in name:
        return "timeout", "is the function in a VPC without an endpoint for the service, or a NAT gateway?"
    return "unavailable", "the call failed; try again, and see the service's health"


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a DynamoDB item of plain values, without those that are None: texts, numbers, bytes, booleans, lists, maps.

    Raises:
        TypeError: a value is something else. Its type is named, never the value.
    """
    return {name: _attribute(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain values of a DynamoDB item; what is none of the kinds that `to_item` knows is left out."""
    return {name: value for name, attribute in item.items() if (value := _plain(attribute)) is not None}


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):  # before numbers: it is one in Python
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, (int, float)):
        return {"N": repr(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, Mapping):
        return {"M": to_item(value)}
    if isinstance(value, Iterable):
        return {"L": [_attribute(each) for each in value]}
    raise TypeError(f"no attribute can be made of {type(value).__name__}")


def _plain(attribute: Any) -> Any:
    if not isinstance(attribute, Mapping) or len(attribute) != 1:
        return None
    ((kind, value),) = attribute.items()
    if kind in ("S", "B", "BOOL"):
        return value
    if kind == "N":
        return _number(value)
    if kind == "M":
        return from_item(value)
    if kind in ("L", "SS", "BS"):
        return [_plain(each) for each in value] if kind == "L" else list(value)
    return None


def _number(text: str) -> int | float | None:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return None
