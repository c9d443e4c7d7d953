"""Versions come in the order that their names say."""

from __future__ import annotations

import random

import pytest

from chalicelib.values.version_order import order_key, says_order


@pytest.mark.parametrize(
    "names",
    [
        ["1.9", "1.10", "1.11", "2.0"],
        ["v0.9.9", "1.0.0-alpha", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-beta", "1.0.0-rc1"],
        ["1.0.0rc1", "1.0.0", "1.0.0.post1", "1.0.1"],
        ["1.0-SNAPSHOT", "1.0", "1.0-patch2"],
        ["2025.12.31", "2026.1.2", "2026.11.3"],
        ["1", "2", "10"],
    ],
)
def test_versions_come_as_their_names_say(names: list[str]) -> None:
    shuffled = random.Random(7).sample(names, len(names))
    assert sorted(shuffled, key=lambda name: order_key(name) or ()) == names


@pytest.mark.parametrize(
    "name", ["main", "latest", "4f2a91c", "", "1.2.x/y", "prompt v3", "\u0661.\u0662"]
)
def test_a_name_that_says_nothing_has_no_place(name: str) -> None:
    assert order_key(name) is None


def test_a_hash_of_digits_is_no_number() -> None:
    assert order_key("1234567890123456") is None


def test_one_silent_name_leaves_all_without_an_order() -> None:
    assert says_order(["1.9", "1.10"])
    assert not says_order(["1.9", "main"])


@pytest.mark.parametrize(("one", "other"), [("1.0", "1.0.0"), ("v1.2", "1.2"), ("1.0+a", "1.0+b")])
def test_what_differs_in_writing_only_has_one_place(one: str, other: str) -> None:
    assert order_key(one) == order_key(other)
