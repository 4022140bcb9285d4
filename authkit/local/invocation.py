"""Invocation: the function is asked, and what it says or raises is noted (contract section 6)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .call import Asked, Visit
from .function import TIMEOUT
from .responses import Refusal

Handler = Callable[[dict[str, Any], object], Any]


class Invocation:
    """Asks a function.

    Args:
        handler: the function.
        word: whether an error that says exactly ``Unauthorized`` is a 401 to this kind of API.
        waits: whether it is known how long this kind of API waits for the answer.
        explain: after the function has run, says in words what it decided and why.
        timer: to see how long it took.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        word: bool,
        waits: bool,
        explain: Callable[[], str] = lambda: "",
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._handler = handler
        self._word = word
        self._waits = waits
        self._explain = explain
        self._timer = timer

    def __call__(self, visit: Visit, event: dict[str, Any]) -> Any:
        """Return the function's answer.

        Raises:
            Refusal: it raised, or was too late.
        """
        begun = self._timer()
        try:
            answer = self._handler(event, None)
        except Exception as error:  # noqa: BLE001 - whatever the function raises is an outcome
            visit.asked = Asked(event, error=error)
            raise self._failed(visit, error) from None
        took = self._timer() - begun
        visit.latency, visit.asked = int(took * 1000), Asked(event, answer)
        if took > TIMEOUT and self._waits:
            visit.badly("authorizer", f"took {took:.1f} s; the gateway waits {TIMEOUT:g} s for it")
            raise Refusal("AUTHORIZER_FAILURE")
        said = self._explain()
        (visit.badly if said.startswith("forbidden") else visit.well)("authorizer", said or "answered")
        return answer

    def _failed(self, visit: Visit, error: Exception) -> Refusal:
        # Only the text counts, to the letter; what HTTP APIs make of the word is not documented, so it is an error.
        word = self._word and str(error) == "Unauthorized"
        raised = f"raised {getattr(error, 'kind', type(error).__name__)}"
        visit.badly("authorizer", self._explain() or (f"{raised}, and says Unauthorized" if word else raised))
        return Refusal("UNAUTHORIZED" if word else "AUTHORIZER_FAILURE")
