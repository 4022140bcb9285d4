"""The shared files of AWS's own tools: a profile's settings, of the credentials file and of the configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from configparser import Error, RawConfigParser
from pathlib import Path
from typing import NamedTuple

from ..errors import ConfigError

DEFAULT = "default"


class Profile(NamedTuple):
    """A profile's settings. A repr shows its name alone.

    Args:
        name: of the profile.
        asked_for: whether somebody named it.
        credentials: from the credentials file; empty: it is not there.
        config: from the configuration file; likewise.
    """

    name: str
    asked_for: bool
    credentials: Mapping[str, str]
    config: Mapping[str, str]

    @property
    def known(self) -> bool:
        """Whether either file has it."""
        return bool(self.credentials or self.config)

    def get(self, setting: str) -> str:
        """Return a setting; empty: neither file has it. The credentials file comes first."""
        return self.credentials.get(setting) or self.config.get(setting) or ""

    def __repr__(self) -> str:
        return f"Profile({self.name!r})"


def profile(environ: Mapping[str, str], name: str = "") -> Profile:
    """Return a profile: the one named, else ``AWS_PROFILE`` or ``AWS_DEFAULT_PROFILE``, else ``default``.

    Args:
        environ: the environment, which also says where the files are.
        name: of the profile.

    Raises:
        ConfigError: a file that is there cannot be read.
    """
    asked_for = name or environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE")
    chosen = asked_for or DEFAULT
    secrets = _read(_place(environ, "AWS_SHARED_CREDENTIALS_FILE", "credentials"))
    config = _read(_place(environ, "AWS_CONFIG_FILE", "config"))
    section = config.get(f"profile {chosen}") or (config.get(DEFAULT) if chosen == DEFAULT else None)
    return Profile(chosen, bool(asked_for), secrets.get(chosen, {}), section or {})


def _place(environ: Mapping[str, str], variable: str, name: str) -> Path | None:
    given = environ.get(variable)
    if given:
        return Path(given).expanduser()
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return Path(home, ".aws", name) if home else None


def _read(path: Path | None) -> dict[str, dict[str, str]]:
    if path is None or not path.is_file():
        return {}
    parser = RawConfigParser(strict=False, default_section="\0none")
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
    except (Error, OSError, UnicodeDecodeError) as fault:
        # The parser's own message quotes the line, which may hold a secret.
        raise ConfigError(f"{path}: cannot be read ({type(fault).__name__})") from None
    return {_section(name): dict(parser.items(name)) for name in parser.sections()}


def _section(name: str) -> str:
    """Return a section's name as it is asked for: ``[profile "a b"]`` may be quoted."""
    kind, blank, rest = name.partition(" ")
    return f"{kind} {rest.strip().strip(chr(34)).strip(chr(39))}" if blank else name
