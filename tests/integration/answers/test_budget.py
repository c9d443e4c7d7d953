"""A question that cannot end in time is refused before it is begun, with what can be asked."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.database.recent import Recent
from chalicelib.rollups import budget
from chalicelib.rollups.measuring import MOST_SECONDS
from chalicelib.rollups.upkeep import count_marked
from tests.integration.passing_time import A_WHILE_S, PATIENCE_S, let_marks_age
from tests.integration.sent_commands import listening
from tests.lambda_client import LambdaClient

Document = dict[str, Any]
YEAR = "from=2025-01-01&to=2026-01-01"


@pytest.fixture
def counted(client: LambdaClient, database: Database[Document]) -> LambdaClient:
    """A version with a run in each month of a year: twelve tiles, as upkeep left them."""
    client.post("/api/v1/agents/walker/register", {"project": "tests"})
    client.post("/api/v1/agents/walker/versions", {"version": "1"})
    reports = [
        {"id": m, "created": f"2025-{m:02}-10T00:00:00Z", "status": "ok", "tools": ["t"]}
        for m in range(1, 13)
    ]
    runs = {"runs": reports}
    assert client.post("/api/v1/agents/walker/versions/1/runs", runs).status == 201
    let_marks_age(database, A_WHILE_S)
    assert count_marked(PATIENCE_S) == 12
    return client


@pytest.fixture
def half_of_it(
    counted: LambdaClient, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> LambdaClient:
    """A service that adds up six of the twelve tiles in the time of a question; by tool, three."""
    size = database.command("collStats", "tiles")["size"]
    rates = dict.fromkeys(budget.BYTES_A_SECOND, int(size / 2 / MOST_SECONDS) + 1)
    rates["tool"] //= 2
    monkeypatch.setattr(budget, "BYTES_A_SECOND", rates)
    monkeypatch.setattr(budget, "_LEAST", 0)
    Recent.forget_all()
    return counted


def test_what_cannot_end_in_time_is_refused_with_what_can(half_of_it: LambdaClient) -> None:
    refused = half_of_it.get(f"/api/v1/metrics?{YEAR}")
    assert (refused.status, refused.json["code"]) == (400, "question_too_large")
    assert "for about 30 s, and a question has 15 s: ask for" in refused.json["detail"]
    days = int(refused.json["detail"].partition(" days at most")[0].split()[-1])
    assert 150 < days < 200
    half = half_of_it.get("/api/v1/metrics?from=2025-01-01&to=2025-06-30")
    assert (half.status, half.json["runs"]) == (200, 6)


def test_dearer_questions_have_less_room(half_of_it: LambdaClient) -> None:
    span = "from=2025-01-01&to=2025-06-30"
    assert half_of_it.get(f"/api/v1/metrics?{span}&group_by=tool").status == 400
    assert half_of_it.get(f"/api/v1/metrics?{span}&tool=t").status == 400
    assert half_of_it.get(f"/api/v1/metrics?{span}&group_by=version").status == 200


def test_of_an_endless_range_no_number_of_days_is_said(half_of_it: LambdaClient) -> None:
    refused = half_of_it.get("/api/v1/agents/walker/metrics")
    assert "a shorter range, with 'from' and 'to'" in refused.json["detail"]


def test_nothing_is_read_for_what_is_refused(half_of_it: LambdaClient) -> None:
    with listening() as sent:
        assert half_of_it.get(f"/api/v1/metrics?{YEAR}").status == 400
    assert not [c for c in sent.commands if c.get("find") in ("tiles", "marks", "runs")]


def test_a_small_database_is_asked_for_its_size_once(counted: LambdaClient) -> None:
    Recent.forget_all()
    with listening() as sent:
        for _ in range(3):
            assert counted.get(f"/api/v1/metrics?{YEAR}").status == 200
    assert len([c for c in sent.commands if "collStats" in c]) == 1
    assert not [c for c in sent.commands if c.get("aggregate") == "tiles"]
