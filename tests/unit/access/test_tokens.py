from __future__ import annotations

import re

import pytest

from chalicelib.access.token_text import hash_token, is_token, make_token


def test_a_new_token_is_well_formed_and_never_the_same() -> None:
    made = {make_token() for _ in range(100)}
    assert len(made) == 100
    assert all(is_token(token) for token in made)


def test_a_token_is_known_by_a_pattern_that_secret_scanners_can_use() -> None:
    assert re.fullmatch("amt_[0-9a-f]{72}", make_token())


def test_every_single_mistyped_character_is_noticed() -> None:
    """CRC-32 finds each error within 32 bits; one character of hexadecimal is four."""
    token = make_token()
    for place in range(len("amt_"), len(token)):
        other = "0" if token[place] != "0" else "1"
        assert not is_token(token[:place] + other + token[place + 1 :])


TOKEN = "amt_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefa77cac63"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "amt_",
        TOKEN[:-1],
        TOKEN + "0",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN.removeprefix("amt_"),
        TOKEN.replace("amt_", "AMT_"),
        "amt_" + "\N{ARABIC-INDIC DIGIT ONE}" * 72,
        "amt_" + "\N{FULLWIDTH DIGIT ZERO}" * 72,
        "amt_" + "0" * 72,
        "amt_" + "0" * 1_000_000,
        "amt_" + "\udcff" * 72,
    ],
)
def test_other_texts_are_no_tokens(text: str) -> None:
    assert not is_token(text)


def test_tokens_that_were_handed_out_stay_tokens() -> None:
    assert is_token(TOKEN)


def test_an_upper_case_token_is_no_second_spelling_of_it() -> None:
    assert not is_token("amt_" + TOKEN.removeprefix("amt_").upper())


def test_the_hash_is_not_the_token() -> None:
    assert len(hash_token(TOKEN)) == 32
    assert TOKEN.removeprefix("amt_") not in hash_token(TOKEN).hex()
