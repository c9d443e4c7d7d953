"""`manage.py token`: make, list, limit, rotate and revoke the tokens that clients send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import click

from chalicelib import access
from chalicelib.audit import ChangedObject, recorded
from chalicelib.database.documents import TokenDocument
from chalicelib.values.instants import format_instant, now
from management.database import choose_database, database_failures, database_options
from management.endings import CommandError
from management.tokens import ExpiryType, NameType, author_of, limit_options, name_argument

_COLUMNS = ("name", "scope", "project", "created", "used", "expires", "a minute")
_OVERLAP_HOURS = 24


@click.group()
def token() -> None:
    """Make, list, limit, rotate and revoke the tokens that clients send."""


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
@limit_options
@database_options
def create(
    *,
    name: str,
    scope: str,
    project: str | None,
    expires: datetime | None,
    requests: int | None,
    questions: int | None,
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
            _refuse_taken(name)
            limits = _limits(requests, questions)
            made = {"scope": scope, "project": project, "expires_at": expires, "limits": limits}
            with recorded(author_of("token create"), _about(name), before=None, after=made):
                text = access.create_token(
                    name,
                    cast(access.TokenScope, scope),
                    project=project,
                    expires_at=expires,
                    limits=limits,
                )
    except access.TokenNameTakenError as error:
        raise _taken(name) from error
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
@name_argument
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
        before = _find(name)
        after = {"expires_at": expires, "hours_of_overlap": overlap}
        with recorded(author_of("token rotate"), _about(name), before=before, after=after):
            text = access.rotate_token(name, overlap=timedelta(hours=overlap), expires_at=expires)
    if text is None:
        raise _unknown(name)
    click.echo(f"The one before stays valid for {overlap} h. This is shown only now:", err=True)
    click.echo(text)


@token.command()
@name_argument
@limit_options
@database_options
def limit(
    *, name: str, requests: int | None, questions: int | None, mongo_uri: str, db_name: str
) -> None:
    """Give the token NAME other limits; without options, none at all."""
    choose_database(mongo_uri, db_name)
    limits = _limits(requests, questions)
    with database_failures(mongo_uri):
        before = {"limits": _find(name)["limits"]}
        after = {"limits": limits}
        with recorded(author_of("token limit"), _about(name), before=before, after=after):
            access.limit_token(name, limits)
    click.echo(f"'{name}': {_limits_text(limits)} a minute, everywhere within half a minute.")


@token.command()
@name_argument
@database_options
def revoke(name: str, mongo_uri: str, db_name: str) -> None:
    """Revoke the token NAME; running processes refuse it within a minute."""
    choose_database(mongo_uri, db_name)
    with database_failures(mongo_uri):
        before = _find(name)
        with recorded(author_of("token revoke"), _about(name), before=before, after=None):
            access.revoke_token(name)
    click.echo(f"'{name}' is revoked, and refused everywhere within a minute.")


def _refuse_taken(name: str) -> None:
    """Before a record says that it was asked for."""
    if access.find_token_named(name) is not None:
        raise _taken(name)


def _taken(name: str) -> CommandError:
    return CommandError(
        f"a token is named '{name}' already: revoke that one, or choose another name"
    )


def _find(name: str) -> dict[str, Any]:
    """What the record of changes has of a token. Raises CommandError where there is none."""
    found = access.find_token_named(name)
    if found is None:
        raise _unknown(name)
    return {
        "scope": found["scope"],
        "project": found["project"],
        "expires_at": found["expires_at"],
        "limits": found.get("limits") or {},
    }


def _unknown(name: str) -> CommandError:
    return CommandError(f"no token is named '{name}': 'token list' shows them")


def _about(name: str) -> ChangedObject:
    """Whatever it is bound to: who may come in is no matter of one project."""
    return ChangedObject("token", {"token": name})


def _limits(requests: int | None, questions: int | None) -> dict[str, int]:
    given = {"requests": requests, "questions": questions}
    return {name: most for name, most in given.items() if most is not None}


def _limits_text(limits: Mapping[str, int]) -> str:
    return ", ".join(f"{most} {name}" for name, most in limits.items()) or "no limit"


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
        _limits_text(found.get("limits") or {}),
    )
