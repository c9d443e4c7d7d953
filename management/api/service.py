"""Which service a command talks to, and what it says when that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from management.api.client import ApiClient, ApiError, ApiUnreachableError
from management.endings import CommandError

DEFAULT_URL = "http://127.0.0.1:9999"
Command = TypeVar("Command", bound=Callable[..., Any])


def service_options(command: Command) -> Command:
    """Adds --url and --token."""
    url = click.option(
        "--url",
        default=DEFAULT_URL,
        show_default=True,
        callback=check_url,
        help="Where the service is.",
    )
    return url(token_option(command))


def token_option(command: Command) -> Command:
    """Adds --token."""
    token = click.option(
        "--token",
        envvar="AGENT_METRICS_TOKEN",
        show_envvar=True,
        help="What it asks for where AUTH_MODE is 'token'.",
    )
    return token(command)


@contextmanager
def connect(url: str, token: str | None) -> Iterator[ApiClient]:
    """A client of a service that is there; its failures become one line (CommandError)."""
    with _open(url, token) as client:
        try:
            client.check()
        except ApiUnreachableError as error:
            raise CommandError(f"{error}. 'make run' starts one.") from error
        except ApiError as error:
            raise CommandError(f"{url} is not this service: {error}") from error
        try:
            yield client
        except ApiUnreachableError as error:
            raise CommandError(
                f"{error}. Repeat the command to go on: nothing is done twice."
            ) from error
        except ApiError as error:
            raise CommandError(str(error)) from error


def _open(url: str, token: str | None) -> ApiClient:
    try:
        return ApiClient(url, token)
    except ApiUnreachableError as error:
        raise CommandError(str(error)) from error


def check_url(_context: click.Context, _parameter: click.Parameter, url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter("it starts with http:// or https://")
    return url.rstrip("/")
