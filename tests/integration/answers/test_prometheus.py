"""What Prometheus scrapes: true, never falling, and of the last day's agents only."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families
from pymongo.database import Database

from chalicelib.answers.running_totals import advance_totals
from chalicelib.database.recent import Recent
from chalicelib.rollups.upkeep import count_marked
from tests.integration.passing_time import A_WHILE_S, PATIENCE_S, let_marks_age
from tests.integration.sent_commands import listening
from tests.lambda_client import LambdaClient, segment

ClientWith = Callable[..., LambdaClient]
Document = dict[str, Any]
Series = dict[tuple[str, ...], float]

PATH = "/metrics/prometheus"
NOON = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHANGES: list[Document] = [{}, {"status": "failed", "cost": 9}, {"status": "running"}]


class Clock:
    """The app's clock. Marks have the database's own, so moving this one makes them older."""

    def __init__(self, database: Database[Document]) -> None:
        self.database = database
        self.present = NOON

    def move(self, span: timedelta) -> None:
        self.present += span
        let_marks_age(self.database, span.total_seconds())
        Recent.forget_all()

    def roll_up(self) -> None:
        """What the scheduled function does to every marked hour."""
        self.move(timedelta(seconds=A_WHILE_S))
        count_marked(PATIENCE_S, then=advance_totals)


@pytest.fixture
def clock(database: Database[Document], monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(database)
    monkeypatch.setattr("chalicelib.values.instants.to_storable", lambda _: clock.present)
    return clock


@pytest.fixture
def reporter(client: LambdaClient, clock: Clock) -> Callable[..., int]:
    """Reports runs of an agent, created `ago`; answers the id of the last one."""
    ids = count(1)
    known: set[tuple[str, str]] = set()

    def report(agent: str = "walker", version: str = "1.0", *, runs: int = 1, **fields: Any) -> int:
        path = f"/api/v1/agents/{segment(agent)}"
        if (agent, version) not in known:
            client.post(f"{path}/register", {"project": "tests"})
            client.post(f"{path}/versions", {"version": version})
            known.add((agent, version))
        created = clock.present - fields.pop("ago", timedelta(0))
        first = {"status": "completed", "time_taken": 2, "cost": 0.5, **fields}
        batch = [{"id": next(ids), "created": created.isoformat(), **first} for _ in range(runs)]
        sent = client.post(f"{path}/versions/{segment(version)}/runs", {"runs": batch})
        assert sent.status in (200, 201), sent.text
        return int(batch[-1]["id"])

    return report


def scrape(client: LambdaClient) -> Series:
    """Every sample by (name, label values …), read by prometheus_client's parser."""
    answer = client.get(PATH)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name.removeprefix("agent_metrics_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def read_openmetrics(text: str) -> list[Any]:
    return list(openmetrics_families(text))  # type: ignore[no-untyped-call]


def counters(series: Series) -> Series:
    suffixes = ("_total", "_bucket", "_sum", "_count")
    return {name: value for name, value in series.items() if name[0].endswith(suffixes)}


def test_a_scrape_tells_what_the_metrics_tell(
    client: LambdaClient, reporter: Callable[..., int]
) -> None:
    reporter(runs=3)
    reporter(status="failed", time_taken="5m", cost=None)
    reporter(status="shelved", time_taken=None)
    reporter(status="running", ago=HOUR)
    found, of = scrape(client), ("tests", "walker", "1.0")
    assert found["runs_total", *of, "succeeded"] == 3
    assert found["runs_total", *of, "failed"] == 1
    assert found["runs_total", *of, "other"] == 1
    assert found["runs_in_progress", *of] == 1
    assert found["cost_dollars_total", *of] == 2.0
    assert found["runs_without_cost_total", *of] == 1
    assert found["run_duration_seconds_bucket", *of, "2.5"] == 3
    assert found["run_duration_seconds_bucket", *of, "+Inf"] == 4
    assert found["run_duration_seconds_sum", *of] == 306
    assert found["last_run_timestamp_seconds", *of] == NOON.timestamp()


def test_a_run_is_counted_when_it_finishes(
    client: LambdaClient, reporter: Callable[..., int]
) -> None:
    """What it took and cost while it was running may still change, and a counter must not."""
    run = reporter(status="running", time_taken=100, cost=9)
    before = scrape(client)
    assert set(counters(before).values()) == {0}
    assert before["runs_in_progress", "tests", "walker", "1.0"] == 1
    reporter(id=run, status="completed", time_taken=3, cost=1)
    after, of = scrape(client), ("tests", "walker", "1.0")
    assert after["runs_in_progress", *of] == 0
    assert after["cost_dollars_total", *of] == 1
    assert after["run_duration_seconds_sum", *of] == 3


def test_only_what_ran_in_the_last_day_is_there(
    client: LambdaClient, reporter: Callable[..., int], clock: Clock
) -> None:
    reporter("sleeper")
    reporter("walker", "1.0")
    clock.move(DAY + HOUR)
    reporter("walker", "2.0")
    assert {name[2:4] for name in scrape(client) if len(name) > 1} == {("walker", "2.0")}


def test_a_version_that_wakes_up_goes_on_from_where_it_was(
    client: LambdaClient, reporter: Callable[..., int], clock: Clock
) -> None:
    reporter(runs=5)
    clock.move(10 * DAY)
    clock.roll_up()
    assert not counters(scrape(client))
    reporter()
    assert scrape(client)["runs_total", "tests", "walker", "1.0", "succeeded"] == 6


def test_old_tiles_are_not_read_again(
    client: LambdaClient, reporter: Callable[..., int], clock: Clock, database: Database[Document]
) -> None:
    """What makes a scrape cost the same however long a fleet has been running."""
    for _ in range(5):
        reporter(runs=2)
        clock.move(DAY)
        clock.roll_up()
    reporter()
    total = scrape(client)
    assert total["runs_total", "tests", "walker", "1.0", "succeeded"] == 11
    until = database["totals"].find_one({})
    assert until is not None
    assert until["until"] > clock.present - 2 * DAY
    with listening() as sent:
        scrape(client)
    (tiles,) = [command["filter"] for command in sent.commands if command.get("find") == "tiles"]
    begins = [part["_id.begin"]["$gte"] for part in tiles["$or"]]
    assert min(begins) >= (clock.present - DAY).replace(day=1, hour=0, minute=0, second=0)
    assert max(begins) == (clock.present - DAY).replace(hour=0, minute=0, second=0)
    assert scrape(client) == total


def test_a_late_run_is_counted_once_its_hour_is(
    client: LambdaClient, reporter: Callable[..., int], clock: Clock
) -> None:
    for _ in range(5):
        reporter()
        clock.move(DAY)
        clock.roll_up()
    reporter(ago=5 * DAY, runs=7)
    reporter()
    of = ("runs_total", "tests", "walker", "1.0", "succeeded")
    assert scrape(client)[of] == 6
    clock.roll_up()
    assert scrape(client)[of] == 13


@pytest.mark.parametrize("rows_a_day", [2000, 3])
@pytest.mark.parametrize("seed", range(2))
def test_no_correction_and_no_deletion_changes_a_counter(
    seed: int,
    rows_a_day: int,
    client: LambdaClient,
    reporter: Callable[..., int],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Runs move from days whose totals are stored to today and back, before and after upkeep."""
    monkeypatch.setattr("chalicelib.rollups.counting.ROWS_A_DAY", rows_a_day)
    chance, path = random.Random(seed), "/api/v1/agents/walker/versions/1.0/runs"
    alive = list(range(1, reporter(runs=6, ago=4 * DAY) + 1))
    before: Series = {}
    for _ in range(25):
        clock.move(chance.choice([timedelta(minutes=1), HOUR, 7 * HOUR]))
        alive.append(reporter())
        if chance.random() < 0.5:
            clock.roll_up()
        before, run = counters(scrape(client)), chance.choice(alive)
        if chance.random() < 0.15:
            alive.remove(run)
            assert client.delete(f"{path}/{run}").status == 204
        else:
            ago = chance.choice([timedelta(seconds=9), 2 * HOUR, DAY, 4 * DAY + HOUR])
            moved = {"created": (clock.present - ago).isoformat()}
            other = chance.choice(CHANGES)
            assert client.patch(f"{path}/{run}", moved | other).status == 200
        assert counters(scrape(client)) == before
        clock.roll_up()
        assert counters(scrape(client)) == before
    assert sum(value for name, value in before.items() if name[0] == "runs_total") == 6 + 25


def test_what_completes_a_run_that_has_moved_is_counted_where_it_was(
    client: LambdaClient, reporter: Callable[..., int], clock: Clock
) -> None:
    run = reporter(cost=None, ago=3 * DAY)
    reporter()
    clock.roll_up()
    path = f"/api/v1/agents/walker/versions/1.0/runs/{run}"
    client.patch(path, {"created": clock.present.isoformat()})
    reporter(id=run, cost=4, created=(clock.present - 3 * DAY).isoformat())
    clock.roll_up()
    found, of = scrape(client), ("tests", "walker", "1.0")
    assert found["runs_total", *of, "succeeded"] == 2
    assert found["cost_dollars_total", *of] == 4.5
    client.delete(path)
    clock.roll_up()
    assert counters(scrape(client)) == counters(found)


@pytest.mark.parametrize("seed", range(3))
def test_no_counter_ever_falls_and_none_forgets(
    seed: int, client: LambdaClient, reporter: Callable[..., int], clock: Clock
) -> None:
    """Days of reports, late and out of order, of recounts and of scrapes in any order."""
    chance, running, last = (
        random.Random(seed),
        list[tuple[str, int]](),
        defaultdict[Any, float](float),
    )
    finished = 0
    for step in walk(chance, steps=60):
        if step == "report":
            finished += reporter_runs(chance, reporter, running)
        elif step == "roll up":
            clock.roll_up()
        elif step == "wait":
            clock.move(chance.choice([HOUR, 5 * HOUR, DAY]))
        for name, value in counters(scrape(client)).items():
            assert value >= last[name], (seed, name)
            last[name] = value
    for version in ("1.0", "2.0"):
        reporter(version=version)
    clock.roll_up()
    found = scrape(client)
    assert sum(v for name, v in found.items() if name[0] == "runs_total") == finished + 2


def walk(chance: random.Random, steps: int) -> Iterator[str]:
    yield "report"
    yield from chance.choices(["report", "roll up", "wait"], weights=[5, 2, 3], k=steps)


def reporter_runs(
    chance: random.Random, reporter: Callable[..., int], running: list[tuple[str, int]]
) -> int:
    """Report something; how many runs it finished."""
    version = chance.choice(["1.0", "2.0"])
    numbers = {"time_taken": chance.uniform(0, 5000), "cost": chance.choice([None, 0.1, 2])}
    if running and chance.random() < 0.4:
        version, run = running.pop(chance.randrange(len(running)))
        reporter(version=version, id=run, status=chance.choice(["ok", "failed", "odd"]), **numbers)
        return 1
    ago = chance.choice([timedelta(0), HOUR, DAY, 4 * DAY])
    if chance.random() < 0.3:
        run = reporter(version=version, status="running", ago=ago, **numbers)
        running.append((version, run))
        return 0
    runs = chance.randint(1, 4)
    reporter(version=version, runs=runs, ago=ago, **numbers)
    return runs


def test_a_bound_token_scrapes_its_project_only(client_with: ClientWith, clock: Clock) -> None:
    admin = client_with("admin")
    for project in ("ours", "theirs"):
        path = f"/api/v1/agents/{project}-agent"
        admin.post(f"{path}/register", {"project": project})
        admin.post(f"{path}/versions", {"version": "1"})
        admin.post(f"{path}/versions/1/runs", {"status": "ok", "created": NOON.isoformat()})
    assert {name[1] for name in scrape(admin) if len(name) > 1} == {"ours", "theirs"}
    ours = scrape(client_with("read", project="ours"))
    assert {name[1] for name in ours if len(name) > 1} == {"ours"}


@pytest.mark.parametrize("name", ['a"b\\c', "\\n", "{}=,", "läuft 🏃", "# HELP x", "a'b"])
def test_hostile_names_stay_names(
    name: str, client: LambdaClient, reporter: Callable[..., int]
) -> None:
    reporter(name, name)
    labels = {found[2:4] for found in scrape(client) if len(found) > 1}
    assert labels == {(name, name)}


def test_a_registered_version_begins_at_zero_and_stays_there_until_it_runs(
    client: LambdaClient, clock: Clock
) -> None:
    client.post("/api/v1/agents/walker/register", {"project": "tests"})
    client.post("/api/v1/agents/walker/versions", {"version": "1.0"})
    found, of = scrape(client), ("tests", "walker", "1.0")
    assert found["runs_total", *of, "failed"] == 0
    assert ("last_run_timestamp_seconds", *of) not in found
    clock.move(8 * DAY)
    assert set(scrape(client)) == {("versions_omitted",)}


def test_a_version_that_has_gone_silent_never_falls_back_to_zero(
    client: LambdaClient, reporter: Callable[..., int], clock: Clock
) -> None:
    reporter(runs=3)
    clock.move(DAY + 2 * HOUR)
    assert ("runs_total", "tests", "walker", "1.0", "succeeded") not in scrape(client)
    clock.roll_up()
    assert ("runs_total", "tests", "walker", "1.0", "succeeded") not in scrape(client)


def test_openmetrics_is_answered_where_it_is_asked_for(
    client: LambdaClient, reporter: Callable[..., int]
) -> None:
    reporter(runs=3)
    answer = client.get(PATH, accept="application/openmetrics-text;version=1.0.0,*/*;q=0.1")
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {f.name: f for f in read_openmetrics(answer.text)}
    samples = families["agent_metrics_runs"].samples
    assert next((s.name, s.value) for s in samples) == ("agent_metrics_runs_total", 3)
