"""Keyset pages: one bounded walk along one index, at the same cost at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bson import MaxKey, MinKey
from pymongo import DESCENDING
from pymongo.collection import Collection

from chalicelib.database.connection import WHOLE_REPLY, Clause
from chalicelib.database.names import D
from chalicelib.database.soundness import is_sound

Edge = list[tuple[str, Any]]


class Order(NamedTuple):
    """The fields of an index, in its order: the order of a list."""

    hint: str
    keys: tuple[tuple[str, int], ...]

    def before(self, *prefix: Any) -> Edge:
        """The place in the index before every entry that begins with `prefix`."""
        return self._edge(prefix, after=False)

    def after(self, *prefix: Any) -> Edge:
        """The place in the index after every entry that begins with `prefix`."""
        return self._edge(prefix, after=True)

    def place_of(self, document: Mapping[str, Any]) -> Edge:
        """Where the index has the document."""
        return [(name, _field(document, name)) for name, _ in self.keys]

    def _edge(self, prefix: tuple[Any, ...], *, after: bool) -> Edge:
        edge: Edge = [(name, value) for (name, _), value in zip(self.keys, prefix, strict=False)]
        for name, direction in self.keys[len(prefix) :]:
            edge.append((name, MinKey() if (direction == DESCENDING) is after else MaxKey()))
        return edge


def walk(
    collection: Collection[D],
    order: Order,
    where: Clause,
    *,
    low: Edge,
    high: Edge,
    position: Edge | None,
    limit: int,
    shape: Any,
) -> Iterator[D]:
    """Up to `limit` documents from `low` (inclusive) to `high` (exclusive) along the order.

    `position` is the place of the last document of the page before. The bounds are given to
    the index itself rather than left to the planner, so a page never scans what lies before
    it, however many entries share a timestamp. `where` filters what the walk meets, and
    repeats whose the list is, so that a sharded cluster can aim the query. Documents that have
    not the `shape` are left out.
    """
    if low == high:
        return  # which the database would refuse
    while limit:
        # The index can only begin at a place, not behind it: the last one is left out again.
        asked = limit if position is None else limit + 1
        cursor = collection.find(where).sort(list(order.keys)).hint(order.hint)
        cursor = cursor.min(low if position is None else position).max(high)
        found = cursor.limit(asked).batch_size(WHOLE_REPLY).to_list()
        for document in found:
            if order.place_of(document) != position and limit and is_sound(document, shape):
                limit -= 1
                yield document
        if len(found) < asked:
            return
        position = order.place_of(found[-1])


def _field(document: Mapping[str, Any], name: str) -> Any:
    value: Any = document
    for part in name.split("."):
        value = value.get(part)
    return value
