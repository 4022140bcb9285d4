"""What `DPoP` is built with, and what it refuses to be built with."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.credentials.dpop import DPoP
from authkit.errors import ConfigError
from authkit.stores.replay import MemoryReplay

FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"algorithms": ()}, "algorithms must be a list"),
    ({"algorithms": "ES256"}, "algorithms must be a list"),
    ({"algorithms": 7}, "algorithms must be a list"),
    ({"algorithms": ["HS256"]}, "only asymmetric ones"),
    ({"algorithms": ["ES256", "none"]}, "only asymmetric ones"),
    ({"algorithms": [["ES256"]]}, "only asymmetric ones"),
    ({"window": 0}, "window must be 1 to 300 seconds"),
    ({"window": 301}, "window must be 1 to 300 seconds"),
    ({"window": float("nan")}, "window must be 1 to 300 seconds"),
    ({"window": "60"}, "window must be 1 to 300 seconds"),
    ({"window": True}, "window must be 1 to 300 seconds"),
    ({"ahead": -1}, "ahead must be 0 to 60 seconds"),
    ({"ahead": 61}, "ahead must be 0 to 60 seconds"),
    ({"ahead": None}, "ahead must be 0 to 60 seconds"),
    ({"public_urls": "https://api.example.com"}, "public_urls must be a list of URLs"),
    ({"public_urls": 7}, "public_urls must be a list of URLs"),
    ({"public_urls": [7]}, "public_urls[0]: is no text"),
    ({"public_urls": ["api.example.com"]}, "no absolute URL"),
    ({"public_urls": ["https://api.example.com?a"]}, "no absolute URL"),
    ({"public_urls": ["https://user:hunter2@api.example.com"]}, "no absolute URL"),
    ({"public_urls": ["https://api.example.com/../x"]}, "dot segment"),
    ({"public_urls": ["http://api.example.com"]}, "must begin with https://"),
    ({"public_urls": ["ws://api.example.com"]}, "must begin with https://"),
    ({"public_urls": ["http://localhost.attacker.example"]}, "must begin with https://"),
    ({"replay": {}}, "replay has no consume()"),
    ({"replay": lambda *_: True}, "replay has no consume()"),
    ({"replay": MemoryReplay}, "replay is the class MemoryReplay"),
    ({"nonce": "n-1"}, "nonce cannot be called"),
    ({"nonce": str}, "nonce cannot be called, or is a class"),
    ({"clock": 0}, "clock cannot be called"),
    ({"clock": None}, "clock cannot be called"),
    ({"clock": float}, "clock cannot be called, or is a class"),
    ({"algorithms": [None]}, "only asymmetric ones"),
]


@pytest.mark.parametrize(("settings", "fault"), FAULTS)
def test_wrong_settings_do_not_deploy(settings: dict[str, Any], fault: str) -> None:
    """Each is named."""
    with pytest.raises(ConfigError) as found:
        DPoP(**settings)

    assert str(found.value).startswith("DPoP: ")
    assert fault in str(found.value)
    assert "hunter2" not in str(found.value)


def test_all_faults_are_named_at_once() -> None:
    """So that one deployment finds them."""
    with pytest.raises(ConfigError) as found:
        DPoP(algorithms=(), window=0, ahead=-1, public_urls=["x", "y"], nonce=1, clock=1, replay=1)  # type: ignore[arg-type]

    assert str(found.value).count(";") >= 7


def test_the_edges_are_taken() -> None:
    """The largest and the smallest that are stated."""
    DPoP(window=1, ahead=0)
    DPoP(window=300, ahead=60, algorithms={"EdDSA"}, public_urls=["http://localhost:8000/", "wss://ws.example.com/v1"])


def test_its_repr_tells_the_settings() -> None:
    """And the URLs in the one spelling they are compared in."""
    shown = repr(DPoP(public_urls=["HTTPS://api.example.com:443/v1/", "https://api.example.com/v1"]))

    assert shown == "DPoP(window=60, ahead=10, public_urls=('https://api.example.com/v1',))"
