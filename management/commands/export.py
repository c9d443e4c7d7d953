"""`manage.py export`: an agent's runs into a file."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from tqdm import tqdm

from management.api import ApiClient, connect, service_options
from management.endings import CommandError
from management.files import load_pyarrow, write_parquet
from management.transfers import Download, DownloadError, open_download

# The service takes no larger one; it cuts pages that would be too many bytes.
PAGE_RUNS = 5000
FILTERS = ("status", "outcome", "initiator", "tool", "model", "task_id", "from", "to")
Command = TypeVar("Command", bound=Callable[..., Any])


class Form(NamedTuple):
    """How the service writes a page: where its runs begin, and how many it has."""

    media_type: str
    begin: Callable[[bytes], int]
    count: Callable[[bytes], int]


def _end_of_header(content: bytes) -> int:
    return content.index(b"\r\n") + 2


def _count_records(content: bytes) -> int:
    # Not lines: a text within a record may have several.
    return sum(1 for _ in csv.reader(io.StringIO(content.decode(), newline=""))) - 1


NDJSON = Form("application/x-ndjson", lambda _: 0, lambda content: content.count(b"\n"))
FORMS = {
    "csv": Form("text/csv", _end_of_header, _count_records),
    "ndjson": NDJSON,
    "parquet": NDJSON,
}


def filter_options(command: Command) -> Command:
    """Adds the filters that the API has on lists of runs."""
    for name in reversed(FILTERS):
        option = f"--{name.replace('_', '-')}"
        command = click.option(option, f"{name}_", help="As in the API.")(command)
    return command


@click.command()
@click.argument("agent")
@click.option("--version", help="Only the runs of this version.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="The file to write; it appears when it is complete.",
)
@click.option(
    "--format", "form", type=click.Choice(list(FORMS)), default="ndjson", show_default=True
)
@filter_options
@service_options
def export(
    agent: str, version: str | None, out: Path, form: str, url: str, token: str | None, **asked: Any
) -> None:
    """Write the runs of AGENT to a file, newest first.

    Repeated after an interruption, it goes on where it was.
    """
    if form == "parquet":
        load_pyarrow()  # better now than when all is fetched
    filters = {name[:-1]: value for name, value in asked.items() if value is not None}
    source = {"agent": agent, "version": version, "filters": filters, "form": form}
    try:
        with connect(url, token) as client:
            address = client.runs_address(agent, version, {**filters, "limit": str(PAGE_RUNS)})
            with open_download(out, source, address) as download:
                with _progress(client, agent, version, filters, download) as progress:
                    fetch(client, FORMS[form], download, progress)
                runs = download.state.runs
                download.finish(write_parquet(download.part) if form == "parquet" else None)
    except DownloadError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}") from error
    click.echo(f"{runs} runs in {out}")


def fetch(client: ApiClient, form: Form, download: Download, progress: tqdm[Any]) -> None:
    """Keep page after page until there is no next one. Raises what the client raises."""
    while download.state.address is not None:
        page = client.read_page(download.state.address, form.media_type)
        runs = form.count(page.content)
        # Every page has the names of its columns, the file has them once.
        begin = form.begin(page.content) if download.state.size else 0
        download.add(page.content[begin:], runs, page.next_address)
        progress.update(runs)


def _progress(
    client: ApiClient,
    agent: str,
    version: str | None,
    filters: Mapping[str, str],
    download: Download,
) -> tqdm[Any]:
    total = None
    if filters.keys() <= {"from", "to"}:  # of others nobody knows how many they leave
        total = client.count_runs(agent, version, filters)
    return tqdm(total=total, initial=download.state.runs, unit="run", file=sys.stderr)
