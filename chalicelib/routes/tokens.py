"""The tokens that clients send; they are made and revoked by `manage.py token` alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalice.app import Blueprint

from chalicelib.access import list_tokens
from chalicelib.database.documents import TokenDocument
from chalicelib.http import Call, Reply, endpoint, list_reply, page_size, position_in
from chalicelib.values.instants import format_instant
from chalicelib.wire.cursors import read_text
from chalicelib.wire.queries import PageQuery
from chalicelib.wire.token_models import Token

tokens = Blueprint(__name__)


@endpoint(
    tokens,
    "GET",
    "/api/v1/tokens",
    scope="admin",
    query=PageQuery,
    answers={200: list[Token]},
)
def list_known_tokens(call: Call) -> Reply:
    """Tokens by name: their scopes, when they end, when they were last used, their limits.

    A token that is bound to a project sees those that are bound to it.
    """
    position = position_in(call, read_text, project=call.project)
    after = position[0] if position else None
    found = list_tokens(project=call.project, after=after, limit=page_size(call) + 1)
    return list_reply(call, found, _present, lambda token: [token["name"]], project=call.project)


def _present(token: TokenDocument) -> dict[str, Any]:
    limits = token.get("limits") or {}
    return {
        "name": token["name"],
        "scope": token["scope"],
        "project": token["project"],
        "created_at": format_instant(token["created_at"]),
        "expires_at": _text(token["expires_at"]),
        "last_used_at": _text(token.get("last_used_at")),
        "limits": {name: limits.get(name) for name in ("requests", "questions")},
    }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)
