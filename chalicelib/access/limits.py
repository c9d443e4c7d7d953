"""How many requests, and questions about metrics, a token may send within a minute.

Only a token that has a limit is counted: in one document for it and each minute of the clock, by
one small write that waits for one server's memory and no disk. Many processes count in the same
place, so the limit is that of the whole service. Where it cannot be counted the request is served.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from chalicelib.database import collection
from chalicelib.database.documents import TokenDocument
from chalicelib.database.names import TOKEN_USES
from chalicelib.errors import RateLimited
from chalicelib.values.instants import now

MINUTE = timedelta(minutes=1)
# OpenTelemetry's exporters give up on what they are to send again later than half a minute on.
MOST_RETRY_AFTER_S = 29
_KEPT = timedelta(minutes=10)
_WHAT = {"requests": "requests", "questions": "questions about metrics"}

log = logging.getLogger("agent_metrics")


def check_limits(token: TokenDocument, *, is_question: bool) -> None:
    """Raises RateLimited where the token has sent as much within this minute as it may."""
    limits: dict[str, int] = token.get("limits") or {}
    counted = [name for name in limits if name == "requests" or is_question]
    if not counted:
        return
    present = now()
    try:
        used = _count(token, counted, present)
    except PyMongoError as error:
        log.warning("requests of '%s' not counted: %s", token["name"], type(error).__name__)
        return
    for name in counted:
        if used.get(name, 0) > limits[name]:
            left = 60 - present.second
            raise RateLimited(
                f"this token may send {limits[name]} {_WHAT[name]} a minute, and has:"
                " wait for the next minute, send runs in batches, or ask an operator for more",
                retry_after=min(left, MOST_RETRY_AFTER_S),
            )


def _count(token: TokenDocument, counted: list[str], present: datetime) -> Mapping[str, Any]:
    minute = present.replace(second=0, microsecond=0)
    uses = collection(TOKEN_USES).with_options(write_concern=WriteConcern(w=1, j=False))
    found = uses.find_one_and_update(
        {"_id": {"token": token["_id"], "minute": minute}},
        {
            "$inc": dict.fromkeys(counted, 1),
            "$setOnInsert": {"expires_at": minute + _KEPT},
        },
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return found or {}
