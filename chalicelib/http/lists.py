"""Lists over HTTP: pages that never outgrow what Lambda can answer, linked by RFC 8288."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from chalicelib.http.calls import Call
from chalicelib.http.formats import FORMATS, JSON, Format
from chalicelib.http.replies import Reply
from chalicelib.values.carrying import FILLED_BYTES, carried_size
from chalicelib.wire.cursors import decode_cursor, encode_cursor
from chalicelib.wire.parameters import DEFAULT_PAGE, MAX_PAGE

# What a field that is not there, or has another type, makes of presenting it.
_UNPRESENTABLE = (KeyError, TypeError, AttributeError, ValueError)
log = logging.getLogger("agent_metrics")
D = TypeVar("D", bound=Mapping[str, Any])


def page_size(call: Call) -> int:
    return min(int(call.query.get("limit", DEFAULT_PAGE)), MAX_PAGE)


def position_in(call: Call, *shape: Callable[[Any], Any], **bound: Any) -> tuple[Any, ...] | None:
    """Where the page before this one ended, or None for the first. Raises InvalidCursor."""
    cursor = call.query.get("cursor")
    if cursor is None:
        return None
    return tuple(decode_cursor(cursor, _binding(call, bound), shape))


def list_reply(
    call: Call,
    documents: Iterable[D],
    present: Callable[[D], dict[str, Any]],
    position_of: Callable[[D], list[Any]],
    form: Format = FORMATS[JSON],
    **bound: Any,
) -> Reply:
    """Up to `page_size` of the documents in a form, with a Link to the next page.

    `documents` holds at least one more than the page when there is a next one. `bound`, the
    same as for `position_in`, binds the cursor to this list. A document that cannot be presented,
    because somebody has changed it by hand, is left out and named in the log.
    """
    iterator = iter(documents)
    items, position, cut = _fill(islice(iterator, page_size(call)), present, position_of, form)
    more = cut or next(iterator, None) is not None
    headers = next_page(call, position, **bound) if more and position is not None else {}
    return Reply(form.assemble(items), headers=headers, content_type=form.content_type)


def next_page(call: Call, position: list[Any], **bound: Any) -> dict[str, str]:
    """The header that leads to the page behind a position; `bound` as for `position_in`."""
    query = call.raw_query | {"cursor": encode_cursor(position, _binding(call, bound))}
    return {"Link": f'<{call.link(query)}>; rel="next"'}


def _fill(
    documents: Iterable[D],
    present: Callable[[D], dict[str, Any]],
    position_of: Callable[[D], list[Any]],
    form: Format,
) -> tuple[list[str], list[Any] | None, bool]:
    """Serialised items up to the byte limit, the last one's position, and whether it was cut."""
    items: list[str] = []
    position, size = None, 0
    for document in documents:
        try:
            item, behind = form.encode(present(document)), position_of(document)
        except _UNPRESENTABLE as error:
            log.error(  # noqa: TRY400 - the document says more than the place in our code
                "left out of a list: the document %s, which lacks or bends a field: %s %s",
                *(document.get("_id"), type(error).__name__, error),
            )
            continue
        size += carried_size(item)
        if size > FILLED_BYTES:
            return items, position, True
        items.append(item)
        position = behind
    return items, position, False


def _binding(call: Call, bound: dict[str, Any]) -> dict[str, Any]:
    filters = {k: v for k, v in call.raw_query.items() if k not in ("cursor", "limit")}
    return filters | bound
