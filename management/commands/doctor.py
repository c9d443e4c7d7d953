"""`manage.py doctor`: whether this machine and its database are fit, and what to do where not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain

import click

from chalicelib import database
from chalicelib.config import ConfigurationError, settings
from management.database import (
    Finding,
    check_database,
    check_mongod,
    check_port,
    check_python,
    check_settings,
    choose_database,
    database_options,
)

DEFAULT_PORT = 9999
_MARKS = {"ok": "ok  ", "note": "note", "fail": "FAIL"}


@click.command()
@database_options
@click.option(
    "--port",
    envvar="PORT",
    type=click.IntRange(1, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    show_envvar=True,
    help="Where the service is to listen.",
)
def doctor(mongo_uri: str, db_name: str, port: int) -> None:
    """Check Python, mongod, port, settings and database, and say what to do for each.

    Changes nothing. Exit code 1 when something has to be done.
    """
    choose_database(mongo_uri, db_name)
    failed = False
    for finding in chain(
        check_python(), check_mongod(), check_port(port), _check_the_rest(mongo_uri)
    ):
        failed |= finding.state == "fail"
        advice = f": {finding.advice}" if finding.advice else ""
        click.echo(f"{_MARKS[finding.state]}  {finding.subject:<14}  {finding.text}{advice}")
    if failed:
        sys.exit(1)


def _check_the_rest(uri: str) -> Iterator[Finding]:
    try:
        chosen = settings()
        target = database.database()
    except ConfigurationError as error:
        yield Finding("fail", "settings", "one cannot be used", str(error))
        return
    yield from check_settings(chosen)
    yield from check_database(uri, target, chosen)
