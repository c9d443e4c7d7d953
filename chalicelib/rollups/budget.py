"""What a question would read, told before it is begun: one that cannot end in time is refused.

How many bytes of tiles a second are added up depends on the dimension; tiles are counted along the
index that the question walks. A database that holds less than any question may read is not asked:
its size is remembered for ten minutes.
"""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.database import Recent, collection, database
from chalicelib.database.names import TILES
from chalicelib.errors import QuestionTooLarge
from chalicelib.registry import Subject
from chalicelib.rollups.measuring import MOST_SECONDS
from chalicelib.rollups.tiles import MONTH, ROWS_OF_DAY, Dimension, month_of
from chalicelib.rollups.wanted import Wanted
from chalicelib.values.instants import DAY, day_of

# Bytes of tiles that are added up in a second by a function of 1,024 MB: half of what was measured
# on a whole core, where versions are kept apart.
BYTES_A_SECOND: dict[Dimension, int] = {
    "total": 80_000_000,
    "status": 40_000_000,
    "outcome": 40_000_000,
    "model": 30_000_000,
    "initiator": 15_000_000,
    "tool": 10_000_000,
}
# Nobody has named the beginning of such a range.
_ENDLESS = 3650 * DAY
_LEAST = int(min(BYTES_A_SECOND.values()) * MOST_SECONDS)


class Stored(NamedTuple):
    """How much is kept of the whole fleet."""

    tiles: int
    size: int


_stored: Recent[str, Stored] = Recent(seconds=600)


def check_budget(subject: Subject, wanted: Wanted) -> None:
    """Raises QuestionTooLarge for what cannot be added up in MOST_SECONDS, and what can."""
    if not wanted.pieces:
        return
    stored = _stored.get_or("tiles", _look) or Stored(0, 0)
    if stored.size <= _LEAST:
        return
    rate = BYTES_A_SECOND[wanted.dimension]
    size = stored.size / max(1, stored.tiles)
    most = int(MOST_SECONDS * rate / size)
    count = _count(subject, wanted)
    if count > most:
        seconds = count * size / rate
        raise QuestionTooLarge(
            f"this would add up about {count * size / 1e6:.0f} MB, for about {seconds:.0f} s, and a"
            f" question has {MOST_SECONDS:.0f} s: ask for {_shorter(wanted, most / count)}"
        )


def _count(subject: Subject, wanted: Wanted) -> int:
    """How many tiles the question would read."""
    start, end = wanted.pieces[0].start, wanted.pieces[-1].end
    days = {"_id.kind": {"$in": [ROWS_OF_DAY, wanted.dimension]}}
    span = {"_id.begin": {"$gte": day_of(start), "$lt": end}}
    months = {"_id.kind": MONTH, "_id.begin": {"$gte": month_of(start), "$lt": end}}
    where = {"$or": [subject.where | months, subject.where | days | span]}
    return collection(TILES).count_documents(where, hint=subject.tiles_index)


def _shorter(wanted: Wanted, share: float) -> str:
    """What could be answered instead."""
    asked = wanted.pieces[-1].end - wanted.pieces[0].start
    days = int(asked / DAY * share)
    others = "one project or one agent, or without group_by and filter"
    if asked > _ENDLESS:
        return f"a shorter range, with 'from' and 'to', {others}"
    return f"{days} days at most, {others}" if days >= 1 else others


def _look() -> Stored:
    found = database().command("collStats", "tiles")
    return Stored(int(found.get("count", 0)), int(found.get("size", 0)))
