"""The workflows: valid, pinned, with few rights, and in the right order."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

Document = dict[str, Any]
ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())


def load(name: str) -> Document:
    document: Document = yaml.safe_load((GITHUB / "workflows" / name).read_text())
    return document


def validate(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    return subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)


def test_the_published_schemas_accept_what_github_reads() -> None:
    for schema, files in (
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
    ):
        done = validate(schema, *files)
        assert done.returncode == 0, done.stdout


def test_the_schema_refuses_what_is_wrong(tmp_path: Path) -> None:
    """Guards the test above: a misspelt key is found."""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
    assert validate("vendor.github-workflows", wrong).returncode == 1


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """A tag can be moved by whoever takes an action over; a commit cannot."""
    used = re.findall(r"uses: +(?!\./)(.*)", path.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_every_workflow_pins_the_same_commits() -> None:
    text = "".join(path.read_text() for path in WORKFLOWS)
    pins = set(re.findall(r"([\w-]+/[\w-]+)@([0-9a-f]{40})", text))
    assert len(pins) == len({action for action, _ in pins})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_the_repository(path: Path) -> None:
    workflow = load(path.name)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        extra = job.get("permissions", {}).items() - {("contents", "read")}
        assert extra <= {("id-token", "write")}
        assert not extra or "environment" in job


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_there_are_no_long_lived_keys(path: Path) -> None:
    assert "secrets." not in path.read_text()
    assert "aws-access-key-id" not in path.read_text()


def test_the_matrix_is_what_lambda_and_chalice_run() -> None:
    versions = load("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert versions == ["3.11", "3.12", "3.13", "3.14"]


@pytest.fixture
def deploy() -> Document:
    job: Document = load("deploy.yml")["jobs"]["deploy"]
    return job


def test_one_deployment_of_a_stage_at_a_time(deploy: Document) -> None:
    assert deploy["concurrency"]["group"].startswith("deploy-${{")
    assert deploy["concurrency"]["cancel-in-progress"] is False
    assert deploy["concurrency"]["group"].removeprefix("deploy-") == deploy["environment"]


def test_main_goes_to_dev_and_a_tag_to_prod_after_the_tests(deploy: Document) -> None:
    # YAML 1.1 reads `on` as true.
    triggers: Document = load("deploy.yml")[True]  # type: ignore[index]
    assert triggers["push"] == {"branches": ["main"], "tags": ["v*"]}
    assert triggers["workflow_dispatch"]["inputs"]["stage"]["options"] == list(CONFIG["stages"])
    assert deploy["needs"] == "test"
    # Neither a push nor a hand can go around them.
    assert "if" not in deploy
    assert "if" not in load("deploy.yml")["jobs"]["test"]
    assert "github.ref_type == 'tag' && 'prod' || 'dev'" in deploy["environment"]


def test_indexes_come_before_traffic_and_a_failed_smoke_test_goes_back(deploy: Document) -> None:
    steps = [step.get("name", step.get("uses")) for step in deploy["steps"]]
    wanted = ["Keep what runs now", "Ensure the indexes", "Deploy", "Smoke test", "Roll back"]
    assert [name for name in steps if name in wanted] == wanted
    by_name = {step.get("name"): step for step in deploy["steps"]}
    assert "ready" in by_name["Smoke test"]["run"]
    assert "failure()" in by_name["Roll back"]["if"]


def test_a_deployment_without_a_topic_for_alarms_stops(deploy: Document) -> None:
    (step,) = [s for s in deploy["steps"] if "told of alarms" in s.get("name", "")]
    assert deploy["steps"].index(step) < deploy["steps"].index(
        next(s for s in deploy["steps"] if s.get("name") == "Package")
    )
    for parameters, code in (("", 1), ("WatchTopics=a", 1), ("AlarmTopic=none", 0)):
        done = subprocess.run(
            ["bash", "-c", step["run"]], env={"PARAMETERS": parameters}, check=False
        )
        assert done.returncode == code


def test_the_package_is_made_by_the_python_that_runs_it(
    deploy: Document, template: Document
) -> None:
    """Bytecode of another one would be compiled anew at every cold start."""
    (setup,) = [s for s in deploy["steps"] if "setup-python" in s.get("uses", "")]
    runtimes = {
        r["Properties"]["Runtime"]
        for r in template["Resources"].values()
        if r["Type"] == "AWS::Serverless::Function"
    }
    running = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    assert runtimes == {running}
    assert setup["with"]["python-version"] == "3.11"
