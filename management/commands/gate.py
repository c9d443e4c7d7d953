"""`manage.py gate`: may a version be deployed? The Python client's `agent-metrics gate`."""

from __future__ import annotations

import sys

import click


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def gate(arguments: tuple[str, ...]) -> None:
    """Judge the version that is to be deployed by the runs of both at the service at URL.

    Exit code 0 when it passes, 1 when it fails, 2 when that could not be told, 3 when the service
    could not be reached.
    """
    # Imported here: no other command needs it.
    from agent_metrics.commands.gate import gate as judge  # noqa: PLC0415

    sys.exit(judge(arguments, prog="manage.py gate", url_first=True))
