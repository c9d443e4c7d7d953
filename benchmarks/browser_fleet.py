"""A fleet for the dashboard to show: 120 agents, 1,300 versions, as many runs as are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from bson import ObjectId
from pymongo import MongoClient, WriteConcern
from tqdm import tqdm

from benchmarks.marks import LONG_AGO
from benchmarks.reports import draw_reports, to_documents

AGENTS, VERSIONS, PROJECTS, DAYS = 120, 1_300, 8, 90
_OF_THE_FIRST = 130
_TEMPLATES = 2_000
_CHUNK = 5_000


def load(uri: str, database: str, runs: int) -> None:
    """Insert the fleet as the service stores it, with marks on every hour that has runs."""
    present = datetime.now(UTC)
    client: MongoClient[dict[str, Any]] = MongoClient(uri, tz_aware=True)
    db = client[database]
    agents = list(_agents(present))
    versions = list(_versions(agents, present))
    db["agents"].insert_many(agents)
    db["versions"].insert_many(versions)
    quick = db["runs"].with_options(write_concern=WriteConcern(w=1, j=False))
    made = _runs(versions, runs, present)
    hours: dict[Any, dict[str, datetime]] = defaultdict(dict)
    with tqdm(total=runs, desc=f"loading {runs:,} runs", unit="run", unit_scale=True) as bar:
        while chunk := list(islice(made, _CHUNK)):
            quick.insert_many(chunk, ordered=False)
            for run in chunk:
                month = run["created"].replace(day=1, hour=0, minute=0, second=0, microsecond=0)
                hours[run["_id"]["v"], month, run["agent_id"]][f"{run['created']:%d%H}"] = LONG_AGO
            bar.update(len(chunk))
    db["marks"].insert_many(
        {
            "_id": {"v": version, "month": month},
            "agent_id": agent,
            "hours": marked,
            "oldest": LONG_AGO,
        }
        for (version, month, agent), marked in hours.items()
    )
    client.close()


def _agents(present: datetime) -> Iterator[dict[str, Any]]:
    for number in range(AGENTS):
        yield {
            "_id": ObjectId(),
            "name": f"agent-{number:03}",
            "project": f"project-{number % PROJECTS}",
            "created_at": present,
            "updated_at": present,
        }


def _versions(agents: list[dict[str, Any]], present: datetime) -> Iterator[dict[str, Any]]:
    """The first agent has many; the others share the rest."""
    others = agents[1:]
    each, more = divmod(VERSIONS - _OF_THE_FIRST, len(others))
    counts = [_OF_THE_FIRST] + [each + (place < more) for place in range(len(others))]
    for agent, count in zip(agents, counts, strict=True):
        for number in range(count):
            yield {
                "_id": ObjectId(),
                "agent_id": agent["_id"],
                "version": f"1.{number}",
                "cluster": f"cluster-{number % 3}",
                "tools": ["tool-1"],
                "models": ["model-1"],
                "deployment": None,
                "created_at": present,
                "updated_at": present,
            }


def _runs(versions: list[dict[str, Any]], runs: int, present: datetime) -> Iterator[dict[str, Any]]:
    """Evenly over the last DAYS; each version of an agent runs for its own part of them."""
    templates: list[Any] = list(
        to_documents(draw_reports(_TEMPLATES, seed=1), ObjectId(), ObjectId())
    )
    each = -(-runs // len(versions))
    for place, version in enumerate(versions):
        of_agent = int(version["version"].partition(".")[2])
        start = present - timedelta(days=DAYS) * (1 - (of_agent % 10) / 10)
        step = (present - start) / each
        for number in range(min(each, runs - place * each)):
            template = templates[(place * 7 + number) % _TEMPLATES]
            yield {
                **template,
                "_id": {"v": version["_id"], "id": place * each + number + 1},
                "agent_id": version["agent_id"],
                "created": start + step * number,
            }
