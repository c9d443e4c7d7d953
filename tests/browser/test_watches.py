"""Watches: made, tried, muted, changed and deleted in the browser, and seen where they fired."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from management.mongod import Mongod
from tests.browser.axe import violations
from tests.browser.site import PATIENCE_S, Site, running_site
from tests.browser.visits import WIDTHS, Visit, visiting

BUDGET = {"type": "budget", "amount": 50, "period": "month", "tz": "Europe/Berlin"}
# What is chosen and typed for each kind, and the condition that the API then has.
KINDS: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    (
        "budget",
        {"Amount in dollars": "12.5", "In each": "week", "Warn at, in percent": "70"},
        {"amount": 12.5, "period": "week", "warn_at": 0.7, "tz": "Europe/Berlin"},
    ),
    (
        "success_rate_drop",
        {"Against": "window", "How many days": "14", "By more than, in points": "2.5"},
        {"base": "window", "window": "14d", "more_than": 0.025},
    ),
    ("duration_increase", {}, {"base": "previous_version", "more_than": 0.05}),
    ("cost_increase", {"By more than, in percent": "7"}, {"more_than": 0.07}),
    ("silence", {"For how long": "3h"}, {"for": "3h"}),
    ("stale", {"More runs than": "4", "In progress for": "48h"}, {"more_than": 4, "after": "48h"}),
    ("new_error", {}, {}),
]


@pytest.fixture(scope="module")
def guarded(mongod: Mongod) -> Iterator[Site]:
    """A service with an agent that spends."""
    with running_site(mongod, f"guarded_{uuid4().hex}") as site:
        site.post("agents/coder/register", {"project": "shop"})
        site.post("agents/coder/versions", {"version": "1"})
        before = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        for created in (before, None):
            run = {"status": "completed", "cost": 60, "created": created}
            site.post("agents/coder/versions/1/runs", run)
        yield site


def make(site: Site, name: str, **fields: Any) -> Any:
    return site.post("watches", {"name": name, "agent": "coder", "condition": BUDGET, **fields})


def fill(visit: Visit, fields: dict[str, str]) -> None:
    for label, value in fields.items():
        field = field_of(visit, label)
        if field.evaluate("(element) => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


@pytest.mark.parametrize(
    ("width", "kind", "fields", "condition"),
    # On a phone the others are laid out like these two.
    [(1280, *kind) for kind in KINDS] + [(360, *kind) for kind in KINDS[:2]],
)
def test_each_kind_is_made(
    browser: Browser,
    guarded: Site,
    width: int,
    kind: str,
    fields: dict[str, str],
    condition: dict[str, Any],
) -> None:
    name = f"{kind} at {width}"
    with visiting(browser, guarded.url, width=width) as visit:
        visit.open("#/agents/coder/watches?tz=Europe%2FBerlin")
        visit.page.get_by_role("link", name="New watch").click()
        expect(field_of(visit, "Agent")).to_have_value("coder")
        fill(visit, {"Name": name, "Condition": kind})
        fill(visit, fields)
        assert violations(visit.page) == []
        assert not visit.overflows()
        visit.page.get_by_role("button", name="Make this watch").click()

        expect(visit.page.get_by_role("heading", level=1)).to_have_text(name)
        visit.settle()
        made = guarded.get(f"watches/{watch_in(visit)}")
        assert made["condition"]["type"] == kind
        assert {name: made["condition"][name] for name in condition} == condition
        assert (made["agent"], made["notify"]) == ("coder", None)


def field_of(visit: Visit, label: str) -> Locator:
    named = visit.page.get_by_text(label, exact=True)
    return visit.page.locator("label.field").filter(has=named).locator("input, select")


def watch_in(visit: Visit) -> str:
    found = re.search(r"#/watches/([0-9a-f]{24})", visit.page.url)
    assert found, visit.page.url
    return found[1]


def test_limits_are_checked_before_and_by_the_service(browser: Browser, guarded: Site) -> None:
    with visiting(browser, guarded.url) as visit:
        visit.open("#/watches/new?kind=success_rate_drop")
        page = visit.page
        fill(visit, {"Name": "w"})
        number = page.get_by_label("By more than, in points")
        number.fill("100")
        page.get_by_role("button", name="Make this watch").click()
        assert number.evaluate("(element) => element.validity.rangeOverflow")
        number.fill("1")
        page.get_by_role("button", name="Make this watch").click()
        # The version before is of one agent, and none was named.
        expect(page.get_by_role("alert").filter(has_text="Agent:")).to_contain_text("name it")
        assert all("422" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_condition_is_tried_over_the_past(browser: Browser, guarded: Site, width: int) -> None:
    tried = guarded.post(
        "watch-trials",
        {"agent": "coder", "condition": {"type": "budget", "amount": 50, "period": "day"}},
    )
    assert tried["fired"] == 1
    with visiting(browser, guarded.url, width=width) as visit:
        visit.open("#/watches/new?of=coder&tz=UTC")
        fill(visit, {"Amount in dollars": "50", "In each": "day"})
        visit.page.get_by_role("button", name="Try over the last 30 days").click()
        said = visit.page.get_by_role("status").filter(has_text="Would have")
        expect(said).to_contain_text("Would have fired once in the last 30 days")
        expect(visit.rows("What it would have said")).to_have_count(len(tried["changes"]))
        assert violations(visit.page) == []
        assert not visit.overflows()


def test_what_cannot_be_tried_says_why(browser: Browser, guarded: Site) -> None:
    with visiting(browser, guarded.url) as visit:
        visit.open("#/watches/new?of=coder&kind=new_error")
        visit.page.get_by_role("button", name="Try over the last 30 days").click()
        expect(visit.page.get_by_text("the past does not tell of it")).to_be_visible()
        assert all("422" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_watch_is_muted_changed_and_deleted(browser: Browser, guarded: Site, width: int) -> None:
    watch = make(guarded, "before")
    with visiting(browser, guarded.url, width=width) as visit:
        visit.open(f"#/watches/{watch['id']}")
        page, dialog = visit.page, visit.page.get_by_role("dialog")
        page.get_by_role("button", name="Mute").click()
        dialog.get_by_role("combobox", name="For").select_option("8")
        dialog.get_by_role("button", name="Mute").click()
        expect(page.get_by_role("button", name="Unmute")).to_be_visible()
        assert guarded.get(f"watches/{watch['id']}")["muted_until"]

        page.get_by_role("link", name="Edit").click()
        expect(field_of(visit, "Name")).to_be_focused()
        fill(visit, {"Name": "after"})
        visit.settle()
        assert violations(page) == []
        assert not visit.overflows()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("after")
        visit.settle()
        changed = guarded.get(f"watches/{watch['id']}")
        # With a condition it would have begun anew.
        assert changed["condition"] == BUDGET

        page.get_by_role("button", name="Delete").click()
        dialog.get_by_role("button", name="Delete").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Watches")
        visit.settle()
        gone = httpx.get(f"{guarded.url}/api/v1/watches/{watch['id']}", timeout=PATIENCE_S)
        assert gone.status_code == 404


def test_a_webhooks_secret_is_shown_once(browser: Browser, guarded: Site) -> None:
    with visiting(browser, guarded.url) as visit:
        visit.open("#/watches/new?of=coder")
        fill(visit, {"Name": "told", "Amount in dollars": "900", "Tell": "standard"})
        fill(visit, {"Address": "https://example.com/hook"})
        visit.page.get_by_role("button", name="Make this watch").click()
        secret = visit.page.get_by_role("dialog").get_by_label("Secret")
        expect(secret).to_have_text(re.compile("^whsec_"))
        assert violations(visit.page) == []
        visit.page.get_by_role("button", name="Close").click()
        visit.settle()
        expect(visit.page.locator("body")).not_to_contain_text("whsec_")
        expect(visit.page.locator(".known")).to_contain_text("https://example.com/hook")


@pytest.fixture(scope="module")
def fired(guarded: Site) -> Any:
    """A watch that fired, and that the service has told of."""
    watch = make(guarded, "the month")
    guarded.manage("upkeep")
    assert guarded.get(f"watches/{watch['id']}")["state"] == "firing"
    return watch


@pytest.mark.parametrize(
    ("width", "colours"),
    [(1280, {}), (360, {"scheme": "dark"}), (1280, {"forced_colors": "active"})],
)
def test_its_state_and_its_history_are_shown(
    browser: Browser, guarded: Site, fired: Any, width: int, colours: Any
) -> None:
    events = guarded.get(f"watches/{fired['id']}/events")
    with visiting(browser, guarded.url, width=width, **colours) as visit:
        visit.open(f"#/watches/{fired['id']}")
        expect(visit.page.locator(".known")).to_contain_text("Firing")
        expect(visit.page.locator(".known")).to_contain_text("Spent")
        history = visit.rows("History")
        expect(history).to_have_count(len(events))
        expect(history.first).to_contain_text(events[0]["text"])
        expect(history.first).to_contain_text("nobody to tell")
        assert not visit.overflows()
        assert violations(visit.page) == []
        visit.page.get_by_role("link", name="All watches").click()
        visit.settle()
        visit.choice("State").select_option("firing")
        expect(visit.page).to_have_url(re.compile("wstate=firing"))
        visit.settle()
        assert {"Firing"} == set(visit.rows("Watches").locator(".badge").all_inner_texts())
        expect(visit.rows("When they fired").filter(has_text="the month")).to_have_count(1)
        assert not visit.overflows()
        assert violations(visit.page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_an_agents_charts_and_pages_show_when_it_fired(
    browser: Browser, guarded: Site, fired: Any, width: int
) -> None:
    with visiting(browser, guarded.url, width=width) as visit:
        visit.open("#/agents/coder?range=7d")
        assert len(visit.api_requests()) <= 6
        visit.page.get_by_role("button", name="Cost as a table").click()
        today = visit.page.locator(".plot-table tbody tr").first
        expect(today).to_contain_text("“the month” fired")
        expect(visit.page.locator(".plot-table tbody tr").nth(1)).not_to_contain_text("fired")
        visit.page.get_by_role("link", name="Watches", exact=True).last.click()
        visit.settle()
        expect(visit.rows("Watches").filter(has_text="the month")).to_contain_text("Firing")
        expect(visit.rows("When they fired").filter(has_text="the month")).to_contain_text("still")
        with visit.page.expect_download() as download:
            visit.page.get_by_role("button", name="Download firings as CSV").click()
        assert download.value.path().read_text().startswith("watch_id,name,agent,condition.type")
        assert violations(visit.page) == []
