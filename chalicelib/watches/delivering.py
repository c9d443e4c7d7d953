"""Events delivered: at least once, with one id whatever the number of tries.

A delivery is claimed before it is tried, for longer than a try can take, so that two processes do
not try at once; one that dies in between leaves a claim that runs out.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from pymongo import ReturnDocument

from chalicelib.config import is_deployed
from chalicelib.database import Clause, collection
from chalicelib.database.documents import NotifyProblemDocument, WatchDocument, WatchEventDocument
from chalicelib.database.indexes import EVENTS_DUE
from chalicelib.database.names import WATCH_EVENTS, WATCHES
from chalicelib.registry import find_agents_by_id
from chalicelib.values.instants import now
from chalicelib.watches.formats import FORMATS
from chalicelib.watches.messages import Message, cut
from chalicelib.watches.notices import message_of
from chalicelib.watches.posting import Outcome, post
from chalicelib.watches.receivers import valid_secrets
from chalicelib.watches.signing import sign
from chalicelib.watches.waits import LONGEST_WAIT, wait_after

# Longer than a try can take, its look-ups included.
_CLAIM = timedelta(seconds=60)
_AT_ONCE = 8
log = logging.getLogger("agent_metrics")
_REGION = re.compile(r"arn:[^:]+:sns:([^:]+):")


def deliver(seconds: float) -> int:
    """Try what is due, as far as the time reaches; how many were delivered."""
    deadline = time.monotonic() + seconds
    delivered = 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while time.monotonic() < deadline:
            events = list(islice(iter(lambda: _claim(now()), None), _AT_ONCE))
            if not events:
                break
            delivered += sum(pool.map(_try, events))
    return delivered


def send(watch: Mapping[str, Any], message: Message) -> Outcome:
    """One try at telling the watch's receiver."""
    notify = watch["notify"]
    if notify["type"] == "sns":
        return _publish(notify["topic_arn"], message)
    body = json.dumps(FORMATS[notify["format"]](message, notify), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "agent-metrics"}
    if notify["format"] == "standard":
        secrets = valid_secrets(notify, now())
        headers |= sign(message.event_id, int(time.time()), body, secrets)
    return post(notify["url"], body, headers, is_public_only=is_deployed())


def agent_name(watch: Mapping[str, Any]) -> str | None:
    agent_id = watch["agent_id"]
    if agent_id is None:
        return None
    found = find_agents_by_id({agent_id}).get(agent_id)
    return found["name"] if found else None


def _claim(present: datetime) -> WatchEventDocument | None:
    """An event that is due, and nobody else's for a while."""
    due: list[Clause] = [
        {"delivery.next_attempt_at": {"$lte": present}},
        # No wait is so long: a clock had gone ahead.
        {"delivery.next_attempt_at": {"$gt": present + 2 * LONGEST_WAIT}},
    ]
    return collection(WATCH_EVENTS).find_one_and_update(
        {"delivery.status": "pending", "$or": due},
        {
            "$set": {"delivery.next_attempt_at": present + _CLAIM},
            "$inc": {"delivery.attempts": 1},
        },
        sort=[("delivery.next_attempt_at", 1)],
        hint=EVENTS_DUE,
        return_document=ReturnDocument.AFTER,
    )


def _try(event: WatchEventDocument) -> bool:
    watch = collection(WATCHES).find_one({"_id": event["watch_id"]})
    if watch is None or watch["notify"] is None:
        _settle(event, {"status": "nobody", "next_attempt_at": None})
        return False
    try:
        outcome = send(watch, message_of(watch, event, agent_name(watch)))
    except Exception as error:
        log.exception("event %s cannot be sent", event["_id"])
        outcome = Outcome(is_delivered=False, detail=f"cannot be sent: {type(error).__name__}")
    _record(watch, event, outcome)
    return outcome.is_delivered


def _record(watch: WatchDocument, event: WatchEventDocument, outcome: Outcome) -> None:
    """Store how a try went: delivered, to be tried again, or given up."""
    present = now()
    if outcome.is_delivered:
        done = {"status": "delivered", "next_attempt_at": None, "delivered_at": present}
        _settle(event, {**done, "detail": outcome.detail})
        _note_problem(watch, None)
        return
    attempts = event["delivery"]["attempts"]
    wait = None if outcome.is_final else wait_after(attempts, outcome.retry_after_s)
    extra = {"watch": str(watch["_id"]), "event": event["_id"], "detail": outcome.detail}
    if wait is not None:
        # The template's alarm counts these lines.
        log.warning("delivery failed", extra=extra)
        _settle(event, {"next_attempt_at": present + wait, "detail": outcome.detail})
        return
    log.error("delivery given up", extra=extra)
    _settle(event, {"status": "failed", "next_attempt_at": None, "detail": outcome.detail})
    _note_problem(watch, {"at": present, "detail": outcome.detail})


def _settle(event: WatchEventDocument, fields: Clause) -> None:
    """Only if the claim is still ours: another's later try knows more."""
    where = {"_id": event["_id"], "delivery.attempts": event["delivery"]["attempts"]}
    change = {f"delivery.{name}": value for name, value in fields.items()}
    collection(WATCH_EVENTS).update_one(where, {"$set": change})


def _note_problem(watch: WatchDocument, problem: NotifyProblemDocument | None) -> None:
    if watch["notify_problem"] != problem:
        where = {"_id": watch["_id"]}
        collection(WATCHES).update_one(where, {"$set": {"notify_problem": problem}})


def _publish(topic_arn: str, message: Message) -> Outcome:
    """To a topic of SNS; a FIFO topic is told the id, so that it delivers once."""
    import boto3  # noqa: PLC0415 - in Lambda's runtime; most processes never need it
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    region = _REGION.match(topic_arn)
    limits = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 1})
    client = boto3.client("sns", region_name=region[1] if region else None, config=limits)
    body = json.dumps(FORMATS["standard"](message, {}), ensure_ascii=False)
    subject = "".join(c if " " <= c <= "~" else "?" for c in cut(message.title, 100))
    text = {"default": body, "email": f"{message.text}\n\n{message.page or ''}\n"}
    options: dict[str, Any] = {}
    if topic_arn.endswith(".fifo"):
        options = {
            "MessageGroupId": message.watch_id,
            "MessageDeduplicationId": message.event_id,
        }
    attributes = {
        "event_id": {"DataType": "String", "StringValue": message.event_id},
        "state": {"DataType": "String", "StringValue": message.state},
    }
    try:
        client.publish(
            TopicArn=topic_arn,
            Subject=subject.replace("…", "?"),
            Message=json.dumps(text, ensure_ascii=False),
            MessageStructure="json",
            MessageAttributes=attributes,
            **options,
        )
    except ClientError as error:
        detail = error.response.get("Error", {})
        return Outcome(
            is_delivered=False,
            detail=cut(f"SNS answered {detail.get('Code')}: {detail.get('Message')}", 300),
        )
    except BotoCoreError as error:
        return Outcome(is_delivered=False, detail=cut(f"SNS: {error}", 300))
    return Outcome(is_delivered=True, detail="published")
