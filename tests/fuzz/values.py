"""Values as clients send them, each with what it means: pairs of what is sent and what is kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from chalicelib.values.names import normal_name

INT64 = st.integers(-(2**63), 2**63 - 1)
COUNTS = st.integers(0, 2**63 - 1)
MAX_S = 3660 * 86_400
# Local times that are instants of the API wherever they are told.
FIRST_LOCAL, LAST_LOCAL = datetime(1970, 1, 2), datetime(9999, 12, 30, 23, 59, 59)  # noqa: DTZ001
# And such that a run can have been created then.
FIRST_CREATED, LAST_CREATED = datetime(2000, 1, 2), datetime(2025, 12, 30)  # noqa: DTZ001
US_PER_UNIT = {
    "ns": Fraction(1, 1000),
    "us": Fraction(1),
    "µs": Fraction(1),
    "ms": Fraction(1_000),
    "s": Fraction(1_000_000),
    "m": Fraction(60_000_000),
    "h": Fraction(3_600_000_000),
}
ISO_US = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}

# Everything but halves of surrogate pairs, which no UTF-8 can carry.
ANY_CHARACTER = st.characters(exclude_categories=["Cs"])
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
PRINTABLE = st.characters(exclude_categories=["Cs", "Cc"])


def texts(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=least, max_size=most)


def printables(most: int) -> st.SearchStrategy[str]:
    """Text that a person can read."""
    return st.text(PRINTABLE, min_size=1, max_size=most).filter(lambda text: not text.isspace())


def names(most: int) -> st.SearchStrategy[str]:
    """What an agent may be called, in any form: composed or not, with blanks around it."""
    return printables(most).filter(lambda text: bool(text.strip()) and _is_name(text))


def _is_name(text: str) -> bool:
    try:
        normal_name(text)
    except ValueError:
        return False
    return len(normal_name(text)) <= len(text)


LABELS = st.lists(texts(1, 200), max_size=8)
WORDS = st.sampled_from(["completed", "Success", "FAILED", "running", "queued", "Résumé", "x"])
STATUSES = WORDS | printables(64)
DOLLARS = st.floats(0, 1e12) | st.integers(0, 10**12) | st.just(-0.0)
ERRORS = texts(0, 1000).filter(lambda text: len(text.encode()) <= 4096)
KEYS = texts(1, 20).filter(lambda key: not key.startswith("$"))
FACTS = texts(0, 50) | st.booleans() | INT64 | st.floats(allow_nan=False, allow_infinity=False)
METADATA = st.dictionaries(KEYS, FACTS, max_size=8)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(CHARACTERS, max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(0, 20), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def instants(
    draw: st.DrawFn, low: datetime = FIRST_LOCAL, high: datetime = LAST_LOCAL
) -> tuple[str, datetime]:
    """An RFC 3339 text, and the UTC time it means, cut to milliseconds."""
    zone = draw(st.none() | st.integers(-1439, 1439))
    offset = timedelta(minutes=zone or 0)
    local = draw(st.datetimes(low, high)).replace(microsecond=0)
    fraction = draw(st.none() | st.from_regex(r"[0-9]{1,12}", fullmatch=True))
    text = local.isoformat(sep=draw(st.sampled_from("Tt ")))
    text += "" if fraction is None else f".{fraction}"
    hours, minutes = divmod(abs(zone or 0), 60)
    sign = "-" if (zone or 0) < 0 else "+"
    text += draw(st.sampled_from("Zz")) if zone is None else f"{sign}{hours:02}:{minutes:02}"
    ms = int(f"{fraction or ''}000"[:3])
    utc = local.replace(tzinfo=timezone(offset)).astimezone(UTC)
    return text, utc + timedelta(milliseconds=ms)


@st.composite
def go_durations(draw: st.DrawFn) -> tuple[str, Fraction]:
    """A Go duration, and its exact microseconds."""
    numbers = st.from_regex(r"[0-9]{1,9}(\.[0-9]{0,9})?", fullmatch=True)
    numbers |= st.from_regex(r"\.[0-9]{1,9}", fullmatch=True)
    parts = draw(st.lists(st.tuples(numbers, st.sampled_from(list(US_PER_UNIT))), min_size=1))
    text = draw(st.sampled_from(["", "+"])) + "".join(f"{n}{unit}" for n, unit in parts)
    exact = sum((Fraction(f"0{n}0") * US_PER_UNIT[unit] for n, unit in _closed(parts)), Fraction())
    return text, exact


def _closed(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """`5.` is a number to Go and to us, but not to Fraction."""
    return [(n if "." in n else f"{n}.", unit) for n, unit in parts]


@st.composite
def iso_durations(draw: st.DrawFn) -> tuple[str, Fraction]:
    """An ISO 8601 duration, and its exact microseconds."""
    numbers = st.from_regex(r"[0-9]{1,9}([.,][0-9]{1,9})?", fullmatch=True)
    parts = {unit: draw(st.none() | numbers) for unit in ISO_US}
    given_ = {unit: n for unit, n in parts.items() if n is not None}
    date = "".join(f"{n}{unit}" for unit, n in given_.items() if unit in "WD")
    time = "".join(f"{n}{unit}" for unit, n in given_.items() if unit in "HMS")
    exact = sum(
        (Fraction(n.replace(",", ".")) * ISO_US[unit] * 10**6 for unit, n in given_.items()),
        Fraction(),
    )
    return f"P{date}{'T' * bool(time or not date)}{time or '0S' * (not date)}", exact


def _counted(seconds: float) -> tuple[float, Fraction]:
    return seconds, Fraction(seconds) * 10**6


DURATIONS: st.SearchStrategy[tuple[Any, Fraction]] = st.one_of(
    go_durations(),
    iso_durations(),
    (st.integers(0, MAX_S) | st.floats(0, MAX_S)).map(_counted),
).filter(lambda pair: pair[1] <= MAX_S * 10**6 and len(str(pair[0])) <= 100)


def same_number(found: float | None, exact: Fraction | None) -> bool:
    """Whether milliseconds as answered are these microseconds, within the last one."""
    if found is None or exact is None:
        return found is None and exact is None
    return math.isclose(found * 1000, exact, rel_tol=0, abs_tol=1)
