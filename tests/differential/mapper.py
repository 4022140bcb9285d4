"""Principal Mapper's local simulation of IAM policies, as one of the judges. Its parts that look at an account are not used."""

from __future__ import annotations

import collections
import collections.abc
import warnings
from typing import Any

_MOVED = ("Mapping", "MutableMapping")  # it takes these from collections, where they are no more since Python 3.10


class Mapper:
    """What principalmapper 1.1.5 says.

    Raises:
        ImportError: it is not installed.
    """

    def __init__(self) -> None:
        lent = [name for name in _MOVED if not hasattr(collections, name)]
        for name in lent:
            setattr(collections, name, getattr(collections.abc, name))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from principalmapper.querying import local_policy_simulation
                from principalmapper.util.case_insensitive_dict import CaseInsensitiveDict
        finally:
            for name in lent:
                delattr(collections, name)
        self._simulation = local_policy_simulation
        self._context = CaseInsensitiveDict

    def verdict(self, policy: dict[str, Any], action: str, arn: str, request: dict[str, Any]) -> str:
        """Judge a request by a whole policy."""
        matching = self._simulation.policy_has_matching_statement
        context = self._context(request)
        if matching(policy, "Deny", action, arn, context):
            return "explicit deny"
        return "allow" if matching(policy, "Allow", action, arn, context) else "implicit deny"

    def names(self, pattern: str, text: str, request: dict[str, Any]) -> bool:
        """Tell whether a Resource or an Action means a text."""
        return bool(self._simulation._matches_after_expansion(text, pattern, self._context(request)))

    def holds(self, operator: str, key: str, values: Any, request: dict[str, Any]) -> bool:
        """Tell whether one condition holds."""
        return bool(self._simulation._get_condition_match({operator: {key: values}}, self._context(request)))
