"""The command line for people; `python manage.py --help` lists what it can do."""

from __future__ import annotations

import click

from management.backup import backup, restore
from management.demo import demo
from management.doctor import doctor
from management.endings import Commands
from management.export import export
from management.gate import gate
from management.index import index
from management.migrate import migrate
from management.runs_import import import_runs
from management.serve import serve
from management.tokens import token
from management.upgrade import upgrade
from management.upkeep import upkeep
from management.verify import verify
from management.watch import watch
from management.watches import watches


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
