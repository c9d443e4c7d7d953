"""Who is calling, and what they may see and touch."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from pymongo.errors import PyMongoError

from chalicelib.access.limits import check_limits
from chalicelib.access.stored_tokens import any_token, find_token
from chalicelib.access.token_text import is_token
from chalicelib.config import ConfigurationError, settings
from chalicelib.database import Recent
from chalicelib.database.documents import TokenDocument
from chalicelib.errors import Forbidden, Unauthorized

log = logging.getLogger("agent_metrics")

Scope = Literal["ingest", "read", "admin", "public"]

GRANTS: dict[str, frozenset[str]] = {
    "ingest": frozenset({"ingest"}),
    "read": frozenset({"read"}),
    "admin": frozenset({"ingest", "read", "admin"}),
}
# The scheme in any case, as RFC 9110 has it; before the token as many spaces as a client likes.
_BEARER = re.compile(r"bearer(?: +(.*))?", re.IGNORECASE | re.ASCII | re.DOTALL)
_CHALLENGE = 'Bearer realm="agent-metrics"'
_SEND_ONE = "send a token: 'Authorization: Bearer amt_…'"
# One wording for a mistyped, an unknown, a revoked and an expired one: a guesser learns nothing.
_NOT_VALID = "the token is not valid: it is mistyped, unknown, revoked or expired"

_looked: Recent[str, bool] = Recent(seconds=24 * 3600)


class Principal(NamedTuple):
    """The caller: `name` is the token's (None: nobody was asked for one).

    `project` limits what the caller sees and touches; None means every project. `scopes` are those
    of the routes that it may call.
    """

    name: str | None = None
    project: str | None = None
    scopes: frozenset[str] = GRANTS["admin"]


def authenticate(
    authorization: Sequence[str], scope: Scope, *, is_question: bool = False
) -> Principal:
    """The caller of a route that needs `scope`, from the request's Authorization headers.

    `is_question` is of a route that adds up runs. Raises Unauthorized, Forbidden, RateLimited, and
    what the driver raises: a token that could not be looked up is not refused.
    """
    if scope == "public" or settings().auth_mode == "off":
        return Principal()
    try:
        token = _identify(authorization)
    except Unauthorized:
        _point_to_first_token()
        raise
    _require(scope, token)
    check_limits(token, is_question=is_question)
    return Principal(token["name"], token["project"], GRANTS[token["scope"]])


def _identify(authorization: Sequence[str]) -> TokenDocument:
    if len(authorization) > 1:
        raise _unauthorized("send one Authorization header, not several", "invalid_request")
    match = _BEARER.fullmatch(authorization[0].strip(" \t")) if authorization else None
    if match is None:
        raise _unauthorized(_SEND_ONE)
    text = match[1] or ""
    token = find_token(text) if is_token(text) else None
    if token is None:
        raise _unauthorized(_NOT_VALID, "invalid_token")
    return token


def _require(scope: Scope, token: TokenDocument) -> None:
    if scope not in GRANTS.get(token["scope"], frozenset()):
        log.info("refused: the token '%s' lacks the scope '%s'", token["name"], scope)
        challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{scope}"'
        raise Forbidden(
            f"this needs a token of scope '{scope}', and this one's is '{token['scope']}'",
            headers={"WWW-Authenticate": challenge},
        )


def _unauthorized(detail: str, error: str | None = None) -> Unauthorized:
    """RFC 6750: no error code for a request that held no token at all."""
    challenge = f'{_CHALLENGE}, error="{error}"' if error else _CHALLENGE
    return Unauthorized(detail, headers={"WWW-Authenticate": challenge})


def _point_to_first_token() -> None:
    """Tell the operator when nobody can have a token yet; looked up once a day by a process."""
    if _looked.get("tokens"):
        return
    _looked.put("tokens", value=True)
    try:
        if any_token():
            return
    except (PyMongoError, ConfigurationError):
        return  # the refusal stands, and the next request that needs the database tells of it
    log.warning(
        "no token exists yet, so every request is refused: make the first one with"
        " 'python manage.py token create --name NAME --scope admin --mongo-uri …'"
    )
