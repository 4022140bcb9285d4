"""Callable: secret values that a callable of one's own fetches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..errors import ConfigError, Unavailable
from .kept import Fetch, Value
from .source import given


def asking(fetch: Callable[[], Iterable[str | bytes]], what: str) -> Fetch:
    """Return what fetches by asking a callable; see `authkit.secrets.fetched`."""

    def asked(_brief: bool) -> tuple[Value, ...]:
        try:
            answer = fetch()
            # One text is a collection of texts too: of its letters, each of which would be a secret.
            values = given(*(() if isinstance(answer, (str, bytes)) else answer)).current()
        except Unavailable:
            raise
        except ConfigError:
            detail = f"{what}: the callable gave no list, no value, an empty one, or neither text nor bytes"
            raise Unavailable("secret_unusable", detail=detail) from None
        except Exception as error:  # noqa: BLE001 - whatever it raises, the secret cannot be had
            raise Unavailable(
                "secret_unavailable", detail=f"{what}: the callable raised {type(error).__name__}"
            ) from None
        return tuple(Value(each) for each in values)

    return asked
