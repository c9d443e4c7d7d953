"""`manage.py demo`: generated agents and their runs, through the HTTP API."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from tqdm import tqdm

from management.api import connect, service_options
from management.demonstration import PROFILES, releases, runs_of
from management.transfers import Item, Tally, upload

BATCH_RUNS = 500
MAX_RUNS = 1_000_000


@click.command()
@click.option(
    "--runs",
    type=click.IntRange(1, MAX_RUNS),
    default=5000,
    show_default=True,
    help="About how many, over 30 days.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 99),
    default=0,
    show_default=True,
    help="Another seed adds other runs to the same agents.",
)
@service_options
def demo(runs: int, seed: int, url: str, token: str | None) -> None:
    """Load generated agents, versions and runs of the last 30 days.

    May be repeated: what is stored already is unchanged, and what happened since is added.
    """
    now = datetime.now(UTC)
    tally = Tally()
    with connect(url, token) as client, tqdm(total=runs, unit="run", file=sys.stderr) as progress:
        for profile in PROFILES:
            client.register_agent(profile.name, profile.project)
            for release in releases(profile, now):
                client.add_version(profile.name, release.registration())
                made = [Item(run["id"], run) for run in runs_of(release, seed, now, runs)]
                for start in range(0, len(made), BATCH_RUNS):
                    batch = made[start : start + BATCH_RUNS]
                    upload(client, profile.name, release.version, batch, tally)
                    progress.update(len(batch))
        progress.total = progress.n  # the number asked for was approximate
    click.echo("\n".join(tally.lines(noun="run")))
    click.echo(
        f"Of {len(PROFILES)} agents in {len({p.project for p in PROFILES})} projects; see "
        f"{url}/api/v1/agents"
    )
    if tally.refused:
        sys.exit(1)
