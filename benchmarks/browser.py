"""How soon the dashboard is there, in Chromium: `python -m benchmarks.browser --runs=1000000`.

First paint is when everything that a view asked for is shown, from the navigation on, with files
and service warm. A filter's time is from its last answer until that is painted.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
from playwright.sync_api import Page

from benchmarks.browser_fleet import load
from benchmarks.rows import Row, at_most, render
from management.mongod import Mongod
from tests.browser.chromium import MISSING, find_chromium, running_chromium
from tests.browser.site import Site, running_site
from tests.browser.visits import Visit, visiting

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "chalicelib" / "pages" / "static" / "dashboard"
DATABASE = "bench_browser"
ROUNDS = 3
VIEWS = {
    "first page, 7 days": "#/?range=7d&tz=Europe%2FBerlin",
    "first page, 90 days": "#/?range=90d&tz=Europe%2FBerlin",
    "money": "#/spend?tz=Europe%2FBerlin",
    "agent of 130 versions": "#/agents/agent-000?range=30d&tz=Europe%2FBerlin",
    "may we ship?": "#/agents/agent-001/compare?range=90d&tz=Europe%2FBerlin",
    "runs": "#/agents/agent-000/runs?range=30d&tz=Europe%2FBerlin",
}
FILTERS = ("only=model~model-3", "project=project-1", "by=model", "by=initiator", "q=agent-01")
# Milliseconds since the navigation (or `since`) at which the last answer had come, and at which the
# page that shows it was painted.
_WAIT = """async (since) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const isDone = () =>
    document.querySelector("main .card") && !document.querySelector("[aria-busy]");
  while (!isDone()) await frame();
  const painted = performance.now();
  const answers = performance.getEntriesByType("resource")
    .filter(({ name, responseEnd }) => name.includes("/api/v1/") && responseEnd > since);
  const last = Math.max(since, ...answers.map(({ responseEnd }) => responseEnd));
  return [painted - since, painted - last, answers.length];
}"""


@click.command()
@click.option("--runs", type=click.IntRange(1_300), default=1_000_000, show_default=True)
def bench(runs: int) -> None:
    """Measure the dashboard's pages on a fleet of 120 agents and 1,300 versions."""
    program = find_chromium()
    if program is None:
        sys.exit(MISSING)
    with TemporaryDirectory() as data, Mongod(Path(data)) as mongod:
        load(mongod.uri, DATABASE, runs)
        _count(mongod.uri)
        with running_site(mongod, DATABASE) as site, running_chromium(program) as browser:
            rows = [_size()]
            for width in (1280, 390):
                with visiting(browser, site.url, width=width) as visit:
                    for row in _measure(visit, site, width):
                        click.echo(f"{row.what}: {row.measured}")
                        rows.append(row)
    click.echo(render(rows))


def _count(uri: str) -> None:
    command = [sys.executable, "manage.py", "upkeep", f"--mongo-uri={uri}"]
    subprocess.run(
        [*command, f"--db-name={DATABASE}"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "MONGODB_SECRET_ID"},
        check=True,
    )


def _size() -> Row:
    files = [STATIC / name for name in ("app.js", "style.css", "theme_start.js")]
    packed = sum(len(gzip.compress(file.read_bytes())) for file in files)
    return at_most("script and style, compressed", 200, packed / 1024, " KB")


def _measure(visit: Visit, site: Site, width: int) -> Iterator[Row]:
    page = visit.page
    for name, address in VIEWS.items():
        _open(page, site, address)  # warms up
        taken = [_open(page, site, address) for _ in range(ROUNDS)]
        what = f"{name}, {width} px"
        yield at_most(f"{what}: painted", 1.5, median(each[0] for each in taken) / 1000, " s")
        yield at_most(f"{what}: after the last answer", 0.5, taken[-1][1] / 1000, " s")
        yield at_most(f"{what}: requests", 6, taken[-1][2])
    _open(page, site, VIEWS["first page, 7 days"])
    for change in FILTERS:
        since, address = page.evaluate(_CHANGE, change)
        page.wait_for_timeout(50)
        total, after, requests = page.evaluate(_WAIT, since)
        what = f"{address.partition('&')[2] or change}, {width} px"
        yield Row(f"{what}: in all, {requests:g} requests", "", f"{total / 1000:.3g} s")
        yield at_most(f"{what}: after the last answer", 0.5, after / 1000, " s")


# What a person's choice does to the address.
_CHANGE = """(change) => {
  const [path, query] = location.hash.split("?");
  const next = new URLSearchParams(query);
  for (const name of ["only", "project", "by", "q"]) next.delete(name);
  const [name, value] = change.split("=");
  next.set(name, value);
  const since = performance.now();
  history.pushState(null, "", `${path}?${next}`);
  dispatchEvent(new PopStateEvent("popstate"));
  return [since, change];
}"""


def _open(page: Page, site: Site, address: str) -> tuple[float, float, float]:
    page.goto("about:blank")
    page.goto(f"{site.url}/dashboard{address}", wait_until="commit")
    total, after, requests = page.evaluate(_WAIT, 0)
    return total, after, requests


if __name__ == "__main__":
    bench()
