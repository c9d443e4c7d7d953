"""Checks on single values: what they keep and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from chalicelib.values.checks import duration, find_nul, finite, printable, segment
from chalicelib.values.cutting import CutMetadata, CutText, cut_text, metadata


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


def test_a_text_of_4096_bytes_is_kept() -> None:
    for text in ("é" * 2048, "x" * 4096, "✅" * 1365):
        assert cut_text(text) is text


@pytest.mark.parametrize("character", ["x", "é", "✅", "😀"])
def test_a_longer_text_is_cut_at_a_character(character: str) -> None:
    cut = cut_text(character * 9000)
    assert type(cut) is CutText
    assert cut.lstrip(character) == "…"
    assert 4090 < len(cut.encode()) <= 4096


@pytest.mark.parametrize("value", [True, None, "1", float("nan"), float("-inf"), 10**400, [1.0]])
def test_only_finite_numbers_are_scores(value: Any) -> None:
    with pytest.raises(ValueError, match="must be a"):
        finite(value)


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
        {"k": "x" * 4096},
        {"é" * 2000: "a"},
        {"a": "x" * 4000, "b": "x" * 4000, "c": "x" * 4000, "d": "x" * 4000},
    ],
)
def test_flat_metadata_is_kept_as_it_was_sent(value: dict[str, Any]) -> None:
    assert metadata(value) == value


@pytest.mark.parametrize(
    "value",
    [
        *(None, [], "a", 1, True, {"a": []}, {"a": {}}, {"a": {"b": 1}}, {"": 1}),
        *({"$set": 1}, {"$": 1}, {"a\0": 1}, {"a": float("nan")}, {"a": float("inf")}, {1: 1}),
        *({"a": 2**63}, {"a": -(2**63) - 1}, {"a": 10**400}),
    ],
)
def test_other_metadata_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"metadata|must be|must not|64 bits"):
        metadata(value)


def test_nulls_are_dropped_from_metadata() -> None:
    assert metadata({"a": None, "b": 1, "c": None}) == {"b": 1}


@pytest.mark.parametrize(
    ("value", "kept", "paths"),
    [
        ({str(n): n for n in range(52)}, 50, ["metadata.50", "metadata.51"]),
        ({"k": "x" * 4097}, 1, ["metadata.k"]),
        (dict.fromkeys("abcde", "x" * 4090), 3, ["metadata.d", "metadata.e"]),
        ({"big" * 9000: 1, "b": 2}, 1, [f"metadata.{'big' * 40}"[:100]]),
        ({**dict.fromkeys("ab", '"' * 4000), "c": '"' * 4000, "d": 1}, 3, ["metadata.c"]),
    ],
)
def test_what_is_too_much_is_left_out_or_cut_and_named(
    value: dict[str, Any], kept: int, paths: list[str]
) -> None:
    found = metadata(value)
    assert isinstance(found, CutMetadata)
    assert (len(found), found.paths) == (kept, paths)
    assert len(to_json(dict(found))) <= 16_384


def test_many_paths_end_in_one_for_all() -> None:
    found = metadata({str(n): n for n in range(1000)})
    assert isinstance(found, CutMetadata)
    assert (len(found.paths), found.paths[-1]) == (50, "metadata")


@pytest.mark.parametrize("item", [2**63, {}])
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
    if not isinstance(kept, CutMetadata):
        assert kept == {k: v for k, v in value.items() if v is not None}
