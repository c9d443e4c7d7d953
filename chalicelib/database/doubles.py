"""Documents that a unique index would have made one, had it been there when they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

_MOST_NAMED = 10


def describe_doubles(target: Database[Any], name: str, indexes: Sequence[IndexModel]) -> str:
    """Which documents of the collection stand in the way of its indexes, and what to do."""
    found = [text for index in indexes for text in _doubles(target, name, index.document)]
    more = len(found) - _MOST_NAMED
    rest = f", and {more} more" if more > 0 else ""
    return (
        f"'{name}' has documents that must be one: {'; '.join(found[:_MOST_NAMED])}{rest}. Let"
        " 'python manage.py verify --repair' merge them, or delete or rename all but one of each"
        " in the database; then repeat 'python manage.py index'"
    )


def find_doubles(
    target: Database[Any], name: str, index: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """What a unique index says must be one: the values of its fields, and the documents' ids."""
    if not index.get("unique"):
        return
    key = {field: f"${field}" for field in index["key"]}
    same = {"$group": {"_id": key, "ids": {"$push": "$_id"}, "count": {"$sum": 1}}}
    doubled: list[Any] = [same, {"$match": {"count": {"$gt": 1}}}, {"$sort": {"_id": 1}}]
    for found in target[name].aggregate(doubled, allowDiskUse=True):
        yield found["_id"], sorted(found["ids"])


def _doubles(target: Database[Any], name: str, index: Mapping[str, Any]) -> Iterator[str]:
    for values, ids in find_doubles(target, name, index):
        fields = ", ".join(f"{field} {value!r}" for field, value in values.items())
        named = ", ".join(str(one) for one in ids[:_MOST_NAMED])
        yield f"{fields} in {len(ids)} of them (_id {named})"
