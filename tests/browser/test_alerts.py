"""Watches that fire stand above everything else."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pymongo
import pytest
from playwright.sync_api import Browser, expect

from management.mongod import Mongod
from tests.browser.axe import violations
from tests.browser.site import Site, running_site
from tests.browser.visits import WIDTHS, visiting

BUDGET = {
    "name": "coder's month",
    "agent": "coder",
    "condition": {"type": "budget", "amount": 50, "period": "month", "tz": "Europe/Berlin"},
    "notify": {"type": "webhook", "url": "https://example.com/hook", "format": "standard"},
}


@pytest.fixture(scope="module")
def watched(mongod: Mongod) -> Iterator[Site]:
    """A service with a watch."""
    with running_site(mongod, f"watched_{uuid4().hex}") as site:
        site.post("agents/coder/register", {"project": "shop"})
        site.post("agents/coder/versions", {"version": "1"})
        site.post("agents/coder/versions/1/runs", {"status": "completed", "cost": 60})
        site.post("watches", BUDGET)
        yield site


def set_state(site: Site, state: str) -> None:
    """As the minute's look at the watch would."""
    with pymongo.MongoClient[dict[str, object]](site.mongo_uri) as client:
        changed = client[site.database]["watches"].update_many({}, {"$set": {"state": state}})
        assert changed.matched_count == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_a_firing_watch_is_told_first(browser: Browser, watched: Site, width: int) -> None:
    set_state(watched, "firing")
    with visiting(browser, watched.url, width=width) as visit:
        visit.open("#/?range=7d")
        alerts = visit.page.get_by_role("region", name="1 firing")
        expect(alerts).to_contain_text("coder's month")
        expect(alerts).to_contain_text("Budget used up")
        assert violations(visit.page) == []
        assert not visit.overflows()
        alerts.get_by_role("link", name="coder", exact=True).click()
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("coder")
        visit.settle()


def test_a_project_shows_its_own_alerts_alone(browser: Browser, watched: Site) -> None:
    set_state(watched, "firing")
    with visiting(browser, watched.url) as visit:
        visit.open("#/?range=7d&project=shop")
        expect(visit.page.locator(".alerts")).to_have_count(1)
        visit.open("#/?range=7d&project=another")
        expect(visit.page.locator(".alerts")).to_have_count(0)


def test_a_watch_that_is_well_is_not_told_of(browser: Browser, watched: Site) -> None:
    set_state(watched, "ok")
    with visiting(browser, watched.url) as visit:
        visit.open("#/?range=7d")
        expect(visit.page.locator(".alerts")).to_have_count(0)
