"""A database as the Go server left it: doubles, nulls, zeros, and what should not be there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from pymongo.database import Database

Document = dict[str, Any]
NEVER = datetime(1, 1, 1, tzinfo=UTC)  # Go's zero time
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class GoDatabase:
    """Adds documents in the Go server's shapes; each method answers the `_id`."""

    def __init__(self, database: Database[Document]) -> None:
        self.database = database

    def agent(self, name: str | None = "coder", project: str = "billing", **fields: Any) -> Any:
        stamps = {"created_at": NOON, "updated_at": NOON}
        return self._add("agents", {"name": name, "project": project, **stamps, **fields})

    def version(self, agent: Any, version: str | None = "1.0", **fields: Any) -> Any:
        document = {
            "agent_id": agent,
            "version": version,
            "cluster": "",
            "tools": None,
            "models": None,
            "deployment": "",
            "created_at": NOON,
            "updated_at": NOON,
        }
        return self._add("agent_versions", document | fields)

    def run(self, agent: Any, version: Any, /, **fields: Any) -> Any:
        document = {
            "agent_id": agent,
            "version_id": version,
            "version": "1.0",
            "created": NOON,
            "status": "completed",
            "time_taken": "5m30s",
            "initiator": "",
            "tools": None,
            "cost": 0.5,
            "models": None,
            "id": 0,
            "task_id": 0,
            "recorded_at": NOON,
        }
        return self._add("agent_runs", document | fields)

    def contents(self) -> dict[str, list[Document]]:
        names = self.database.list_collection_names()
        return {name: list(self.database[name].find().sort("_id", 1)) for name in names}

    def _add(self, collection: str, document: Document) -> ObjectId:
        return ObjectId(str(self.database[collection].insert_one(document).inserted_id))
