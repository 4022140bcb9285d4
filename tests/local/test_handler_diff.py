"""What changed between two handlers, beside their tables: what guards, credentials and limits say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from authkit.cli import main

HANDLER = """
from authkit import Authorizer, JWTBearer, Route, from_networks, networks, reads, until_token_ends

@reads("header.x-tenant")
def tenant_guard(request):
    pass

def nobody_knows(principal):
    raise LookupError("s3cret")

handler = Authorizer(
    guards=[{guards}],
    authenticate=JWTBearer(
        issuer="https://idp.example.com/", audience={audience!r}, jwks="https://idp.example.com/keys", relax={relax!r}
    ),
    routes=[Route("GET", "/orders", scopes={{"orders:read"}})],
    limits=[{limits}],
    cached={cached},
)
"""
AS_IT_WAS = {
    "guards": 'networks(allow=["192.0.2.0/24"])',
    "audience": "api",
    "relax": (),
    "limits": "until_token_ends, from_networks('192.0.2.0/24')",
    "cached": True,
}


def told(tmp_path: Path, capsys: pytest.CaptureFixture[str], *options: str, **changed: object) -> tuple[int, str]:
    """Compare a handler with a changed one."""
    files = tmp_path / "old.py", tmp_path / "new.py"
    for file, settings in zip(files, (AS_IT_WAS, {**AS_IT_WAS, **changed}), strict=True):
        file.write_text(HANDLER.format(**settings))
    code = main(["policy", "diff", *(f"{file}:handler" for file in files), *options])
    return code, capsys.readouterr().out


def test_the_same_handler_twice_is_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Loaded from two files, as from two worktrees."""
    assert told(tmp_path, capsys, "--text") == (0, "Nothing changed.\n")
    assert told(tmp_path, capsys) == (0, "Nothing changed.\n")


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({"limits": "until_token_ends"}, ['-  limits  {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}']),
        (
            {"limits": "from_networks('192.0.2.0/24')"},
            ['-  limits  {"DateLessThan": {"aws:CurrentTime": "2001-09-09T01:46:40Z"}}'],
        ),
        ({"guards": "tenant_guard"}, ["+  guards            tenant_guard", "+  identity sources  header.x-tenant"]),
        ({"audience": "other"}, ["-  authenticate    audience api; principal sub; leeway 0 s"]),
        ({"relax": ("kid-optional",)}, ["+  authenticate  relaxed: kid-optional"]),
        ({"cached": False}, ["-  answers  policy, may be kept", "+  answers  policy, may not be kept"]),
        ({"limits": "nobody_knows"}, ["+  limits  nobody_knows, which raised LookupError"]),
    ],
)
def test_what_a_slot_says_otherwise_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, object], lines: list[str]
) -> None:
    """Though no route changed; the exit code says that something did. Nothing foreign shows more than its name."""
    code, out = told(tmp_path, capsys, "--text", **changed)

    assert code == 1
    assert [line for line in lines if line not in out] == []
    assert "s3cret" not in out


def test_a_pull_request_can_show_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As Markdown, and as JSON for programs."""
    markdown = told(tmp_path, capsys, limits="until_token_ends")[1]
    data = json.loads(told(tmp_path, capsys, "--json", limits="until_token_ends")[1])

    assert markdown.startswith("### Settings\n\n|  | slot | says |\n")
    assert '| - | limits | `{"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}` |' in markdown
    assert (data["routes"], data["settings"]["added"]) == ([], [])
    assert [each["slot"] for each in data["settings"]["removed"]] == ["limits"]


def test_routes_and_settings_are_told_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table first."""
    old, new = tmp_path / "old.py", tmp_path / "new.py"
    old.write_text(HANDLER.format(**AS_IT_WAS))
    new.write_text(HANDLER.format(**{**AS_IT_WAS, "cached": False}).replace("orders:read", "orders:list"))

    code = main(["policy", "diff", f"{old}:handler", f"{new}:handler"])

    out = capsys.readouterr().out
    assert code == 1
    assert -1 < out.find("### Routes") < out.find("### Who gains, who loses") < out.find("\n### Settings")
