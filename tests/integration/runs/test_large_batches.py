"""Batches that are inserted in two halves at once: the same verdicts as for one run at a time."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from chalicelib.runs import inserts
from chalicelib.runs.inserts import MIN_HALF, Places
from tests.integration.conftest import Report
from tests.lambda_client import LambdaClient

NUMBER = 2 * MIN_HALF + 20


@pytest.fixture
def batch(run_report: Report) -> list[dict[str, Any]]:
    return [run_report() for _ in range(NUMBER)]


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(slice(None), id="all"),
        pytest.param(slice(0, 1), id="the first"),
        pytest.param(slice(-1, None), id="the last"),
        pytest.param(slice(None, MIN_HALF), id="one half"),
        pytest.param(slice(MIN_HALF + 20, None), id="the other half"),
        pytest.param(slice(None, None, 3), id="every third"),
    ],
)
def test_what_is_stored_is_unchanged_and_the_rest_is_created(
    stored: slice, batch: list[dict[str, Any]], client: LambdaClient, runs_path: str
) -> None:
    before = len(batch[stored])
    assert client.post(runs_path, {"runs": batch[stored]}).json["created"] == before
    answer = client.post(runs_path, {"runs": batch})
    assert (answer.json["created"], answer.json["unchanged"]) == (NUMBER - before, before)
    listed = client.get(f"{runs_path}?limit={NUMBER + 1}").json
    assert sorted(run["id"] for run in listed) == sorted(run["id"] for run in batch)


def test_reports_of_one_run_are_taken_in_their_order(
    batch: list[dict[str, Any]], client: LambdaClient, runs_path: str
) -> None:
    last = batch[0] | {"status": "completed"}
    batch[0] = {"id": last["id"], "status": "running"}
    answer = client.post(runs_path, {"runs": [*batch, last]})
    assert (answer.json["created"], answer.json["updated"]) == (NUMBER, 1)
    assert client.get(f"{runs_path}/{last['id']}").json["status"] == "completed"


@pytest.mark.parametrize("lost", [0, 1])
def test_a_half_that_is_lost_is_made_up_for_by_a_retry(
    lost: int,
    batch: list[dict[str, Any]],
    client: LambdaClient,
    runs_path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    insert = inserts._insert_until_refused

    def lose(documents: Any, places: Places) -> Places:
        if (places[0] > 0) == lost:
            raise AutoReconnect
        return insert(documents, places)

    with monkeypatch.context() as patch:
        patch.setattr(inserts, "_insert_until_refused", lose)
        assert client.post(runs_path, {"runs": batch}).status == 503
    answer = client.post(runs_path, {"runs": batch})
    assert (answer.json["created"], answer.json["unchanged"]) == (NUMBER // 2, NUMBER // 2)
    agent_path = runs_path.partition("/versions/")[0]
    assert client.get(f"{agent_path}/metrics").json["runs"] == NUMBER
