"""Cursors: what goes in comes out, for the same list only, and nothing else is taken."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidCursor
from chalicelib.values.instants import from_ms
from chalicelib.wire.cursors import (
    decode_cursor,
    encode_cursor,
    read_instant,
    read_integer,
    read_object_id,
    read_text,
)
from chalicelib.wire.models import MAX_NAME_LENGTH, adapter
from chalicelib.wire.queries import PageQuery

BINDING = {"status": "completed", "agent": ObjectId("6b04645032336dcc72956181")}
SHAPE = (read_instant, read_object_id, read_integer)
POSITION = [datetime(2026, 3, 1, tzinfo=UTC), ObjectId("6b04645032336dcc72956182"), -5]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=MAX_NAME_LENGTH)
int64s = st.integers(-(2**63), 2**63 - 1)
instants = st.integers(0, 253_402_300_799_999).map(from_ms)


def encode(*content: Any) -> str:
    """A cursor as a forger makes it."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def digest() -> str:
    text = encode_cursor([], BINDING)
    return str(json.loads(base64.urlsafe_b64decode(text + "=="))[0])


@given(instants, st.binary(min_size=12, max_size=12).map(ObjectId), int64s, texts)
def test_a_position_comes_back_as_it_was(
    instant: datetime, object_id: ObjectId, number: int, text: str
) -> None:
    position = [instant, object_id, number, text]
    cursor = encode_cursor(position, BINDING)
    assert decode_cursor(cursor, BINDING, (*SHAPE, read_text)) == position


@given(texts)
def test_every_cursor_fits_into_the_query_and_needs_no_escaping(text: str) -> None:
    cursor = encode_cursor([text], BINDING)
    assert adapter(PageQuery).validate_strings({"cursor": cursor}) == {"cursor": cursor}
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_longest_name_still_makes_a_cursor_that_is_taken() -> None:
    cursor = encode_cursor(["\U0001f600" * MAX_NAME_LENGTH], BINDING)
    assert adapter(PageQuery).validate_strings({"cursor": cursor})


@pytest.mark.parametrize(
    "other",
    [
        {},
        BINDING | {"status": "failed"},
        BINDING | {"outcome": "failed"},
        BINDING | {"agent": ObjectId("6b04645032336dcc72956183")},
        {"status": "completed"},
    ],
)
def test_a_cursor_of_a_list_with_other_filters_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(InvalidCursor, match="other filters"):
        decode_cursor(encode_cursor(POSITION, BINDING), other, SHAPE)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (1,),
        (1, "6b04645032336dcc72956182"),
        (1, "6b04645032336dcc72956182", 1, 1),
        (1.5, "6b04645032336dcc72956182", 1),
        (True, "6b04645032336dcc72956182", 1),
        ("2026", "6b04645032336dcc72956182", 1),
        (None, "6b04645032336dcc72956182", 1),
        (10**18, "6b04645032336dcc72956182", 1),
        (-(10**18), "6b04645032336dcc72956182", 1),
        (10**400, "6b04645032336dcc72956182", 1),
        (1, "not an id", 1),
        (1, 5, 1),
        (1, {"$gt": ""}, 1),
        (1, None, 1),
        (1, "6b04645032336dcc72956182", 2**63),
        (1, "6b04645032336dcc72956182", -(2**63) - 1),
        (1, "6b04645032336dcc72956182", []),
    ],
)
def test_a_forged_position_is_refused(parts: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidCursor, match="not one of this API"):
        decode_cursor(encode(digest(), *parts), BINDING, SHAPE)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "abc", "====", "W10", "W10=", "W10==", "bnVsbA", "MQ", "IiI", "e30", "é", "%"),
        *("AA.AA", "AA AA", "AA\nAA", "AA+A", "AA/A", "\0", "_" * 1999, "W" * 2000),
        encode("x", "[" * 1000),
        base64.urlsafe_b64encode(b"[" * 1500).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        encode(None, 1, "6b04645032336dcc72956182", 1)[:-1],
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(text, BINDING, SHAPE)


@given(st.text())
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(text, BINDING, SHAPE)


def test_a_lone_surrogate_is_no_text_for_a_position() -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(encode(digest(), "\ud800"), BINDING, (read_text,))
