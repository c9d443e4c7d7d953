"""One form for all names that look alike; what cannot be seen in a name is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.values.names import folded, folded_beginning, normal_name, visible_name

HONEST = ["coder", "a  b", "完成", "👩\u200d💻 team", "❤\ufe0f", "क\u094d\u200dष", "1\ufe0f\u20e3"]
HONEST += ["Ångström", "дом", "a\u0323\u0307z", "مرحبا", "x" * 200]
INVISIBLE = ["a\u200bb", "\u200ba", "a\u200d", "a\u200db", "\u200dx", "a\u00adb", "a\u2060b"]
INVISIBLE += ["a\ufeff", "a\u202eb", "a\u2066b\u2069", "\u3164", "a\u115f", "a\u2800b", "a\ufe0f"]
INVISIBLE += ["a\u034fb", "a\U000e0041", "👩\u200d", "a\u2028b", "漢\U000e0101"]


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_name_is_kept_in_its_composed_form(name: str) -> None:
    assert normal_name(name) == folded(name)
    assert normal_name(folded(name)) == folded(name)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        *((" coder", "coder"), ("coder ", "coder"), ("coder\u00a0", "coder"), ("\u3000a b", "a b")),
        *(("e\u0301tude", "étude"), ("A\u030angstro\u0308m", "Ångström"), ("\u212b", "Å")),
        ("\u1112\u1161\u11ab", "한"),
    ],
)
def test_blanks_around_a_name_and_its_composition_make_no_other_name(
    written: str, kept: str
) -> None:
    assert normal_name(written) == kept


@pytest.mark.parametrize("name", INVISIBLE)
def test_what_cannot_be_seen_is_refused_and_named(name: str) -> None:
    with pytest.raises(ValueError, match=r"invisible character U\+[0-9A-F]{4}"):
        normal_name(name)


@pytest.mark.parametrize("name", [" ", "\u00a0", "a\nb", "\ta", "\0"])
def test_blank_names_and_control_characters_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must not"):
        normal_name(name)


def test_letters_of_two_alphabets_stay_two_names() -> None:
    assert normal_name("a") != normal_name("а")  # noqa: RUF001 - that is the point


@given(st.text(max_size=30))
def test_what_is_made_visible_is_a_name_or_nothing(text: str) -> None:
    made = visible_name(text)
    assert made == "" or normal_name(made) == made


@given(st.text(max_size=30))
def test_a_name_that_is_kept_stays_as_it_is(text: str) -> None:
    try:
        name = normal_name(text)
    except ValueError:
        return
    assert normal_name(name) == folded(name) == name


def test_a_beginning_keeps_the_blank_at_its_end() -> None:
    assert folded_beginning(" e\u0301 ") == "é "
