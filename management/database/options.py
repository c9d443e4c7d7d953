"""Which database a command works on, and whether it answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
import pymongo
from click.core import ParameterSource
from pymongo.errors import PyMongoError

from chalicelib import database
from chalicelib.config import ConfigurationError, settings, without_credentials
from chalicelib.database import (
    count_due,
    create_indexes,
    days_in_force,
    read_connection_string,
    set_retention,
)
from chalicelib.errors import NotReady
from management.endings import CommandError, reason_of
from management.mongod import Mongod, MongodError, running_uri

DEFAULT_URI = "mongodb://localhost:27017"
DEFAULT_NAME = "agent_metrics"
ANSWER_TIMEOUT_S = 5
_EMBEDDED = f"{__name__}.embedded"
Command = TypeVar("Command", bound=Callable[..., Any])


def database_options(command: Command) -> Command:
    """Adds --mongo-uri, --db-name and --embedded: the database of a deployed or a local service."""
    embedded = click.option(
        "--embedded",
        metavar="DIRECTORY",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=_open_embedded,
        help="Work on the data there ('make run' keeps its own in .data), served or not.",
    )
    return embedded(address_options(command))


def address_options(command: Command) -> Command:
    """Adds --mongo-uri and --db-name, which the service's own variables stand in for."""
    uri = click.option(
        "--mongo-uri",
        envvar="MONGODB_URI",
        default=DEFAULT_URI,
        show_default=True,
        show_envvar=True,
        callback=_look_into_secret,
        help="The MongoDB to work on; where MONGODB_SECRET_ID is set, that of the secret.",
    )
    name = click.option(
        "--db-name",
        envvar="MONGODB_DATABASE",
        default=DEFAULT_NAME,
        show_default=True,
        show_envvar=True,
        help="The database in it.",
    )
    return uri(name(command))


def _look_into_secret(context: click.Context, parameter: click.Parameter, uri: str) -> str:
    """What the option holds, but the secret's where only the environment says which database."""
    secret_id = os.environ.get("MONGODB_SECRET_ID", "").strip()
    source = context.get_parameter_source(parameter.name or "")
    if _EMBEDDED in context.meta:
        if source is ParameterSource.COMMANDLINE:
            raise click.UsageError("choose either --mongo-uri or --embedded")
        return str(context.meta[_EMBEDDED])
    if not secret_id or source is ParameterSource.COMMANDLINE:
        return uri
    try:
        return read_connection_string(secret_id)
    except ConfigurationError as error:
        raise CommandError(str(error)) from error


def _open_embedded(
    context: click.Context, _parameter: click.Parameter, directory: Path | None
) -> None:
    """Find the mongod that a running service has there, or start one until the command ends."""
    if directory is None:
        return
    uri = running_uri(directory)
    if uri is None:
        try:
            uri = context.with_resource(Mongod(directory)).uri
        except MongodError as error:
            raise CommandError(str(error)) from error
        context.call_on_close(database.forget)
    context.meta[_EMBEDDED] = uri


def choose_database(uri: str, name: str) -> None:
    """Make this the database of the app; before the app's first use of one."""
    os.environ.update(MONGODB_URI=uri, MONGODB_DATABASE=name)
    # A secret would win over the connection string that was asked for here.
    os.environ.pop("MONGODB_SECRET_ID", None)
    database.forget()


class Consent(NamedTuple):
    """What somebody has said may happen to runs."""

    keep_for_ever: bool = False
    delete_runs: bool = False


def prepare_database(uri: str, consent: Consent = Consent()) -> str:  # noqa: B008 - never changes
    """See that it answers, create the indexes, and say for how long runs are kept.

    Raises CommandError when it does not answer, or when that would delete runs without consent.
    """
    with database_failures(uri):
        with pymongo.timeout(ANSWER_TIMEOUT_S):
            database.database().command("ping")
        # An index over many runs takes as long as it takes.
        with pymongo.timeout(None):
            create_indexes(database.database())
            return _keep_runs(settings().runs_ttl_days, consent)


def _keep_runs(days: int | None, consent: Consent) -> str:
    target = database.database()
    in_force = days_in_force(target)
    if days is None and in_force is not None and not consent.keep_for_ever:
        return (
            f"Runs are kept for {in_force} days, as before: RUNS_TTL_DAYS is not set, and"
            " 'index --keep-for-ever' was not asked for."
        )
    due = count_due(target, days) if days is not None and days != in_force else 0
    if due and not consent.delete_runs:
        raise CommandError(
            f"RUNS_TTL_DAYS={days}: {due} runs are older than that, and upkeep would delete them;"
            " what they add up to stays. Repeat it as 'python manage.py index --delete-runs', or"
            " choose more days"
        )
    set_retention(target, days)
    if days is None:
        return "Runs are kept for ever."
    change = "as before" if days == in_force else f"no longer {_called(in_force)}"
    return f"Runs are kept for {days} days, {change}."


def _called(days: int | None) -> str:
    return "for ever" if days is None else f"{days} days"


@contextmanager
def database_failures(uri: str) -> Iterator[None]:
    """Turn the driver's failures into a CommandError that names the database."""
    try:
        yield
    except (ConfigurationError, NotReady) as error:
        raise CommandError(str(error)) from error
    except PyMongoError as error:
        refusal = database.refusal_of(error)
        if refusal is not None:
            raise CommandError(f"{without_credentials(uri)}: {refusal}") from error
        raise CommandError(
            f"no usable database at {without_credentials(uri)}: {reason_of(error)}. Start one"
            " there, name another with --mongo-uri or MONGODB_URI, or use one of our own as"
            " 'make run' does, with --embedded=.data."
        ) from error
