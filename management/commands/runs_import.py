"""`manage.py import`: runs from files and from other programs, through the HTTP API."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Any

import click
from tqdm import tqdm

from management.api import ApiClient, ApiError, connect, service_options
from management.endings import CommandError
from management.files import (
    FORMATS,
    Broken,
    Entry,
    Mapping,
    SourceError,
    choose_form,
    read_inspect_logs,
    read_mlflow,
    read_swe_bench,
    read_table,
)
from management.transfers import Item, Tally, preview, upload

DEFAULT_PROJECT = "default"
# Below the service's 5 MB, with room for what surrounds the runs.
BATCH_BYTES = 4_000_000
MAX_BATCH_RUNS = 10_000
PRESETS = ("inspect", "mlflow", "swe-bench")
STANDARD_INPUT = "-"


@click.command("import")
@click.argument("source", metavar="FILE")
@click.option("--agent", help="The agent whose runs they are, where FILE does not say or else.")
@click.option("--project", help=f"The agent's project; a new agent's is '{DEFAULT_PROJECT}'.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Else by FILE's ending.")
@click.option("--map", "mapped", multiple=True, metavar="FIELD=COLUMN", help="Where a field is.")
@click.option("--set", "fixed", multiple=True, metavar="FIELD=VALUE", help="The same for all runs.")
@click.option("--from", "preset", type=click.Choice(PRESETS), help="What another program wrote.")
@click.option(
    "--report",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="SWE-bench's report, for the verdicts.",
)
@click.option("--dry-run", is_flag=True, help="Send nothing, and show the first runs as mapped.")
@click.option(
    "--batch-size", type=click.IntRange(1, MAX_BATCH_RUNS), default=500, show_default=True
)
@service_options
def import_runs(
    source: str,
    agent: str | None,
    project: str | None,
    form: str | None,
    mapped: tuple[str, ...],
    fixed: tuple[str, ...],
    preset: str | None,
    report: Path | None,
    *,
    dry_run: bool,
    batch_size: int,
    url: str,
    token: str | None,
) -> None:
    """Load the runs in FILE: CSV, NDJSON or Parquet, what 'export' wrote among them; - reads stdin.

    Columns with the names of a run's fields, and 'version' and 'agent', are taken as they are;
    --map names others, --set gives what no column has. --from reads Inspect AI's logs (a file or
    a folder), an MLflow store or server, or SWE-bench's predictions.

    May be repeated, and goes on where it was interrupted: a run that is stored already is
    counted as unchanged. Exit code 1 when a line was refused.
    """
    mapping = _read_mapping(mapped, fixed, agent, preset)
    with ExitStack() as stack:
        try:
            entries = _entries(source, form, preset, report, mapping, stack)
            if dry_run:
                sys.exit(preview(entries, mapping.unused))
            tally = _send(entries, source, project, batch_size, url, token, form)
        except SourceError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{source} cannot be read: {error.strerror or error}") from error
    if mapping.unused:
        click.echo(f"columns not used: {', '.join(sorted(mapping.unused))}", err=True)
    if tally.refused:
        sys.exit(1)


def _read_mapping(
    mapped: tuple[str, ...], fixed: tuple[str, ...], agent: str | None, preset: str | None
) -> Mapping:
    if preset and mapped:
        raise click.UsageError("--map is for tables, and --from knows its fields: use --set")
    try:
        mapping = Mapping.of_options(mapped, fixed)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if agent is not None:
        mapping.fixed["agent"] = agent
    return mapping


def _entries(
    source: str,
    form: str | None,
    preset: str | None,
    report: Path | None,
    mapping: Mapping,
    stack: ExitStack,
) -> Iterator[Entry | Broken]:
    if preset is None:
        file = stack.enter_context(_open(source))
        return read_table(file, choose_form(source, form), mapping)
    if preset == "mlflow":
        found = read_mlflow(source)
    elif not Path(source).exists():
        raise SourceError(f"there is no file or folder {source}")
    elif preset == "inspect":
        found = read_inspect_logs(Path(source))
    else:
        found = read_swe_bench(Path(source), report)
    return (e if isinstance(e, Broken) else mapping.settle(e) for e in found)


def _open(source: str) -> IO[bytes]:
    if source == STANDARD_INPUT:
        return sys.stdin.buffer
    return Path(source).open("rb")


def _send(
    entries: Iterator[Entry | Broken],
    source: str,
    project: str | None,
    batch_size: int,
    url: str,
    token: str | None,
    form: str | None,
) -> Tally:
    tally = Tally()
    total = _count_lines(source, choose_form(source, form))
    with connect(url, token) as client, tqdm(total=total, unit="run", file=sys.stderr) as progress:
        try:
            RunImport(client, project, batch_size, tally, progress).load(entries)
        finally:  # also where it was interrupted, or the service went away
            progress.close()
            click.echo("\n".join(tally.lines()))
    return tally


class RunImport:
    """Gathers runs by agent and version, and sends each version's when a batch is full."""

    def __init__(
        self,
        client: ApiClient,
        project: str | None,
        batch_size: int,
        tally: Tally,
        progress: tqdm[Any],
    ) -> None:
        self._client = client
        self._project = project
        self._batch_size = batch_size
        self._tally = tally
        self._progress = progress
        self._batches: dict[tuple[str, str], list[Item]] = {}
        self._bytes: Counter[tuple[str, str]] = Counter()
        # What the service says of each agent's and version's name: None where it took it.
        self._agents: dict[str, str | None] = {}
        self._versions: dict[tuple[str, str], str | None] = {}
        self._identifier = RunIdentifier()

    def load(self, entries: Iterator[Entry | Broken]) -> None:
        """Send every run. Raises ApiUnreachableError and ApiError."""
        for entry in entries:
            if isinstance(entry, Broken):
                self._tally.refuse(entry.reason, entry.place)
                self._progress.update()
            elif not entry.agent:
                self._tally.refuse("no agent: use --agent NAME", entry.place)
                self._progress.update()
            else:
                self._identifier.identify(entry.version, entry.run)
                self._add((entry.agent, entry.version), Item(entry.place, entry.run), entry.size)
        for owner in list(self._batches):
            self._flush(owner)

    def _add(self, owner: tuple[str, str], item: Item, size: int) -> None:
        if self._bytes[owner] + size > BATCH_BYTES:
            self._flush(owner)
        self._batches.setdefault(owner, []).append(item)
        self._bytes[owner] += size
        if len(self._batches[owner]) >= self._batch_size:
            self._flush(owner)

    def _flush(self, owner: tuple[str, str]) -> None:
        self._bytes[owner] = 0
        items = self._batches.pop(owner, [])
        if not items:
            return
        refusal = self._register(owner[0]) or self._add_version(owner)
        if refusal is None:
            upload(self._client, *owner, items, self._tally)
        else:
            for item in items:
                self._tally.refuse(refusal, item.place)
        self._progress.update(len(items))

    def _register(self, agent: str) -> str | None:
        """Why the service does not take this agent, if it does not.

        Without a project an agent that exists keeps the one it has.
        """
        if agent not in self._agents:
            self._agents[agent] = None
            try:
                if self._project is not None or self._client.find_agent(agent) is None:
                    self._client.register_agent(agent, self._project or DEFAULT_PROJECT)
            except ApiError as error:
                if error.status not in (400, 422):
                    raise
                self._agents[agent] = f"its agent is refused, {error}"
        return self._agents[agent]

    def _add_version(self, owner: tuple[str, str]) -> str | None:
        """Why the service does not take this version, if it does not."""
        if owner not in self._versions:
            self._versions[owner] = None
            try:
                self._client.add_version(owner[0], {"version": owner[1]})
            except ApiError as error:
                if error.status not in (400, 422):
                    raise
                self._versions[owner] = f"its version is refused, {error}"
        return self._versions[owner]


class RunIdentifier:
    """Gives runs without an id one that is the same the next time the file is loaded."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def identify(self, version: str, run: dict[str, Any]) -> None:
        """Set the run's id where it has none.

        It is drawn from the run's content, and from how many runs with the same content came
        before it; below 2^53, as the service's own.
        """
        if run.get("id") is not None:
            return
        text = json.dumps([version, run], sort_keys=True, default=str)
        content = hashlib.sha256(text.encode(errors="replace")).digest()
        self._seen[content] += 1
        occurrence = self._seen[content].to_bytes(8, "big")
        drawn = hashlib.sha256(content + occurrence).digest()
        run["id"] = 1 + int.from_bytes(drawn[:8], "big") % (2**53 - 1)


def _count_lines(source: str, form: str) -> int | None:
    """How many runs a file has at most; None where only reading it would tell."""
    if form == "parquet" or not Path(source).is_file():
        return None
    with Path(source).open("rb") as lines:
        return sum(1 for _ in islice(lines, 100_000_000))
