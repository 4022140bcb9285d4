"""How many examples a property is worth whose every example is dear."""

from __future__ import annotations

from hypothesis import settings

FEW = settings(max_examples=max(10, settings().max_examples // 5))
"""A fifth of what is usual: for examples that take tens of milliseconds."""
