"""Every query that the service sends is served by an index.

The session asks everything that can be asked, and what it makes the service send is explained by
the database. A query in a function that the session never reaches fails a test of its own.
"""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from chalicelib.registry.subjects import MOST_NAMED
from chalicelib.rollups import takeover
from chalicelib.rollups.rows import pack_rows
from chalicelib.rollups.tiles import MONTH, tile_id
from tests.integration.conftest import ClientWith
from tests.integration.every_act import do_everything
from tests.integration.every_request import AGENT, PROJECT, START, ask_everything
from tests.integration.sent_commands import (
    Sent,
    functions_that_query,
    listening,
    looking,
    stages,
    watching_functions,
)

Document = dict[str, Any]
PATH = f"/api/v1/agents/{AGENT}"
# EOF is the plan for a collection that does not exist, and proves nothing.
UNWANTED = {"COLLSCAN", "SORT", "$sort", "EOF"}


def test_no_query_scans_a_collection_or_sorts_in_memory(
    client_with: ClientWith, database: Database[Document]
) -> None:
    with listening() as sent, watching_functions() as called:
        ask_everything(client_with, database)
        do_everything(client_with, database)
    assert _unwanted_plans(database, sent) == []
    assert functions_that_query() - called == set(), "make the session reach these"


@pytest.mark.parametrize("number", [300, MOST_NAMED + 1])
def test_nor_does_one_for_a_project_of_very_many_agents(
    client_with: ClientWith, database: Database[Document], number: int
) -> None:
    """MongoDB gives up merging the entries of an index when there are too many lists of them."""
    with listening() as sent:
        client = client_with("admin", project=PROJECT)
        client.post(f"{PATH}/register", {"project": PROJECT})
        client.post(f"{PATH}/versions", {"version": "1.0"})
        client.post(f"{PATH}/versions/1.0/runs", {"status": "completed"})
        _add_agents(database, number)
        for path in ("metrics", "ui/stats", "ui/recent_activity", "ui/agent_versions"):
            assert client.get(f"/api/v1/{path}").status == 200
    assert _unwanted_plans(database, sent) == []


def _unwanted_plans(database: Database[Document], sent: Sent) -> list[tuple[set[str], Document]]:
    # What an older release has left is read as it is, and goes.
    commands = [c for c in looking(sent.commands) if next(iter(c.values())) not in takeover.OLD]
    plans = [(stages(database, command), command) for command in commands]
    return [plan for plan in plans if not plan[0] or plan[0] & UNWANTED]


def _add_agents(database: Database[Document], number: int) -> None:
    """Agents with a mark and a tile each, the latter of a month that has no runs."""
    agents = [{"name": f"agent-{n}", "project": PROJECT} for n in range(number)]
    ids = database["agents"].insert_many(agents).inserted_ids
    month = pack_rows([], 0) | {"days": [], "heavy": [], "last": None, "before": START}
    versions = [ObjectId() for _ in ids]
    database["marks"].insert_many(
        {"_id": {"v": v, "month": START}, "agent_id": agent_id, "hours": {"0100": START}}
        for v, agent_id in zip(versions, ids, strict=True)
    )
    database["tiles"].insert_many(
        month | {"_id": tile_id(v, MONTH, START), "agent_id": agent_id}
        for v, agent_id in zip(versions, ids, strict=True)
    )
