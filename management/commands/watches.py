"""`manage.py watches apply`: watches from a file in a repository, for deploys from CI."""

from __future__ import annotations

from pathlib import Path

import click

from management.api import ApiClient, connect, service_options
from management.commands.watch import PATH
from management.endings import CommandError
from management.watches import Step, WatchFileError, plan, read_watches

_SIGNS = {"create": "+", "change": "~", "replace": "±", "delete": "-"}


@click.group()
def watches() -> None:
    """Watches as a file."""


@watches.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show the difference.")
@click.option("--prune", is_flag=True, help="Delete the watches that the file does not name.")
@service_options
def apply(file: Path, *, dry_run: bool, prune: bool, url: str, token: str | None) -> None:
    """Show how the watches of FILE differ from those that there are, and make it so.

    A watch is known by its name. One of another agent, version or project than before is made
    anew. May be repeated.
    """
    with connect(url, token) as client:
        try:
            steps = plan(read_watches(file), client.list_all(PATH), prune=prune)
        except WatchFileError as error:
            raise CommandError(f"{file}: {error}") from error
        if not steps:
            click.echo("Nothing differs.")
        for step in steps:
            click.echo(f"{_SIGNS[step.action]} {step.action} '{step.name}'")
            for line in step.differences:
                click.echo(f"    {line}")
            if not dry_run:
                _take(client, step)
    if dry_run and steps:
        click.echo("Nothing was changed: that was a dry run.")


def _take(client: ApiClient, step: Step) -> None:
    if step.action == "change" and step.present is not None:
        client.ask("PATCH", f"{PATH}/{step.present['id']}", step.body)
        return
    if step.action in ("create", "replace"):
        made = client.ask("POST", PATH, step.body, once=True)
        if "secret" in made:
            click.echo(f"    its webhooks' secret, shown only now: {made['secret']}")
    # The new one first: there is no moment without a watch, and a refusal leaves the old one.
    if step.present is not None:
        client.ask("DELETE", f"{PATH}/{step.present['id']}")
