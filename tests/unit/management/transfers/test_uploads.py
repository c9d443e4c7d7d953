"""Batches, their halves, and the tally."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from management.api import ApiClient, ApiError
from management.transfers import Item, Tally, upload

Service = Callable[[httpx.Request], httpx.Response]
RUNS_PATH = "/api/v1/agents/agent/versions/1.0/runs"


def client_of(service: Service) -> ApiClient:
    return ApiClient("http://service", transport=httpx.MockTransport(service))


def accept(runs: list[dict[str, Any]], **answer: Any) -> httpx.Response:
    counts = {"created": len(runs), "updated": 0, "unchanged": 0, "superseded": 0}
    body = {"accepted": len(runs), **counts, "rejected": 0, "errors": []} | answer
    return httpx.Response(201, json=body)


def runs_of(request: httpx.Request) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = json.loads(request.content)["runs"]
    return runs


def items(count: int) -> list[Item]:
    return [Item(place, {"id": place, "status": "ok"}) for place in range(1, count + 1)]


def test_a_batch_is_sent_in_order_and_counted() -> None:
    received = []

    def service(request: httpx.Request) -> httpx.Response:
        assert request.url.path == RUNS_PATH
        received.extend(runs_of(request))
        return accept(received, created=1, unchanged=2)

    tally = Tally()
    upload(client_of(service), "agent", "1.0", items(3), tally)

    assert [run["id"] for run in received] == [1, 2, 3]
    assert tally.lines() == [
        "3 runs: 1 created, 0 updated, 2 unchanged, 0 superseded, 0 refused",
    ]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_batch_refused_as_a_whole_is_halved_until_the_spoiling_run_stands_alone(
    status: int,
) -> None:
    def service(request: httpx.Request) -> httpx.Response:
        runs = runs_of(request)
        if any(run["id"] == 5 for run in runs):
            return httpx.Response(status, json={"code": "spoilt", "detail": "not readable"})
        return accept(runs)

    tally = Tally()
    upload(client_of(service), "agent", "1.0", items(8), tally)

    assert tally.verdicts["created"] == 7
    assert tally.refused == {"spoilt: not readable": [5]}


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_refusal_that_is_not_about_the_runs_ends_the_upload(status: int) -> None:
    def service(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"code": "no", "detail": "not here"})

    with pytest.raises(ApiError, match="no: not here"):
        upload(client_of(service), "agent", "1.0", items(4), Tally())


def test_refused_runs_are_grouped_by_reason_and_name_their_places() -> None:
    def service(request: httpx.Request) -> httpx.Response:
        negative = {"path": "cost", "message": "below 0"}
        errors = [
            {"index": i, "id": i, "code": "invalid_run", "detail": f"run {i}", "errors": [negative]}
            for i in range(12)
        ]
        conflict = {
            "index": 12,
            "id": 13,
            "code": "run_conflict",
            "detail": "differs",
            "errors": [],
        }
        answer = {"accepted": 0, "created": 0, "rejected": 13, "errors": [*errors, conflict]}
        return httpx.Response(422, json=accept([]).json() | answer)

    tally = Tally()
    upload(client_of(service), "agent", "1.0", items(13), tally)

    assert tally.lines() == [
        "13 runs: 0 created, 0 updated, 0 unchanged, 0 superseded, 13 refused",
        "  12 refused, invalid_run: cost: below 0 (lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more)",
        "  1 refused, run_conflict: differs (line 13)",
    ]
