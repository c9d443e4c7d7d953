from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pymongo.database import Database
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.watches import delivering
from chalicelib.watches.waits import MOST_ATTEMPTS
from tests.integration.watches.conftest import PATH, Fleet, MoveClock, Receiver
from tests.lambda_client import LambdaClient

BUDGET = {"type": "budget", "amount": 1, "period": "month"}


def webhook(receiver: Receiver, form: str = "standard", **fields: Any) -> dict[str, Any]:
    return {"type": "webhook", "url": receiver.url, "format": form, **fields}


def spend(fleet: Fleet) -> None:
    fleet.post([{"cost": 2}])


def verified(secret: str, received: tuple[dict[str, str], bytes]) -> Any:
    headers, body = received
    return Webhook(secret).verify(body.decode(), headers)


def test_a_webhook_is_signed_with_the_secret_that_was_given_once(
    fleet: Fleet, receiver: Receiver
) -> None:
    watch = fleet.watch(BUDGET, notify=webhook(receiver))
    assert watch["secret"].startswith("whsec_")
    assert "secret" not in json.dumps(fleet.state(watch))
    spend(fleet)
    fleet.look()
    (received,) = receiver.received
    body = verified(watch["secret"], received)
    assert body["type"] == "watch.firing"
    assert body["data"]["id"] == received[0]["webhook-id"] == fleet.events(watch)[0]["id"]
    assert body["data"]["watch"]["name"] == "w"
    assert body["data"]["url"] is None


def test_a_message_leads_to_the_dashboard_of_the_address_that_made_the_watch(
    fleet: Fleet, receiver: Receiver
) -> None:
    body = {"name": "w", "agent": "coder", "condition": BUDGET, "notify": webhook(receiver)}
    headers = {"host": "localhost:9999", "x-forwarded-proto": "https"}
    answer = fleet.client.post(PATH, body, **headers)
    assert answer.status == 201, answer.text
    spend(fleet)
    fleet.look()
    url = receiver.bodies[0]["data"]["url"]
    assert url.startswith("https://localhost:9999")
    assert url.endswith("/dashboard#/agents/coder?")


def test_a_rotated_secret_and_the_one_before_are_valid_together_for_a_day(
    fleet: Fleet, receiver: Receiver, move_clock: MoveClock
) -> None:
    watch = fleet.watch(BUDGET, notify=webhook(receiver))
    answer = fleet.request("POST", watch, path="/secret")
    assert answer.status == 200
    new = answer.json["secret"]
    assert fleet.request("POST", watch, path="/test").json["delivered"]
    for secret in (watch["secret"], new):
        assert verified(secret, receiver.received[0])["type"] == "watch.test"
    move_clock(timedelta(hours=25))
    fleet.request("POST", watch, path="/test")
    assert verified(new, receiver.received[1])
    with pytest.raises(WebhookVerificationError):
        verified(watch["secret"], receiver.received[1])


def test_a_secret_stays_when_the_address_changes(fleet: Fleet, receiver: Receiver) -> None:
    watch = fleet.watch(BUDGET, notify={"type": "webhook", "url": "https://example.com/hook"})
    changed = fleet.request("PATCH", watch, {"notify": webhook(receiver)})
    assert changed.status == 200
    assert "secret" not in changed.json
    fleet.request("POST", watch, path="/test")
    assert verified(watch["secret"], receiver.received[0])


@pytest.mark.parametrize("form", ["slack", "discord", "teams"])
def test_addresses_that_are_secrets_are_not_shown(
    fleet: Fleet, receiver: Receiver, form: str
) -> None:
    watch = fleet.watch(BUDGET, notify=webhook(receiver, form))
    assert "secret" not in watch
    assert watch["notify"]["url"] == receiver.url.removesuffix("/hook") + "/…"
    assert fleet.request("POST", watch, path="/test").json["delivered"]
    assert "webhook-signature" not in receiver.received[0][0]


def test_pagerduty_gets_its_key_which_nobody_else_does(fleet: Fleet, receiver: Receiver) -> None:
    key = "0123456789abcdef0123456789abcdef"
    watch = fleet.watch(BUDGET, notify=webhook(receiver, "pagerduty", routing_key=key))
    assert key not in json.dumps(watch)
    spend(fleet)
    fleet.look()
    assert receiver.bodies[0]["routing_key"] == key
    assert receiver.bodies[0]["event_action"] == "trigger"
    assert key not in json.dumps(fleet.events(watch))


def test_a_failed_delivery_is_tried_again_with_one_id_and_then_given_up(
    fleet: Fleet, receiver: Receiver, move_clock: MoveClock
) -> None:
    watch = fleet.watch(BUDGET, notify=webhook(receiver))
    spend(fleet)
    receiver.status = 500
    ahead = timedelta()
    for _ in range(MOST_ATTEMPTS):
        fleet.look()
        ahead += timedelta(days=1, seconds=1)
        move_clock(ahead)
    (event,) = [e for e in fleet.events(watch) if e["type"] == "watch.firing"]
    assert event["delivery"]["status"] == "failed"
    assert event["delivery"]["attempts"] == MOST_ATTEMPTS
    assert event["delivery"]["detail"] == "answered 500"
    assert fleet.state(watch)["notify_problem"]["detail"] == "answered 500"
    ids = [headers["webhook-id"] for headers, _ in receiver.received]
    assert ids.count(event["id"]) == MOST_ATTEMPTS


def test_nothing_is_tried_before_its_time(fleet: Fleet, receiver: Receiver) -> None:
    fleet.watch(BUDGET, notify=webhook(receiver))
    spend(fleet)
    receiver.status = 503
    fleet.look()
    fleet.look()
    assert len(receiver.received) == 1


def test_a_receiver_that_is_gone_is_not_asked_again(fleet: Fleet, receiver: Receiver) -> None:
    watch = fleet.watch(BUDGET, notify=webhook(receiver))
    spend(fleet)
    receiver.status = 410
    fleet.look()
    assert fleet.events(watch)[0]["delivery"]["status"] == "failed"


def test_a_problem_is_forgotten_with_the_next_delivery(
    fleet: Fleet, receiver: Receiver, move_clock: MoveClock
) -> None:
    watch = fleet.watch({"type": "silence", "for": "2h"}, notify=webhook(receiver))
    fleet.post([{}])
    fleet.look()
    receiver.status = 410
    move_clock(timedelta(hours=3))
    assert fleet.look(watch)["notify_problem"]
    receiver.status = 200
    move_clock(timedelta())
    assert fleet.look(watch)["state"] == "ok"
    assert fleet.look(watch)["notify_problem"] is None


def test_a_muted_watch_changes_and_tells_nobody(fleet: Fleet, receiver: Receiver) -> None:
    watch = fleet.watch(BUDGET, notify=webhook(receiver), muted_until="2099-01-01T00:00:00Z")
    spend(fleet)
    assert fleet.look(watch)["state"] == "firing"
    assert fleet.events(watch)[0]["delivery"]["status"] == "muted"
    assert receiver.received == []


def test_a_watch_that_tells_nobody_has_states_and_events(fleet: Fleet) -> None:
    watch = fleet.watch(BUDGET)
    spend(fleet)
    assert fleet.look(watch)["state"] == "firing"
    assert fleet.events(watch)[0]["delivery"]["status"] == "nobody"
    answer = fleet.request("POST", watch, path="/test")
    assert (answer.status, answer.json["code"]) == (422, "invalid_watch")


def test_in_lambda_nothing_is_delivered_into_the_private_network(
    fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to an address that was set before, nor to a name that leads there."""
    watch = fleet.watch(BUDGET, notify=webhook(receiver))
    monkeypatch.setattr(delivering, "is_deployed", lambda: True)
    answer = fleet.request("POST", watch, path="/test")
    assert answer.json["delivered"] is False
    assert receiver.received == []


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


@pytest.mark.parametrize("fifo", [False, True])
def test_a_topic_of_sns_gets_the_event_and_its_id(fleet: Fleet, aws: None, fifo: bool) -> None:
    region = "eu-central-1"
    sns, sqs = (boto3.client(name, region_name=region) for name in ("sns", "sqs"))
    suffix, options = (".fifo", {"FifoTopic": "true"}) if fifo else ("", {})
    topic = sns.create_topic(Name=f"agents{suffix}", Attributes=options)["TopicArn"]
    queue_options = {"FifoQueue": "true"} if fifo else {}
    queue = sqs.create_queue(QueueName=f"inbox{suffix}", Attributes=queue_options)["QueueUrl"]
    arn = f"arn:aws:sqs:{region}:123456789012:inbox{suffix}"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    watch = fleet.watch(BUDGET, notify={"type": "sns", "topic_arn": topic}, name="Tür “1”")
    assert watch["notify"] == {"type": "sns", "topic_arn": topic}
    spend(fleet)
    fleet.look()
    event = fleet.events(watch)[0]
    assert event["delivery"]["status"] == "delivered"
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    envelope = json.loads(message["Body"])
    assert json.loads(envelope["Message"])["data"]["id"] == event["id"]
    assert envelope["MessageAttributes"]["state"]["Value"] == "firing"
    assert envelope["Subject"].isascii()


def test_a_topic_that_is_not_there_is_a_failed_delivery(fleet: Fleet, aws: None) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:none"
    watch = fleet.watch(BUDGET, notify={"type": "sns", "topic_arn": topic})
    answer = fleet.request("POST", watch, path="/test")
    assert answer.json["delivered"] is False
    assert "NotFound" in answer.json["detail"]


def test_what_was_to_be_told_goes_with_its_watch(
    fleet: Fleet, receiver: Receiver, database: Database[dict[str, Any]]
) -> None:
    watch = fleet.watch(BUDGET, notify=webhook(receiver))
    spend(fleet)
    receiver.status = 500
    fleet.look()
    assert fleet.request("DELETE", watch).status == 204
    assert database["watch_events"].count_documents({}) == 0
    assert fleet.request("GET", watch).status == 404
    assert fleet.request("DELETE", watch).status == 404


def test_the_secrets_are_in_no_answer(
    fleet: Fleet, receiver: Receiver, client: LambdaClient
) -> None:
    watch = fleet.watch(BUDGET, notify=webhook(receiver))
    spend(fleet)
    fleet.look()
    texts = [
        fleet.request("GET", watch).text,
        fleet.request("GET", watch, path="/events").text,
        fleet.request("POST", watch, path="/test").text,
        fleet.request("PATCH", watch, {"name": "v"}).text,
        client.get(PATH).text,
    ]
    assert not any(watch["secret"].removeprefix("whsec_") in text for text in texts)
