"""The command line for people; `python manage.py --help` lists what it can do."""

from __future__ import annotations

import click

from management.demo import demo
from management.doctor import doctor
from management.endings import Commands
from management.export import export
from management.gate import gate
from management.index import index
from management.rollup import rollup
from management.runs_import import import_runs
from management.serve import serve
from management.tokens import token


@click.group(cls=Commands)
def manage() -> None:
    """Agent metrics: serve, load and look after."""


for command in (serve, index, rollup, import_runs, export, gate, demo, token, doctor):
    manage.add_command(command)

if __name__ == "__main__":
    manage()
