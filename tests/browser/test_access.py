"""A service that asks for tokens, and what strangers may put on the page."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import Site
from tests.browser.visits import Visit, visiting

MARKUP = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
BIDI = "\u202egnp.exe"


@pytest.fixture(scope="session")
def read_token(locked_site: Site) -> str:
    return locked_site.manage("token", "create", "--name=eyes", "--scope=read").strip()


@pytest.fixture(scope="session")
def ingest_token(locked_site: Site) -> str:
    return locked_site.manage("token", "create", "--name=hands", "--scope=ingest").strip()


def give_token(visit: Visit, token: str) -> None:
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_label("Token").fill(token)
    dialog.get_by_role("button", name="Continue").click()


def forgive(visit: Visit, *statuses: str) -> None:
    """The browser notes every refused request on its console; those are what is tested here."""
    unexpected = [t for t in visit.troubles if not any(status in t for status in statuses)]
    assert unexpected == []
    visit.troubles.clear()


def test_it_asks_for_a_token_until_one_is_right(
    browser: Browser, locked_site: Site, read_token: str
) -> None:
    with visiting(browser, locked_site.url) as visit:
        visit.page.goto(f"{locked_site.url}/dashboard")
        dialog = visit.page.get_by_role("dialog", name="A token, please")
        expect(dialog.get_by_label("Token")).to_be_focused()

        give_token(visit, "amt_wrong")
        expect(dialog.get_by_role("alert")).to_contain_text("The last one was refused")
        give_token(visit, read_token)

        expect(visit.page.get_by_role("heading", name="No agents yet")).to_be_visible()
        expect(dialog).to_have_count(0)
        forgive(visit, "401")


def test_a_token_stays_in_its_tab_and_nowhere_else(
    browser: Browser, locked_site: Site, read_token: str
) -> None:
    with visiting(browser, locked_site.url) as visit:
        visit.page.goto(f"{locked_site.url}/dashboard")
        give_token(visit, read_token)
        visit.settle()
        visit.page.reload()
        visit.settle()
        expect(visit.page.get_by_role("dialog")).to_have_count(0)

        kept = visit.page.evaluate(
            "() => [JSON.stringify(sessionStorage), JSON.stringify(localStorage), document.cookie]"
        )
        assert read_token in kept[0]
        assert read_token not in kept[1] + kept[2] + visit.page.url
        assert not [url for url in visit.requests if read_token in url]

        other = visit.page.context.new_page()
        other.goto(f"{locked_site.url}/dashboard")
        expect(other.get_by_role("dialog")).to_be_visible()
        visit.page.get_by_role("button", name="Forget token").click()
        expect(visit.page.get_by_role("dialog")).to_be_visible()
        assert visit.page.evaluate("() => sessionStorage.length") == 0
        forgive(visit, "401")


def test_not_now_leaves_a_way_to_come_back(
    browser: Browser, locked_site: Site, read_token: str
) -> None:
    with visiting(browser, locked_site.url) as visit:
        visit.page.goto(f"{locked_site.url}/dashboard")
        visit.page.get_by_role("button", name="Not now").click()
        alert = visit.page.get_by_role("alert")
        expect(alert).to_contain_text("This service asks for a token.")

        alert.get_by_role("button", name="Enter a token").click()
        give_token(visit, read_token)

        expect(visit.page.get_by_role("heading", name="No agents yet")).to_be_visible()
        forgive(visit, "401")


def test_a_token_that_only_writes_is_told_apart(
    browser: Browser, locked_site: Site, ingest_token: str
) -> None:
    with visiting(browser, locked_site.url) as visit:
        visit.page.goto(f"{locked_site.url}/dashboard")
        give_token(visit, ingest_token)

        alert = visit.page.get_by_role("alert")
        expect(alert).to_contain_text("This needs a token of scope 'read'")
        expect(alert.get_by_role("button", name="Use another token")).to_be_visible()
        forgive(visit, "401", "403")


def test_what_agents_send_is_shown_as_text(browser: Browser, hostile_site: Site) -> None:
    """In names, versions, statuses, initiators, tools, models, errors and metadata."""
    agent = hostile_site.post(f"agents/{segment(MARKUP)}/register", {"project": MARKUP})
    versions = f"agents/{agent['id']}/versions"
    for version in (MARKUP, f"{MARKUP}2"):
        hostile_site.post(versions, {"version": version, "cluster": MARKUP, "tools": [MARKUP]})
    run = {
        "id": 2**63 - 1,
        "status": "failed",
        "initiator": MARKUP,
        "error": f"{BIDI}{MARKUP * 20}",
    }
    run |= {"tools": [MARKUP], "models": [MARKUP], "metadata": {MARKUP: MARKUP}, "time_taken": 1e-6}
    hostile_site.post(f"{versions}/{segment(MARKUP)}/runs", run)

    for width in (1280, 390):
        with visiting(browser, hostile_site.url, width=width) as visit:
            visit.open("#/?range=24h")
            visit.page.get_by_role("link", name=MARKUP).click()
            visit.settle()
            expect(visit.page.get_by_role("heading", level=1)).to_have_text(MARKUP)
            visit.page.get_by_role("link", name="Runs", exact=True).click()
            visit.settle()
            visit.choice("Version").select_option(MARKUP)
            visit.settle()
            expect(visit.rows("Runs").first).to_contain_text(MARKUP)
            expect(visit.rows("Failures by error").first).to_contain_text(MARKUP[:20])
            # A 64-bit id that no JavaScript number holds.
            visit.rows("Runs").get_by_role("link", name=str(2**63 - 1)).click()
            visit.settle()
            expect(visit.page.locator(".known")).to_contain_text(f"{BIDI}{MARKUP * 20}")
            assert visit.page.locator("img:not(.brand img), main script").count() == 0
            assert not visit.overflows()


def test_the_page_refuses_to_make_markup_of_text(browser: Browser, empty_site: Site) -> None:
    """The policy stops what a careless change would let through."""
    with visiting(browser, empty_site.url) as visit:
        visit.open()
        tried = visit.page.evaluate(
            "() => { try { document.body.innerHTML = '<b>x</b>'; return 'done' }"
            " catch (error) { return error.name } }"
        )

        assert tried == "TypeError"
        assert any("TrustedHTML" in trouble for trouble in visit.troubles)
        visit.troubles.clear()


def test_no_other_host_is_asked(browser: Browser, demo_site: Site) -> None:
    with visiting(browser, demo_site.url) as visit:
        visit.open("#/agents/code-reviewer?range=30d")

        assert all(url.startswith(f"{demo_site.url}/") for url in visit.requests)
        policy = httpx.get(f"{demo_site.url}/dashboard").headers["content-security-policy"]
        assert not re.search(r"https?:|\*|unsafe|data:", policy)


def segment(text: str) -> str:
    return httpx.QueryParams({"": text}).__str__().removeprefix("=").replace("+", "%20")
