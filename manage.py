"""The command line for people; `python manage.py --help` lists what it can do."""

from __future__ import annotations

import click

from management.commands.backup import backup, restore
from management.commands.demo import demo
from management.commands.doctor import doctor
from management.commands.export import export
from management.commands.gate import gate
from management.commands.index import index
from management.commands.migrate import migrate
from management.commands.runs_import import import_runs
from management.commands.serve import serve
from management.commands.tokens import token
from management.commands.upgrade import upgrade
from management.commands.upkeep import upkeep
from management.commands.verify import verify
from management.commands.watch import watch
from management.commands.watches import watches
from management.endings import Commands


@click.group(cls=Commands)
def manage() -> None:
    """Agent metrics: serve, load and look after."""


COMMANDS = (
    *(serve, index, doctor, upgrade, upkeep, verify, backup, restore, token),
    *(import_runs, export, migrate, gate, demo),
    *(watch, watches),
)
for command in COMMANDS:
    manage.add_command(command)
# What it was called when counting was all that there was to do.
manage.add_command(upkeep, "rollup")

if __name__ == "__main__":
    manage()
