"""Where the shared examples are: events, answers and vectors that are not part of this repository."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_BESIDE = Path(__file__).resolve().parents[3] / "shared"
_NAMED = Path(os.environ.get("AUTHKIT_SHARED") or _BESIDE)

SHARED: Path | None = _NAMED if _NAMED.is_dir() else None


def event_names(pattern: str) -> list[str]:
    """Return the names of the shared events that match, for a test's parameters; one that no file has where none is."""
    found = sorted(path.name for path in (SHARED / "events").glob(pattern)) if SHARED else []
    return found or ["none"]


def load(folder: Path, name: str) -> dict[str, Any]:
    """Return one shared event."""
    loaded: dict[str, Any] = json.loads((folder / "events" / name).read_text(encoding="utf-8"))
    return loaded
