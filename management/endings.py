"""How a command ends: one sentence for a person, and an exit code that says of what kind it is.

0 is done, 1 a judgement (a line was refused, something has to be done, a version may not be
deployed). What is no judgement has a code above: 2 could not be done, 4 its output could not be
written, 70 a fault of ours, 130 interrupted. The Python client's program uses the same.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import Any

import click
from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError

from chalicelib import database
from chalicelib.config import ConfigurationError
from chalicelib.errors import Problem

NOT_WRITTEN = 4


class CommandError(click.ClickException):
    """It could not be done; why, and what to do."""

    exit_code = 2


class OutputError(CommandError):
    exit_code = NOT_WRITTEN


class OwnFaultError(CommandError):
    exit_code = 70  # EX_SOFTWARE


class InterruptedCommandError(CommandError):
    exit_code = 130  # 128 + SIGINT, as shells have it


class Commands(click.Group):
    """A group of commands none of which ends in a traceback, unless `--traceback` asks for it."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        help_text = "Show where an unexpected error came from."
        self.params.append(click.Option(["--traceback"], is_flag=True, help=help_text))

    def main(self, *arguments: Any, **settings: Any) -> Any:
        try:
            return super().main(*arguments, **settings)
        except OSError as error:  # what `--help` could not write, for one
            ending = ending_of(error)
            ending.show()
            sys.exit(ending.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        show_traceback = ctx.params.pop("traceback", False)
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (Exception, KeyboardInterrupt) as error:
            if show_traceback:
                raise
            raise ending_of(error) from error


def ending_of(error: BaseException) -> CommandError:
    """The sentence and the exit code of what a command did not expect."""
    if isinstance(error, KeyboardInterrupt):
        return InterruptedCommandError("interrupted: repeat the command to go on")
    if isinstance(error, ConfigurationError | Problem):
        return CommandError(str(error))
    if isinstance(error, PyMongoError):
        return CommandError(f"the database: {reason_of(error)}")
    if isinstance(error, OSError):
        return _ending_of_system(error)
    text = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    hint = "'python manage.py --traceback …' shows where"
    return OwnFaultError(f"a fault of this command, please report it: {text} ({hint})")


def reason_of(error: PyMongoError) -> str:
    """Why the database did not do it, in words that quote no password."""
    refusal = database.refusal_of(error)
    if refusal is not None:
        return refusal
    if isinstance(error, ServerSelectionTimeoutError):
        return "nothing answers"
    if isinstance(error, OperationFailure):
        return str((error.details or {}).get("errmsg", "it refused")).rstrip(".")
    # The driver's own text may quote the connection string, password and all.
    return type(error).__name__


def _ending_of_system(error: OSError) -> CommandError:
    if error.filename is None:
        _forget_stdout()
        if error.errno == errno.EPIPE:
            raise click.exceptions.Exit(NOT_WRITTEN)  # whoever read it knows that it stopped
        return OutputError(f"the output cannot be written: {error.strerror or error}")
    return OutputError(f"{error.filename}: {error.strerror}")


def _forget_stdout() -> None:
    """Else the interpreter tries once more at its end, and fails with a code of its own."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
