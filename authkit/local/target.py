"""Targets: ``module:name``, loaded from the current directory, or ``path/to/file.py:name``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import AuthkitError, ConfigError
from ..observe.trail import place_of, unforeseen


def is_target(text: str) -> bool:
    """Tell whether a text names something in a module, and not a file."""
    module, colon, name = text.rpartition(":")
    plain = all(part.isidentifier() for part in module.split("."))
    return bool(colon) and (plain or module.endswith(".py")) and all(part.isidentifier() for part in name.split("."))


def load(target: str) -> Any:
    """Return what a target names. Its module is run, as Lambda would run it.

    Raises:
        ConfigError: there is no such thing, or its module cannot be run; says in words why.
    """
    if not is_target(target):
        raise ConfigError(f"{target!r} is no target; write module:name, as app:handler")
    place, _, name = target.rpartition(":")
    found: Any = _run(place)
    for step in name.split("."):
        if not hasattr(found, step):
            raise ConfigError(f"{target}: {place} has no {step!r}{_hint(found)}")
        found = getattr(found, step)
    return found


def _run(place: str) -> ModuleType:
    try:
        return _of_file(Path(place)) if place.endswith(".py") else _of_name(place)
    except AuthkitError:
        raise  # the module's own configuration is wrong, and the error says how
    except ModuleNotFoundError as missing:
        here = "; is this the directory it is in?" if missing.name == place.partition(".")[0] else ""
        raise ConfigError(f"{place}: no module named {missing.name!r}{here}") from None
    except ImportError as error:
        raise ConfigError(f"{place}: {error}") from None
    except SyntaxError as error:
        raise ConfigError(f"{place}: not Python, line {error.lineno}: {error.msg}") from None
    except SystemExit:
        raise ConfigError(f"{place}: it ended the process as it was loaded") from None
    except Exception as error:  # noqa: BLE001 - a module may raise anything; its message could hold a secret
        missing_variable = _missing_variable(error)
        if missing_variable is not None:
            words = f"environment variable {missing_variable} is not set"
            raise ConfigError(f"{place}: {place_of(error)}: {words}") from None
        raise ConfigError(f"{place}: {unforeseen(error, 'loading it')}") from None


def _missing_variable(error: Exception) -> str | None:
    """Return the name that ``os.environ`` does not have, if that is what was raised: a name is no secret."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    asked = trace is not None and trace.tb_frame.f_code is type(os.environ).__getitem__.__code__
    name = error.args[0] if asked and isinstance(error, KeyError) and error.args else None
    return name if isinstance(name, str) else None


def _of_name(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)  # and it stays: what the module imports later is found there too
    return import_module(name)


def _of_file(path: Path) -> ModuleType:
    """Run a file under a name of its own, so that two versions of one module can be compared."""
    spec = spec_from_file_location(f"authkit_target_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ConfigError(f"{path}: no such file")
    module = module_from_spec(spec)
    with _beside(path.resolve().parent):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """Let a file import what lies beside it, and forget that afterwards: the other version has its own."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).resolve().is_relative_to(folder):
                del sys.modules[name]


def _hint(found: object) -> str:
    from ..authorizer import Authorizer
    from ..policy.routes import Routes

    fitting = sorted(name for name, value in vars(found).items() if isinstance(value, (Authorizer, Routes)))
    return f"; it has {', '.join(fitting)}" if fitting else ""
