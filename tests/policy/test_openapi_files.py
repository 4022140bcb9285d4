"""Documents come as mappings, texts and files; what two readers could read differently is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from authkit import ConfigError, Routes
from authkit.policy import files
from tests.policy.test_work import BOUND
from tests.support.pace import soon

HERE = Path(__file__).parent / "documents"
GIVEN = {"openapi": "3.0.1", "paths": {"/orders": {"get": {}}}}
JSON = json.dumps(GIVEN)
YAML = "openapi: 3.0.1\npaths:\n  /orders:\n    get: {}\n"


@pytest.fixture
def _yaml() -> None:
    """Skip a test where the extra that reads YAML is not installed."""
    pytest.importorskip("yaml")


needs_yaml = pytest.mark.usefixtures("_yaml")


def names(routes: Routes) -> list[str]:
    """Return what a table holds."""
    return [str(route) for route in routes]


def fault(given: Any) -> str:
    """Return what is said of a document that cannot be read."""
    with pytest.raises(ConfigError) as caught:
        Routes.from_openapi(given)
    return str(caught.value).removeprefix("Routes.from_openapi: ")


@pytest.mark.parametrize("given", [GIVEN, JSON, JSON.encode(), f"\n  {JSON}", f"\ufeff{JSON}".encode()])
def test_json_is_read(given: Any) -> None:
    """Parsed already, as text, as bytes; a byte order mark is no part of it."""
    assert names(Routes.from_openapi(given)) == ["GET /orders"]


@needs_yaml
@pytest.mark.parametrize("given", [YAML, YAML.encode(), f"---\n{YAML}...\n", f"# a comment\n{YAML}"])
def test_yaml_is_read(given: Any) -> None:
    """As text and as bytes, with marks of its beginning and end."""
    assert names(Routes.from_openapi(given)) == ["GET /orders"]


@pytest.mark.parametrize("ending", ["json", "yaml", "txt"])
def test_a_file_is_read_by_its_path(tmp_path: Path, ending: str) -> None:
    """As a path or as text; what is in it decides, not its ending."""
    file = tmp_path / f"openapi.{ending}"
    file.write_text(JSON, encoding="utf-8")

    assert names(Routes.from_openapi(file)) == names(Routes.from_openapi(str(file))) == ["GET /orders"]


@needs_yaml
def test_a_document_as_people_write_it_becomes_their_table() -> None:
    """With anchors, numbers as names, a date, extensions and every kind of security."""
    routes = Routes.from_openapi(HERE / "shop.openapi.yaml")

    assert [(str(route), sorted(route.scopes), dict(route.bind)) for route in routes] == [
        ("GET /orders", ["orders:read"], {}),
        ("POST /orders", ["orders:read", "orders:write"], {}),
        ("OPTIONS /orders", [], {}),
        ("GET /orders/{id}", [], {}),
        ("DELETE /orders/{id}", ["orders:write"], {}),
        ("ANY /users/{sub}/profile", [], {"sub": "sub"}),
        ("GET /reports", [], {}),
        ("ANY /files/{proxy+}", ["files"], {}),
        ("GET /", [], {}),
    ]
    assert next(repr(route.when) for route in routes if route.when) == "ScopesOfOne(audit & support | orders:read)"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('{"openapi": "3.0.1", "paths": {}, "paths": {}}', "'paths' stands twice in one object"),
        ('{"a": {"/x": 1, "/y": 2, "/x": 3}}', "'/x' stands twice in one object"),
        ('{"openapi": }', "not JSON, which it must be when it begins with a brace: line 1, column 13"),
        ('{"openapi": "3.0.1",\n7}', "line 2, column 1"),
        ("{openapi: 3.0.1}", "not JSON"),
        ('{"a": NaN}', "NaN is no number in JSON"),
        ('{"a":' * 100_000, "nested too deep"),
        (b"\xff\xfe{}", "not UTF-8"),
        ("{\ud800}", "not UTF-8"),
        (b"", "the document has no"),
        ("", "the document must be a mapping, a text in JSON or YAML, or the path of a file"),
        (None, "the document must be a mapping"),
        (7, "the document must be a mapping"),
        ([GIVEN], "the document must be a mapping"),
        ("nowhere/openapi.json", "cannot read 'nowhere/openapi.json': No such file or directory"),
        ("a\x00b", "cannot read 'a\\x00b': no path"),
        (HERE, "Is a directory"),
    ],
)
def test_what_cannot_be_read_says_why(given: Any, said: str) -> None:
    """And where, if there is a place."""
    if given == b"":
        pytest.importorskip("yaml")
        said = "the document is not an object"

    assert said in fault(given)


@needs_yaml
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("openapi: 3.0.1\nopenapi: 3.1.0\n", "line 2: 'openapi' stands twice in one object"),
        ("paths:\n  /a:\n    get: {}\n  /a:\n    put: {}\n", "line 4: '/a' stands twice in one object"),
        ('a:\n  404: x\n  "404": y\n', "line 3: '404' stands twice"),
        ("a: b\n---\nc: d\n", "line 2: a second document in one file"),
        ("- openapi\n- 3.0.1\n", "the document is not an object"),
        ("a: [1,\n", "not YAML: line 2: "),
        ("a: b: c\n", "not YAML: line 1: mapping values are not allowed"),
        ("a: \x07\n", "not YAML: it holds characters that no text has"),
        (
            "a: !!python/object/apply:os.getcwd []\n",
            "line 1: the tag '!!python/object/apply:os.getcwd' is not read here",
        ),
        ("a: !!binary aGk=\n", "the tag '!!binary' is not read here"),
        ("a: !Ref b\n", "line 1: the tag '!Ref' is not read here"),
        ("? [a, b]\n: c\n", "line 1: a name that is no text"),
        ("? {a: b}\n: c\n", "a name that is no text"),
        ("a: &a\n  b: *a\n", "line 2: the alias 'a' stands within what it names"),
        ("a: *b\nc: d\n", "the alias 'b' stands"),
        ("a: &a [x]\nb:\n  <<: *a\n", "line 3: the merge key takes mappings only"),
        ("a: " + "[" * 100_000 + "\n", "line 1: nested more than 200 deep"),
        ("a:\n" + "".join(" " * depth + "- \n" for depth in range(1, 250)), "nested more than 200 deep"),
    ],
)
def test_yaml_that_is_more_than_a_document_is_refused(given: str, said: str) -> None:
    """Twice the same name, objects of a language, names that are none, and nests that overflow a parser's stack."""
    assert said in fault(given)


@needs_yaml
@pytest.mark.parametrize("level", ["[{}]", "{{{}}}"])
def test_aliases_cannot_multiply_without_end(level: str) -> None:
    """A few lines that would stand for billions of values."""
    lines = ["a0: &a0 {x: 1}"]
    for step in range(1, 30):
        names = [f"*a{step - 1}"] * 9
        inner = ", ".join(names if level[0] == "[" else [f"k{n}: {name}" for n, name in enumerate(names)])
        lines.append(f"a{step}: &a{step} {level.format(inner)}")

    assert "aliases make it more than 5,000,000 values" in fault("\n".join(lines) + "\n")


@needs_yaml
def test_merge_keys_cannot_multiply_without_end() -> None:
    """Each level merges the one before several times over."""
    lines = ["a0: &a0 {x: 1, y: 2}"]
    for step in range(1, 60):
        lines.append(f"a{step}: &a{step}\n  <<: [{', '.join([f'*a{step - 1}'] * 9)}]\n  k{step}: 1")

    assert "aliases make it more than" in fault("\n".join(lines) + "\n")


@needs_yaml
def test_merge_keys_merge() -> None:
    """What stands there itself goes first, then the earlier of those that are merged."""
    given = (
        "x: &x {get: {security: []}, put: {}}\ny: &y {put: {summary: y}, post: {}}\n"
        "openapi: 3.0.1\npaths:\n  /a:\n    <<: [*x, *y]\n    get: {security: [{}]}\n  /b:\n    <<: *y\n"
    )

    read = files.parsed(given)

    assert isinstance(read, dict)
    assert read["paths"] == {
        "/a": {"get": {"security": [{}]}, "put": {}, "post": {}},
        "/b": {"put": {"summary": "y"}, "post": {}},
    }


@needs_yaml
def test_scalars_are_texts_truths_and_nothing() -> None:
    """Numbers and dates stay as they are written; a name is a text always, and so is what stands in quotes."""
    given = (
        "version: 3.0\ndate: 2024-11-05\noctal: 010\ntime: 1:30\nyes: no\n~: ~\nnone:\n"
        "quoted: 'yes'\ntyped: !!str yes\nint: !!int 7\ntrue: !!bool 'true'\nlist: !!seq [a]\n"
        "anchor: &a yes\nalias: *a\n"
    )

    assert files.parsed(given) == {
        "version": "3.0",
        "date": "2024-11-05",
        "octal": "010",
        "time": "1:30",
        "yes": False,
        "~": None,
        "none": None,
        "quoted": "yes",
        "typed": "yes",
        "int": "7",
        "true": True,
        "list": ["a"],
        "anchor": True,
        "alias": True,
    }


@needs_yaml
def test_short_forms_of_functions_are_read_for_templates_alone() -> None:
    """As the long ones they stand for; nothing is run."""
    given = (
        'a: !Ref b\nc: !GetAtt d.Arn\ne: !Sub\n  - "${x}"\n  - {x: !Ref y}\nf: !Condition g\nh: !If [i, j, {k: l}]\n'
    )

    assert files.parsed(given, intrinsics=True) == {
        "a": {"Ref": "b"},
        "c": {"Fn::GetAtt": "d.Arn"},
        "e": {"Fn::Sub": ["${x}", {"x": {"Ref": "y"}}]},
        "f": {"Condition": "g"},
        "h": {"Fn::If": ["i", "j", {"k": "l"}]},
    }
    with pytest.raises(files.Unreadable, match=r"the tag '!a\.b' is not read here"):
        files.parsed("a: !a.b c\n", intrinsics=True)


def test_a_document_too_large_is_refused(tmp_path: Path) -> None:
    """Before it is parsed, and without reading on."""
    file = tmp_path / "large.json"
    with file.open("wb") as sparse:
        sparse.truncate(files.LARGEST + 5)

    assert fault(file) == "over 32 MB"
    assert fault(b" " * (files.LARGEST + 1)) == "over 32 MB"


@needs_yaml
def test_the_slower_parser_says_the_same(tmp_path: Path) -> None:
    """PyYAML comes without its C part on some machines."""
    script = (
        "import yaml, sys\ndel yaml.CSafeLoader\nfrom authkit import Routes\n"
        "print(*map(repr, Routes.from_openapi(sys.argv[1])), sep='\\n')"
    )
    given = HERE / "shop.openapi.yaml"

    said = subprocess.run([sys.executable, "-c", script, str(given)], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines() == [repr(route) for route in Routes.from_openapi(given)]


def test_without_the_extra_the_message_names_it() -> None:
    """JSON and mappings do without."""
    script = (
        "import sys\nsys.modules['yaml'] = None\nfrom authkit import ConfigError, Routes\n"
        f"print(len(Routes.from_openapi({JSON!r})))\n"
        f"try: Routes.from_openapi({YAML!r})\nexcept ConfigError as fault: print(fault)"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines() == [
        "1",
        "a document in YAML needs PyYAML: install authkit-lambda[cli], or give the document as JSON or as a mapping",
    ]


def test_names_that_stand_twice_are_counted_in_no_time() -> None:
    """A hundred thousand of them; a few are named."""
    text = "{" + ",".join(f'"n{number % 100_000:06}": 1' for number in range(200_000)) + "}"

    said = fault(text)

    assert soon(lambda: fault(text), within=BOUND)
    assert "'n000000', 'n000001', 'n000002', 'n000003', 'n000004' and 99995 more stands twice in one object" in said


def test_a_number_of_too_many_digits_is_refused() -> None:
    """Python would not read it either, and raises another error than for bad JSON."""
    assert "a number of too many digits" in fault('{"openapi": "3.0.1", "x": ' + "9" * 10_000 + "}")
