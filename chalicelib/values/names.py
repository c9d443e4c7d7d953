"""Names: one form for all that look alike, so that one agent never becomes two.

The rule: a name is kept in Unicode's composed form (NFC), without blanks around it, and whatever
cannot be seen in it is refused. A zero-width joiner is taken where it joins something, within an
emoji and behind a combining mark as in Hindi, and a variation selector behind an emoji.

What only labels (a run's initiator, tools and models; a version's cluster and deployment) is no
reason to lose a run: there, what cannot be seen becomes a blank, and goes at the edges.

Letters of two alphabets that look alike, such as the Latin and the Cyrillic a, stay two names: no
rule tells them apart without refusing honest names.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from chalicelib.values.checks import printable

# Letters and symbols by their category, and yet nothing is drawn: fillers of Hangul, blank
# braille, the grapheme joiner.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
# What a label is called of which nothing can be seen.
NOTHING_VISIBLE = "(blank)"
_ZERO_WIDTH_JOINERS = "\u200c\u200d"
_VARIATIONS = (("\ufe00", "\ufe0f"), ("\u180b", "\u180f"), ("\U000e0100", "\U000e01ef"))


def normal_name(text: str) -> str:
    """The form in which a name is kept. Raises ValueError where something in it is invisible."""
    name = folded(printable(text))
    if not name.isascii():
        for place, character in enumerate(name):
            if not _is_visible(name, place):
                raise ValueError(f"must not hold the invisible character U+{ord(character):04X}")
    return name


def folded(text: str) -> str:
    """The form that `normal_name` gives a name, for looking up one that may be none."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()


def folded_beginning(text: str) -> str:
    """What names begin with that begin with this: a blank at its end may be followed by more."""
    return unicodedata.normalize("NFC", text).lstrip()


def visible_name(text: str) -> str:
    """What is left of a text when what no name may hold has become a blank; perhaps nothing."""
    spaced = folded("".join(c if c.isprintable() else " " for c in text))
    if spaced.isascii():
        return spaced
    seen = (c if _is_visible(spaced, place) else " " for place, c in enumerate(spaced))
    return folded("".join(seen))


@lru_cache(10_000)  # a fleet has few, and every run names some
def label(text: str) -> str:
    """The form in which a label is kept."""
    return visible_name(text) or NOTHING_VISIBLE


@lru_cache(10_000)
def label_or_nothing(text: str) -> str:
    """The same, where an empty text says that there is none; also for looking one up."""
    return visible_name(text)


def _is_visible(name: str, place: int) -> bool:
    """Whether something is drawn at this place of a name, or joins what is."""
    character, before = name[place], name[place - 1 : place]
    kind_before = unicodedata.category(before) if before else ""
    if character in _ZERO_WIDTH_JOINERS:
        return place + 1 < len(name) and kind_before in ("So", "Sk", "Mn", "Mc")
    if any(first <= character <= last for first, last in _VARIATIONS):
        return kind_before in ("So", "Sm", "Po", "Nd")  # as emoji or as text
    return unicodedata.category(character) not in ("Cf", "Zl", "Zp") and character not in _BLANK
