"""``authkit keys`` creates, lists, rotates and revokes API keys; its exit codes are those of the design."""

from __future__ import annotations

import io
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from authkit.cli import main
from authkit.credentials.apikey import APIKey
from authkit.credentials.apikey_text import _checksum, new_key
from authkit.errors import Refused
from authkit.stores.clients_file import FileClients
from tests.credentials.apikeys.keys import PEPPER, entropy, request

USAGE_KEY = "a-usage-plan-key-of-30-characters"
KEY = re.compile(r"ak_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{40}_[0-9A-Za-z]{6}")


class Terminal(io.StringIO):
    """Standard input where somebody sits."""

    def isatty(self) -> bool:
        return True


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A store in a file that is not there yet."""
    return f"file:{tmp_path / 'keys.json'}"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """What runs a command with the pepper in a variable, and returns code, standard output and standard error."""
    monkeypatch.setenv("PEPPER", PEPPER.decode())
    monkeypatch.setenv("USAGE_KEY", USAGE_KEY)

    def ran(*arguments: str, pepper: bool = True, stdin: str = "", terminal: bool = False) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", Terminal(stdin) if terminal else io.StringIO(stdin))
        needed = ["--pepper-env", "PEPPER"] if pepper and arguments[0] in ("create", "rotate") else []
        try:
            code = main(["keys", *arguments, *needed])
        except SystemExit as ended:
            code = int(str(ended.code))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return ran


def credential(place: str) -> APIKey:
    return APIKey(store=place, pepper=PEPPER, networks=True)


def id_of(text: str) -> str:
    return text.split("_")[2]


def test_create_prints_the_key_once_and_stores_its_digest(run: Run, place: str, tmp_path: Path) -> None:
    """On stdout the key and nothing else; words on stderr."""
    code, out, err = run(
        "create", place, "--client", "acme", "--scope", "orders:read", "--scope", "orders:write",
        "--context", "tenant=t1", "--context", "tier=3", "--network", "192.0.2.0/24", "--usage-key-env", "USAGE_KEY",
        "--expires-in", "90d",
    )  # fmt: skip

    text = out.strip()
    assert (code, bool(KEY.fullmatch(text))) == (0, True)
    assert f"key {id_of(text)} for acme; it is shown this once" in err
    assert text not in err
    kept = (tmp_path / "keys.json").read_text()
    assert text not in kept
    assert text.split("_")[3] not in kept
    principal = credential(place)(request(text))
    assert (principal.id, principal.scopes, principal.usage_key) == ("acme", {"orders:read", "orders:write"}, USAGE_KEY)
    assert dict(principal.claims) == {"tenant": "t1", "tier": 3, "api_key_id": id_of(text)}
    assert 89 * 86_400 < (principal.expires_at or 0) - time.time() <= 90 * 86_400


def test_create_tells_a_program_what_it_did(run: Run, place: str) -> None:
    """With --json; not the usage key, which is a secret of others."""
    code, out, _ = run(
        "create", place, "--client", "acme", "--usage-key-env", "USAGE_KEY", "--prefix", "acme_test", "--json"
    )

    told = json.loads(out)
    assert (code, told["client"], told["metered"], told["prefix"], told["state"]) == (
        0,
        "acme",
        True,
        "acme_test",
        "good",
    )
    assert told["key"].startswith(f"acme_test_{told['id']}_")
    assert USAGE_KEY not in out


def test_a_key_may_start_later(run: Run, place: str) -> None:
    """As agreed with its client."""
    _, out, _ = run("create", place, "--client", "acme", "--starts-in", "1h")

    with pytest.raises(Refused, match="not_yet_valid"):
        credential(place)(request(out.strip()))
    assert "not yet" in run("list", place)[1]


def test_list_tells_what_is_known_and_no_secret(run: Run, place: str) -> None:
    """One line a key, the oldest first; none of key, digest and usage key."""
    texts = [
        run("create", place, "--client", each, "--usage-key-env", "USAGE_KEY")[1].strip() for each in ("acme", "bert")
    ]
    (first, second) = map(id_of, texts)
    run("revoke", place, second)

    code, out, err = run("list", place)
    told = json.loads(run("list", place, "--json")[1])
    of_one = json.loads(run("list", place, "--client", "bert", "--json")[1])

    lines = out.splitlines()
    assert (code, err, lines[0].split()) == (0, "", ["ID", "CLIENT", "STATE", "CREATED", "ENDS", "SCOPES"])
    assert {line.split()[0]: line.split()[1:3] for line in lines[1:]} == {
        first: ["acme", "good"],
        second: ["bert", "revoked"],
    }
    assert {each["id"]: each["state"] for each in told["keys"]} == {first: "good", second: "revoked"}
    assert [each["id"] for each in of_one["keys"]] == [second]
    digests = [each.digest for each in FileClients(place[5:]).listed()]
    for secret in (*texts, USAGE_KEY, *digests):
        assert secret not in out + json.dumps(told)


def test_rotate_overlaps(run: Run, place: str) -> None:
    """Both keys pass, the old one until its end is reached."""
    old = run("create", place, "--client", "acme", "--scope", "a")[1].strip()

    code, out, err = run("rotate", place, id_of(old), "--overlap", "7d")

    key = credential(place)
    assert code == 0
    assert [key(request(each)).scopes for each in (old, out.strip())] == [{"a"}, {"a"}]
    assert f"key {id_of(out.strip())} for acme" in err
    assert re.search(rf"key {id_of(old)} ends at \d{{4}}-\d\d-\d\d", err)
    assert "replaced" in run("list", place)[1]


def test_rotate_tells_a_program_what_it_did(run: Run, place: str) -> None:
    """The new key, and what becomes of the old one."""
    old = id_of(run("create", place, "--client", "acme")[1].strip())

    told = json.loads(run("rotate", place, old, "--overlap", "0", "--json")[1])

    assert (told["old"]["id"], told["old"]["successor"], told["old"]["state"]) == (old, told["id"], "expired")
    assert credential(place)(request(told["key"])).id == "acme"


def test_a_key_that_has_not_begun_is_taken_back_by_rotation(run: Run, place: str) -> None:
    """It would end before it begins."""
    old = id_of(run("create", place, "--client", "acme", "--starts-in", "7d")[1].strip())

    assert f"key {old} is taken back" in run("rotate", place, old, "--overlap", "0")[2]


def test_revoke_takes_a_key_back(run: Run, place: str) -> None:
    """By its id, without the pepper; a second time is no fault."""
    text = run("create", place, "--client", "acme")[1].strip()

    codes = [run("revoke", place, id_of(text))[0] for _ in range(2)]
    code, out, err = run("revoke", place, id_of(text), "--json")

    assert (codes, code) == ([0, 0], 0)
    assert json.loads(out)["revoked"][0]["state"] == "revoked"
    assert f"key {id_of(text)} of acme is taken back" in err
    with pytest.raises(Refused, match="revoked"):
        credential(place)(request(text))


def test_revoke_takes_all_keys_of_a_client_back(run: Run, place: str) -> None:
    """And nobody else's."""
    texts = [run("create", place, "--client", each)[1].strip() for each in ("acme", "acme", "bert")]

    code, out, err = run("revoke", place, "--client", "acme")

    assert (code, out, err.count("taken back")) == (0, "", 2)
    key = credential(place)
    for text in texts[:2]:
        with pytest.raises(Refused, match="revoked"):
            key(request(text))
    assert key(request(texts[2])).id == "bert"


def test_revoke_takes_a_leaked_key_from_standard_input(run: Run, place: str) -> None:
    """Whole, as it was found; it is never shown."""
    text = run("create", place, "--client", "acme")[1].strip()

    code, out, err = run("revoke", place, "-", stdin=f"{text}\n")

    assert (code, text in out + err) == (0, False)
    with pytest.raises(Refused, match="revoked"):
        credential(place)(request(text))


def test_with_a_pepper_a_key_made_up_around_an_id_takes_nothing_back(run: Run, place: str) -> None:
    """Ids stand in logs and lists; who reports a made-up key would have the true one taken back."""
    text = run("create", place, "--client", "acme")[1].strip()
    body = f"ak_live_{id_of(text)}_{'0' * 40}"
    made_up = f"{body}_{_checksum(body)}"

    code, out, err = run("revoke", place, "-", "--pepper-env", "PEPPER", stdin=made_up)

    assert (code, out, made_up in err) == (1, "", False)
    assert "api_key_unknown" in err
    assert credential(place)(request(text)).id == "acme"
    assert run("revoke", place, "-", "--pepper-env", "PEPPER", stdin=text)[0] == 0
    with pytest.raises(Refused, match="revoked"):
        credential(place)(request(text))


def test_revoke_can_leave_no_trace(run: Run, place: str) -> None:
    """A store has room for so many."""
    text = run("create", place, "--client", "acme")[1].strip()

    assert "is removed" in run("revoke", place, id_of(text), "--remove")[2]
    assert json.loads(run("list", place, "--json")[1]) == {"keys": [], "damaged": []}


@pytest.mark.parametrize(
    "arguments",
    [("rotate", "nobody", "--overlap", "1d"), ("revoke", "nobody"), ("revoke", "--client", "nobody")],
)
def test_what_is_not_there_is_refused(run: Run, place: str, arguments: tuple[str, ...]) -> None:
    """Exit code 1."""
    run("create", place, "--client", "acme")

    code, out, err = run(arguments[0], place, *arguments[1:])

    assert (code, out) == (1, "")
    assert "authkit: refused: api_key_unknown" in err


def test_a_key_that_is_taken_back_is_not_rotated(run: Run, place: str) -> None:
    """Exit code 1, and no new key."""
    key_id = id_of(run("create", place, "--client", "acme")[1].strip())
    run("revoke", place, key_id)

    code, out, err = run("rotate", place, key_id, "--overlap", "1d")

    assert (code, out) == (1, "")
    assert "refused: revoked" in err


@pytest.mark.parametrize("command", [("list",), ("revoke", "x"), ("rotate", "x", "--overlap", "0")])
def test_a_store_that_is_not_there_cannot_tell(run: Run, place: str, command: tuple[str, ...]) -> None:
    """Exit code 3: its name may be wrong."""
    code, out, err = run(command[0], place, *command[1:])

    assert (code, out) == (3, "")
    assert "api_keys_not_found" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "nowhere", "--client", "a"), "a client store is at file:PATH"),
        (("create", "rediss://:s3cret@cache/0", "--client", "a"), "env:NAME"),
        (("create", "rediss://[", "--client", "a"), "env:NAME"),
        (("create", "env:NOT_THERE", "--client", "a"), "a client store is at"),
        (("create", "PLACE"), "--client"),
        (("create", "PLACE", "--client", ""), "id must be"),
        (("create", "PLACE", "--client", "a", "--prefix", "AK"), "prefix is"),
        (("create", "PLACE", "--client", "a", "--network", "x"), "x"),
        (("create", "PLACE", "--client", "a", "--context", "x"), "NAME=VALUE"),
        (("create", "PLACE", "--client", "a", "--expires-in", "soon"), "no duration"),
        (("create", "PLACE", "--client", "a", "--usage-key-env", "NOT_THERE"), "NOT_THERE is not there"),
        (("create", "PLACE", "--client", "a", "--usage-key-env", "PEPPER", "--usage-key-file", "x"), "not allowed"),
        (("rotate", "PLACE", "x"), "--overlap"),
        (("rotate", "PLACE", "x", "--overlap", "9999w"), "overlap must be"),
        (("revoke", "PLACE"), "one of the arguments"),
        (("revoke", "PLACE", "-"), "has not the form of a key"),
        (("create", "rediss://cache/0?db=1&pass%77ord=s3cret", "--client", "a"), "env:NAME"),
    ],
)
def test_wrong_usage_is_said(run: Run, place: str, arguments: tuple[str, ...], words: str) -> None:
    """Exit code 2, nothing on stdout, no secret anywhere, and nothing stored."""
    code, out, err = run(*(place if each == "PLACE" else each for each in arguments))

    assert (code, out) == (2, "")
    assert words in err
    assert "s3cret" not in err
    assert not Path(place[5:]).exists()


def test_a_whole_key_on_the_command_line_is_not_taken(run: Run, place: str) -> None:
    """Others have seen it now, and it is not shown again."""
    text = new_key("ak_live", PEPPER, entropy).text

    for arguments in (("revoke", place, text), ("rotate", place, text, "--overlap", "0")):
        code, out, err = run(*arguments)
        assert (code, out, text in err) == (2, "", False)
        assert "a whole key" in err


def test_the_pepper_comes_from_a_file(run: Run, place: str, tmp_path: Path) -> None:
    """Without the line end behind it; and the usage key too."""
    (tmp_path / "pepper").write_bytes(PEPPER + b"\n")
    (tmp_path / "usage").write_text(USAGE_KEY + "\n")

    _, out, _ = run(
        "create", place, "--client", "acme", "--pepper-file", str(tmp_path / "pepper"),
        "--usage-key-file", str(tmp_path / "usage"), pepper=False,
    )  # fmt: skip

    assert credential(place)(request(out.strip())).usage_key == USAGE_KEY


def test_a_file_that_holds_no_text_is_wrong_usage(run: Run, place: str, tmp_path: Path) -> None:
    """As of bytes straight from a generator, which are not shown; and a leaked key with a typo is none."""
    (tmp_path / "pepper").write_bytes(b"\xff\xfe s3cret" * 9)

    code, out, err = run("create", place, "--client", "acme", "--pepper-file", str(tmp_path / "pepper"), pepper=False)

    assert (code, out, "holds no text" in err, "s3cret" in err) == (2, "", True, False)
    text = new_key("ak_live", PEPPER, entropy).text
    typo = text[:-1] + ("a" if text[-1] != "a" else "b")
    assert run("revoke", place, "-", stdin=typo)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "say where the pepper is"),
        (("--pepper-env", "NOT_THERE"), 2, "NOT_THERE is not there"),
        (("--pepper-env", "SHORT"), 2, "32 bytes or more"),
        (("--pepper-secret", "#field"), 2, "secret_id"),
        (("--pepper-file", "/nowhere/pepper"), 3, "No such file"),
        (("--pepper-env", "PEPPER", "--pepper-file", "x"), 2, "not allowed with"),
    ],
)
def test_without_a_good_pepper_nothing_is_made(
    run: Run, place: str, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """And it is not shown."""
    monkeypatch.setenv("SHORT", "s3cret")

    found, out, err = run("create", place, "--client", "acme", *arguments, pepper=False)

    assert (found, out) == (code, "")
    assert words in err
    assert "s3cret" not in err
    assert not Path(place[5:]).exists()


def test_on_a_terminal_the_pepper_is_asked_for(run: Run, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an echo."""
    asked: list[Any] = []
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: asked.append((prompt, stream)) or PEPPER.decode())

    code, out, _ = run("create", place, "--client", "acme", pepper=False, terminal=True)

    assert (code, asked) == (0, [("Pepper: ", sys.stderr)])
    assert credential(place)(request(out.strip())).id == "acme"


def test_a_place_with_a_password_comes_from_a_variable(run: Run, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As any place may."""
    monkeypatch.setenv("KEYS", place)

    text = run("create", "env:KEYS", "--client", "acme")[1].strip()

    assert credential(place)(request(text)).id == "acme"


@pytest.mark.parametrize("action", ["create", "list", "rotate", "revoke"])
def test_help_shows_examples_and_exit_codes(run: Run, action: str) -> None:
    """And where stores are."""
    code, out, _ = run(action, "--help", pepper=False)

    assert code == 0
    for words in ("Examples:", "Exit codes: 0 ", "3 cannot tell", "env:NAME", f"authkit keys {action} "):
        assert words in out


def test_it_says_where_last_use_is_to_be_seen(run: Run) -> None:
    """Not here."""
    assert "api_key_id" in run("list", "--help")[1]
    assert "api_key_id" in run("rotate", "--help", pepper=False)[1]


def test_nothing_a_store_holds_can_steer_a_terminal(run: Run, place: str, tmp_path: Path) -> None:
    """Whoever wrote it."""
    run("create", place, "--client", "acme")
    file = tmp_path / "keys.json"
    content = json.loads(file.read_text())
    (members,) = content["keys"].values()
    for client in ({"id": "a\x1b[2J"}, {"id": "a", "scopes": ["\x1b[2J"]}, {"id": "a", "\x1b[2J": 1}):
        members["client"] = client
        file.write_text(json.dumps(content))

        code, out, err = run("list", place)

        assert (code, "\x1b" in out + err) == (3, False)


def test_stores_of_any_kind_are_listed(run: Run, monkeypatch: pytest.MonkeyPatch, place: Any) -> None:
    """By one word each; here a variable says which."""
    run("create", place, "--client", "acme")
    monkeypatch.setenv("STORE", place)

    assert "acme" in run("list", "env:STORE")[1]


def damaged(file: Path) -> None:
    """Put a record that is no key beside the good ones."""
    content = json.loads(file.read_text())
    content["keys"]["c" * 64] = {"id": 7}
    file.write_text(json.dumps(content))


def test_a_damaged_record_is_told_of_beside_the_others(run: Run, place: str, tmp_path: Path) -> None:
    """The exit code says that not all could be told."""
    run("create", place, "--client", "acme")
    damaged(tmp_path / "keys.json")

    code, out, err = run("list", place)
    told = json.loads(run("list", place, "--json")[1])

    assert (code, "acme" in out, "cccccccccccc" in err) == (3, True, True)
    assert ([each["client"] for each in told["keys"]], len(told["damaged"])) == (["acme"], 1)


def test_a_damaged_record_keeps_no_leaked_key_good(run: Run, place: str, tmp_path: Path) -> None:
    """By its id it is done; of a client, nobody can tell whether that was all."""
    by_id = id_of(run("create", place, "--client", "acme")[1])
    run("create", place, "--client", "acme")
    damaged(tmp_path / "keys.json")

    codes = [run("revoke", place, by_id)[0], run("revoke", place, "--client", "acme")[0]]

    states = {each["state"] for each in json.loads(run("list", place, "--json")[1])["keys"]}
    assert (codes, states) == ([0, 3], {"revoked"})
    assert run("revoke", place, "--client", "nobody")[0] == 3
