"""Reading: files of any kind to the settings they state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...policy.files import load
from . import hcl, openapi, template, terraform
from .settings import Api, Settings

_KNOWN = "a SAM or CloudFormation template, an OpenAPI document, a .tf file, or terraform show -json"


def read(files: Iterable[str], api: Api = "") -> Settings:
    """Return what files say of authorizers. All ``.tf`` files together are one module.

    Args:
        files: their paths.
        api: the kind of API, where an OpenAPI document does not show it.

    Raises:
        ConfigError: one is of no kind that is known, or cannot be read.
        OSError: one is not there.
    """
    found, modules = Settings(), dict[str, str]()
    for file in files:
        if file.endswith(".tf"):
            modules[file] = Path(file).read_text(encoding="utf-8", errors="replace")
        else:
            content = load(Path(file).read_bytes(), file, intrinsics=True)
            found = found.also(_settings(content, file, api))
    try:
        return found.also(terraform.from_hcl(modules))
    except hcl.Unreadable as fault:
        raise ConfigError(str(fault)) from None


def _settings(content: Mapping[str, Any], file: str, api: Api) -> Settings:
    if "openapi" in content or "swagger" in content:
        return openapi.settings(content, file, api)
    if isinstance(content.get("Resources"), Mapping):
        return template.settings(content, file)
    found = terraform.from_json(content, file)
    if found is None:
        raise ConfigError(f"{file} is not {_KNOWN}")
    return found
