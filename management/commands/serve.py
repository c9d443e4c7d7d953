"""`manage.py serve`: the service on this machine."""

from __future__ import annotations

import errno
import signal
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import click
from click.core import ParameterSource

from chalicelib import database
from chalicelib.config import ConfigurationError, Settings, settings, without_credentials
from management.database import (
    address_options,
    choose_database,
    prepare_database,
)
from management.endings import CommandError
from management.mongod import Mongod, MongodError, MongodKeeper
from management.serving import LocalServer, UpkeepTimer

HOST = "127.0.0.1"


@click.command()
@address_options
@click.option(
    "--port",
    envvar="PORT",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    show_envvar=True,
    help="Where to listen, on this machine only.",
)
@click.option(
    "--embedded",
    metavar="DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    help="Bring a MongoDB along that keeps its data there, instead of --mongo-uri.",
)
@click.pass_context
def serve(
    context: click.Context, mongo_uri: str, db_name: str, port: int, embedded: Path | None
) -> None:
    """Serve the API until it is stopped with Ctrl-C."""
    if embedded and context.get_parameter_source("mongo_uri") is ParameterSource.COMMANDLINE:
        raise click.UsageError("choose either --mongo-uri or --embedded")
    _stop_on_signals()
    with ExitStack() as running:
        server = _listen(port)
        if embedded:
            mongo_uri = _start_mongod(embedded, running).uri
        running.callback(database.forget)
        running.callback(server.drain)
        choose_database(mongo_uri, db_name)
        # Imported here: the app reads the environment that was chosen above.
        from app import app  # noqa: PLC0415

        auth_mode = _read_settings().auth_mode
        prepare_database(mongo_uri)
        where = f"{without_credentials(mongo_uri)}, database {db_name}"
        _say_where(server.server_port, f"{embedded}, by {where}" if embedded else where)
        _say_who(auth_mode, embedded)
        timer = UpkeepTimer()
        timer.start()
        running.callback(timer.stop)
        server.serve(app)


def _stop_on_signals() -> None:
    """Leave through every `with` block on the first signal, and let nothing interrupt that."""
    stopping = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup leaves it
        stopping.append(signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in stopping:
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(0)

    for number in stopping:
        signal.signal(number, stop)


def _say_where(port: int, data: str) -> None:
    address = f"http://{HOST}:{port}"
    click.echo(f"API   {address}/api/v1/agents")
    click.echo(f"Data  {data}")
    click.echo(f"Page  {address}/dashboard")
    click.echo(f"Docs  {address}/docs")


def _say_who(auth_mode: str, embedded: Path | None) -> None:
    if auth_mode == "off":
        click.echo("Auth  off: whoever reaches this port reads and writes everything")
        return
    database = f" --embedded={embedded}" if embedded else ""
    click.echo(
        "Auth  token: make the first with"
        f" '.venv/bin/python manage.py token create --name me --scope admin{database}'"
    )


def _listen(port: int) -> LocalServer:
    try:
        return LocalServer(HOST, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} is in use, perhaps by this service: choose another with PORT="
        else:
            reason = f"port {port} cannot be had ({error.strerror}): choose another with PORT="
        raise CommandError(reason) from error


def _start_mongod(directory: Path, running: ExitStack) -> Mongod:
    mongod = Mongod(directory)
    try:
        mongod.start()
    except MongodError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"cannot keep data in {directory}: {error}") from error
    running.callback(mongod.stop)
    keeper = MongodKeeper(mongod)
    keeper.start()
    running.callback(keeper.stop)
    return mongod


def _read_settings() -> Settings:
    try:
        return settings()
    except ConfigurationError as error:
        raise CommandError(str(error)) from error
