"""What a token that is bound to a project sees and touches, and what it cannot learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.database.documents import AgentDocument
from chalicelib.registry import agents as agent_store
from chalicelib.values.instants import now
from chalicelib.wire.cursors import encode_cursor
from tests.lambda_client import LambdaClient

ClientWith = Callable[..., LambdaClient]
Document = dict[str, Any]

OURS, THEIRS = "ours", "theirs"


@pytest.fixture
def theirs(client_with: ClientWith) -> Document:
    """An agent of the other project, with a version 1 and the runs 1 to 5."""
    admin = client_with("admin")
    made = admin.post("/api/v1/agents/their-agent/register", {"project": THEIRS})
    record_runs(admin, "their-agent")
    return dict(made.json)


@pytest.fixture
def ours(client_with: ClientWith) -> Document:
    admin = client_with("admin")
    made = admin.post("/api/v1/agents/our-agent/register", {"project": OURS})
    record_runs(admin, "our-agent")
    return dict(made.json)


def record_runs(client: LambdaClient, agent: str) -> None:
    client.post(f"/api/v1/agents/{agent}/versions", {"version": "1"})
    batch = {"runs": [{"id": run, "status": "completed", "cost": 1.5} for run in range(1, 6)]}
    assert client.post(f"/api/v1/agents/{agent}/versions/1/runs", batch).status == 201


def names(answer: Any) -> list[str]:
    return [agent["name"] for agent in answer.json]


def test_lists_hold_the_tokens_project_only(
    client_with: ClientWith, ours: Document, theirs: Document
) -> None:
    bound = client_with("read", OURS)
    assert names(bound.get("/api/v1/agents")) == ["our-agent"]
    assert names(bound.get("/api/v1/agents?name=their")) == []
    assert names(bound.get(f"/api/v1/agents?project={OURS}")) == ["our-agent"]
    assert names(client_with("read").get("/api/v1/agents")) == ["our-agent", "their-agent"]


@pytest.mark.parametrize("project", [THEIRS, "nobodys", "", "OURS", "our s"])
def test_asking_for_another_project_finds_nothing(
    project: str, client_with: ClientWith, ours: Document, theirs: Document
) -> None:
    answer = client_with("read", OURS).request("GET", f"/api/v1/agents?project={project}")
    assert (answer.status, answer.json) == (200, [])


def test_pages_of_a_bound_list_are_walked_to_their_end(client_with: ClientWith) -> None:
    admin = client_with("admin")
    for number in range(6):
        project = OURS if number % 2 else THEIRS
        admin.post(f"/api/v1/agents/agent-{number}/register", {"project": project})
    bound = client_with("read", OURS)
    seen, address = [], "/api/v1/agents?limit=1"
    while address:
        answer = bound.get(address)
        seen += names(answer)
        address = answer.next_address or ""
    assert seen == ["agent-1", "agent-3", "agent-5"]


def test_a_cursor_of_another_projects_list_is_refused(
    client_with: ClientWith, ours: Document, theirs: Document
) -> None:
    address = client_with("read").get("/api/v1/agents?limit=1").next_address
    assert address is not None
    answer = client_with("read", OURS).get(address)
    assert (answer.status, answer.json["code"]) == (400, "invalid_cursor")


def test_a_forged_cursor_leads_out_of_no_list(
    client_with: ClientWith, ours: Document, theirs: Document
) -> None:
    """Cursors are no secret and not signed: each list holds to its scope without trusting them."""
    agents = encode_cursor(["a"], {"project": OURS})
    bound = client_with("read", OURS)
    assert names(bound.get(f"/api/v1/agents?cursor={agents}")) == ["our-agent"]
    versions = bound.get("/api/v1/agents/our-agent/versions").json
    binding = {"agent": agent_store.find_agent("our-agent")["_id"]}
    their_version = "f" * 24
    forged = encode_cursor([10**14, their_version, 0], binding)
    runs = bound.get(f"/api/v1/agents/our-agent/runs?cursor={forged}")
    assert {run["agent"] for run in runs.json} == {"our-agent"}
    forged = encode_cursor([10**14, their_version], binding)
    listed = bound.get(f"/api/v1/agents/our-agent/versions?cursor={forged}")
    assert listed.json == versions


def test_runs_cannot_be_posted_to_another_projects_agent(
    client_with: ClientWith, theirs: Document
) -> None:
    """Neither by its name nor by its id, however it is spelt; and nothing is stored."""
    bound = client_with("ingest", OURS)
    report = {"id": 99, "status": "completed", "created": now().isoformat()}
    for agent in ("their-agent", theirs["id"], theirs["id"].upper(), "their%2Dagent"):
        path = f"/api/v1/agents/{agent}/versions/1/runs"
        for body in (report, {"runs": [report]}):
            assert bound.post(path, body).status == 404
        assert bound.post(f"/api/v1/agents/{agent}/versions", {"version": "2"}).status == 404
    admin = client_with("admin")
    assert len(admin.get("/api/v1/agents/their-agent/runs").json) == 5
    assert len(admin.get("/api/v1/agents/their-agent/versions").json) == 1


def test_what_one_caller_was_shown_is_not_remembered_for_another(
    client_with: ClientWith, theirs: Document
) -> None:
    """And the other way round: a refusal does not hide an agent from its owner."""
    owner, stranger = client_with("read", THEIRS), client_with("read", OURS)
    for key in ("their-agent", theirs["id"]):
        for _ in range(2):
            assert stranger.get(f"/api/v1/agents/{key}").status == 404
            assert owner.get(f"/api/v1/agents/{key}").status == 200


def test_a_stranger_costs_the_same_work_for_an_agent_that_exists_and_one_that_does_not(
    client_with: ClientWith, theirs: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A remembered agent would answer sooner, and so tell that it exists."""
    stranger = client_with("read", OURS)
    loaded: list[str] = []
    load = agent_store._load

    def counted(key: str, project: str | None) -> AgentDocument | None:
        loaded.append(key)
        return load(key, project)

    monkeypatch.setattr(agent_store, "_load", counted)
    client_with("read", THEIRS).get("/api/v1/agents/their-agent")
    loaded.clear()
    for _ in range(3):
        stranger.get("/api/v1/agents/their-agent")
        stranger.get("/api/v1/agents/no-agent")
    assert loaded == ["their-agent", "no-agent"] * 3


def test_a_bound_token_registers_agents_of_its_project_only(client_with: ClientWith) -> None:
    bound = client_with("ingest", OURS)
    path = "/api/v1/agents/new-agent/register"
    refused = bound.post(path, {"project": THEIRS})
    assert (refused.status, refused.json["code"]) == (403, "project_forbidden")
    assert refused.json["errors"] == [{"path": "project", "message": "is not the token's project"}]
    assert bound.post(path, {"project": OURS}).status == 201
    assert bound.post(path, {"project": OURS}).status == 200


def test_a_taken_name_is_refused_in_the_same_words_whoever_asks(
    client_with: ClientWith, theirs: Document
) -> None:
    path = "/api/v1/agents/their-agent/register"
    answers = [
        c.post(path, {"project": OURS}) for c in (client_with("ingest", OURS), client_with("admin"))
    ]
    assert [answer.status for answer in answers] == [409, 409]
    assert answers[0].json["detail"] == answers[1].json["detail"]
    assert THEIRS not in answers[0].text
    assert theirs["id"] not in answers[0].text


def test_an_ingest_token_reads_nothing_but_the_answers_to_what_it_wrote(
    client_with: ClientWith, ours: Document
) -> None:
    bound = client_with("ingest", OURS)
    written = bound.post(
        "/api/v1/agents/our-agent/versions/1/runs", {"id": 50, "status": "running"}
    )
    assert written.json["status"] == "running"
    for path in ("", "/our-agent", "/our-agent/versions", "/our-agent/runs"):
        assert bound.get(f"/api/v1/agents{path}").status == 403
