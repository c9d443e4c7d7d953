"""Keyset pages: one bounded walk along one index, at the same cost at any depth."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from bson import MaxKey, MinKey
from pymongo import DESCENDING
from pymongo.collection import Collection

from chalicelib.database.connection import WHOLE_REPLY, Clause, Document
from chalicelib.database.names import D

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
) -> Iterator[D]:
    """Up to `limit` documents from `low` (inclusive) to `high` (exclusive) along the order.

    `position` is the place of the last document of the page before. The bounds are given to
    the index itself rather than left to the planner, so a page never scans what lies before
    it, however many entries share a timestamp. `where` filters what the walk meets, and
    repeats whose the list is, so that a sharded cluster can aim the query.
    """
    if low == high:
        return iter(())  # which the database would refuse
    cursor = collection.find(where).sort(list(order.keys)).hint(order.hint).batch_size(WHOLE_REPLY)
    if position is None:
        return cursor.min(low).max(high).limit(limit)
    # The index can only begin at a place, not behind it: leave the last one out again.
    found = cursor.min(position).max(high).limit(limit + 1)
    others = (document for document in found if not _is_at(document, position))
    return islice(others, limit)


def _is_at(document: Document, position: Edge) -> bool:
    return all(_field(document, name) == value for name, value in position)


def _field(document: Document, name: str) -> Any:
    value: Any = document
    for part in name.split("."):
        value = value[part]
    return value
