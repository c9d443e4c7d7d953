"""`manage.py gate`: may a version be deployed? For pipelines, by its exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from management.database import CommandError
from management.service import check_url, connect, token_option

EXIT_CODES = {"pass": 0, "fail": 1, "undetermined": 2}
_HEADINGS = ("check", "base", "candidate", "change", "limit", "result")
_SAYINGS = {
    "pass": "PASS: {candidate} is no worse than {base} within these limits.",
    "fail": "FAIL: {candidate} is worse than {base}.",
    "undetermined": "UNDETERMINED: it could not be told whether {candidate} is worse than {base}.",
}
Command = TypeVar("Command", bound=Callable[..., Any])


def limit_options(command: Command) -> Command:
    """Adds the limits; the service's own defaults hold for those that are not given."""
    share, increase = click.FloatRange(0, 1), click.FloatRange(min=0)
    for name, kind, meaning in (
        ("--min-runs", click.IntRange(1), "How many runs each version must have."),
        ("--max-mean-cost-increase", increase, "0.1: a tenth more than the base."),
        ("--max-p95-increase", increase, "0.1: a tenth longer than the base."),
        ("--max-success-rate-drop", share, "0.02: two percentage points."),
    ):
        command = click.option(name, type=kind, help=meaning)(command)
    return command


@click.command()
@click.argument("url", callback=check_url)
@click.argument("agent")
@click.option("--base", required=True, help="The version to compare with.")
@click.option("--candidate", required=True, help="The version to be deployed.")
@limit_options
@click.option("--from", "from_", metavar="TIME", help="Only runs created since (RFC 3339).")
@click.option("--to", metavar="TIME", help="Only runs created before.")
@click.option("--json", "as_json", is_flag=True, help="Print the service's answer as it is.")
@token_option
def gate(url: str, agent: str, token: str | None, *, as_json: bool, **asked: Any) -> None:
    """Judge the version that is to be deployed by the runs of both at the service at URL.

    Exit code 0 when it passes, 1 when it fails, 2 when that could not be told.
    """
    query = {name.rstrip("_"): str(value) for name, value in asked.items() if value is not None}
    with connect(url, token) as client:
        answer = client.judge(agent, query)
    if answer.get("status") not in EXIT_CODES:
        raise CommandError(f"{url} is not this service: it does not answer as a gate does")
    click.echo(json.dumps(answer, indent=2) if as_json else "\n".join(_describe(answer)))
    sys.exit(EXIT_CODES[answer["status"]])


def _describe(answer: dict[str, Any]) -> Iterable[str]:
    rows = [_HEADINGS, *map(_row, answer["checks"])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield line.rstrip()
    for check in answer["checks"]:
        if check["status"] in ("fail", "undetermined"):
            yield f"{check['name']}: {check['reason']}"
    names = {"base": answer["base_version"], "candidate": answer["candidate_version"]}
    yield _SAYINGS[answer["status"]].format(**names)


def _row(check: dict[str, Any]) -> tuple[str, ...]:
    value, change = _FORMATS.get(check["name"], (_plain, _plain))
    return (
        check["name"],
        _show(value, check["base"]),
        _show(value, check["candidate"]),
        _show(change, check["change"]),
        _show(_plain, check["limit"]),
        check["status"],
    )


def _show(form: Callable[[float], str], number: float | None) -> str:
    return "-" if number is None else form(number)


def _plain(number: float) -> str:
    return f"{number:g}"


# By the check's name: how its two values and their change are written.
_FORMATS: dict[str, tuple[Callable[[float], str], Callable[[float], str]]] = {
    "max_success_rate_drop": ("{:.2%}".format, "{:+.2%}".format),
    "max_p95_increase": ("{:.6g} ms".format, "{:+.1%}".format),
    "max_mean_cost_increase": ("${:.6g}".format, "{:+.1%}".format),
}
