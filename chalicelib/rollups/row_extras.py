"""What few tiles of rows have: tokens, scores, the cost of runs in progress, what was counted.

`tokens` has a column of int64 for each field that a row names, under its place in TOKEN_FIELDS, and
one (`used`) of input and output together; UNKNOWN where a row does not name it. `going` and
`counted` have their few rows by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from chalicelib.database.documents import CountedDocument, GoingDocument, RowsDocument
from chalicelib.metrics.block import Block
from chalicelib.metrics.counted import Adjustment, Counted, adjust, counted_of
from chalicelib.metrics.measures import EXACT, Costs, exact_cost
from chalicelib.metrics.tokens import TOKEN_FIELDS, used_by
from chalicelib.rollups.numbers import numbers, to_bytes
from chalicelib.rollups.row import Row

UNKNOWN = -1
USED = "used"
_NAN = float("nan")
EXTRAS = ("tokens", "score", "going", "counted")


def add_extras(content: RowsDocument, rows: Sequence[Row], alive: Sequence[Row]) -> None:
    """Give a tile the fields that these rows need; `alive` are those that were not deleted."""
    tokens = [row.tokens for row in alive]
    if any(tokens):
        columns = list(zip(*(some or (None,) * len(TOKEN_FIELDS) for some in tokens), strict=True))
        named = {str(at): c for at, c in enumerate(columns) if any(n is not None for n in c)}
        used = [None if some is None else used_by(some) for some in tokens]
        content["tokens"] = {
            name: to_bytes("q", (UNKNOWN if n is None else n for n in numbers_))
            for name, numbers_ in (named | {USED: tuple(used)}).items()
        }
    if any(row.score is not None for row in alive):
        content["score"] = to_bytes("d", (_NAN if r.score is None else r.score for r in alive))
    going: list[GoingDocument] = [
        {"row": at, "cost": str(exact_cost(row.cost))}
        for at, row in enumerate(alive)
        if row.outcome == "in_progress" and row.cost is not None
    ]
    if going:
        content["going"] = going
    counted = [_counted_entry(row, row.counted) for row in rows if row.counted is not None]
    if counted:
        content["counted"] = counted


def _counted_entry(row: Row, counted: Counted) -> CountedDocument:
    """What was counted of a run, and what its row says."""
    actual = counted_of({"duration_us": row.duration_us, "cost": row.ended_cost}, row.outcome)
    return {
        "created": row.created_ms,
        "hash": row.hash,
        "counted": counted,
        "actual": actual,
        "deleted": row.outcome is None,
    }


def unpack_extras(tile: RowsDocument, rows: list[Row]) -> list[Row]:
    """The rows with what the tile has of these; those of deleted runs among them."""
    if "tokens" in tile:
        columns = token_columns(tile)
        for at, row in enumerate(rows):
            some = [_or_none(columns[str(f)][at]) if str(f) in columns else None for f in range(5)]
            if any(count is not None for count in some):
                rows[at] = row._replace(tokens=tuple(some))
    if "score" in tile:
        for at, score in enumerate(numbers("d", tile["score"])):
            if score == score:  # noqa: PLR0124 - NaN is not
                rows[at] = rows[at]._replace(score=score)
    for entry in tile.get("going", ()):
        rows[entry["row"]] = rows[entry["row"]]._replace(cost=float(Decimal(entry["cost"])))
    return _with_counted(tile.get("counted", ()), rows)


def _with_counted(entries: Sequence[CountedDocument], rows: list[Row]) -> list[Row]:
    if not entries:
        return rows
    by_state: dict[tuple[int, int], Counted] = {
        (e["created"], e["hash"]): e["counted"] for e in entries if not e["deleted"]
    }
    whole = [
        row._replace(counted=by_state.get((row.created_ms, row.hash), row.counted)) for row in rows
    ]
    gone = [_deleted(entry) for entry in entries if entry["deleted"]]
    return sorted([*whole, *gone], key=lambda row: row.created_ms)


def _deleted(entry: CountedDocument) -> Row:
    created, counted = entry["created"], entry["counted"]
    return Row(created, *(None,) * 5, (), (), None, None, counted, entry["hash"])


def token_columns(tile: RowsDocument) -> dict[str, Sequence[int]]:
    """The columns of tokens by their names."""
    return {name: numbers("q", stored) for name, stored in tile["tokens"].items()}


def going_block(tile: RowsDocument, places: set[int] | range) -> Block | None:
    """What the runs in progress among these rows have cost so far."""
    costs = [Decimal(e["cost"]) for e in tile.get("going", ()) if e["row"] in places]
    if not costs:
        return None
    total = Decimal(0)
    for cost in costs:
        total = EXACT.add(total, cost)
    return Block(costs=Costs(in_progress=total, in_progress_known=len(costs)))


def adjustment_of(tile: RowsDocument, begin: int, end: int) -> Adjustment | None:
    """By how much Prometheus's counters differ from what the rows created in [begin, end) say."""
    entries = [e for e in tile.get("counted", ()) if begin <= e["created"] < end]
    return adjust((e["counted"], e["actual"]) for e in entries) if entries else None


def _or_none(value: int) -> int | None:
    return None if value == UNKNOWN else value
