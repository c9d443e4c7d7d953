"""`manage.py import`: runs from a JSON-lines file, through the HTTP API."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from management.api_client import ApiClient, ApiError
from management.service import connect, service_options
from management.uploads import Item, Tally, upload

DEFAULT_PROJECT = "default"
# Below the service's 5 MB, with room for what surrounds the runs.
BATCH_BYTES = 4_000_000
MAX_BATCH_RUNS = 10_000


class LineError(Exception):
    """Why a line holds no run that could be sent."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--agent", required=True, help="The name of the agent whose runs they are.")
@click.option("--project", help=f"The agent's project; a new agent's is '{DEFAULT_PROJECT}'.")
@click.option(
    "--batch-size", type=click.IntRange(1, MAX_BATCH_RUNS), default=500, show_default=True
)
@service_options
def import_runs(
    file: Path, agent: str, project: str | None, batch_size: int, url: str, token: str | None
) -> None:
    """Load the runs in FILE: lines {"version": ..., "run": {...}}.

    May be repeated, and goes on where it was interrupted: a run that is stored already is
    counted as unchanged. Exit code 1 when a line was refused.
    """
    tally = Tally()
    with connect(url, token) as client, file.open("rb") as lines:
        _register(client, agent, project)
        with tqdm(total=_count_lines(file), unit="run", file=sys.stderr) as progress:
            try:
                RunImport(client, agent, batch_size, tally, progress).load(lines)
            finally:  # also where it was interrupted, or the service went away
                progress.close()
                click.echo("\n".join(tally.lines()))
    if tally.refused:
        sys.exit(1)


class RunImport:
    """Gathers the runs of a file by version, and sends each version's when a batch is full."""

    def __init__(
        self, client: ApiClient, agent: str, batch_size: int, tally: Tally, progress: tqdm[Any]
    ) -> None:
        self._client = client
        self._agent = agent
        self._batch_size = batch_size
        self._tally = tally
        self._progress = progress
        self._batches: dict[str, list[Item]] = {}
        self._bytes: Counter[str] = Counter()
        # What the service says of each version's name: None where it took it.
        self._versions: dict[str, str | None] = {}
        self._identifier = RunIdentifier()

    def load(self, lines: Iterator[bytes]) -> None:
        """Send every run in `lines`. Raises ApiUnreachableError and ApiError."""
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                self._progress.update()
                continue
            try:
                version, run = parse_line(line)
            except LineError as error:
                self._tally.refuse(str(error), number)
                self._progress.update()
                continue
            self._identifier.identify(version, run)
            self._add(version, Item(number, run), len(line))
        for version in list(self._batches):
            self._send(version)

    def _add(self, version: str, item: Item, size: int) -> None:
        if self._bytes[version] + size > BATCH_BYTES:
            self._send(version)
        self._batches.setdefault(version, []).append(item)
        self._bytes[version] += size
        if len(self._batches[version]) >= self._batch_size:
            self._send(version)

    def _send(self, version: str) -> None:
        self._bytes[version] = 0
        items = self._batches.pop(version, [])
        if not items:
            return
        refusal = self._add_version(version)
        if refusal is None:
            upload(self._client, self._agent, version, items, self._tally)
        else:
            for item in items:
                self._tally.refuse(refusal, item.place)
        self._progress.update(len(items))

    def _add_version(self, version: str) -> str | None:
        """Why the service does not take this version, if it does not."""
        if version not in self._versions:
            self._versions[version] = None
            try:
                self._client.add_version(self._agent, {"version": version})
            except ApiError as error:
                if error.status not in (400, 422):
                    raise
                self._versions[version] = f"its version is refused, {error}"
        return self._versions[version]


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
        content = hashlib.sha256(json.dumps([version, run], sort_keys=True).encode()).digest()
        self._seen[content] += 1
        occurrence = self._seen[content].to_bytes(8, "big")
        drawn = hashlib.sha256(content + occurrence).digest()
        run["id"] = 1 + int.from_bytes(drawn[:8], "big") % (2**53 - 1)


def parse_line(line: bytes) -> tuple[str, dict[str, Any]]:
    """The version and the run in a line. Raises LineError."""
    try:
        found = json.loads(line.decode("utf-8-sig"))
        # What JSON cannot carry (1e999, half a surrogate pair) would spoil the whole batch.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeDecodeError:
        raise LineError("the line is not UTF-8") from None
    except UnicodeEncodeError:
        raise LineError("a text in it is not Unicode") from None
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "unusable values"
        raise LineError(f"the line is not JSON ({reason})") from None
    if not isinstance(found, dict) or set(found) != {"version", "run"}:
        raise LineError('a line is {"version": ..., "run": {...}}, with nothing else')
    version, run = found["version"], found["run"]
    if not isinstance(version, str) or not version:
        raise LineError('"version" is a text')
    if not isinstance(run, dict):
        raise LineError('"run" is an object')
    return version, run


def _register(client: ApiClient, agent: str, project: str | None) -> None:
    """Without --project an agent that exists keeps the one it has."""
    if project is not None or client.find_agent(agent) is None:
        client.register_agent(agent, project or DEFAULT_PROJECT)


def _count_lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)
