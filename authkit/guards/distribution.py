"""Distribution: the secret header that a CloudFront distribution adds to what it sends to its origins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

from ..errors import AuthkitError, Unavailable
from ..stores import aws


class NotYet(Unavailable):
    """The step has to wait. Secrets Manager runs the rotation again, from its first step, when one has failed."""

    default_code = "rotation_not_yet"


class RotationRefused(AuthkitError):
    """The rotation cannot be done, and trying again does not help.

    Args:
        code: the stable, machine-readable reason.
        detail: one sentence for the operator. Never holds a secret.
    """

    def __init__(self, code: str, *, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


class Distribution:
    """One distribution, and the header of those of its origins that get the secret.

    Args:
        distribution: its id.
        header: the header's name.
        origins: the ids of the origins; none: those that have the header already. No other origin gets the secret.
        client: CloudFront's low-level client.
    """

    def __init__(self, distribution: str, *, header: str, origins: Collection[str], client: Any) -> None:
        self._id = distribution
        self._header = header
        self._origins = frozenset(origins)
        self._client = client

    def send(self, value: str) -> bool:
        """Have it send this value, and tell whether anything had to be changed.

        Raises:
            NotYet: somebody else is changing it.
            RotationRefused: it has no such origin.
            Unavailable: CloudFront cannot be asked.
        """
        answer = self._asked("get_distribution_config")
        config = deepcopy(answer["DistributionConfig"])
        changes = [_put(origin, self._header, value) for origin in self._chosen(config)]
        if any(changes):
            self._asked("update_distribution", IfMatch=answer["ETag"], DistributionConfig=config)
        return any(changes)

    def demand_sent(self, value: str) -> None:
        """Return once every edge sends this value.

        Raises:
            NotYet: the change is still spreading, or somebody has changed it again.
            RotationRefused: it has no such origin.
            Unavailable: CloudFront cannot be asked.
        """
        distribution = self._asked("get_distribution")["Distribution"]
        if any(_sent(origin, self._header) != [value] for origin in self._chosen(distribution["DistributionConfig"])):
            raise NotYet(detail=f"{self} is not set to send the pending value")
        if distribution["Status"] != "Deployed":
            raise NotYet(detail=f"{self} is not deployed everywhere yet: some edges send the old value")

    def _chosen(self, config: Mapping[str, Any]) -> list[dict[str, Any]]:
        origins = config["Origins"]["Items"]
        chosen = [
            each for each in origins if each["Id"] in self._origins or (not self._origins and _sent(each, self._header))
        ]
        if len(chosen) < max(len(self._origins), 1):
            named = f"all of the origins {', '.join(sorted(self._origins))}" if self._origins else "an origin"
            why = f"{self} has not {named}" + (
                "" if self._origins else f" that sends {self._header}; name it with origins="
            )
            raise RotationRefused("rotation_no_origin", detail=why)
        return chosen

    def _asked(self, call: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, call)(Id=self._id, **arguments)
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the step has to be done again
            if aws.error_code(error) in ("PreconditionFailed", "InvalidIfMatchVersion"):
                raise NotYet(detail=f"{self}: somebody else has changed it meanwhile") from None
            cause = (
                "does the function's role allow cloudfront:GetDistribution, GetDistributionConfig, UpdateDistribution?"
            )
            raise aws.outage(error, str(self), kind="rotation", cause=cause) from None

    def __str__(self) -> str:
        return f"distribution {self._id}"


def _headers(origin: Mapping[str, Any]) -> list[dict[str, str]]:
    return (origin.get("CustomHeaders") or {}).get("Items") or []


def _sent(origin: Mapping[str, Any], name: str) -> list[str]:
    return [each["HeaderValue"] for each in _headers(origin) if each["HeaderName"].lower() == name.lower()]


def _put(origin: dict[str, Any], name: str, value: str) -> bool:
    """Set a header of an origin, and tell whether that changes anything."""
    if _sent(origin, name) == [value]:
        return False
    others = [each for each in _headers(origin) if each["HeaderName"].lower() != name.lower()]
    items = [*others, {"HeaderName": name, "HeaderValue": value}]
    origin["CustomHeaders"] = {"Quantity": len(items), "Items": items}
    return True
