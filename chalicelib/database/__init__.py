"""The one pooled client, where its address comes from, the indexes, and how long runs are kept."""

from chalicelib.database.connection import (
    WHOLE_REPLY,
    Clause,
    Document,
    before_first_use,
    client,
    collection,
    committed,
    database,
    database_errors,
    duplicates,
    forget,
    problem_of,
    setting_name,
    upsert,
)
from chalicelib.database.go_server import is_go_database
from chalicelib.database.indexes import (
    check_ready,
    create_indexes,
    create_indexes_at_first_use,
    ensure_indexes,
    require_index,
)
from chalicelib.database.keyset import Edge, Order, walk
from chalicelib.database.options import refusal_of
from chalicelib.database.recent import Recent
from chalicelib.database.retention import RUNS_EXPIRY, find_retention
from chalicelib.database.secret import read_connection_string

__all__ = [
    "RUNS_EXPIRY",
    "WHOLE_REPLY",
    "Clause",
    "Document",
    "Edge",
    "Order",
    "Recent",
    "before_first_use",
    "check_ready",
    "client",
    "collection",
    "committed",
    "create_indexes",
    "create_indexes_at_first_use",
    "database",
    "database_errors",
    "duplicates",
    "ensure_indexes",
    "find_retention",
    "forget",
    "is_go_database",
    "problem_of",
    "read_connection_string",
    "refusal_of",
    "require_index",
    "setting_name",
    "upsert",
    "walk",
]
