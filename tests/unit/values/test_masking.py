"""Errors of one kind read the same, and those of two kinds do not."""

from __future__ import annotations

import pytest

from chalicelib.values.masking import MAX_PATTERN, mask


@pytest.mark.parametrize(
    ("error", "masked"),
    [
        ("timeout after 30.5 s", "timeout after <n> s"),
        ("HTTP 503 from 10.0.0.7:8080", "HTTP <n> from <n>"),
        ("request req_8fh3k2jd91 failed", "request <id> failed"),
        ("no row 7f8c1a52-5b0e-4a53-9a3f-1be1f8a0c9d2", "no row <id>"),
        ("at 0x7f3a2c", "at <id>"),
        ("since 2026-03-01T10:00:00.123Z", "since <time>"),
        ("line 3\n  in f2()\n", "line <n> in f<n>()"),
        ("Incomplete interview", "Incomplete interview"),
        ("deadbeefcafe", "deadbeefcafe"),
        ("", ""),
    ],
)
def test_numbers_times_and_ids_are_masked(error: str, masked: str) -> None:
    assert mask(error) == masked


def test_words_stay_and_tell_kinds_apart() -> None:
    assert mask("disk full on node 3") != mask("disk slow on node 3")


def test_a_long_error_is_cut() -> None:
    assert len(mask("no " * 1000)) == MAX_PATTERN


@pytest.mark.parametrize("text", ["1" * 4096, "a1" * 2048, "-" * 4096, "a_" * 2048, " " * 4096])
def test_no_text_takes_long(text: str) -> None:
    """Patterns with lookaheads may go through a text again and again; these do so once."""
    assert len(mask(text)) <= MAX_PATTERN
