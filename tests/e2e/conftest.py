"""The issuers that tests share, or have to themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.issuer import Issuer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def issuer() -> Iterator[Issuer]:
    """An issuer that many tests ask for tokens, and none harms."""
    with Issuer() as running:
        yield running


@pytest.fixture
def mortal() -> Iterator[Issuer]:
    """An issuer of the test's own, to rotate, suspend or kill."""
    with Issuer() as running:
        yield running
