"""The public JWT vectors among the shared examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.shared import SHARED

FOLDER = (SHARED or Path("nowhere")) / "vectors" / "jwt"

needed = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the public JWT vectors are not here; AUTHKIT_SHARED can name them"
)


def load(name: str) -> Any:
    """Return one file of the vectors."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
