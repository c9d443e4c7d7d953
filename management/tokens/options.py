"""What the commands of `manage.py token` take: names, times of expiry, limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from chalicelib.values.instants import format_instant, now, parse_instant
from chalicelib.values.names import folded
from chalicelib.wire.models import Name, adapter

_DAYS = re.compile(r"([0-9]{1,5})d")
Command = TypeVar("Command", bound=Callable[..., Any])


class NameType(click.ParamType[Any]):
    """A name as the API takes them for agents and projects."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            name: str = adapter(Name).validate_python(value)
        except ValidationError:
            self.fail(
                "use 1 to 200 characters, not all blank, no control or invisible ones", param, ctx
            )
        return name


def name_argument(command: Command) -> Command:
    """Adds the argument NAME, in whichever form it is written."""
    return click.argument("name", callback=lambda _context, _parameter, text: folded(text))(command)


class ExpiryType(click.ParamType[Any]):
    """`90d` from now, a date (its first moment in UTC), or an RFC 3339 time; in the future."""

    name = "90d|date"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            expires_at = parse_expiry(value)
        except ValueError:
            self.fail(f"'{value}' is neither days (90d) nor a date (2030-12-31)", param, ctx)
        if expires_at <= now():
            self.fail(f"{format_instant(expires_at)} is not in the future", param, ctx)
        return expires_at


def parse_expiry(text: str) -> datetime:
    """See ExpiryType. Raises ValueError."""
    days = _DAYS.fullmatch(text)
    if days:
        return now() + timedelta(days=int(days[1]))
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    return parse_instant(text)


def limit_options(command: Command) -> Command:
    """Adds --requests and --questions."""
    requests = click.option(
        "--requests", type=click.IntRange(1), metavar="N", help="At most so many requests a minute."
    )
    questions = click.option(
        "--questions",
        type=click.IntRange(1),
        metavar="N",
        help="Of these, at most so many questions about metrics.",
    )
    return requests(questions(command))
