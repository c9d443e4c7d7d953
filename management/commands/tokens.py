"""`manage.py token`: make, list and revoke the tokens that clients send."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import click
from pydantic import ValidationError

from chalicelib import access
from chalicelib.database.documents import TokenDocument
from chalicelib.values.instants import format_instant, now, parse_instant
from chalicelib.wire.models import Name, adapter
from management.database import choose_database, database_failures, database_options
from management.endings import CommandError

_DAYS = re.compile(r"([0-9]{1,5})d")
_COLUMNS = ("name", "scope", "project", "created", "used", "expires")
_OVERLAP_HOURS = 24


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


@click.group()
def token() -> None:
    """Make, list and revoke the tokens that clients send."""


@token.command()
@click.option("--name", type=NameType(), required=True, help="What it is for; revoked by this.")
@click.option(
    "--scope",
    type=click.Choice(["ingest", "read", "admin"]),
    required=True,
    help="ingest registers and records, read reads, admin does both.",
)
@click.option("--project", type=NameType(), help="Limits it to this project's agents.")
@click.option("--expires", type=ExpiryType(), help="After so many days, or on a date (UTC).")
@database_options
def create(
    *,
    name: str,
    scope: str,
    project: str | None,
    expires: datetime | None,
    mongo_uri: str,
    db_name: str,
) -> None:
    """Make a token and show it, this once: only its hash is kept.

    The token alone goes to standard output, so that a script can catch it.
    """
    choose_database(mongo_uri, db_name)
    try:
        with database_failures(mongo_uri):
            access.ensure_names_are_unique()
            text = access.create_token(
                name, cast(access.TokenScope, scope), project=project, expires_at=expires
            )
    except access.TokenNameTakenError as error:
        raise CommandError(
            f"a token is named '{name}' already: revoke that one, or choose another name"
        ) from error
    limit = f"the project '{project}'" if project else "every project"
    until = f"until {format_instant(expires)}" if expires else "until it is revoked"
    click.echo(f"Scope {scope} on {limit}, {until}. It is shown only now:", err=True)
    click.echo(text)


@token.command("list")
@database_options
def list_all(mongo_uri: str, db_name: str) -> None:
    """List the tokens by name; never what a client sends."""
    choose_database(mongo_uri, db_name)
    with database_failures(mongo_uri):
        rows = [_COLUMNS, *map(_row, access.list_tokens())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


@token.command()
@click.argument("name")
@click.option(
    "--overlap",
    type=click.IntRange(0, 24 * 90),
    default=_OVERLAP_HOURS,
    show_default=True,
    metavar="HOURS",
    help="For how long the one before stays valid.",
)
@click.option("--expires", type=ExpiryType(), help="When the new one ends: 90d, or a date (UTC).")
@database_options
def rotate(name: str, overlap: int, expires: datetime | None, mongo_uri: str, db_name: str) -> None:
    """Replace the token NAME by a new one, and let both be valid for a while.

    The new token alone goes to standard output.
    """
    choose_database(mongo_uri, db_name)
    with database_failures(mongo_uri):
        text = access.rotate_token(name, overlap=timedelta(hours=overlap), expires_at=expires)
    if text is None:
        raise CommandError(f"no token is named '{name}': 'token list' shows them")
    click.echo(f"The one before stays valid for {overlap} h. This is shown only now:", err=True)
    click.echo(text)


@token.command()
@click.argument("name")
@database_options
def revoke(name: str, mongo_uri: str, db_name: str) -> None:
    """Revoke the token NAME; running processes refuse it within a minute."""
    choose_database(mongo_uri, db_name)
    with database_failures(mongo_uri):
        revoked = access.revoke_token(name)
    if not revoked:
        raise CommandError(f"no token is named '{name}': 'token list' shows them")
    click.echo(f"'{name}' is revoked, and refused everywhere within a minute.")


def _row(found: TokenDocument) -> tuple[str, ...]:
    expires_at = found["expires_at"]
    expires = format_instant(expires_at) if expires_at else "never"
    if expires_at and expires_at <= now():
        expires += " (expired)"
    created = format_instant(found["created_at"])
    used = found.get("last_used_at")
    return (
        found["name"],
        found["scope"],
        found["project"] or "(every)",
        created,
        format_instant(used) if used else "never",
        expires,
    )
