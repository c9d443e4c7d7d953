"""Policies of a template, with the values that CloudFormation would put into them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policy_sentry.querying.actions import get_action_data

Document = dict[str, Any]
ACCOUNT, REGION = "123456789012", "eu-west-1"
VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": "agent-metrics-prod",
    "Stage": "prod",
    "ApiId": "abc123",
    "Artifacts.Arn": "arn:aws:s3:::artifacts",
    "Boundary": f"arn:aws:iam::{ACCOUNT}:policy/agent-metrics-prod-boundary",
    "DeploymentRole.Arn": f"arn:aws:iam::{ACCOUNT}:role/agent-metrics-bootstrap-prod-Deployment",
    "WatchTopics": f"arn:aws:sns:{REGION}:{ACCOUNT}:watches",
}


FUNCTIONS = {
    "Ref": lambda name: VALUES[name],
    "Fn::GetAtt": lambda names: VALUES[".".join(names)],
    "Fn::Sub": lambda text: re.sub(r"\$\{([^}]+)\}", lambda match: VALUES[match[1]], text),
}
# CloudFormation's own documentation has it, and the list of its resources does not.
TRANSFORM = ":aws:transform/Serverless-2016-10-31"


def settle(value: Any, conditions: Mapping[str, bool]) -> Any:
    """The value with its intrinsic functions replaced by what they give."""
    if isinstance(value, list):
        return [settle(item, conditions) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::If"}:
        name, yes, no = value["Fn::If"]
        return settle(yes if conditions[name] else no, conditions)
    for name, function in FUNCTIONS.items():
        if set(value) == {name}:
            return function(value[name])  # type: ignore[no-untyped-call]
    return {name: settle(item, conditions) for name, item in value.items()}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def problems_of(statement: Document) -> Iterator[str]:
    """What AWS would not understand: actions and conditions that there are not, wrong resources."""
    for action in as_list(statement["Action"]):
        service, _, name = action.partition(":")
        if name == "*":
            continue
        entries = get_action_data(service, name)
        if not entries:
            yield f"{action} is no action"
            continue
        yield from _wrong_conditions(statement, action, entries[service])
        # Two services have this prefix, and the list has the resources of the newer one alone.
        if service != "apigateway":
            yield from _wrong_resources(statement, action, entries[service])


def _wrong_conditions(statement: Document, action: str, entries: list[Document]) -> Iterator[str]:
    known = {key.partition("/")[0] for entry in entries for key in entry["condition_keys"]}
    for keys in statement.get("Condition", {}).values():
        for key in keys:
            if key.partition("/")[0] not in known | {"iam:PassedToService"}:
                yield f"{action} knows no condition on {key}"


def _wrong_resources(statement: Document, action: str, entries: list[Document]) -> Iterator[str]:
    forms = {_kind(entry["resource_arn_format"]) for entry in entries}
    resources = as_list(statement["Resource"])
    if not any(
        arn == "*" or arn.endswith(TRANSFORM) or {_kind(arn), (_kind(arn)[0], "")} & forms
        for arn in resources
    ):
        yield f"{action} is about none of {statement['Resource']}"


def _kind(arn: str) -> tuple[str, str]:
    """The service of an ARN, and the word before its name where it has one."""
    service, resource = [*arn.split(":", 5), *[""] * 6][2:6:3]
    word = re.match(r"[a-z][\w-]*(?=[:/])", resource)
    return service, word[0] if word else ""
