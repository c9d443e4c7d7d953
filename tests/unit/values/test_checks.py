"""Checks on single values: what they keep and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.values.checks import duration, error_text, find_nul, metadata, printable, segment


@pytest.mark.parametrize(
    "text", ["a", " a ", "完成", "a\u202eb", "😀", "a b", "$where", "__proto__"]
)
def test_what_a_person_can_read_is_printable(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("text", [" ", "\t", "\u00a0", "\u2003", "a\0b", "a\nb", "\x1b[0m", "\x85"])
def test_blank_and_control_characters_are_not(text: str) -> None:
    with pytest.raises(ValueError, match="must not"):
        printable(text)


@pytest.mark.parametrize("text", [".", ".."])
def test_what_clients_drop_from_paths_cannot_be_a_name(text: str) -> None:
    with pytest.raises(ValueError, match="HTTP clients drop"):
        segment(text)


@pytest.mark.parametrize("text", ["...", ".a", "a..", "a/..", "/"])
def test_other_dots_and_slashes_can(text: str) -> None:
    assert segment(text) == text


def test_the_limit_of_an_error_text_counts_bytes() -> None:
    assert error_text("é" * 2048) == "é" * 2048
    with pytest.raises(ValueError, match="4096 bytes"):
        error_text("é" * 2049)


@pytest.mark.parametrize("value", [None, True, False, [], {}, b"5s", ["5s"]])
def test_only_texts_and_numbers_are_durations(value: Any) -> None:
    with pytest.raises(ValueError, match="a duration is"):
        duration(value)


def test_a_duration_is_kept_as_it_was_sent() -> None:
    assert duration("5m30s") == ("5m30s", 330_000_000)
    assert duration(330) == (330, 330_000_000)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": "b", "c": 1, "d": 1.5, "e": True, "f": ""},
        {"a.b": 1, "a$": 2, "__proto__": 3, "_id": 4, " ": 5},
        {"min": -(2**63), "max": 2**63 - 1, "tiny": 5e-324, "huge": 1.7e308},
        {str(i): i for i in range(50)},
        {"k": "x" * 4088},
        {"é" * 2000: "a"},
    ],
)
def test_flat_metadata_is_kept_as_it_was_sent(value: dict[str, Any]) -> None:
    assert metadata(value) == value


@pytest.mark.parametrize(
    "value",
    [
        *(None, [], "a", 1, True, {"a": None}, {"a": []}, {"a": {}}, {"a": {"b": 1}}, {"": 1}),
        *({"$set": 1}, {"$": 1}, {"a\0": 1}, {"a": float("nan")}, {"a": float("inf")}, {1: 1}),
        *({"a": 2**63}, {"a": -(2**63) - 1}, {"a": 10**400}),
        {str(i): i for i in range(51)},
        {"k": "x" * 4089},
        {"k": '"' * 2045},
        {"k": "\x01" * 700},
    ],
)
def test_other_metadata_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"metadata|must be|must not|64 bits"):
        metadata(value)


@pytest.mark.parametrize("item", [None, 2**63, {}])
def test_a_message_does_not_repeat_a_long_key(item: Any) -> None:
    with pytest.raises(ValueError, match="kkk") as caught:
        metadata({"k" * 4000: item})
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("a\0", ""),
        ({"a": {"b": ["c", "\0"]}}, "a.b.1"),
        ([{"a": 1}, {"b": "x\0y"}], "1.b"),
        ({"runs": [{"tools": ["\0"]}]}, "runs.0.tools.0"),
    ],
)
def test_a_nul_is_found_wherever_it_is(value: Any, path: str) -> None:
    found = find_nul(value)
    assert found is not None
    assert found[0] == path


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_characters="\0")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_without_a_nul_none_is_found(value: Any) -> None:
    assert find_nul(value) is None


@given(json_values)
def test_any_value_is_metadata_or_a_value_error(value: Any) -> None:
    try:
        kept = metadata(value)
    except ValueError:
        return
    assert kept == value
