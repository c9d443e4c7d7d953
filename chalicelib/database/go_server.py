"""A database of the Go server, which this service must neither read nor change.

Both servers keep `agents`, in the same shape and by default in a database of the same name. So
this service would show the old agents, without any of their runs.
"""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from chalicelib.database.names import RUNS
from chalicelib.errors import NotReady

GO_COLLECTIONS = ("agent_runs", "agent_versions")


def is_go_database(target: Database[Any]) -> bool:
    """Whether the Go server keeps its data there, and this service has no runs there yet."""
    names = set(target.list_collection_names())
    if names.isdisjoint(GO_COLLECTIONS):
        return False
    return target[RUNS].find_one({}, {"_id": 1}) is None


def refuse_go_database(target: Database[Any]) -> None:
    """Raises NotReady, with the command that moves the data, for a database of the Go server."""
    if is_go_database(target):
        raise NotReady(
            f"the database '{target.name}' is the Go server's (it has {GO_COLLECTIONS[0]}):"
            f" move its data with 'python manage.py migrate --from-db {target.name} --db-name NEW',"
            " then start the service with MONGODB_DATABASE=NEW"
        )
