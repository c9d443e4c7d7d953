"""`make bench`: measures everything and writes benchmarks/RESULTS.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import chdir
from functools import partial
from pathlib import Path

import click

from benchmarks import (
    client,
    ingest,
    latency,
    memory,
    metrics,
    pages,
    reads,
    rollups,
    telemetry,
    wide,
)
from benchmarks.fixture import load
from benchmarks.machine import describe
from benchmarks.rows import Row, render
from benchmarks.service import DATA, Service, running_mongod

RESULTS = Path(__file__).parent / "RESULTS.md"
ROOT = Path(__file__).parents[1]
SIZES = {"small": (100_000, 1_000_000), "full": (100_000, 1_000_000, 10_000_000)}
WIDE = {"small": ("small",), "full": ("small", "full")}
CALLS = {"small": 300, "full": 2_000}
MINUTES = {"small": 9, "full": 27}
DATABASE = "bench_runs"

_PREFACE = """\
# Results

Written by `make bench SIZE={size}`. Every ratio is one of medians, measured in turns in one run;
what each tried change brought is in [NOTES.md](NOTES.md).

{machine}

"""


@click.command()
@click.option("--size", type=click.Choice(list(SIZES)), default="small", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=RESULTS,
    show_default=True,
)
def bench(size: str, output: Path) -> None:
    """Measure the service against its bars, on a mongod of its own in .data/bench."""
    click.echo(f"About {MINUTES[size]} minutes; the data stay in {DATA} for the next time.")
    with chdir(ROOT), running_mongod() as uri:
        text = _PREFACE.format(size=size, machine=describe(uri))
        rows = list(_measure(uri, size))
        text += render(rows) + "\n## Every route, warm\n\n" + latency.measure(uri, CALLS[size])
    output.write_text(text)
    click.echo(f"Written to {output}.")


def _measure(uri: str, size: str) -> Iterator[Row]:
    steps: list[Callable[[], Iterator[Row]]] = [
        lambda: ingest.measure(uri),
        lambda: telemetry.measure(uri),
        lambda: reads.measure(uri),
        lambda: memory.measure(uri),
        lambda: client.measure(uri),
        lambda: _measure_many_runs(uri, SIZES[size]),
        *(partial(wide.measure, uri, fleet) for fleet in WIDE[size]),
    ]
    for step in steps:
        for row in step():
            click.echo(f"{row.what}: {row.measured}{'' if row.met is not False else ' (not met)'}")
            yield row


def _measure_many_runs(uri: str, sizes: tuple[int, ...]) -> Iterator[Row]:
    service = Service(uri, DATABASE)
    for runs in sizes:
        load(service, runs)
    for runs in sizes:
        yield from rollups.measure(runs)
    yield from pages.measure(service, sizes)
    yield from metrics.measure(service, sizes)


if __name__ == "__main__":
    bench()
