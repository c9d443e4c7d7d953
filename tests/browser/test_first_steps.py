"""A new service leads from nothing to two versions compared, by commands that work as they are."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from management.mongod import Mongod
from tests.browser.site import Site, running_site
from tests.browser.visits import WIDTHS, Visit, visiting

STEPS = (
    "Register an agent",
    "Add the version that runs",
    "Report a run",
    "Report a run of the next version, and compare the two",
)


@pytest.fixture
def new_site(mongod: Mongod) -> Iterator[Site]:
    with running_site(mongod, f"new_{uuid4().hex}") as site:
        yield site


def run_next(visit: Visit, title: str) -> str:
    """Run the command of the step that is next, in a shell."""
    step = visit.page.locator("li.step.next")
    expect(step).to_contain_text(title)
    command = step.get_by_label(title).inner_text()
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


@pytest.mark.parametrize("width", WIDTHS)
def test_each_command_leads_to_the_next_step(browser: Browser, new_site: Site, width: int) -> None:
    with visiting(browser, new_site.url, width=width) as visit:
        visit.open()
        for title in STEPS[:3]:
            run_next(visit, title)
            visit.page.get_by_role("button", name="Refresh").click()
            visit.settle()
        # Numbers are there after the first run, and the last step still is.
        expect(visit.tile("Runs")).to_have_text("1")
        assert '"verdicts"' in run_next(visit, STEPS[3])
        visit.page.get_by_role("button", name="Refresh").click()
        visit.settle()
        expect(visit.page.locator(".welcome")).to_have_count(0)
        expect(visit.rows("Agents")).to_have_count(1)


def test_what_is_registered_already_is_in_the_commands(browser: Browser, new_site: Site) -> None:
    name = "it's a name / with $signs"
    new_site.post("agents/it's%20a%20name%20%2F%20with%20$signs/register", {"project": "p"})
    with visiting(browser, new_site.url) as visit:
        visit.open()
        expect(visit.page.locator("li.step.done")).to_have_count(1)
        run_next(visit, STEPS[1])
        visit.page.get_by_role("button", name="Refresh").click()
        visit.settle()
        run_next(visit, STEPS[2])
        visit.page.get_by_role("button", name="Refresh").click()
        visit.settle()
        expect(visit.rows("Agents").first).to_contain_text(name)


def test_a_command_is_copied_at_a_press(browser: Browser, new_site: Site) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with visiting(browser, new_site.url, permissions=permissions) as visit:
        visit.open()
        step = visit.page.locator("li.step.next")
        step.get_by_role("button", name="Copy").click()
        expect(step.get_by_role("button")).to_have_text("Copied")
        copied = visit.page.evaluate("() => navigator.clipboard.readText()")
        assert copied.startswith(f"curl -X POST {new_site.url}/api/v1/agents/my-agent/register")
