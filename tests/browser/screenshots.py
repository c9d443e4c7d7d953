"""Writes the screenshots of the README: `make screenshots`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from management.mongod import Mongod
from tests.browser.chromium import MISSING, find_chromium, running_chromium
from tests.browser.site import running_site
from tests.browser.visits import Scheme, Visit, visiting

PERIOD = "range=30d&tz=Europe%2FBerlin"
OVERVIEW = f"#/?{PERIOD}"
SHIP = f"#/agents/code-reviewer/compare?{PERIOD}"
MONEY = "#/spend?tz=Europe%2FBerlin"
RUNS = f"#/agents/code-reviewer/runs?{PERIOD}&outcome=failed"


def main(folder: Path) -> None:
    program = find_chromium()
    if program is None:
        sys.exit(MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as data,
        Mongod(Path(data)) as mongod,
        running_site(mongod, "screenshots") as site,
        running_chromium(program) as browser,
    ):
        site.manage("demo", f"--url={site.url}")
        views: list[tuple[str, str, Scheme, str | None]] = [
            ("dashboard-overview", OVERVIEW, "light", None),
            ("dashboard-ship", SHIP, "dark", "May we ship?"),
            ("dashboard-money", MONEY, "light", "Money"),
            ("dashboard-runs", RUNS, "light", "Failures by error"),
        ]
        for name, address, scheme, heading in views:
            with visiting(browser, site.url, scheme=scheme) as visit:
                visit.page.set_viewport_size({"width": 1280, "height": 1020})
                visit.open(address)
                show(visit, heading)
                path = folder / f"{name}.png"
                visit.page.screenshot(path=path)
                sys.stdout.write(f"{path} {path.stat().st_size // 1024} KB\n")


def show(visit: Visit, heading: str | None) -> None:
    """Point at a chart, or bring a heading to the top."""
    if heading is None:
        visit.page.locator(".u-over").first.hover(position={"x": 200, "y": 60})
    else:
        found = visit.page.get_by_role("heading", name=re.compile(f"^{re.escape(heading)}$"))
        found.evaluate("(element) => element.scrollIntoView({ block: 'start' })")
        visit.page.wait_for_timeout(200)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
