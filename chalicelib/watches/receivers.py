"""Who is told: checked when it is set, kept with its secrets, and shown without them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from chalicelib.config import is_deployed
from chalicelib.database.documents import NotifyDocument, WebhookKey
from chalicelib.errors import InvalidWatch
from chalicelib.watches.addresses import parse_url
from chalicelib.watches.formats import PAGERDUTY_URL
from chalicelib.watches.signing import make_secret

# How long a secret stays valid after it was replaced.
BOTH_VALID = timedelta(hours=24)
_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:sns:[a-z]{2}[a-z-]{2,20}-\d:\d{12}:[A-Za-z0-9_-]{1,251}(?:\.fifo)?",
    re.ASCII,
)
_ROUTING_KEY = re.compile(r"[0-9A-Za-z]{32}", re.ASCII)
# Whoever knows these addresses can write into the channel.
_SECRET_ADDRESSES = ("slack", "discord", "teams")


def prepare(
    asked: Mapping[str, Any] | None, before: NotifyDocument | None
) -> NotifyDocument | None:
    """What is kept of a receiver. Raises InvalidWatch.

    The secret stays where the receiver before was one of signed webhooks too.
    """
    if asked is None:
        return None
    if asked["type"] == "sns":
        if not _ARN.fullmatch(asked["topic_arn"]):
            raise _invalid("topic_arn", "is no ARN of an SNS topic, such as arn:aws:sns:…:name")
        return cast("NotifyDocument", asked)
    form = asked.get("format", "standard")
    if (form == "pagerduty") != ("routing_key" in asked):
        raise _invalid("routing_key", "is for PagerDuty, which needs it")
    if form == "pagerduty" and not _ROUTING_KEY.fullmatch(asked["routing_key"]):
        raise _invalid("routing_key", "has 32 letters and digits: an integration key of Events v2")
    url = asked.get("url", PAGERDUTY_URL if form == "pagerduty" else "")
    try:
        parse_url(url, is_public_only=is_deployed())
    except ValueError as error:
        raise _invalid("url", str(error)) from None
    kept = cast("NotifyDocument", {**asked, "format": form, "url": url})
    if form == "standard":
        kept["keys"] = (before["keys"] if before and "keys" in before else None) or [
            {"secret": make_secret(), "until": None}
        ]
    return kept


def rotate(notify: NotifyDocument, present: datetime) -> NotifyDocument:
    """The receiver with a new secret first; the one before stays for a day, older ones go."""
    replaced: WebhookKey = {"secret": notify["keys"][0]["secret"], "until": present + BOTH_VALID}
    return {**notify, "keys": [{"secret": make_secret(), "until": None}, replaced]}


def valid_secrets(notify: NotifyDocument, present: datetime) -> list[str]:
    return [
        key["secret"]
        for key in notify.get("keys", [])
        if key["until"] is None or present < key["until"]
    ]


def present_receiver(notify: NotifyDocument | None) -> dict[str, Any] | None:
    """A receiver as the API shows it: no secret, no key, and no address that is a secret itself."""
    if notify is None or notify["type"] == "sns":
        return None if notify is None else dict(notify)
    url = urlsplit(notify["url"])
    shown = f"{url.scheme}://{url.netloc}"
    shown += "/…" if notify["format"] in _SECRET_ADDRESSES else url.path
    return {
        "type": "webhook",
        "url": shown + ("?…" if url.query else ""),
        "format": notify["format"],
    }


def _invalid(name: str, message: str) -> InvalidWatch:
    path = f"notify.{name}"
    return InvalidWatch(f"{path}: {message}", errors=[{"path": path, "message": message}])
