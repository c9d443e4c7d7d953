"""Edges of keyset pages: places in an index before and behind whole prefixes."""

from __future__ import annotations

from bson import MaxKey, MinKey
from pymongo import ASCENDING, DESCENDING

from chalicelib.database.keyset import Order

ORDER = Order("an_index", (("a", ASCENDING), ("b", DESCENDING), ("c", ASCENDING)))


def test_before_a_prefix_is_the_least_that_follows_it_in_the_index() -> None:
    assert ORDER.before() == [("a", MinKey()), ("b", MaxKey()), ("c", MinKey())]
    assert ORDER.before(1) == [("a", 1), ("b", MaxKey()), ("c", MinKey())]
    assert ORDER.before(1, 2) == [("a", 1), ("b", 2), ("c", MinKey())]


def test_after_a_prefix_is_the_greatest() -> None:
    assert ORDER.after() == [("a", MaxKey()), ("b", MinKey()), ("c", MaxKey())]
    assert ORDER.after(1) == [("a", 1), ("b", MinKey()), ("c", MaxKey())]
    assert ORDER.after(1, 2) == [("a", 1), ("b", 2), ("c", MaxKey())]


def test_a_whole_place_is_the_same_from_both_sides() -> None:
    assert ORDER.before(1, 2, 3) == ORDER.after(1, 2, 3) == [("a", 1), ("b", 2), ("c", 3)]
