"""Whether the process is up, and whether its database answers."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib import __version__
from chalicelib.database import check_ready
from chalicelib.errors import DatabaseTimeout, DatabaseUnavailable, NotReady
from chalicelib.http import Call, Reply, endpoint
from chalicelib.wire.reply_models import Health

health = Blueprint(__name__)


@endpoint(health, "GET", "/health", scope="public", answers={200: Health})
def get_health(call: Call) -> Reply:
    """The process is up; touches no database."""
    return Reply({"status": "ok", "version": __version__})


@endpoint(
    health,
    "GET",
    "/ready",
    scope="public",
    answers={200: Health},
    raises=(DatabaseUnavailable, DatabaseTimeout, NotReady),
)
def get_ready(call: Call) -> Reply:
    """The database answers and has its indexes; 503 otherwise."""
    check_ready()
    return Reply({"status": "ready", "version": __version__})
