"""The examples in the docstrings of the kit are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import authkit.testing

MODULES = [
    "authkit.testing",
    *(f"authkit.testing.{each.name}" for each in pkgutil.iter_modules(authkit.testing.__path__)),
]
PUBLIC = {name: getattr(authkit.testing, name) for name in authkit.testing.__all__}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str) -> None:
    """With every public name of the kit at hand, as after an import."""
    module = importlib.import_module(name)

    found = doctest.testmod(module, extraglobs=PUBLIC, verbose=False)

    assert found.failed == 0


def test_there_are_examples() -> None:
    """A finder that finds none would prove nothing."""
    finder = doctest.DocTestFinder(exclude_empty=True)

    examples = [test.name for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]

    assert len(examples) >= 10
