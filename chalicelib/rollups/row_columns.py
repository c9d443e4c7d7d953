"""The columns of a tile's rows as adding up needs them (chalicelib.rollups.rows)."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from chalicelib.database.documents import RowsDocument
from chalicelib.rollups.numbers import numbers
from chalicelib.rollups.row_extras import token_columns
from chalicelib.rollups.rows import column, costs_of


class _Picked:
    """The numbers at these places, of which few are ever looked at."""

    def __init__(self, column: array[int], places: Sequence[int]) -> None:
        self._column, self._places = column, places

    def __getitem__(self, part: slice) -> array[int]:
        return array("q", [self._column[place] for place in self._places[part]])


class RowColumns(NamedTuple):
    """The columns of some rows of a tile that begins at `begin` (ms).

    `created` and `costs` are empty where only sums of days are asked for.
    """

    codes: array[int]
    durations: Any  # an array, or what gives parts of one
    created: Sequence[int]
    costs: Sequence[int]
    exponent: int
    begin: int
    tokens: Mapping[str, Sequence[int]]
    scores: Sequence[float] | None

    @classmethod
    def of(cls, tile: RowsDocument, begin: int) -> RowColumns:
        return cls(
            column(tile, "code"),
            column(tile, "duration"),
            column(tile, "created") if "created" in tile else (),
            costs_of(tile) if "cost" in tile else (),
            tile["exponent"],
            begin,
            token_columns(tile) if "tokens" in tile else {},
            numbers("d", tile["score"]) if "score" in tile else None,
        )

    def pick(self, places: Sequence[int]) -> RowColumns:
        """The rows at these places, in that order."""
        of = _itemgetter(places)
        costs = of(self.costs)
        return RowColumns(
            array("H", of(self.codes)),
            array("q", of(self.durations)),
            of(self.created),
            array("q", costs) if isinstance(self.costs, array) else costs,
            self.exponent,
            self.begin,
            {name: of(values) for name, values in self.tokens.items()},
            None if self.scores is None else of(self.scores),
        )

    def pick_codes(self, places: Sequence[int]) -> RowColumns:
        """The rows at these places as far as it takes where they are summed up already."""
        of = _itemgetter(places)
        return self._replace(
            codes=array("H", of(self.codes)),
            durations=_Picked(self.durations, places),
            tokens={name: of(values) for name, values in self.tokens.items()},
            scores=None if self.scores is None else of(self.scores),
        )


def _itemgetter(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: [values[place] for place in places]
