"""`make bench-cold`: how long the package takes to be imported, against its own floor.

Three candidates, measured in turns in processes of their own: the shipped package, what it cannot
do without (chalice, pymongo and pydantic, from the same zip), and the package as Chalice makes
it, without bytecode. Nothing is written beside the modules, as on Lambda's read-only disk. Times
are those of the processor, which an import keeps busy, not of what else the machine does.
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zipfile import ZipFile

import click

from benchmarks.rows import Row, at_least, at_most, render
from deployment.package import make_package

STAGE = "prod"
MAX_APP_OVER_FLOOR = 1.25
MIN_PLAIN_OVER_SHIPPED = 2.5
_WARM_UP_ROUNDS = 2
_PROBE = """
import sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
started = time.process_time()
exec(sys.argv[2])
print((time.process_time() - started) * 1000)
"""
_BODY = (
    "import app; from chalicelib.runs.reports import parse_submission;"
    """ parse_submission(b'{"status": "ok"}')"""
)


class Candidate(NamedTuple):
    """Python code that is run with an unpacked zip and the standard library alone."""

    folder: Path
    code: str


@click.command()
@click.option("--runs", default=15, show_default=True, help="Processes of each candidate.")
def main(runs: int) -> None:
    """Print import times, and their ratios against the bars; exit code 1 where one is not met."""
    with TemporaryDirectory() as name:
        shipped, plain = _unpack(Path(name) / "shipped"), _unpack(Path(name) / "plain", plain=True)
        times_ms = measure(
            {
                "app": Candidate(shipped, "import app"),
                "floor": Candidate(shipped, "import chalice, pymongo, pydantic"),
                "plain": Candidate(plain, "import app"),
                "body": Candidate(shipped, _BODY),
            },
            runs,
        )
    rows = list(_rows(times_ms))
    click.echo(render(rows))
    sys.exit(any(row.met is False for row in rows))


def measure(candidates: dict[str, Candidate], runs: int) -> dict[str, float]:
    """The median milliseconds of each; in every second round the order is reversed."""
    times_ms: dict[str, list[float]] = defaultdict(list)
    for number in range(runs + _WARM_UP_ROUNDS):
        for name in reversed(candidates) if number % 2 else candidates:
            taken_ms = _run(candidates[name])
            if number >= _WARM_UP_ROUNDS:
                times_ms[name].append(taken_ms)
    return {name: median(taken) for name, taken in times_ms.items()}


def _rows(times_ms: dict[str, float]) -> list[Row]:
    app, floor, plain = times_ms["app"], times_ms["floor"], times_ms["plain"]
    return [
        Row("import of the shipped app", "", f"{app:.0f} ms"),
        Row("the same, and the first body read", "", f"{times_ms['body']:.0f} ms"),
        Row("the floor: chalice, pymongo and pydantic", "", f"{floor:.0f} ms"),
        Row("the package as Chalice makes it", "", f"{plain:.0f} ms"),
        at_most("shipped app over floor", MAX_APP_OVER_FLOOR, app / floor),
        at_least("Chalice's package over shipped app", MIN_PLAIN_OVER_SHIPPED, plain / app),
    ]


def _unpack(folder: Path, *, plain: bool = False) -> Path:
    """The package of this source tree, unpacked as Lambda does it."""
    made = folder.with_suffix(".package")
    make_package(STAGE, made, plain=plain)
    with ZipFile(made / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder


def _run(candidate: Candidate) -> float:
    """Milliseconds that the candidate's code takes in a new process."""
    command = [sys.executable, "-I", "-S", "-c", _PROBE, str(candidate.folder), candidate.code]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
