"""The same requests before our signer and botocore's. `benchmarks/sigv4_differential.py` asks more."""

from __future__ import annotations

from functools import cache

import pytest

pytest.importorskip("botocore.auth", reason="botocore is not installed")

from tests.differential.sigv4_judge import Sweep, is_canonical
from tests.differential.sigv4_requests import Drawn

COUNT = 1500
SEED = 20_261_121


@cache
def swept() -> Sweep:
    sweep = Sweep(SEED)
    sweep.run(COUNT)
    return sweep


def test_every_signature_is_botocores_or_refused_or_one_a_server_arrives_at() -> None:
    """And every one that is made is verified, botocore's own among them."""
    assert [f"{fault.what}\n{fault.request}" for fault in swept().faults] == []


def test_requests_of_all_kinds_occur() -> None:
    """Signed as they stand, refused for every reason there is, rewritten, and beyond rewriting."""
    counts = swept().counts

    assert counts["requests"] == COUNT
    assert counts["the same as botocore's"] > COUNT / 3
    assert counts["refused: url_not_canonical"] > COUNT / 10
    assert counts["rewritten as a server accepts it"] > COUNT / 10
    assert counts["verified"] == counts["the same as botocore's"] + counts["rewritten as a server accepts it"]
    assert counts["cannot be rewritten: query_malformed"]
    assert counts["cannot be rewritten: path_malformed"]


def test_the_judge_tells_canonical_urls_from_others() -> None:
    """It rests on the standard library alone."""
    plain = Drawn("GET", "https://h.example/a:b/%2f?x=1&y", (), b"", "us-east-1", "execute-api", None)

    assert is_canonical(plain)
    assert not is_canonical(plain._replace(service="s3"))
    assert not is_canonical(plain._replace(url="https://h.example/?x=a+b"))
    assert not is_canonical(plain._replace(url="https://h.example/../x"))
