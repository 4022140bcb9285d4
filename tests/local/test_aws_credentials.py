"""Where a command finds AWS credentials: environment, shared files, a process of a profile's own, botocore's chain."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authkit.errors import ConfigError
from authkit.local.aws_credentials import Found, find
from authkit.sigv4 import Credentials

NOW = 1_440_938_160
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s-env"}


class Home:
    """A home directory, and what is looked for from there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".aws").mkdir()
        self.ran: list[list[str]] = []
        self.asked: list[str] = []
        self.printed = ""
        self.chain: Credentials | None = None

    def write(self, *, credentials: str = "", config: str = "") -> None:
        (self.folder / ".aws/credentials").write_text(credentials)
        (self.folder / ".aws/config").write_text(config)

    def find(self, environ: Mapping[str, str] | None = None, **named: Any) -> Found:
        def run(command: list[str]) -> str:
            self.ran.append(command)
            return self.printed

        def chain(name: str) -> Credentials | None:
            self.asked.append(name)
            return self.chain

        whole = {"HOME": str(self.folder), **(environ or {})}
        return find(environ=whole, run=run, chain=chain, clock=lambda: NOW, **named)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


STATIC = "[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = s-file\n[b]\naws_access_key_id=AKIDB\naws_secret_access_key=s%b\naws_session_token = t-b\n"


def test_the_environment_comes_first(home: Home) -> None:
    """With its token, by either name; an empty one is none."""
    home.write(credentials=STATIC)

    plain = home.find({**ENVIRONMENT, "AWS_SESSION_TOKEN": "", "AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"})
    temporary = home.find({**ENVIRONMENT, "AWS_SECURITY_TOKEN": "t-env"})

    assert (plain.credentials.access_key_id, plain.source, plain.region) == ("AKIDENV", "environment", "a")
    assert plain.credentials.session_token is None
    assert temporary.credentials.session_token == "t-env"


def test_a_profile_that_is_named_comes_before_the_environment(home: Home) -> None:
    """As with AWS's own command; a profile of the environment does not."""
    home.write(credentials=STATIC, config="[default]\nregion=eu-west-1\n[profile b]\nregion = eu-west-2\n")

    named = home.find(ENVIRONMENT, name="b")
    by_variable = home.find({**ENVIRONMENT, "AWS_PROFILE": "b"})
    alone = home.find({"AWS_DEFAULT_PROFILE": "b", "AWS_REGION": "r"})

    assert (named.credentials.access_key_id, named.source, named.region) == ("AKIDB", "profile b", "eu-west-2")
    assert (named.credentials.secret_access_key, named.credentials.session_token) == (b"s%b", "t-b")
    assert by_variable.credentials.access_key_id == "AKIDENV"
    assert (alone.credentials.access_key_id, alone.region) == ("AKIDB", "r")


def test_an_access_key_id_and_the_secret_of_the_environment(home: Home) -> None:
    """The id is no secret: it may stand in a command."""
    found = home.find({"AWS_SECRET_ACCESS_KEY": "s"}, access_key_id="AKIDFLAG")

    assert found.credentials.access_key_id == "AKIDFLAG"


def test_files_may_be_elsewhere(home: Home, tmp_path: Path) -> None:
    """The environment says where; a home may be missing altogether."""
    (tmp_path / "c").write_text(STATIC)
    (tmp_path / "k").write_text('[profile "a b"]\naws_access_key_id=AKIDC\naws_secret_access_key=s\nregion=r\n')
    environ = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "c"), "AWS_CONFIG_FILE": str(tmp_path / "k"), "HOME": ""}

    assert home.find(environ).credentials.access_key_id == "AKIDFILE"
    assert home.find(environ, name="a b")[1:] == ("profile a b", "r")
    with pytest.raises(ConfigError, match="no credentials"):
        home.find({"HOME": ""})


def test_a_process_prints_them(home: Home) -> None:
    """Run without a shell; what it prints has to be what is documented."""
    home.write(config="[profile p]\ncredential_process = /opt/get 'a b' $HOME\n")
    home.printed = json.dumps(
        {
            "Version": 1,
            "AccessKeyId": "AKIDP",
            "SecretAccessKey": "s",
            "SessionToken": "t",
            "Expiration": "2015-08-30T12:36:01Z",
        }
    )

    found = home.find(name="p")

    assert home.ran == [["/opt/get", "a b", "$HOME"]]
    assert (found.credentials.access_key_id, found.credentials.session_token) == ("AKIDP", "t")
    assert found.source == "credential_process of p"


GOOD = {"Version": 1, "AccessKeyId": "AKIDP", "SecretAccessKey": "PLANTED"}


@pytest.mark.parametrize(
    "printed",
    [
        *(
            "",
            "PLANTED",
            "[]",
            '"PLANTED"',
            "null",
            json.dumps({**GOOD, "Version": 2}),
            '{"Version": 1, "x": "PLANTED"}',
        ),
        json.dumps({**GOOD, "Expiration": "2015-08-30T12:36:00Z"}),
        json.dumps({**GOOD, "Expiration": "2015-08-30T12:36:00"}),
        json.dumps({**GOOD, "Expiration": "PLANTED"}),
        json.dumps({**GOOD, "Expiration": 5}),
        json.dumps({**GOOD, "SecretAccessKey": 5}),
        json.dumps({**GOOD, "SessionToken": "PLANTED token"}),
    ],
)
def test_a_process_that_prints_something_else_gives_none(home: Home, printed: str) -> None:
    """Nor is it shown what it printed."""
    home.write(config="[profile p]\ncredential_process = x\n")
    home.printed = printed

    with pytest.raises(ConfigError) as caught:
        home.find(name="p")

    assert "PLANTED" not in str(caught.value)


def test_a_process_is_really_run(home: Home) -> None:
    """And one that fails, or is not there, is said to have."""
    script = home.folder / "get.py"
    script.write_text(f"print({json.dumps(json.dumps(GOOD))})")
    commands = {
        "good": f"'{sys.executable}' '{script}'",
        "bad": f"'{sys.executable}' -c 1/0",
        "none": "/nowhere/at-all",
    }
    home.write(
        config="".join(f"[profile {name}]\ncredential_process={command}\n" for name, command in commands.items())
    )
    environ = {"HOME": str(home.folder)}

    assert find(name="good", environ=environ).credentials.access_key_id == "AKIDP"
    for name in ("bad", "none"):
        with pytest.raises(ConfigError, match="failed"):
            find(name=name, environ=environ)


@pytest.mark.parametrize("setting", ["role_arn", "sso_session", "sso_start_url", "web_identity_token_file"])
def test_what_only_botocore_can_is_left_to_it(home: Home, setting: str) -> None:
    """A role is assumed by nobody else: its source's credentials are not its own."""
    home.write(credentials=STATIC, config=f"[profile r]\n{setting}=x\nsource_profile=default\n")
    home.chain = Credentials(access_key_id="AKIDROLE", secret_access_key="s")

    found = home.find(name="r")
    home.chain = None

    assert (found.credentials.access_key_id, found.source, home.asked) == ("AKIDROLE", "botocore", ["r"])
    with pytest.raises(ConfigError, match="assumes a role or signs in; install boto3"):
        home.find(name="r")


def test_without_anything_of_ones_own_botocore_is_asked(home: Home) -> None:
    """For containers and instances; of no profile, where none is there."""
    home.chain = Credentials(access_key_id="AKIDCHAIN", secret_access_key="s")

    assert home.find().source == "botocore"
    assert home.asked == [""]


def test_where_botocore_is_not_installed_it_is_not_asked(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "botocore.session", None)

    with pytest.raises(ConfigError, match="no credentials"):
        find(environ={"HOME": str(home.folder)})


def test_botocore_is_really_asked(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads the same environment; what it says is put in its words' place."""
    pytest.importorskip("botocore")
    for name, value in {
        "HOME": str(home.folder),
        "AWS_SHARED_CREDENTIALS_FILE": str(home.folder / "none"),
        "AWS_CONFIG_FILE": str(home.folder / ".aws/config"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    home.write(
        config="[profile r]\nrole_arn=x\nsource_profile=nobody\n[profile e]\nrole_arn=x\ncredential_source=Environment\n"
    )
    environ = {"HOME": str(home.folder), "AWS_SHARED_CREDENTIALS_FILE": str(home.folder / "none")}

    with pytest.raises(ConfigError, match="botocore: InvalidConfigError"):
        find(name="r", environ=environ)
    with pytest.raises(ConfigError, match="no credentials"):
        find(environ=environ)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDBOTO")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert find(environ=environ).credentials.access_key_id == "AKIDBOTO"


@pytest.mark.parametrize(
    ("written", "named", "message"),
    [
        ({"credentials": STATIC}, {"name": "nobody"}, "neither shared file has it"),
        ({"credentials": STATIC}, {"environ": {"AWS_PROFILE": "nobody"}}, "neither shared file has it"),
        ({"credentials": STATIC}, {"access_key_id": "OTHER"}, "AKIDFILE, and OTHER is asked for"),
        ({"credentials": "[default]\naws_access_key_id=A\n"}, {}, "without the other"),
        ({"config": "[default]\naws_secret_access_key=PLANTED\n"}, {}, "without the other"),
        ({"credentials": "PLANTED = 1\n"}, {}, "cannot be read"),
        ({"credentials": "[default\nPLANTED"}, {}, "cannot be read"),
        (
            {"credentials": "[default]\naws_access_key_id=A B\naws_secret_access_key=PLANTED"},
            {},
            "access_key_id must be",
        ),
    ],
)
def test_what_is_wrong_is_said_without_a_secret(
    home: Home, written: dict[str, str], named: dict[str, Any], message: str
) -> None:
    """Not even a line of a file is quoted."""
    home.write(**written)

    with pytest.raises(ConfigError, match=message) as caught:
        home.find(**named)

    assert "PLANTED" not in str(caught.value)


def test_half_an_environment_is_said_to_be_half(home: Home) -> None:
    """A secret alone; an id alone is no credentials, and the files are looked at."""
    home.write(credentials=STATIC)

    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID is not"):
        home.find({"AWS_SECRET_ACCESS_KEY": "s"})
    assert home.find({"AWS_ACCESS_KEY_ID": "A"}).credentials.access_key_id == "AKIDFILE"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(raw=st.binary(max_size=60), where=st.sampled_from(["credentials", "config"]))
def test_any_file_is_read_or_refused(home: Home, raw: bytes, where: str) -> None:
    """And refused with a ConfigError, whatever is in it."""
    home.write()
    (home.folder / ".aws" / where).write_bytes(raw)

    with pytest.raises(ConfigError):
        home.find()


def test_a_repr_shows_no_secret(home: Home) -> None:
    """Of what was found, and of a profile."""
    from authkit.local.aws_files import profile

    home.write(credentials=STATIC)
    shown = repr(home.find(name="b")) + repr(profile({"HOME": str(home.folder)}, "b"))

    assert "s%b" not in shown
    assert "t-b" not in shown
