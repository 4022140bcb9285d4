"""The pytest plugin: fixtures that begin with ``authkit_``. What they give is loaded when a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .clock import Clock
    from .iam import IamGateway
    from .issuer import StubIssuer
    from .server import KeyServer


@pytest.fixture
def authkit_clock() -> Clock:
    """A `Clock` that stands still at the second in which the test began."""
    from .clock import Clock

    return Clock()


@pytest.fixture
def authkit_iam_gateway(authkit_clock: Clock) -> Iterator[IamGateway]:
    """An `IamGateway` on loopback, for requests signed with ``authkit.testing.iam.CREDENTIALS`` by ``authkit_clock``."""
    from .iam import IamGateway

    with IamGateway(clock=authkit_clock) as gateway:
        yield gateway


@pytest.fixture
def authkit_issuer(authkit_clock: Clock) -> StubIssuer:
    """A `StubIssuer` that goes by ``authkit_clock``. Override it for another algorithm, audience or claims."""
    from .issuer import StubIssuer

    return StubIssuer(clock=authkit_clock)


@pytest.fixture
def authkit_key_server(authkit_issuer: StubIssuer) -> Iterator[KeyServer]:
    """A `KeyServer` on loopback that publishes the keys of ``authkit_issuer``."""
    from .server import KeyServer

    with KeyServer(authkit_issuer) as server:
        yield server
