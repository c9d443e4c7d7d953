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
    upsert,
)
from chalicelib.database.doubles import find_doubles
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
from chalicelib.database.retention import (
    RUNS_EXPIRY,
    count_due,
    days_in_force,
    find_retention,
    note_deleted,
    set_retention,
)
from chalicelib.database.secret import read_connection_string
from chalicelib.database.soundness import bent_fields, is_sound, kinds_of, sound

__all__ = [
    "RUNS_EXPIRY",
    "WHOLE_REPLY",
    "Clause",
    "Document",
    "Edge",
    "Order",
    "Recent",
    "before_first_use",
    "bent_fields",
    "check_ready",
    "client",
    "collection",
    "committed",
    "count_due",
    "create_indexes",
    "create_indexes_at_first_use",
    "database",
    "database_errors",
    "days_in_force",
    "duplicates",
    "ensure_indexes",
    "find_doubles",
    "find_retention",
    "forget",
    "is_sound",
    "kinds_of",
    "note_deleted",
    "problem_of",
    "read_connection_string",
    "refusal_of",
    "require_index",
    "set_retention",
    "sound",
    "upsert",
    "walk",
]
