"""SSM: a parameter of type SecureString, its latest version or those that labels name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import Unavailable
from ..keys.clocks import Clocks
from . import aws
from .kept import Value
from .secretsmanager import BRIEFLY, LONGEST, Clients, value_of

_CAUSE = "does the function's role allow ssm:GetParameter on it, and kms:Decrypt on its key?"
_NOWHERE = "is its name right, and is it in this Region and account?"


class Parameter:
    """Fetches a parameter; see `authkit.secrets.ssm`.

    Args:
        name: its name or ARN.
        selectors: labels or numbers of versions, newest first, of which any but not all may be missing; none: the latest.
        field: the member, where it is a JSON object.
        clients: the low-level clients.
        clocks: both clocks.
    """

    def __init__(
        self, name: str, *, selectors: Sequence[str], field: str | None, clients: Clients, clocks: Clocks
    ) -> None:
        self._name = name
        self._names = [f"{name}:{selector}" for selector in selectors] or [name]
        self._field = field
        self._clients = clients
        self._clocks = clocks

    def __call__(self, brief: bool) -> tuple[Value, ...]:
        """Return the values, in the order asked for.

        Raises:
            Unavailable: none can be had, or one cannot be used.
        """
        begun = self._clocks.monotonic()
        found = []
        for name in self._names:
            if self._clocks.monotonic() - begun > (BRIEFLY if brief else LONGEST):
                detail = f"{self}: the answers take too long; is the service slow, or far away?"
                raise Unavailable("secret_timeout", detail=detail)
            value = self._value(self._clients.brief if brief else self._clients.full, name)
            if value is not None:
                found.append(Value(value))
        if not found:
            raise Unavailable("secret_not_found", detail=f"{self}: none of the versions asked for is there; {_NOWHERE}")
        return tuple(found)

    def _value(self, client: Any, name: str) -> bytes | None:
        try:
            parameter = client.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the parameter cannot be had
            code = aws.error_code(error)
            if code == "ParameterVersionNotFound":
                return None
            missing = code == "ParameterNotFound"
            raise aws.outage(error, str(self), kind="secret", cause=_NOWHERE if missing else _CAUSE) from None
        if parameter.get("Type") != "SecureString":
            detail = f"{self}: it is no SecureString, so whoever lists parameters can read it; make it one"
            raise Unavailable("secret_unusable", detail=detail)
        return value_of({"SecretString": parameter.get("Value")}, self._field, str(self))

    def __str__(self) -> str:
        return f"SSM parameter {self._name}"
