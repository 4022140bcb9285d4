"""Clients of AWS and Redis: made late, with short time-outs, and items by hand."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import ConfigError
from authkit.stores import aws, redis

PLAIN = st.recursive(
    st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text()
    | st.binary()
    | st.floats(-1e15, 1e15).map(lambda x: x + 0.0),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=10,
)


def test_a_client_handed_in_is_the_one_used() -> None:
    """Nothing is made, nothing is loaded."""
    own = object()

    assert aws.client("dynamodb", client=own) is own
    assert aws.client("dynamodb", client=own, brief=True) is own


@pytest.mark.parametrize(("brief", "expected"), [(False, (1.0, 2.0, 2)), (True, (0.3, 0.3, 1))])
def test_time_outs_are_short_and_attempts_few(brief: bool, expected: tuple[float, float, int]) -> None:
    """An authorizer has a few seconds; and retries are not adaptive."""
    pytest.importorskip("boto3", reason="boto3 is not installed")

    config = aws.client("dynamodb", region="eu-west-1", brief=brief).meta.config

    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == expected
    assert config.retries["mode"] == "standard"


def test_a_client_that_cannot_be_made_is_a_fault_of_the_configuration() -> None:
    """With the usual cause."""
    pytest.importorskip("boto3", reason="boto3 is not installed")

    with pytest.raises(ConfigError, match="dynamodb"):
        aws.client("dynamodb", region="eu-west-1", endpoint="no address")


@pytest.mark.parametrize(
    ("module", "make"), [("boto3", lambda: aws.client("ssm")), ("redis", lambda: redis.connection("redis://127.0.0.1"))]
)
def test_what_is_not_installed_is_said(module: str, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that brings it."""
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ConfigError, match=r"pip install .authkit-lambda\[(aws|redis)\]"):
        make()


@given(st.dictionaries(st.text(min_size=1), PLAIN, max_size=5))
def test_items_come_back_as_they_went(values: dict[str, Any]) -> None:
    """Whatever they hold."""
    assert aws.from_item(aws.to_item(values)) == values


def test_items_leave_out_what_is_not_there_or_not_known() -> None:
    """None is no attribute; and sets are lists."""
    assert aws.to_item({"a": None, "b": True, "c": 1}) == {"b": {"BOOL": True}, "c": {"N": "1"}}
    odd = {
        "a": {"NULL": True},
        "b": {"SS": ["x"]},
        "c": {"S": "x", "N": "1"},
        "d": {"N": "many"},
        "e": 5,
        "f": {"N": "1.5"},
    }
    assert aws.from_item(odd) == {"b": ["x"], "f": 1.5}


def test_a_value_of_another_type_is_named_by_its_type() -> None:
    """Never by itself."""
    with pytest.raises(TypeError, match="object"):
        aws.to_item({"a": object()})
    assert math.isinf(float("inf"))


def test_names_of_errors_are_told_only_where_they_are_names() -> None:
    """What AWS answers may come through somebody's proxy."""
    for response in ({"Error": {"Code": "x y"}}, {"Error": "x"}, {"Error": {"Code": 5}}, "x"):
        error = RuntimeError("hush")
        error.response = response  # type: ignore[attr-defined]
        assert aws.error_code(error) == "RuntimeError"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("redis://cache.example.com:6379", "encrypted"),
        ("rediss://", "host"),
        ("rediss://cache.example.com?ssl_cert_reqs=none", "ssl_cert_reqs"),
        ("rediss://cache.example.com?ssl_check_hostname=false", "ssl_check_hostname"),
        ("http://cache.example.com", "rediss"),
        ("rediss://[", "read"),
        ("rediss://h:99999", "read"),
    ],
)
def test_urls_of_redis_that_are_not_safe_are_refused(url: str, word: str) -> None:
    """And not shown: a password may be in them."""
    with pytest.raises(ConfigError, match=word) as found:
        redis.connection(url.replace("//cache", "//user:hush@cache"))

    assert "hush" not in str(found.value)


def test_a_url_of_redis_gives_a_client_with_its_user_and_tls() -> None:
    """Short time-outs, one retry, certificate and host name checked."""
    pytest.importorskip("redis", reason="redis is not installed")

    settings = redis.connection("rediss://user:secret@cache.example.com:6380/2").connection_pool.connection_kwargs
    local = redis.connection("redis://localhost").connection_pool.connection_kwargs

    assert (settings["username"], settings["password"], settings["host"]) == ("user", "secret", "cache.example.com")
    assert (settings["port"], settings["db"], settings["ssl_check_hostname"]) == (6380, 2, True)
    assert (settings["socket_timeout"], settings["socket_connect_timeout"]) == (1.0, 1.0)
    assert settings.get("ssl_cert_reqs", "required") == "required"
    assert "ssl_check_hostname" not in local


def test_a_client_of_redis_handed_in_is_the_one_used() -> None:
    """Whatever cannot run commands is none."""

    class Own:
        def execute_command(self) -> None:
            """Run a command."""

    own = Own()
    assert redis.connection(own) is own
    with pytest.raises(ConfigError, match="not int"):
        redis.connection(5)
