"""Records of partners: what stands of them in a JSON document, read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..credentials.client import Client
from ..errors import ConfigError, MalformedToken, Unavailable
from ..sigv4.credentials import Credentials
from ..sigv4.ecdsa import PublicKey
from ..tokens.strictjson import parse_object
from .signing_keys import LiveKey, Partner

KIND = "signing_keys"
LARGEST = 65_536  # bytes of a secret ("AWS Secrets Manager quotas")

_MEMBERS = frozenset({"client", "secrets", "public_keys", "derived"})


def partners_in(raw: bytes) -> dict[str, Any]:
    """Return the partners of a document, each as it stands there.

    Raises:
        Unavailable: ``signing_keys_invalid``.
    """
    if len(raw) > LARGEST:
        raise Unavailable(f"{KIND}_invalid", detail=f"the document is over {LARGEST} bytes")
    try:
        content = parse_object(raw)
    except MalformedToken as fault:
        raise Unavailable(f"{KIND}_invalid", detail=f"the document: {fault.code}") from None
    partners = content.get("partners", {})
    if not set(content) <= {"partners"} or not isinstance(partners, dict):
        raise Unavailable(f"{KIND}_invalid", detail="not a document of partners")
    return partners


def partner_of(access_key_id: str, members: object) -> Partner:
    """Return the partner that these members describe.

    Raises:
        Unavailable: ``signing_key_record_invalid``: they describe none. Not a refusal: its keys may be good.
    """
    try:
        if not isinstance(members, Mapping) or not set(members) <= _MEMBERS:
            raise ConfigError("not the members of a partner")
        client = members.get("client")
        if not isinstance(client, Mapping):
            raise ConfigError("client is no object")
        return Partner.of(
            access_key_id,
            Client.of(client),
            secrets=[_secret(each) for each in _listed(members, "secrets")],
            public_keys=[bytes.fromhex(each) for each in _listed(members, "public_keys")],
            derived=[_derived(each) for each in _listed(members, "derived")],
        )
    except ConfigError as fault:  # its words show no key
        why = str(fault)
    except (TypeError, ValueError, KeyError, AttributeError):
        why = "members of other types than a partner's"
    raise Unavailable("signing_key_record_invalid", detail=f"{access_key_id}: {why}")


def document_of(*partners: Partner) -> str:
    """Return a document of some partners: for whoever issues and rotates keys, to put into the secret. It holds them.

    Raises:
        ConfigError: a secret is no text.
    """
    return json.dumps({"partners": {each.access_key_id: _members_of(each) for each in partners}}, sort_keys=True)


def _members_of(partner: Partner) -> dict[str, Any]:
    told: dict[str, Any] = {"client": partner.client.document()}
    for each in partner.keys:
        if isinstance(each.key, Credentials):
            told.setdefault("secrets", []).append(_told(_text_of(each.key), each))
        elif isinstance(each.key, PublicKey):
            told.setdefault("public_keys", []).append(each.key.point.hex())
        else:
            day, region, service = each.scope or ("", "", "")
            entry = {"day": day, "region": region, "service": service, "key": each.key.value.hex()}
            told.setdefault("derived", []).append(entry)
    return told


def _text_of(credentials: Credentials) -> str:
    try:
        return credentials.secret_access_key.decode()
    except UnicodeDecodeError:
        raise ConfigError("document_of: a secret that is no text cannot be written as JSON") from None


def _told(secret: str, live: LiveKey) -> str | dict[str, Any]:
    return secret if live.not_after is None else {"secret": secret, "not_after": live.not_after}


def _listed(members: Mapping[str, Any], name: str) -> list[Any]:
    given = members.get(name, [])
    if not isinstance(given, list):
        raise ConfigError(f"{name} is no list")
    return given


def _secret(given: Any) -> Any:
    if isinstance(given, Mapping):
        if not set(given) <= {"secret", "not_after"}:
            raise ConfigError("a secret has other members than secret and not_after")
        return (given["secret"], given["not_after"])
    return given


def _derived(given: Any) -> tuple[str, str, str, bytes]:
    if set(given) != {"day", "region", "service", "key"}:
        raise ConfigError("a derived key has the members day, region, service and key")
    return (given["day"], given["region"], given["service"], bytes.fromhex(given["key"]))
