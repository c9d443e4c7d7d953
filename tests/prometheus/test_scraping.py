"""What Prometheus makes of the counters: the first failures, gaps, and some minutes of traffic."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

import httpx
import pytest

from management.mongod import Mongod, free_port
from tests.prometheus.processes import SCRAPE_S, Prometheus, prometheus, service, wait_for

PROGRAM = os.environ.get("PROMETHEUS") or shutil.which("prometheus")
SECONDS = int(os.environ.get("DURATION", "120"))
FAILED = 'agent_metrics_runs_total{outcome="failed"}'
if PROGRAM is None:
    pytest.skip(
        "no 'prometheus' is on PATH: install Debian's package of that name, or name the program"
        " with PROMETHEUS=",
        allow_module_level=True,
    )


def since(span: str) -> str:
    """What docs/api.md says: the failures of a span, of series that are new or come back too."""
    before = f"last_over_time({FAILED}[1h] offset {span})"
    return f"sum by (agent) ({FAILED} - ({before} or {FAILED} * 0))"


class Fleet:
    """Registers agents and reports runs to a service."""

    _ids = count(1)

    def __init__(self, url: str) -> None:
        self.url = url

    def register(self, agent: str) -> None:
        path = f"{self.url}/api/v1/agents/{agent}"
        assert httpx.post(f"{path}/register", json={"project": "p"}).status_code in (200, 201)
        assert httpx.post(f"{path}/versions", json={"version": "1"}).status_code in (200, 201)

    def report(self, agent: str, status: str, runs: int) -> None:
        batch = [{"id": next(self._ids), "status": status, "time_taken": 2} for _ in range(runs)]
        path = f"{self.url}/api/v1/agents/{agent}/versions/1/runs"
        assert httpx.post(path, json={"runs": batch}).status_code == 201


@pytest.fixture
def uri(tmp_path: Path) -> Iterator[str]:
    with Mongod(tmp_path / "mongod") as mongod:
        yield mongod.uri


def test_first_failures_gaps_and_minutes_of_traffic(uri: str, tmp_path: Path) -> None:
    scraped, beside, own = free_port(), free_port(), free_port()
    with ExitStack() as stack, ExitStack() as first:
        hidden = Fleet(stack.enter_context(service(uri, beside)))
        fleet = Fleet(first.enter_context(service(uri, scraped)))
        fleet.register("early")
        found = stack.enter_context(prometheus(str(PROGRAM), tmp_path, scraped, own))
        check_first_failures(fleet, found)
        first.close()
        hidden.report("early", "failed", 4)
        check_gap(uri, scraped, found, stack)
        check_traffic(fleet, found)
        check_text(fleet.url)


def check_first_failures(fleet: Fleet, found: Prometheus) -> None:
    """A version that was there at 0 shows its first failures; one that was not needs the query."""
    wait_for(lambda: found.ask(FAILED).get("early") == 0)
    time.sleep(5)
    fleet.report("early", "failed", 5)
    fleet.register("late")
    fleet.report("late", "failed", 3)
    wait_for(lambda: found.ask(FAILED) == {"early": 5, "late": 3})
    time.sleep(5)
    increased = found.ask(f"sum by (agent) (increase({FAILED}[1m]))")
    say("increase() of first failures, 5 and 3", increased)
    assert increased["early"] >= 4.5
    wait_for(lambda: found.ask(since("1m")) == {"early": 5, "late": 3})


def check_gap(uri: str, scraped: int, found: Prometheus, stack: ExitStack) -> None:
    """After a gap that is longer than the range, increase() sees nothing; the query does."""
    time.sleep(30)
    assert found.ask(FAILED) == {}
    stack.enter_context(service(uri, scraped))
    wait_for(lambda: found.ask(FAILED).get("early") == 9)
    time.sleep(5)
    increased = found.ask(f"sum by (agent) (increase({FAILED}[20s]))")
    say("increase() over a gap, of 4 and 0", increased)
    assert increased["early"] == 0
    wait_for(lambda: found.ask(since("20s")) == {"early": 4, "late": 0})


def check_traffic(fleet: Fleet, found: Prometheus) -> None:
    """Some minutes of runs: every counter is in the end what was reported, and never fell."""
    chance, sent = random.Random(7), Counter({"failed": 12})
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        status, runs = chance.choice(("failed", "completed")), chance.randint(1, 20)
        fleet.report(chance.choice(("early", "late")), status, runs)
        sent[status] += runs
        time.sleep(chance.random())
    names = {"failed": "failed", "completed": "succeeded"}
    total = "sum(agent_metrics_runs_total{{outcome='{}'}})"
    for status, outcome in names.items():
        wait_for(partial(is_counted, found, total.format(outcome), sent[status]))
    resets = found.ask(f"sum(resets(agent_metrics_runs_total[{SECONDS + 60}s]))")
    scrapes = found.ask(f"sum(count_over_time(up[{SECONDS}s]))")
    say("sent, scrapes", (dict(sent), scrapes))
    assert resets == {"": 0}
    assert scrapes[""] >= SECONDS / SCRAPE_S / 2
    # Only OpenMetrics tells units, so that is what was asked for and understood.
    assert found.units()["agent_metrics_run_duration_seconds"] == "seconds"


def is_counted(found: Prometheus, query: str, runs: int) -> bool:
    return found.ask(query) == {"": runs}


def say(what: str, figures: object) -> None:
    """What a person ran this for."""
    sys.stdout.write(f"{what}: {figures}\n")


def check_text(url: str) -> None:
    """Its own linter finds nothing in the plain text."""
    promtool = Path(str(PROGRAM)).with_name("promtool")
    text = httpx.get(f"{url}/metrics/prometheus").content
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
