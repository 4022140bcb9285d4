"""No public vector lies there unused."""

from __future__ import annotations

from tests.vectors import test_cookbook, test_jws_vectors, test_primitive_vectors
from tests.vectors.jwt_data import FOLDER, needed

pytestmark = needed

NOT_DATA = {
    "README.md": "says where the data comes from",
    "LICENSE-cookbook.txt": "the licence of the cookbook",
    "LICENSE-wycheproof.txt": "the licence of Wycheproof",
}


def test_every_file_is_used_or_named_with_a_reason() -> None:
    """And every file that a test uses is there."""
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    used = {file for module in (test_cookbook, test_jws_vectors, test_primitive_vectors) for file in module.FILES}

    assert used & NOT_DATA.keys() == set()
    assert there == used | NOT_DATA.keys()
