"""Public APIs by their OpenAPI documents, of which paths, methods and security are kept, and the name and commit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
NAMES = tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def document(name: str) -> dict[str, Any]:
    """Return the document of an API."""
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return found
