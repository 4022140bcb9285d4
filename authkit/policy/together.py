"""Together: an authorizer's policy beside a REST API's resource policy (contract section 8.4).

The gateway looks for a Deny in the resource policy before it calls the authorizer at all. Afterwards a Deny on either
side wins. In the API's own account an Allow on one side is enough where the other is silent; for another account both
must allow.

The trap: a resource policy that allows everybody speaks for an authorizer that merely fails to allow. What closes it is
a resource policy without that Allow, ``resource_policy(..., allow=())``; or an authorizer's policy that refuses by name
all that it does not allow, `deny_the_rest`.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .conditions import Told
from .document import ACTION
from .evaluate import BadPolicy, Evaluation, Policy, Verdict, evaluate, judge

Side = Literal["authorizer", "resource policy", "both"]
Stage = Literal["before the authorizer", "after the authorizer"]

_SILENT = Evaluation("implicit deny")

# What holds exactly when the other does not, also where the request lacks the key. Dates: of a single value only.
_OPPOSITES = {
    "IpAddress": "NotIpAddress",
    "StringEquals": "StringNotEquals",
    "StringLike": "StringNotLike",
    "DateLessThan": "DateGreaterThanEqualsIfExists",
    "DateLessThanEquals": "DateGreaterThanIfExists",
    "DateGreaterThan": "DateLessThanEqualsIfExists",
    "DateGreaterThanEquals": "DateLessThanIfExists",
}


class Joint(NamedTuple):
    """What both policies together decided.

    Attributes:
        verdict: what becomes of the request.
        side: whose statement decided, or whose silence.
        stage: when; before the authorizer it is not called, and ``authorizer`` is None.
        authorizer: what its policy says for itself.
        resource_policy: what the other one says for itself.
    """

    verdict: Verdict
    side: Side
    stage: Stage
    authorizer: Evaluation | None
    resource_policy: Evaluation

    @property
    def allowed(self) -> bool:
        """Whether the request may pass."""
        return self.verdict == "allow"

    @property
    def statement(self) -> Mapping[str, Any] | None:
        """The statement that decided; the authorizer's, if both sides had one; None, if it was silence."""
        return self._decisive.statement if self.verdict != "implicit deny" else None

    @property
    def resource(self) -> str:
        """The resource by which that statement applies."""
        return self._decisive.resource if self.verdict != "implicit deny" else ""

    @property
    def _decisive(self) -> Evaluation:
        return self.resource_policy if self.side == "resource policy" or not self.authorizer else self.authorizer


def evaluate_resource_policy(
    policy: object, arn: str, conditions: Told | None = None, *, principal: str | None = None
) -> Evaluation:
    """Judge a request by a resource policy alone, as for a method without an authorizer.

    Args:
        policy: the document, or what ``Policy.parse(document, kind="resource policy")`` has made of it.
        arn: the method ARN asked for.
        conditions: the request's condition keys; see `evaluate`.
        principal: the ARN of a caller who has signed in with IAM; a Lambda authorizer's callers have none.

    Raises:
        BadPolicy, UnknownCondition, BadEvent: as `evaluate` does.
    """
    return judge(policy, arn, conditions, kind="resource policy", principal=principal)


def evaluate_with(
    authorizer_policy: object,
    resource_policy: object,
    arn: str,
    conditions: Told | None = None,
    *,
    same_account: bool = True,
) -> Joint:
    """Judge a request by an authorizer's policy and the API's resource policy.

    Args:
        authorizer_policy: the document that the authorizer returns. Not looked at where it is not called.
        resource_policy: the API's; None, if it has none.
        arn: the method ARN asked for.
        conditions: the request's condition keys; see `evaluate`.
        same_account: whether the caller is of the API's own account.

    Raises:
        BadPolicy, UnknownCondition, BadEvent: as `evaluate` does.
    """
    around = _SILENT if resource_policy is None else evaluate_resource_policy(resource_policy, arn, conditions)
    if around.verdict == "explicit deny":
        return Joint("explicit deny", "resource policy", "before the authorizer", None, around)
    own = evaluate(authorizer_policy, arn, conditions)
    verdict, side = _after(own, around, same_account=same_account)
    return Joint(verdict, side, "after the authorizer", own, around)


def _after(own: Evaluation, around: Evaluation, *, same_account: bool) -> tuple[Verdict, Side]:
    """Return what comes of the two where the resource policy does not deny."""
    if own.verdict == "explicit deny":
        return "explicit deny", "authorizer"
    if own.allowed == around.allowed:
        return own.verdict, "both"
    if same_account:
        return "allow", "authorizer" if own.allowed else "resource policy"
    return "implicit deny", "resource policy" if own.allowed else "authorizer"


def deny_the_rest(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return an authorizer's policy that allows the same, and denies by name all that it only failed to allow.

    Beside whatever resource policy then just those requests pass that pass by the authorizer's policy alone: what no
    Allow names is taken by a Deny with ``NotResource``, and where the Allows have a condition, what does not fulfil it
    by a Deny with the opposite one. The price is that every allowed resource stands twice.

    Raises:
        BadPolicy: the policy is malformed, or its Allows are not of one form: resources, and one condition for all.
        UnknownCondition: a condition is not understood.
    """
    Policy.parse(policy)
    statements = policy["Statement"]
    listed = [statements] if isinstance(statements, Mapping) else list(statements)
    allows = [statement for statement in listed if statement["Effect"] == "Allow"]
    if any("Resource" not in each or each.get("Action") != ACTION for each in allows):
        raise BadPolicy(f"to deny the rest, every Allow must name its resources, and {ACTION}")
    conditions = [each.get("Condition", {}) for each in allows]
    if any(condition != conditions[0] for condition in conditions):
        raise BadPolicy("to deny the rest, all Allows must have the same condition")
    names = {
        name for each in allows for name in ([each["Resource"]] if type(each["Resource"]) is str else each["Resource"])
    }
    unnamed = {"NotResource": sorted(names)} if names else {"Resource": "*"}
    rest: list[dict[str, Any]] = [{"Effect": "Deny", "Action": ACTION, **unnamed}]
    rest += [
        {"Effect": "Deny", "Action": ACTION, "Resource": "*", "Condition": opposite}
        for condition in conditions[:1]
        for opposite in opposites(condition)
    ]
    return {**policy, "Statement": [*listed, *rest]}


def opposites(condition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return conditions of which one holds exactly when this one does not.

    Raises:
        BadPolicy: there is none for an operator.
    """
    found = []
    for operator, keys in condition.items():
        for key, values in keys.items():
            single = not isinstance(values, list) or len(values) == 1
            if operator not in _OPPOSITES or (operator.startswith("Date") and not single):
                raise BadPolicy(f"to deny the rest, there is no opposite to {operator} of {key}")
            found.append({_OPPOSITES[operator]: {key: values}})
    return found
