"""`manage.py watch`: make, try, mute and see watches at a running service."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click

from chalicelib.values.instants import format_instant
from chalicelib.values.spans import parse_span
from management.api import ApiClient, connect, service_options
from management.endings import CommandError

PATH = "/api/v1/watches"
_COLUMNS = ("id", "state", "name", "of", "condition", "since")


@click.group()
def watch() -> None:
    """Make, try, mute and see watches: budgets, and what gets worse."""


@watch.command("list")
@service_options
def list_all(url: str, token: str | None) -> None:
    """List the watches with their states."""
    with connect(url, token) as client:
        rows = [_COLUMNS, *map(_row, client.list_all(PATH))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


@watch.command()
@click.argument("name")
@service_options
def show(name: str, url: str, token: str | None) -> None:
    """Show the watch NAME (or its id) with the numbers behind its state."""
    with connect(url, token) as client:
        found = find(client, name)
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


@watch.command()
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@service_options
def events(name: str, limit: int, url: str, token: str | None) -> None:
    """Show how the watch NAME changed, the newest first, and who was told."""
    with connect(url, token) as client:
        path = f"{PATH}/{find(client, name)['id']}/events?limit={limit}"
        found = client.list_all(path, most=limit)
    for event in found:
        delivery = event["delivery"]
        detail = f" ({delivery['detail']})" if delivery["detail"] else ""
        click.echo(f"{event['at']}  {event['state']}: {event['text']}")
        click.echo(f"    {event['id']}  {delivery['status']}{detail}")


@watch.command()
@click.argument("definition")
@service_options
def make(definition: str, url: str, token: str | None) -> None:
    """Make a watch of DEFINITION, the JSON that the API takes.

    A webhook's secret is shown, this once.
    """
    body = _read(definition)
    with connect(url, token) as client:
        made = client.ask("POST", PATH, body, once=True)
    click.echo(f"The watch '{made['name']}' is made: {made['id']}", err=True)
    if "secret" in made:
        click.echo("Its webhooks are signed with this secret, shown only now:", err=True)
        click.echo(made["secret"])


@watch.command("try")
@click.argument("definition")
@click.option("--days", type=click.IntRange(1, 90), default=30, show_default=True)
@service_options
def try_out(definition: str, days: int, url: str, token: str | None) -> None:
    """Tell what a watch of DEFINITION would have done over the last days."""
    asked = {k: v for k, v in _read(definition).items() if k not in ("name", "notify")}
    with connect(url, token) as client:
        found = client.ask("POST", "/api/v1/watch-trials", {**asked, "days": days})
    for change in found["changes"]:
        click.echo(f"{change['at']}  {change['state']}: {change['text']}")
    times = {0: "never", 1: "once"}.get(found["fired"], f"{found['fired']} times")
    click.echo(f"It would have fired {times} in {days} days; now it would be {found['state']}.")


@watch.command()
@click.argument("name")
@click.argument("span")
@service_options
def mute(name: str, span: str, url: str, token: str | None) -> None:
    """Let the watch NAME tell nobody for SPAN: 2h, 1d."""
    try:
        until = datetime.now(UTC).replace(microsecond=0) + parse_span(span)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    _change(name, {"muted_until": format_instant(until)}, url, token)
    click.echo(f"'{name}' tells nobody until {format_instant(until)}.")


@watch.command()
@click.argument("name")
@service_options
def unmute(name: str, url: str, token: str | None) -> None:
    """Let the watch NAME tell of its changes again."""
    _change(name, {"muted_until": None}, url, token)
    click.echo(f"'{name}' tells of its changes again.")


@watch.command()
@click.argument("name")
@service_options
def test(name: str, url: str, token: str | None) -> None:
    """Send a sample to whom the watch NAME tells. Exit code 1 when it did not arrive."""
    with connect(url, token) as client:
        path = f"{PATH}/{find(client, name)['id']}/test"
        found = client.ask("POST", path, once=True)
    click.echo(found["detail"])
    if not found["delivered"]:
        raise click.exceptions.Exit(1)


@watch.command()
@click.argument("name")
@service_options
def delete(name: str, url: str, token: str | None) -> None:
    """Delete the watch NAME and its history."""
    with connect(url, token) as client:
        client.ask("DELETE", f"{PATH}/{find(client, name)['id']}")
    click.echo(f"'{name}' is deleted.")


def find(client: ApiClient, name: str) -> dict[str, Any]:
    """The watch with this id, or the only one of this name. Raises CommandError."""
    found = [w for w in client.list_all(PATH) if name in (w["id"], w["name"])]
    if not found:
        raise CommandError(f"no watch is called '{name}': 'watch list' shows them")
    if len(found) > 1:
        ids = ", ".join(watch["id"] for watch in found)
        raise CommandError(f"{len(found)} watches are called '{name}': name one by its id ({ids})")
    return found[0]


def _change(name: str, body: dict[str, Any], url: str, token: str | None) -> None:
    with connect(url, token) as client:
        client.ask("PATCH", f"{PATH}/{find(client, name)['id']}", body)


def _read(definition: str) -> dict[str, Any]:
    try:
        body = json.loads(definition)
    except ValueError as error:
        raise click.BadParameter(f"DEFINITION is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise click.BadParameter("DEFINITION is a JSON object, as POST /api/v1/watches takes it")
    return body


def _row(watch: dict[str, Any]) -> tuple[str, ...]:
    of = "/".join(filter(None, (watch["project"], watch["agent"], watch["version"])))
    muted = watch["muted_until"]
    is_muted = bool(muted) and datetime.fromisoformat(muted) > datetime.now(UTC)
    state = watch["state"] + (" (muted)" if is_muted else "") + (" (late)" if watch["late"] else "")
    kind = watch["condition"]["type"]
    return watch["id"], state, watch["name"], of or "(fleet)", kind, watch["since"]
