"""What was acknowledged against what the service says it has: neither more nor less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.failures.lambda_processes import LambdaProcess
from tests.failures.senders import Report, Sender

# By path of a version's runs and by the run's id, the report that should stand.
Runs = dict[tuple[str, int], Report]


def runs_of(senders: Iterable[Sender]) -> Runs:
    """What should stand of all that was acknowledged: what is finished stays finished."""
    runs: Runs = {}
    for sender in senders:
        for batch in sender.acknowledged:
            for report in batch:
                key = (sender.path, report["id"])
                if key not in runs or report["status"] != "running":
                    runs[key] = report
    return runs


def check_accounts(function: LambdaProcess, runs: Runs) -> None:
    """Every run is listed once as it was reported, no other is, and the metrics add them up."""
    for path in {path for path, _ in runs}:
        wanted = {run_id: report for (where, run_id), report in runs.items() if where == path}
        check_version(function, path, wanted)
    check_metrics(function.get("/api/v1/metrics").json, runs.values())


def check_version(function: LambdaProcess, path: str, wanted: dict[int, Report]) -> None:
    """The same for one version, by the path of its runs."""
    check_list(_list(function, path), wanted)
    metrics = function.get(f"{path.removesuffix('/runs')}/metrics").json
    check_metrics(metrics, wanted.values())


def check_list(listed: list[dict[str, Any]], wanted: dict[int, Report]) -> None:
    """The same runs, each once, with the same content."""
    assert Counter(run["id"] for run in listed) == Counter(wanted.keys())
    for run in listed:
        report = wanted[run["id"]]
        assert {name: run[name] for name in report} == report


def check_metrics(metrics: dict[str, Any], reports: Iterable[Report]) -> None:
    """The totals of these runs."""
    runs = list(reports)
    statuses = Counter(report["status"] for report in runs)
    finished = [report for report in runs if report["status"] != "running"]
    assert metrics["runs"] == len(runs)
    assert metrics["by_outcome"] == {
        "succeeded": statuses["completed"],
        "failed": statuses["failed"],
        "in_progress": statuses["running"],
        "other": 0,
    }
    assert metrics["cost"]["known"] == len(finished)
    assert metrics["cost"]["total"] == sum(report["cost"] for report in finished)
    assert metrics["duration_ms"]["count"] == len(finished)
    mean_ms = 1000 * sum(report["time_taken"] for report in finished) / len(finished)
    assert round(metrics["duration_ms"]["mean"], 6) == round(mean_ms, 6)


def _list(function: LambdaProcess, path: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    address: str | None = f"{path}?limit=5000"
    while address is not None:
        answer = function.get(address)
        assert answer.status == 200, answer.text[:500]
        listed += answer.json
        address = answer.next_address
    return listed
