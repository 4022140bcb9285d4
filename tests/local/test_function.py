"""A handler in this process is called as Lambda calls it."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.local.function import in_process


def test_event_and_answer_go_by_way_of_json() -> None:
    """What the handler does to its event stays with it, and a tuple comes back as a list."""
    event = {"a": {"b": 1}}

    def handler(event: Any, context: Any) -> Any:
        event["a"]["b"] = 2
        return {"tuple": (1, 2), 3: "three"}

    assert in_process(handler)(event, None) == {"tuple": [1, 2], "3": "three"}
    assert event == {"a": {"b": 1}}


@pytest.mark.parametrize("answer", [object(), {1, 2}, b"bytes"])
def test_an_answer_that_is_no_json_is_an_error_of_the_function(answer: Any) -> None:
    """As Lambda's runtime has it."""
    with pytest.raises(TypeError):
        in_process(lambda event, context: answer)({}, None)


def test_the_context_is_that_of_lambda() -> None:
    """Its names, and the time that is left."""
    seen: list[Any] = []

    in_process(lambda event, context: seen.append(context))({}, None)

    (context,) = seen
    assert context.function_name == "authorizer"
    assert context.invoked_function_arn.endswith(":function:authorizer")
    assert 0 < context.get_remaining_time_in_millis() <= 10_000
    assert len(context.aws_request_id) == 36
