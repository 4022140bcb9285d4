"""Application Load Balancers that log users in: the claims they sign and pass on.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from ...gateway.sources import Header
from ...tokens.rules import ANY_AUDIENCE
from ..bearer import JWTBearer
from .build import build, relaxations
from .ids import is_region, name_faults, partition, several, unlike

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...keys.pem import PemKeys
    from .build import Settings

_ARN = re.compile(
    r"arn:(aws|aws-us-gov|aws-cn|aws-eusc):elasticloadbalancing:([a-z0-9-]{5,32}):[0-9]{12}"
    r":loadbalancer/app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}"
)
# Of other partitions no endpoint is documented, and to guess the name of a bucket is to trust whoever has taken it.
_ENDPOINTS = {
    "aws": "https://public-keys.auth.elb.{region}.amazonaws.com",
    "aws-us-gov": "https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}",
}
_FETCHING = ("fetch", "timing", "on_event")
_DATA = Header("x-amzn-oidc-data")


def alb(
    load_balancer_arn: str | Collection[str],
    *,
    client_id: str | Collection[str],
    issuer: str,
    public_keys: str | None = None,
    **settings: Unpack[Settings],
) -> JWTBearer:
    """Return a bearer for the ``x-amzn-oidc-data`` header of an Application Load Balancer that logs users in.

    >>> arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
    >>> alb(arn, client_id="web", issuer="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3D4e")

    Beyond the signature it checks the header members ``signer`` (which load balancer), ``client`` and ``iss``; that the
    key's name is a UUID; and ``iss``, ``exp`` and ``sub`` of the claims. There is no ``aud``: signer and client say
    whom it is for. Only here may segments be padded. It cannot tell whether the request came through the load
    balancer: have its targets take requests from nobody else. It does not look at ``x-amzn-oidc-accesstoken``, nor
    at ``x-amzn-oidc-identity``, which nobody has signed.

    Args:
        load_balancer_arn: the load balancer, or several of one region. Others of it sign with the same keys.
        client_id: the client the load balancer logs users in as, or several.
        issuer: the identity provider's issuer, as the listener rule has it.
        public_keys: the URL in front of the keys' names, in partitions for which AWS documents none.
        settings: further arguments of `JWTBearer`. With ``jwks`` keys are given and not fetched.

    Raises:
        ConfigError: names every fault.
    """
    arns = several(load_balancer_arn)
    faults = [*_arn_faults(arns), *name_faults("client_id", client_id), *_issuer_faults(issuer)]
    given = _with_keys(arns, public_keys, dict(settings), faults)
    decided = {
        "issuer": issuer,
        "audience": ANY_AUDIENCE,
        "algorithms": ("ES256",),
        "typ": ("JWT",),
        "header": {"signer": arns, "client": several(client_id), "iss": issuer},
        "relax": ("padding",),
    }
    return build("alb", faults, given, decided, source=_DATA)


def _with_keys(
    arns: tuple[Any, ...], public_keys: str | None, given: dict[str, Any], faults: list[str]
) -> dict[str, Any]:
    """Return the settings with a key source in them, and without what only that needs; add to the faults."""
    faults += [f"{name} is for key sets, and a load balancer has none" for name in ("bundle", "store") if name in given]
    if given.get("jwks") is not None:
        faults += [] if public_keys is None else ["public_keys and jwks: give one or the other"]
        return given
    source = {name: given.pop(name) for name in ("jwks", *_FETCHING) if name in given}
    relaxed = relaxations(given)
    if public_keys is not None and not isinstance(public_keys, str):
        faults.append("public_keys must be a URL")
    try:
        # Without a key source `JWTBearer` knows that the keys are fetched, and what must not be relaxed then.
        given["jwks"] = None if faults or "exp-optional" in relaxed else _keys(arns[0], public_keys, source, relaxed)
    except ConfigError as fault:
        faults.append(str(fault))
    return given


def _issuer_faults(issuer: object) -> list[str]:
    return name_faults("issuer", issuer) if isinstance(issuer, str) else ["issuer must be one text"]


def _arn_faults(arns: tuple[Any, ...]) -> list[str]:
    if unlike(arns, _ARN):
        return ["load_balancer_arn must be the ARN of an Application Load Balancer, or several"]
    places = {_place(arn) for arn in arns}
    faults = [
        f"load_balancer_arn: {region} is no region of {name}"
        for name, region in sorted(places)
        if not is_region(region) or partition(region)[0] != name
    ]
    if len(places) > 1:
        faults.append("load_balancer_arn: all of one region, because each region has keys of its own")
    return faults


def _place(arn: str) -> tuple[str, str]:
    """Return the partition and the region of an ARN that is known to be one."""
    _, name, _, region, _ = arn.split(":", 4)
    return name, region


def _keys(arn: str, public_keys: str | None, given: Mapping[str, Any], relax: frozenset[str]) -> PemKeys:
    from ...keys.pem import PemKeys  # here: with keys that are given nothing of it is loaded

    name, region = _place(arn)
    base = _ENDPOINTS.get(name, "").format(region=region) if public_keys is None else public_keys
    if not base:
        raise ConfigError(
            f"public_keys: AWS documents no endpoint for {name}; give the URL in front of the keys' names"
        )
    relaxed = relax & {"http-loopback", "private-address"}
    fetch = given.get("fetch")
    if fetch is None:
        from ...keys.fetch import fetcher

        fetch = fetcher(relax=relaxed)
    options = {each: given[each] for each in ("timing", "on_event") if given.get(each) is not None}
    return PemKeys(base, fetch, relax=relaxed, **options)
