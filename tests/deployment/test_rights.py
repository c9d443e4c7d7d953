"""Who may do what in AWS: policies that it understands, and that give no more than is needed."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.rights import ACCOUNT, VALUES, as_list, problems_of, settle

Document = dict[str, Any]
ROOT = Path(__file__).parents[2]
BOOTSTRAP = json.loads((ROOT / "deployment" / "bootstrap.json").read_text())["Resources"]
# What can be asked of every resource alone.
OF_EVERYTHING = {
    *("LookAtLogsAndAlarms", "LetTheApiWriteItsLog", "LiveInAVpc"),
}
CHANGES_RIGHTS = ("Create", "Put", "Update", "Attach", "Delete", "Detach")


def statements(resource: str, *, has_api: bool = True) -> list[Document]:
    properties = BOOTSTRAP[resource]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    documents = documents or [properties["PolicyDocument"]]
    made = settle(documents, {"HasApi": has_api})
    return [statement for document in made for statement in document["Statement"]]


def function_statements(stage: str) -> list[Document]:
    policy = json.loads((ROOT / ".chalice" / f"policy-{stage}.json").read_text())
    made: list[Document] = settle(policy["Statement"], {"HasWatchTopics": True})
    return made


ROLES = {name: statements(name) for name in ("Boundary", "PipelineRole", "DeploymentRole")}
ROLES["before the API is there"] = statements("DeploymentRole", has_api=False)
ROLES["functions"] = function_statements("prod")


@pytest.mark.parametrize("role", ROLES)
def test_aws_understands_every_statement(role: str) -> None:
    problems = [problem for statement in ROLES[role] for problem in problems_of(statement)]
    assert problems == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ({"Action": "iam:MakeRole", "Resource": "*"}, "iam:MakeRole is no action"),
        ({"Action": "sqs:SendMessage", "Resource": "arn:aws:s3:::b"}, "is about none of"),
        (
            {
                "Action": "sqs:SendMessage",
                "Resource": "arn:aws:sqs:eu-west-1:1:q",
                "Condition": {"StringEquals": {"iam:PermissionsBoundary": "b"}},
            },
            "knows no condition on iam:PermissionsBoundary",
        ),
    ],
)
def test_a_wrong_statement_would_be_noticed(statement: Document, problem: str) -> None:
    [found] = problems_of(statement)
    assert problem in found


@pytest.mark.parametrize("role", ROLES)
def test_a_statement_names_its_resources(role: str) -> None:
    for statement in ROLES[role]:
        assert statement["Effect"] == "Allow"
        if "*" in as_list(statement["Resource"]):
            assert statement["Sid"] in OF_EVERYTHING


def test_whoever_deploys_makes_roles_within_the_boundary_alone() -> None:
    for statement in ROLES["DeploymentRole"]:
        changes = [
            action
            for action in as_list(statement["Action"])
            if action.startswith(tuple(f"iam:{verb}" for verb in CHANGES_RIGHTS))
            and action != "iam:DeleteRole"
        ]
        if changes:
            assert statement["Condition"] == {
                "StringEquals": {"iam:PermissionsBoundary": VALUES["Boundary"]}
            }
            assert "iam:DeleteRolePermissionsBoundary" not in changes
            assert not [action for action in changes if "Policy" in action and "Role" not in action]
    given = {action for s in ROLES["DeploymentRole"] for action in as_list(s["Action"])}
    assert {"iam:CreateRole", "iam:PutRolePolicy"} <= given
    assert "iam:CreatePolicyVersion" not in given


def test_a_deployment_may_not_change_the_roles_that_deploy() -> None:
    own = f"arn:aws:iam::{ACCOUNT}:role/agent-metrics-bootstrap-prod-DeploymentRole-1"
    for statement in ROLES["DeploymentRole"]:
        if any(action.startswith("iam:") for action in as_list(statement["Action"])):
            assert not [arn for arn in as_list(statement["Resource"]) if fnmatchcase(own, arn)]


def test_the_boundary_holds_all_that_the_functions_may_do() -> None:
    for statement in ROLES["functions"]:
        for action in as_list(statement["Action"]):
            for arn in as_list(statement["Resource"]):
                assert any(
                    action in as_list(bound["Action"])
                    and any(fnmatchcase(arn, limit) for limit in as_list(bound["Resource"]))
                    for bound in ROLES["Boundary"]
                ), (action, arn)


def test_the_boundary_gives_nobody_the_right_to_give_rights() -> None:
    services = {a.partition(":")[0] for s in ROLES["Boundary"] for a in as_list(s["Action"])}
    assert services == {"logs", "secretsmanager", "sns", "sqs", "ec2"}


def test_once_it_is_there_deployments_reach_the_stages_own_api_alone() -> None:
    [statement] = [s for s in ROLES["DeploymentRole"] if s["Sid"] == "ManageTheApi"]
    assert len(statement["Resource"]) == 3
    assert all("abc123" in arn for arn in statement["Resource"])
    others = "arn:aws:apigateway:eu-west-1::/restapis/other999/stages/prod"
    assert not [arn for arn in statement["Resource"] if fnmatchcase(others, arn)]


def test_another_stage_is_out_of_reach() -> None:
    """Of what carries the stage in its name nothing of the other stage can be meant."""
    for statement in (*ROLES["DeploymentRole"], *ROLES["PipelineRole"]):
        for arn in as_list(statement["Resource"]):
            if "agent-metrics" in arn:
                assert (
                    "agent-metrics-prod" in arn
                    or "agent-metrics/prod" in arn
                    or ("agent-metrics-bootstrap-prod" in arn)
                )


def test_the_stages_differ_in_their_secret_alone() -> None:
    dev = json.dumps(function_statements("dev")).replace("agent-metrics/dev", "agent-metrics/prod")
    assert json.loads(dev) == function_statements("prod")
