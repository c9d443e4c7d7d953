"""What the release before tiles answered, answered again after `manage.py upgrade`.

Of rules that have changed since (what a status means, which runs durations and costs are of) an
oracle says what the answer is now; all else is as it was recorded, cursors included.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from chalice import Chalice
from prometheus_client.parser import text_string_to_metric_families
from pymongo.database import Database

from chalicelib.database import connection as mongo
from chalicelib.database.recent import Recent
from chalicelib.rollups import mark_all
from management.commands.upgrade import upgrade_database
from management.commands.upkeep import count_all
from tests import database_v1
from tests.integration.fleet import QuietClient
from tests.integration.interruptions import Interruptions, crash, listen
from tests.integration.metrics_oracle import TOKENS, Run, check_block
from tests.integration.passing_time import let_marks_age
from tests.lambda_client import segment

Document = dict[str, Any]
Data = Database[Document]
METRICS = "/metrics?from=2026-03-01T00:00:00Z&to=2026-03-13T00:00:00Z"
PROMETHEUS = "/metrics/prometheus"
# These depend on outcomes, and so on words that were unknown then.
JUDGED = ("outcome=", "/compare", "/gate")
RUNS_THERE_SINCE = datetime(2026, 3, 5, tzinfo=UTC)


@pytest.fixture
def old(app: Chalice, database: Data, monkeypatch: pytest.MonkeyPatch) -> Iterator[Interruptions]:
    """The database of then, at that time."""
    for name in ("retention", "agents", "versions", "runs", "tokens"):
        database[name].delete_many({})  # what the app has made beside its indexes
    database_v1.load(database)
    monkeypatch.setattr("chalicelib.values.instants.to_storable", lambda _: database_v1.PRESENT)
    yield listen(monkeypatch)
    mongo.forget()


def upgrade(database: Data) -> None:
    upgrade_database()
    let_marks_age(database)
    count_all()


def test_everything_is_answered_as_before(old: Interruptions, app: Chalice, database: Data) -> None:
    upgrade(database)
    check_all(QuietClient(app), database)
    upgrade(database)
    check_all(QuietClient(app), database)


def test_so_it_is_if_the_upgrade_was_stopped_again_and_again(
    old: Interruptions, app: Chalice, database: Data
) -> None:
    for number in count(1, 9):
        try:
            with old.at({number: crash}):
                upgrade(database)
        except BaseException:  # noqa: BLE001 - the end of the process
            mongo.forget()
            Recent.forget_all()
        else:
            break
    # A total that was to be made anew when the process ended is so at the next occasion.
    mark_all()
    let_marks_age(database)
    count_all()
    check_all(QuietClient(app), database)


def check_all(client: QuietClient, database: Data) -> None:
    recorded = database_v1.answers()
    for path, entry in recorded.items():
        if METRICS in path:
            check_metrics(client, path, entry["answer"])
        elif path.startswith("/api/v1/agents") and not any(part in path for part in JUDGED):
            check_list(client, path, entry)
    check_oracle(client, database)
    check_counters(client, recorded[PROMETHEUS]["answer"])


def check_list(client: QuietClient, path: str, recorded: Document) -> None:
    """The same agents, versions or runs, on the same pages."""
    answer = client.get(path)
    assert answer.status == 200, path
    found, before = answer.json, recorded["answer"]
    pairs = [(found, before)] if isinstance(before, dict) else list(zip(found, before, strict=True))
    for now, then in pairs:
        if "status" in then:
            then["outcome"] = Run(database_v1.PRESENT, then["status"]).outcome
        assert {name: now.get(name) for name in then} == then, path
    if "next" in recorded:
        assert recorded["next"] in answer.headers["Link"]


def check_metrics(client: QuietClient, path: str, before: Document) -> None:
    """The same runs and the same money, in the same buckets and groups."""
    now = client.get(path).json
    assert essence(now) == essence(before), path
    by = before.get("group_by")
    names = ("agent", "version") if by == "version" else (by,)
    groups = [
        {tuple(g[n] for n in names): essence(g) for g in answer.get("groups", ())}
        for answer in (now, before)
    ]
    if before.get("others") is None:
        assert groups[0] == groups[1], path
    else:  # few values were kept apart then, as its README says
        assert groups[0].keys() >= groups[1].keys(), path
        assert all(groups[0][key]["runs"] >= group["runs"] for key, group in groups[1].items())


def essence(block: Document) -> Document:
    total = block["cost"]["total"]
    return {
        "runs": block["runs"],
        "cost": None if total is None else pytest.approx(total),
        "span": (block["first_run"], block["last_run"]),
        "buckets": [(b["from"], b["to"], b["runs"]) for b in block.get("buckets", ())],
    }


def check_oracle(client: QuietClient, database: Data) -> None:
    """Every number of what the runs that are there add up to."""
    for version in database["versions"].find():
        (agent,) = database["agents"].find({"_id": version["agent_id"]})
        runs = [
            run_of(run)
            for run in database_v1.documents("runs")
            if run["_id"]["v"] == version["_id"]
            and RUNS_THERE_SINCE <= run["created"] < database_v1.PRESENT
        ]
        query = "from=2026-03-05T00:00:00Z&to=2026-03-12T12:30:00Z&stale_after=1ms"
        path = f"/api/v1/agents/{segment(agent['name'])}/versions/{segment(version['version'])}"
        found = client.get(f"{path}/metrics?{query}")
        assert found.status == 200, found.text
        check_block(found.json, runs, database_v1.PRESENT)


def run_of(run: Document) -> Run:
    cost = run.get("cost")
    return Run(
        run["created"],
        run["status"],
        run.get("duration_us"),
        None if cost is None else Decimal(repr(cost)),
        tokens=tuple(run.get(f"{name}_tokens") for name in TOKENS),
    )


def check_counters(client: QuietClient, before: str) -> None:
    """None fell, and none jumped: one run is new, which came too late for the last total."""
    then, now = counters(before), counters(client.get(PROMETHEUS).text)
    assert now.keys() == then.keys()
    risen = {name: now[name] - then[name] for name in then if now[name] != then[name]}
    assert all(by > 0 for by in risen.values()), risen
    assert {name[:4] for name in risen} <= {(name[0], "dev", "coder", "1.1") for name in risen}, (
        risen
    )
    assert [by for name, by in risen.items() if name[0].endswith("runs_total")] == [1]
    assert all(by == 1 for name, by in risen.items() if name[0].endswith(("_count", "_bucket")))


def counters(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels; an edge of a histogram is one number, written as 1 or as 1.0."""
    return {
        (sample.name, *(_edge(*label) for label in sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.type in ("counter", "histogram")
    }


def _edge(name: str, value: str) -> str:
    return str(float(value)) if name == "le" else value
