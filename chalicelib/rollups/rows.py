"""Runs as packed columns, the content of a sparse tile.

Row `i` of every column is of the same run; rows are in the order of `created`. Columns are bytes of
little-endian numbers, so that adding up thousands of runs is a handful of calls into C:

    created    uint32  milliseconds since the tile's `begin`
    code       uint16  bucket of the duration and outcome (`_code`)
    duration   int64   microseconds, UNKNOWN where there is none
    cost       int64   the decimal number times 10 ** exponent, UNKNOWN where there is none
    hash       uint32  of the run's id and revision (`hash_of`): is this very state counted here?

A dimension (status, initiator, model, tool) is an index: `values`, and for each of these, up to
`ends` (uint32), the `rows` (uint16) that have it. So a group's rows are picked without looking at
others, and a run with several models is under each of them.

`sums` (chalicelib.rollups.day_sums) is what the rows add up to by day, and those of an index by
value. Tiles from before there were any lack them, and so do those with sums of more than 64 bits.

Not every tile has more: `tokens` (chalicelib.rollups.row_extras), `score` (doubles, NaN where there
is none), `going` (what runs in progress have cost so far) and `counted` (what Prometheus counted of
runs that have changed since, or were deleted: these have no row).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zlib import crc32

from chalicelib.database.documents import IndexDocument, RowsDocument, TileContent
from chalicelib.metrics.histogram import bucket_of
from chalicelib.metrics.measures import exact_cost
from chalicelib.rollups.day_sums import UNKNOWN, sum_days, sum_values
from chalicelib.rollups.numbers import numbers, to_bytes
from chalicelib.rollups.row import Row
from chalicelib.rollups.row_extras import add_extras, unpack_extras
from chalicelib.values.outcomes import Outcome

LAYOUT = 1
# The columns `created`, `duration` and `cost` as numbers.
Summed = tuple[Sequence[int], Sequence[int], Sequence[int]]
# Stored as these numbers for ever.
OUTCOME_CODES: dict[Outcome, int] = {"succeeded": 0, "failed": 1, "in_progress": 2, "other": 3}
OUTCOMES_BY_CODE = {code: outcome for outcome, code in OUTCOME_CODES.items()}
VALUED = ("status", "initiator", "model", "tool")
_NO_BUCKET, ZERO, FIRST_BUCKET = 0, 1, 2
_MOST_EXACT = 10**15
_INT64 = 2**63
# Few, so that tiles add up without rescaling; the last one is finer than any cost.
_EXPONENTS = (0, 2, 4, 6, 9, 12)
FINEST = 28


def hash_of(run_id: Any, revision: int | None) -> int:
    """32 bits that tell a run's states apart; together with `created` there is no mistaking."""
    return crc32(f"{run_id}:{revision or 0}".encode())


def pack_rows(rows: Sequence[Row], begin_ms: int) -> TileContent:
    """The columns of a tile; `rows` in the order of `created`."""
    alive = [row for row in rows if row.outcome is not None]
    costs, exponent = _scale([row.ended_cost for row in alive])
    created = [row.created_ms for row in alive]
    durations = [_known(row.duration_us) for row in alive]
    summed = None if exponent == FINEST else (created, durations, costs)
    sums = sum_days(*summed, begin_ms) if summed else None
    content: TileContent = {
        "layout": LAYOUT,
        "rows": len(alive),
        "created": to_bytes("I", [at - begin_ms for at in created]),
        "code": to_bytes("H", [_code(row) for row in alive]),
        "duration": to_bytes("q", durations),
        "cost": to_bytes("q", costs) if exponent < FINEST else list(map(str, costs)),
        "exponent": exponent,
        "hash": to_bytes("I", (row.hash for row in alive)),
        "status": _index([(row.status,) for row in alive], summed),
        "initiator": _index([(row.initiator,) for row in alive], summed),
        "model": _index([row.models or (None,) for row in alive], summed),
        "tool": _index([row.tools or (None,) for row in alive], summed),
    }
    if sums is not None:
        content["sums"] = to_bytes("q", sums)
    add_extras(content, rows, alive)
    return content


def unpack_rows(tile: RowsDocument, begin_ms: int) -> list[Row]:
    """The rows that were packed."""
    created, durations, codes = (column(tile, name) for name in ("created", "duration", "code"))
    costs, hashes = costs_of(tile), column(tile, "hash")
    scale = Decimal(10) ** -tile["exponent"]
    status, initiator, models, tools = (_values_of(tile, name) for name in VALUED)
    rows = [
        Row(
            begin_ms + created[place],
            status[place][0],
            OUTCOMES_BY_CODE[codes[place] & 7],
            None if durations[place] == UNKNOWN else durations[place],
            None if costs[place] == UNKNOWN else float(costs[place] * scale),
            initiator[place][0],
            _without_none(models[place]),
            _without_none(tools[place]),
            None,
            None,
            None,
            hashes[place],
        )
        for place in range(tile["rows"])
    ]
    return unpack_extras(tile, rows)


def column(tile: Mapping[str, Any], name: str) -> array[int]:
    """A column's numbers."""
    return numbers(_TYPES[name], tile[name])


def index_of(tile: Mapping[str, Any], name: str) -> IndexDocument:
    """The index of a dimension of VALUED."""
    index: IndexDocument = tile[name]
    return index


def costs_of(tile: RowsDocument) -> Sequence[int]:
    """The column of costs, which has texts where a number takes more than 64 bits."""
    stored = tile["cost"]
    return [int(text) for text in stored] if isinstance(stored, list) else numbers("q", stored)


def _code(row: Row) -> int:
    duration = row.duration_us
    if duration is None:
        bucket = _NO_BUCKET
    else:
        bucket = bucket_of(duration) + FIRST_BUCKET if duration else ZERO
    return bucket << 3 | (OUTCOME_CODES[row.outcome] if row.outcome else 0)


def _known(value: int | None) -> int:
    return UNKNOWN if value is None else value


def _scale(costs: Sequence[float | None]) -> tuple[list[int], int]:
    """The costs as whole numbers, and the exponent of ten that makes them so.

    With FINEST they may take more than 64 bits.
    """
    for exponent in _EXPONENTS:
        factor = 10.0**exponent
        scaled = [UNKNOWN if cost is None else round(cost * factor) for cost in costs]
        # A double of up to fifteen digits is the one decimal number that was written.
        if all(
            cost is None or (number < _MOST_EXACT and number / factor == cost)
            for number, cost in zip(scaled, costs, strict=True)
        ):
            return scaled, exponent
    whole = [None if c is None else int(exact_cost(c).scaleb(FINEST)) for c in costs]
    return [_known(number) for number in whole], FINEST


def _index(values: Sequence[Iterable[Any]], summed: Summed | None) -> IndexDocument:
    places: dict[Any, list[int]] = {}
    for place, some in enumerate(values):
        for value in dict.fromkeys(some):
            if value in places:
                places[value].append(place)
            else:
                places[value] = [place]
    rows: list[int] = []
    ends = []
    for some_places in places.values():
        rows += some_places
        ends.append(len(rows))
    index: IndexDocument = {
        "values": list(places),
        "ends": to_bytes("I", ends),
        "rows": to_bytes("H", rows),
    }
    sums = sum_values(places.values(), *summed) if summed else None
    if sums is not None:
        index["sums"] = to_bytes("q", sums)
    return index


def _values_of(tile: RowsDocument, name: str) -> list[list[Any]]:
    """The values of each row."""
    found: list[list[Any]] = [[] for _ in range(tile["rows"])]
    index, begin = index_of(tile, name), 0
    rows = numbers("H", index["rows"])
    for value, end in zip(index["values"], numbers("I", index["ends"]), strict=True):
        for place in rows[begin:end]:
            found[place].append(value)
        begin = end
    return found


def _without_none(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(value for value in values if value is not None)


_TYPES = {"created": "I", "code": "H", "duration": "q", "hash": "I"}
