"""What `import --dry-run` shows: the first runs as they would be sent, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click
from pydantic_core import to_json

from chalicelib.errors import Problem
from chalicelib.runs import parse_submission
from management.files import Broken, Entry
from management.transfers.uploads import Tally

SHOWN = 3


def preview(entries: Iterable[Entry | Broken], unused: set[str]) -> int:
    """Print it; the exit code, 1 where something could not be sent."""
    tally, shown, good = Tally(), 0, 0
    for entry in entries:
        reason = _fault(entry)
        if reason is not None:
            tally.refuse(reason, entry.place)
            continue
        good += 1
        if shown < SHOWN and isinstance(entry, Entry):
            shown += 1
            owner = {"agent": entry.agent, "version": entry.version}
            click.echo(json.dumps({**owner, "run": entry.run}, ensure_ascii=False, default=str))
    click.echo(f"{good} runs could be sent, {tally.refused_count} could not. Nothing was sent.")
    for line in tally.lines()[1:]:
        click.echo(line)
    if unused:
        click.echo(f"columns not used: {', '.join(sorted(unused))}")
    return 1 if tally.refused else 0


def _fault(entry: Entry | Broken) -> str | None:
    """Why a run could not be sent, by the service's own rules."""
    if isinstance(entry, Broken):
        return entry.reason
    if not entry.agent:
        return "no agent: use --agent NAME"
    try:
        refused = parse_submission(to_json({"runs": [entry.run]}, fallback=str)).refused
    except Problem as problem:
        return problem.detail
    return refused[0]["detail"] if refused else None
