"""Reports of runs of every kind: kept as they were meant, or refused without a trace."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.effort import search
from tests.fuzz.reports import Meant, doubtful_reports, valid_reports
from tests.fuzz.service import Service
from tests.fuzz.values import JSON
from tests.lambda_client import Answer

_cut = st.integers(0, 8)


def _identity(run: Any) -> Any:
    """Runs of one batch that share an id are another test's matter."""
    run_id = run.get("id") if isinstance(run, dict) else None
    return repr(run_id) if run_id is not None else id(run)


@search(150)
@given(report=valid_reports())
def test_a_run_is_read_back_as_it_was_meant(service: Service, report: Meant) -> None:
    path = service.add_version()
    answer = service.client.post(path, report.sent)
    assert answer.status == 201, answer.text
    report.check(answer.json)
    assert service.client.get(f"{path}/{answer.json['id']}").json == answer.json
    assert service.client.get(path).json == [answer.json]
    report.check_metrics(service.client.get(f"{path.removesuffix('/runs')}/metrics").json)
    if report.sent.get("id") is not None:
        again = service.client.post(path, report.sent)
        assert (again.status, again.json) == (200, answer.json)


@search(100)
@given(report=doubtful_reports())
def test_one_run_is_kept_or_refused(service: Service, report: Any) -> None:
    path = service.add_version()
    before = service.contents()
    answer = service.client.post(path, report)
    if answer.status == 201:
        assert service.client.get(path).json == [answer.json]
    else:
        service.refuse(answer, before)


@search(30)
@given(runs=st.lists(doubtful_reports(), max_size=8, unique_by=_identity))
def test_of_a_batch_exactly_the_valid_runs_are_kept(service: Service, runs: list[Any]) -> None:
    path = service.add_version()
    before = service.contents()
    answer = service.client.post(path, {"runs": runs})
    if "accepted" not in answer.json:
        service.refuse(answer, before)
        return
    _check_batch(answer, runs)
    listed = {run["id"]: run for run in service.client.get(path).json}
    assert len(listed) == answer.json["created"]
    refused = {entry["index"] for entry in answer.json["errors"]}
    kept = [run for place, run in enumerate(runs) if place not in refused]
    for run in kept:
        if run.get("id") is not None:
            assert listed[run["id"]]["status"] == run["status"]


@search(150)
@given(body=JSON)
def test_any_json_is_an_answer_or_a_refusal(service: Service, body: Any) -> None:
    path = service.add_version()
    before = service.contents()
    for posted in (body, {"runs": body}, {"runs": [body]}):
        service.refuse(service.client.post(path, json.dumps(posted)), before)


@search(150)
@given(data=st.data())
def test_damaged_bytes_are_never_half_understood(service: Service, data: st.DataObject) -> None:
    """What a client sent may arrive cut off or garbled."""
    path = service.add_version()
    before = service.contents()
    sound = json.dumps({"runs": [data.draw(valid_reports()).sent]}, ensure_ascii=False).encode()
    at = data.draw(st.integers(0, len(sound)))
    damaged = sound[:at] + data.draw(st.binary(max_size=4)) + sound[at + data.draw(_cut) :]
    answer = service.client.post(path, damaged)
    if answer.status == 201:
        assert len(service.client.get(path).json) == answer.json["created"] == 1
    else:
        service.refuse(answer, before)


def _check_batch(answer: Answer, runs: list[Any]) -> None:
    counts = answer.json
    assert counts["accepted"] == counts["created"]
    assert counts["accepted"] + counts["rejected"] == len(runs)
    places = [entry["index"] for entry in counts["errors"]]
    assert places == sorted(set(places))
    assert len(places) == counts["rejected"]
    expected = 201 if not places else 207 if counts["accepted"] else 422
    assert answer.status == expected
