"""Principals: whom a statement of a resource policy speaks of."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_ACCOUNT = re.compile("[0-9]{12}")
_OTHER_KINDS = frozenset(("CanonicalUser", "Federated", "Service"))
_IAM = re.compile(r"arn:[a-z0-9-]+:(?:iam|sts)::([0-9]{12}):([\w+=,.@/-]+)", re.ASCII)


class Principals(NamedTuple):
    """Everybody, or callers who have signed in with IAM: whole accounts, and users, roles and sessions by their ARN."""

    everybody: bool = False
    accounts: frozenset[str] = frozenset()
    arns: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, element: object) -> "Principals":
        """Read a Principal element.

        Raises:
            ValueError: it is no Principal.
        """
        if element == "*":
            return cls(everybody=True)
        if not isinstance(element, Mapping) or not element or not set(element) <= {"AWS", *_OTHER_KINDS}:
            raise ValueError('Principal is "*" or an object with AWS')
        for kind in element:
            if not _texts(element[kind]):
                raise ValueError(f"the Principal's {kind} is empty, or no text")
        named = _texts(element.get("AWS", []))
        accounts = {account for account in map(account_of, named) if account}
        arns = set(named) - {"*"} - {each for each in named if account_of(each)}
        for arn in arns:
            if not _IAM.fullmatch(arn):
                raise ValueError(f"the Principal {arn!r} is neither an account nor the ARN of a user, role or session")
        return cls("*" in named, frozenset(accounts), frozenset(arns))

    def names(self, principal: str | None) -> bool:
        """Tell whether a caller is one of them; None has not signed in with IAM."""
        if self.everybody:
            return True
        found = _IAM.fullmatch(principal) if principal is not None else None
        if principal is None or found is None:
            return False
        role = _role_of(principal, session=True)
        named = found[1] in self.accounts or principal in self.arns
        return named or (role is not None and role in map(_role_of, self.arns))


def account_of(named: str) -> str | None:
    """Return the account that a Principal means as a whole, by its number or its root."""
    if _ACCOUNT.fullmatch(named):
        return named
    found = _IAM.fullmatch(named)
    return found[1] if found and found[2] == "root" and ":iam:" in named else None


def is_principal(text: object) -> bool:
    """Tell whether a text can stand in a Principal's AWS: an account, or the ARN of a user, role or session."""
    return isinstance(text, str) and bool(_ACCOUNT.fullmatch(text) or _IAM.fullmatch(text))


def _role_of(named: str, *, session: bool = False) -> tuple[str, ...] | None:
    """Return the role that an ARN names; with ``session``, also that of a session, for a role speaks of all of its own.

    A session's ARN lacks the role's path, and needs none: within an account a role's name stands once.
    """
    found = re.fullmatch(r"arn:([^:]+):iam::([0-9]{12}):role/(?:.*/)?([^/]+)", named)
    if found is None and session:
        found = re.fullmatch(r"arn:([^:]+):sts::([0-9]{12}):assumed-role/([^/]+)/[^/]+", named)
    return found.groups() if found else None


def _texts(value: object) -> list[str]:
    listed = [value] if isinstance(value, str) else value
    return listed if isinstance(listed, list) and all(isinstance(each, str) for each in listed) else []
