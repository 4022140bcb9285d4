"""A method ARN is taken apart and put together without loss (contract section 2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import BadEvent, MethodArn

PLACE = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234"

PLAIN = st.text(st.sampled_from("abcXYZ019-_"), min_size=1, max_size=12)
PATH = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def test_a_path_keeps_its_colons_and_slashes() -> None:
    """Split without a limit, it would be cut short."""
    arn = MethodArn.parse(f"{PLACE}/test/GET/urn:isbn:1/a:b/c//d")

    assert arn == (("aws", "us-east-1", "123456789012", "abcdef1234", "test"), "GET", "urn:isbn:1/a:b/c//d")


def test_the_root_has_an_empty_path_and_keeps_its_slash() -> None:
    """The gateway writes the root with a slash in the end."""
    arn = MethodArn.parse(f"{PLACE}/test/GET/")

    assert arn.path == ""
    assert str(arn) == f"{PLACE}/test/GET/"


def test_the_default_stage_of_an_http_api_is_plain() -> None:
    """A dollar sign alone is no policy variable."""
    arn = MethodArn.parse(f"{PLACE}/$default/GET/things")

    assert arn.stage == "$default"
    assert arn.stage_prefix == f"{PLACE}/$default/"


def test_a_websocket_has_a_route_key_and_no_slash_after_it() -> None:
    """Its ARN has neither method nor path."""
    arn = MethodArn.parse(f"{PLACE}/live/$connect")

    assert (arn.method, arn.path, arn.connects) == ("$connect", "", True)
    assert str(arn) == f"{PLACE}/live/$connect"


def test_a_rest_path_named_connect_is_not_a_websocket() -> None:
    """Its caller chose the path."""
    assert not MethodArn.parse(f"{PLACE}/test/GET/$connect").connects


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-of-some-day"])
def test_the_partition_comes_from_the_event(partition: str) -> None:
    """A prefix with another one would match nothing."""
    arn = MethodArn.parse(f"arn:{partition}:execute-api:cn-north-1:123456789012:abcdef1234/test/GET/things")

    assert arn.stage_prefix == f"arn:{partition}:execute-api:cn-north-1:123456789012:abcdef1234/test/"


def test_a_path_has_no_bound() -> None:
    """The gateway takes 1600 bytes; parsing is not the place to count."""
    path = "a/" * 5000

    assert MethodArn.parse(f"{PLACE}/test/GET/{path}").path == path


@pytest.mark.parametrize("path", ["*", "a/*/b", "wh?t", "${aws:username}"])
def test_a_wildcard_in_the_path_is_read_as_it_is(path: str) -> None:
    """A caller may ask for such a path; what becomes of it is for the policy to say."""
    assert MethodArn.parse(f"{PLACE}/test/GET/{path}").path == path


@pytest.mark.parametrize(
    "text",
    [
        f"{PLACE}/*/GET/things",
        f"{PLACE}/te?t/GET/things",
        f"{PLACE}/${{stage}}/GET/things",
        "arn:aws:execute-api:us-east-1:123456789012:*/test/GET/things",
        "arn:aws:execute-api:*:123456789012:abcdef1234/test/GET/things",
        "arn:aws:execute-api:us-east-1:*:abcdef1234/test/GET/things",
        "arn:*:execute-api:us-east-1:123456789012:abcdef1234/test/GET/things",
    ],
)
def test_a_wildcard_where_policies_would_repeat_it_is_refused(text: str) -> None:
    """It would open other stages, APIs or accounts."""
    with pytest.raises(BadEvent, match="plain names"):
        MethodArn.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        17,
        ["arn"],
        b"arn:aws:execute-api:us-east-1:123456789012:abcdef1234/test/GET/",
        "",
        "arn",
        "arn:aws:lambda:us-east-1:123456789012:function/x/y",
        "urn:aws:execute-api:us-east-1:123456789012:abcdef1234/test/GET/",
        "arn:aws:execute-api:us-east-1:123456789012",
        PLACE,
        f"{PLACE}/test",
        "arn:aws:execute-api:us-east-1:123456789012:/test/GET/",
        f"{PLACE}//GET/things",
        "arn::execute-api:us-east-1:123456789012:abcdef1234/test/GET/",
    ],
)
def test_what_is_no_method_arn_is_refused(text: object) -> None:
    """Half an ARN would make a policy for something else."""
    with pytest.raises(BadEvent) as caught:
        MethodArn.parse(text)

    assert "ARN" in str(caught.value)


@given(st.lists(PLAIN, min_size=6, max_size=6), PATH)
def test_what_is_parsed_is_written_again_to_the_letter(parts: list[str], path: str) -> None:
    """The ARN is echoed as received and never encoded anew."""
    partition, region, account, api, stage, method = parts
    text = f"arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}"

    arn = MethodArn.parse(text)

    assert str(arn) == text
    assert arn.path == path
    assert text.startswith(arn.stage_prefix)


@given(st.text(max_size=120) | st.text(st.sampled_from("arn:aws/execute-api*?${}"), max_size=80))
def test_any_text_is_an_arn_or_a_bad_event(text: str) -> None:
    """Nothing else is raised, and what policies would repeat holds no wildcard."""
    try:
        arn = MethodArn.parse(text)
    except BadEvent:
        return
    assert not any(sign in arn.stage_prefix for sign in ("*", "?", "${"))
