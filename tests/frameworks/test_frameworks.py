"""Agents of real frameworks, as their newest releases are, report by two environment variables."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pymongo.database import Database

from app import app
from chalicelib.access import create_token
from chalicelib.database import connection as mongo
from chalicelib.database import ensure_indexes
from management.mongod import Mongod
from tests.frameworks.environments import node_folder, python_of
from tests.frameworks.fake_llm import ANSWER, running_model
from tests.integration.management.serving import serve

FOLDER = Path(__file__).parent
RUN_S = 300


class Expected(NamedTuple):
    """What arrives of a framework's run; tokens as fake_llm counts a call and the next one."""

    version: str = "3.2.1"
    model: str = "gpt-4o-mini"
    tokens: tuple[int, int] = (0, 0)
    tools: tuple[str, ...] = ("get_weather",)


PYTHON = {
    "pydantic_ai": Expected(tokens=(108, 22)),
    "openai_agents": Expected(model="gpt-4o-mini-2024-07-18", tokens=(148, 28)),
    "langchain": Expected(model="gpt-4o-mini-2024-07-18", tokens=(108, 22)),
    "strands": Expected(version="7.0", tokens=(108, 22)),
    "smolagents": Expected(tokens=(122, 18), tools=("get_weather", "final_answer")),
    "agno": Expected(tokens=(108, 22)),
}
NODE = {
    "vercel": Expected(tokens=(108, 22)),
    "mastra": Expected(version="1.0.0", tokens=(122, 22)),
}


@pytest.fixture
def environment(
    mongod: Mongod, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The variables that an agent is given: the model's address, the service's, and a token."""
    monkeypatch.setenv("MONGODB_URI", mongod.uri)
    monkeypatch.setenv("MONGODB_DATABASE", database.name)
    monkeypatch.setenv("AUTH_MODE", "token")
    mongo.forget()
    ensure_indexes(database)
    token = create_token("agent", "ingest", project="live", expires_at=None)
    with running_model() as llm, serve(app) as address:
        yield {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/tmp"),  # noqa: S108 - where npm's node looks
            "OPENAI_BASE_URL": llm,
            "OPENAI_API_KEY": "none",
            "OTEL_EXPORTER_OTLP_ENDPOINT": address,
            "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{token}",
            "OTEL_TOKEN": f"Bearer%20{token}",
        }
    mongo.forget()


def check(database: Database[Any], expected: Expected) -> None:
    """The one run that has arrived is what the agent did, and its words were not kept."""
    (agent,) = database["agents"].find()
    assert (agent["name"], agent["project"]) == ("weather_agent", "live")
    (version,) = database["versions"].find()
    (run,) = database["runs"].find({"deleted_at": None})
    assert version["version"] == expected.version
    assert run["status"] == "completed"
    assert (run["models"], tuple(run["tools"])) == ([expected.model], expected.tools)
    assert (run["input_tokens"], run["output_tokens"]) == expected.tokens
    assert run["cost"] == pytest.approx(expected.tokens[0] * 0.15e-6 + expected.tokens[1] * 0.6e-6)
    assert run["duration_us"] > 0
    kept = str(list(database["spans"].find())) + str(run)
    assert ANSWER not in kept
    assert "How is the weather" not in kept


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", PYTHON)
def test_a_python_framework_reports_its_run(
    name: str, environment: dict[str, str], database: Database[Any]
) -> None:
    program = FOLDER / "programs" / f"{name}_agent.py"
    run(str(python_of(name)), str(program), environment=environment)
    check(database, PYTHON[name])


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", NODE)
def test_a_node_framework_reports_its_run(
    name: str, environment: dict[str, str], database: Database[Any]
) -> None:
    run("node", str(node_folder() / f"{name}_agent.mjs"), environment=environment)
    check(database, NODE[name])


def run(*command: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=RUN_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
