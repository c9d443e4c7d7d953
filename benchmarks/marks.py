"""Marks that upkeep takes at once."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.database import collection
from chalicelib.database.names import MARKS

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_HOURS = {
    "$arrayToObject": {
        "$map": {"input": {"$objectToArray": "$hours"}, "in": {"k": "$$this.k", "v": LONG_AGO}}
    }
}


def let_marks_age() -> None:
    """Let all marks be so old that no write can be under way any more."""
    collection(MARKS).update_many({}, [{"$set": {"hours": _HOURS, "oldest": LONG_AGO}}])
