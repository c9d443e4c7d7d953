"""The blocks by the values of a dimension, as a document keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bson import Binary

from chalicelib.database.documents import EntriesDocument, EntryDocument
from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.rollups.packing import pack, unpack

# Values of one dimension in one hour, or one day, that keep a block of their own.
MAX_VALUES = 1000


class Rest:
    """Stands for the values of a dimension that there were too many of to keep apart."""


REST = Rest()


def pack_values(blocks: dict[Any, Block], most: int = MAX_VALUES) -> EntriesDocument:
    """`values` with their blocks, those with most runs, and `rest` where there are more."""
    kept = {value: block for value, block in blocks.items() if value is not REST}
    ranked = sorted(kept.items(), key=lambda item: item[1].runs, reverse=True)
    rest = merge_blocks(_rest_of(blocks, (block for _, block in ranked[most:])))
    values: list[EntryDocument] = [
        {"value": value, "block": Binary(pack(block))} for value, block in ranked[:most]
    ]
    return {"values": values, "rest": Binary(pack(rest))} if rest.runs else {"values": values}


def unpack_values(
    entries: EntriesDocument, *, cost_histogram: bool = True
) -> Iterator[tuple[Any, Block]]:
    """The values with their blocks; REST is the last one, where there is one."""
    for entry in entries["values"]:
        yield entry["value"], unpack(entry["block"], cost_histogram=cost_histogram)
    if "rest" in entries:
        yield REST, unpack(entries["rest"], cost_histogram=cost_histogram)


def _rest_of(blocks: dict[Any, Block], others: Iterable[Block]) -> Iterator[Block]:
    if REST in blocks:
        yield blocks[REST]
    yield from others
