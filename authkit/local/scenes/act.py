"""Act: one step of a scene, as it is told."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ...keys.events import KeyEvent
from ...observe.record import Record
from ..call import Call
from ..record import LEFT_OUT, credentials


class Credential(NamedTuple):
    """What is sent, and how it is spoken of."""

    words: str
    token: str

    def __repr__(self) -> str:
        return f"Credential({self.words})"


class Came(NamedTuple):
    """What came of a request: over the wire, in the gateway, and for the operator.

    Attributes:
        status, body: what the caller saw.
        call: what the gateway did.
        record: what the authorizer told the operator, if it is one of authkit's and was asked.
        fetches: how often the issuer's key endpoint was asked meanwhile.
        events: what happened to the keys meanwhile.
    """

    status: int
    body: str
    call: Call
    record: Record | None
    fetches: int
    events: tuple[KeyEvent, ...]

    @property
    def kept(self) -> bool:
        """Whether the gateway has kept the answer that was just given."""
        return self.call.asked is not None and self.call.judged is not None


class Act(NamedTuple):
    """One step of a scene: something that happens, or a request and what came of it.

    Attributes:
        says: what is done, and what it shows.
        gateway: the name of the gateway that was asked; empty where nothing was sent.
        method, path, credential: what was sent; of the credential the words alone.
        expected: the status that the scene tells of.
        wrong: why that status is none that anybody would want, if it is not.
        came: what came of it.
    """

    says: str
    gateway: str = ""
    method: str = ""
    path: str = ""
    credential: str = ""
    expected: int = 0
    wrong: str = ""
    came: Came | None = None

    @property
    def as_told(self) -> bool:
        """Whether it went as the scene tells it."""
        return self.came is None or self.came.status == self.expected

    def data(self) -> dict[str, Any]:
        """Return it as what JSON can say."""
        if self.came is None:
            return {"says": self.says}
        came = self.came
        return {
            "says": self.says,
            "gateway": self.gateway,
            "sent": {"method": self.method, "path": self.path, "credential": self.credential},
            "status": came.status,
            "expected": self.expected,
            "wrong": self.wrong,
            "body": self.body,
            "asked": came.call.asked is not None,
            "from_cache": came.call.kept,
            "kept": came.kept,
            "operator": came.record.fields() if came.record else None,
            "key_fetches": came.fetches,
            "key_events": [{name: text for name, text in each._asdict().items() if text} for each in came.events],
            "trace": [step._asdict() for step in came.call.steps],
        }

    @property
    def body(self) -> Any:
        """What the caller saw, as JSON if it is that; without the credential, should it stand there."""
        if self.came is None:
            return None
        text = self.came.body
        for each in credentials(self.came.call, ("header.authorization",)):
            text = text.replace(each, LEFT_OUT)
        try:
            return json.loads(text)
        except ValueError:
            return text
