"""Wide and sparse fleets: many versions with a few runs a day each, as most fleets are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, NamedTuple

from pymongo.collection import Collection
from tqdm import tqdm

from benchmarks.pairs import Action
from benchmarks.reports import MODELS, STATUSES, TOOLS, to_batch, to_documents
from benchmarks.service import Service
from chalicelib.database import collection
from chalicelib.database.names import Name

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 90
PROJECTS = 5
VERSIONS_AN_AGENT = 4


class Fleet(NamedTuple):
    """`agents` with VERSIONS_AN_AGENT versions each, and each of these with the same runs a day."""

    name: str
    agents: int
    hours_a_day: int
    runs_an_hour: int

    @property
    def runs_a_version(self) -> int:
        return DAYS * self.hours_a_day * self.runs_an_hour

    @property
    def versions(self) -> int:
        return self.agents * VERSIONS_AN_AGENT

    @property
    def runs(self) -> int:
        return self.versions * self.runs_a_version


FLEETS = {
    "small": Fleet("small", agents=25, hours_a_day=8, runs_an_hour=1),
    "full": Fleet("full", agents=250, hours_a_day=8, runs_an_hour=2),
}


def paths_of(service: Service, fleet: Fleet) -> Iterator[tuple[str, str, str]]:
    """Registers the fleet: agent, version, and the path of the version's runs."""
    for number in range(fleet.agents):
        agent = f"agent-{number}"
        for version in range(VERSIONS_AN_AGENT):
            project = f"project-{number % PROJECTS}"
            path = service.add_version(agent, f"1.{version}", project=project)
            yield agent, f"1.{version}", path


def batches_of(service: Service, fleet: Fleet) -> Iterator[dict[str, Action]]:
    """For each version: recording its runs in batches, and `insert_many` of the same documents."""
    plain: Collection[Any] = collection(Name("plain"))
    for place, (agent, version, path) in enumerate(
        tqdm(list(paths_of(service, fleet)), desc=f"loading {fleet.runs:,} runs", unit="version")
    ):
        reports = draw_reports(fleet, place)
        ids = service.ids_of(agent, version)
        for at in range(0, len(reports), 720):
            some = reports[at : at + 720]
            event = service.event("POST", path, to_batch(some))
            yield {
                "handler": partial(service.call, event, 201),
                "plain": partial(plain.insert_many, to_documents(some, *ids)),
            }


def draw_reports(fleet: Fleet, version: int) -> list[dict[str, Any]]:
    """The runs of one version, each hour's together."""
    random = Random(version)
    step = 24 // fleet.hours_a_day
    hours = [
        START + timedelta(days=day, hours=step * place)
        for day in range(DAYS)
        for place in range(fleet.hours_a_day)
    ]
    instants = [
        hour + timedelta(seconds=random.randrange(3600))
        for hour in hours
        for _ in range(fleet.runs_an_hour)
    ]
    if fleet.runs_an_hour > 1:  # so that a batch of 720 has 720 hours
        instants = [i for n in range(fleet.runs_an_hour) for i in instants[n :: fleet.runs_an_hour]]
    return [
        _draw(random, version * 10**7 + place, instant) for place, instant in enumerate(instants)
    ]


def _draw(random: Random, run_id: int, created: datetime) -> dict[str, Any]:
    status = random.choice(STATUSES)
    report = {
        "id": run_id,
        "created": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "status": status,
        "initiator": f"user{random.randrange(50)}@example.com",
        "tools": random.sample(TOOLS, random.randrange(1, 4)),
        "models": random.sample(MODELS, 1 + (random.random() < 0.3)),
    }
    if status != "running":
        report["time_taken"] = f"{random.lognormvariate(3.7, 1.1):.3f}s"
        report["cost"] = round(random.lognormvariate(-2.5, 1.2), 6)
    return report
