"""What the dashboard's modules compute, asked one by one in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

STATIC = Path(__file__).parents[2] / "chalicelib" / "pages" / "static" / "dashboard"
HOST = "http://modules.test"
NARROW, MINUS, NONE = "\u202f", "\u2212", "\u2013"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page from which the modules can be imported; nothing is served or started."""

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if name.endswith(".js"):
            route.fulfill(path=STATIC / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    context = browser.new_context(timezone_id="Europe/Berlin")
    opened = context.new_page()
    opened.route(f"{HOST}/**", answer)
    opened.goto(f"{HOST}/")
    yield opened
    context.close()


def call(page: Page, module: str, function: str, *arguments: Any) -> Any:
    """The result of a module's function, as JSON has it."""
    script = "async ([address, name, given]) => (await import(address))[name](...given)"
    return page.evaluate(script, [f"{HOST}/{module}.js", function, list(arguments)])


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        ("count", None, NONE),
        ("count", 0, "0"),
        ("count", 4899, "4,899"),
        ("count", 12_345, "12.3 k"),
        ("count", 999_950, "1 M"),
        ("count", 3_400_000_000, "3.4 B"),
        ("exactCount", 1_234_567, "1,234,567"),
        ("money", None, NONE),
        ("money", 0, "$0"),
        ("money", 12.34, "$12.34"),
        ("money", 0.05, "$0.050"),
        ("money", 0.004217, "$0.0042"),
        ("money", 1e-9, "$0.000001"),
        ("money", 999.996, "$1,000"),
        ("money", 54_321, "$54,321"),
        ("money", 1_234_567, "$1.23 M"),
        ("money", -3.5, f"{MINUS}$3.50"),
        ("percent", None, NONE),
        ("percent", 0.9069, "90.7 %"),
        ("percent", 1, "100 %"),
        ("percent", 0, "0 %"),
        ("percent", 0.99962, "99.96 %"),
        ("percent", 0.999999, ">99.99 %"),
        ("percent", 0.00031, "0.03 %"),
        ("percent", 0.0000001, "<0.01 %"),
        ("duration", None, NONE),
        ("duration", 0, "0 ms"),
        ("duration", 0.42, "0.42 ms"),
        ("duration", 840, "840 ms"),
        ("duration", 999.7, "1 s"),
        ("duration", 1234, "1.2 s"),
        ("duration", 59_949, "59.9 s"),
        ("duration", 59_960, "1 min"),
        ("duration", 192_000, "3 min_12 s"),
        ("duration", 3_599_600, "1 h"),
        ("duration", 7_500_000, "2 h_5 min"),
        ("duration", 90_000_000, "1 d_1 h"),
        ("points", -0.0842, f"{MINUS}8.4 points"),
        ("points", 0.00042, "+0.042 points"),
    ],
)
def test_numbers_read_as_people_write_them(
    page: Page, function: str, value: float | None, text: str
) -> None:
    """Between a number and its unit the space is narrow and never breaks."""
    expected = text.replace(" ", NARROW).replace("_", " ")
    assert call(page, "units", function, value) == expected


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (110, 100, "+10.0 %"),
        (50, 100, f"{MINUS}50.0 %"),
        (350, 100, "+250 %"),
        (0, 100, f"{MINUS}100 %"),
        (5, 0, None),
        (None, 3, None),
        (5000, 1, None),
    ],
)
def test_changes_are_relative_where_that_says_something(
    page: Page, now: float | None, before: float, text: str | None
) -> None:
    expected = text and text.replace(" ", NARROW)
    assert call(page, "units", "relativeChange", now, before) == expected


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        ("2026-03-01T09:30", "UTC", "2026-03-01T09:30:00.000Z"),
        ("2026-07-01T00:00", "Europe/Berlin", "2026-06-30T22:00:00.000Z"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"),  # skipped in spring
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"),  # the first of two
        ("2026-01-01T00:00", "Asia/Calcutta", "2025-12-31T18:30:00.000Z"),
        ("2026-03-08T00:00", "America/Havana", "2026-03-08T05:00:00.000Z"),  # no midnight that day
    ],
)
def test_wall_times_become_instants(page: Page, wall: str, zone: str, instant: str) -> None:
    script = "async ([a, w, z]) => (await import(a)).fromWall(w, z).toISOString()"
    assert page.evaluate(script, [f"{HOST}/zone.js", wall, zone]) == instant


def resolve(page: Page, state: dict[str, str], now: str) -> dict[str, Any]:
    script = "async ([a, s, n]) => (await import(a)).resolvePeriod(s, new Date(n))"
    found: dict[str, Any] = page.evaluate(script, [f"{HOST}/period.js", state, now])
    return found


def test_seven_days_are_whole_days_up_to_now_and_the_same_part_of_those_before(page: Page) -> None:
    """With 25 October 2026, which has 25 hours in Berlin, on the way."""
    state = {"range": "7d", "tz": "Europe/Berlin"}
    period = resolve(page, state, "2026-10-27T11:00:00Z")

    assert (period["from"], period["to"]) == ("2026-10-20T22:00:00Z", "2026-10-27T23:00:00Z")
    assert period["before"] == {"from": "2026-10-13T22:00:00Z", "to": "2026-10-20T11:00:00Z"}
    assert period["interval"] == "day"


def test_twenty_four_hours_are_whole_hours(page: Page) -> None:
    period = resolve(page, {"range": "24h", "tz": "UTC"}, "2026-03-02T10:15:30Z")

    assert (period["from"], period["to"]) == ("2026-03-01T11:00:00Z", "2026-03-02T11:00:00Z")
    assert period["before"] == {"from": "2026-02-28T11:00:00Z", "to": "2026-03-01T10:15:30Z"}
    assert period["interval"] == "hour"


def test_an_own_range_is_held_against_an_equal_time_before(page: Page) -> None:
    state = {"range": "own", "from": "2026-01-11T00:00", "to": "2026-01-21T00:00", "tz": "UTC"}
    period = resolve(page, state, "2026-06-01T00:00:00Z")

    assert period["before"] == {"from": "2026-01-01T00:00:00Z", "to": "2026-01-11T00:00:00Z"}


@pytest.mark.parametrize(
    ("days", "asked", "interval"),
    [
        (2, None, "hour"),
        (30, None, "day"),
        (400, None, "week"),
        (2000, None, "month"),
        (30, "hour", "hour"),
        (2000, "hour", "month"),
    ],
)
def test_the_interval_suits_the_range(
    page: Page, days: int, asked: str | None, interval: str
) -> None:
    """One that was asked for counts, unless it would make more buckets than the API gives."""
    end = page.evaluate(
        "(d) => new Date(Date.UTC(2020, 0, 1 + d)).toISOString().slice(0, 16)", days
    )
    state = {"range": "own", "from": "2020-01-01T00:00", "to": end, "tz": "UTC"}
    found = resolve(page, state | ({"interval": asked} if asked else {}), "2027-01-01T00:00:00Z")
    assert found["interval"] == interval


VERDICT = {
    "metric": "duration_ms",
    "verdict": "worse",
    "test": "Mann-Whitney U test",
    "p_value": 9.3e-16,
    "statistic": "median",
    "base": 98_000,
    "candidate": 146_000,
    "difference": 48_000,
    "interval": [31_900, 62_100],
    "effect": {"probability_of_superiority": 0.65},
    "n_base": 481,
    "n_candidate": 470,
    "min_count": 30,
}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "Runs of B tend to be longer: one of its runs is longer than one of A 65 times in"),
        (
            {"effect": {"probability_of_superiority": 0.2}, "verdict": "better"},
            "Runs of B tend to be shorter: one of its runs is shorter than one of A 80 times in",
        ),
        ({"verdict": "no_significant_change"}, "B and A cannot be told apart"),
        (
            {"verdict": "insufficient_data", "n_candidate": 3},
            "A has 481 and B 3 runs with a duration in this range. A verdict needs 30 on each",
        ),
        (
            {"metric": "success_rate", "difference": -0.084},
            f"B succeeds less often: {MINUS}8.4{NARROW}points",
        ),
    ],
)
def test_a_verdict_is_a_sentence(page: Page, changed: dict[str, Any], words: str) -> None:
    finding: str = call(page, "verdicts", "findingOf", VERDICT | changed, "A", "B")
    assert finding.startswith(words)


@pytest.mark.parametrize(
    ("p_value", "verdict", "words"),
    [
        (
            1e-16,
            "worse",
            "Very strong evidence. Chance alone would show a difference as large as this less",
        ),
        (
            8.3e-6,
            "worse",
            "Very strong evidence. Chance alone would show a difference as large as this once",
        ),
        (
            5e-4,
            "better",
            "Strong evidence. Chance alone would show a difference as large as this once in",
        ),
        (
            0.009,
            "better",
            "Clear evidence. Chance alone would show a difference as large as this once in 110",
        ),
        (
            0.4,
            "no_significant_change",
            "Chance alone would show a difference as large as this in 40.0",
        ),
        (None, "insufficient_data", "With so few runs"),
    ],
)
def test_how_sure_a_verdict_is_is_a_sentence_too(
    page: Page, p_value: float | None, verdict: str, words: str
) -> None:
    certainty: str = call(
        page, "verdicts", "certaintyOf", VERDICT | {"p_value": p_value, "verdict": verdict}
    )
    assert certainty.startswith(words)
