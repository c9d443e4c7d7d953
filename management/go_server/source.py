"""The Go server's database. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import ObjectId
from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import ASCENDING, MongoClient
from pymongo.database import Database

from chalicelib.config import without_credentials
from chalicelib.database import Document

ANSWER_TIMEOUT_MS = 5000
# As they come from the wire: a time that Python has no datetime for must not end the reading.
_OPTIONS: CodecOptions[Document] = CodecOptions(
    tz_aware=True,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
    unicode_decode_error_handler="replace",
)


class SourceError(Exception):
    """The database cannot be moved from; the text says why and what to do."""


class GoSource:
    """A database with the collections `agents`, `agent_versions` and `agent_runs`."""

    def __init__(self, uri: str, name: str) -> None:
        self._client: MongoClient[Document] = MongoClient(
            uri, appname="agent-metrics-migrate", serverSelectionTimeoutMS=ANSWER_TIMEOUT_MS
        )
        self._database = self._client.get_database(name, codec_options=_OPTIONS)
        self.label = f"{without_credentials(uri)}/{name}"

    def close(self) -> None:
        self._client.close()

    def check(self, target: Database[Any]) -> None:
        """Raises SourceError where nothing is to be moved, or source and target are the same."""
        if self._database.name == target.name and self._is_server_of(target):
            raise SourceError(
                f"'{target.name}' is the Go server's own database, which is only read: move into"
                f" another one, with '--db-name {target.name}_2', and start the service with"
                f" MONGODB_DATABASE={target.name}_2"
            )
        if "agents" not in self._database.list_collection_names():
            raise SourceError(
                f"{self.label} has no agents: name the Go server's database with --from-uri and"
                " --from-db"
            )

    def agents(self) -> list[Document]:
        """Oldest first."""
        return self._database["agents"].find().sort("_id", ASCENDING).to_list()

    def versions(self) -> list[Document]:
        """Oldest first."""
        return self._database["agent_versions"].find().sort("_id", ASCENDING).to_list()

    def count_runs(self) -> int:
        return self._database["agent_runs"].estimated_document_count()

    def count_runs_until(self, after: ObjectId | None) -> int:
        """How many runs there are up to the one with this id."""
        if after is None:
            return 0
        return self._database["agent_runs"].count_documents({"_id": {"$lte": after}})

    def runs(self, after: ObjectId | None) -> Iterator[Document]:
        """In the order in which they were recorded, from behind the one with this id."""
        where = {} if after is None else {"_id": {"$gt": after}}
        yield from self._database["agent_runs"].find(where).sort("_id", ASCENDING)

    def _is_server_of(self, target: Database[Any]) -> bool:
        """Whether both are on one server, however their addresses are written."""
        here, there = (
            database.client.admin.command("hello") for database in (self._database, target)
        )
        if "setName" in here:
            return bool(here["setName"] == there.get("setName") and here["hosts"] == there["hosts"])
        processes = [hello.get("topologyVersion", {}).get("processId") for hello in (here, there)]
        return processes[0] is not None and processes[0] == processes[1]
