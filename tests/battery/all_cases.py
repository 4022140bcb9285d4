"""All cases of the battery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.battery import (
    access,
    bindings,
    caches,
    certified,
    claims,
    discovering,
    encoding,
    fetching,
    header,
    header_members,
    identities,
    introspected,
    json_text,
    keyset_documents,
    keysets,
    places,
    profiles,
    proofs,
    quietness,
    remembering,
    rsa_and_mac,
    signatures,
    stores,
)

if TYPE_CHECKING:
    from tests.battery.case import Case

PARTS = (
    *(encoding, json_text),
    *(header, header_members),
    *(keysets, keyset_documents, certified),
    *(signatures, rsa_and_mac),
    *(claims, identities, access),
    *(places, fetching, discovering),
    *(caches, remembering, stores, quietness),
    *(profiles, proofs, bindings, introspected),
)
"""The sections A to H, one line each."""


def every() -> tuple[Case, ...]:
    """Return every case, in the order of the sections."""
    return tuple(case for part in PARTS for case in part.cases())
