"""Ids: which texts are numbers, and which are no ids at all."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.values.identities import identity, identity_of_text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("0", 0),
        ("123", 123),
        ("-5", -5),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_a_text_that_is_how_an_integer_is_written_is_that_integer(text: str, named: int) -> None:
    assert identity_of_text(text) == named
    assert type(identity_of_text(text)) is int


@pytest.mark.parametrize(
    "text",
    ["0123", "-0", "+5", "1e3", "12.0", " 12", "١٢", "9223372036854775808", "a b", "👩\u200d💻"],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert identity_of_text(text) == text


@pytest.mark.parametrize("number", [12.0, 12])
def test_a_whole_number_is_that_integer(number: float) -> None:
    assert identity(number) == 12
    assert type(identity(number)) is int


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\u200b", " \u00ad", "a\nb", "a\0", "x" * 201])
def test_what_a_person_cannot_read_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match="an id is a 64-bit integer, or a text"):
        identity_of_text(text)


@pytest.mark.parametrize("value", [12.5, True, None, [], 2**63, float("nan"), 1e300])
def test_what_is_neither_number_nor_text_is_no_id(value: Any) -> None:
    with pytest.raises(ValueError, match="an id is a 64-bit integer, or a text"):
        identity(value)
