"""Who the caller is: for clients that show only what their token may do."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.http import Call, Reply, endpoint
from chalicelib.wire.reply_models import Caller

whoami = Blueprint(__name__)


@endpoint(whoami, "GET", "/api/v1/whoami", scope="read", answers={200: Caller})
def get_caller(call: Call) -> Reply:
    """The caller's token, and what it may do; on a service that asks for none, everything."""
    body = {"token": call.token, "scopes": sorted(call.scopes), "project": call.project}
    return Reply(body)
