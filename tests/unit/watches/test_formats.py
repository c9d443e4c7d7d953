from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator, Draft202012Validator
from slack_sdk.models.blocks import Block

from chalicelib.watches.formats import FORMATS, Format
from chalicelib.watches.messages import Message

SCHEMAS = Path(__file__).parent / "schemas"
NOTIFY = {"routing_key": "0123456789abcdef0123456789abcdef"}
LONG = "<!channel> [a](http://b) & \u20ac\n" * 400
STATES = ("firing", "warning", "ok")


def message(state: str = "firing", *, text: str = "spent $51", page: str | None = None) -> Message:
    return Message(
        event_id="65f000000000000000000001.7",
        event_type=f"watch.{state}",
        at=datetime(2026, 11, 25, 12, tzinfo=UTC),
        watch_id="65f000000000000000000001",
        state=state,
        title=f"FIRING: {text}",
        text=text,
        facts=tuple((f"fact {n} {text}", text) for n in range(30)),
        page=page,
        source=text,
        data={"state": state, "reading": {"spent": 51.2}},
    )


MESSAGES = [
    message(state, text=text, page=page)
    for state in STATES
    for text in ("spent $51", LONG)
    for page in (None, "https://example.com/dashboard#/agents/coder?")
]


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("given", MESSAGES)
def test_discord_takes_the_body_by_its_own_schema(given: Message) -> None:
    body = FORMATS["discord"](given, NOTIFY)
    Draft202012Validator(schema("discord")).validate(body)
    (embed,) = body["embeds"]
    # "The combined sum of characters … must not exceed 6000", which no schema says.
    texts = [embed["title"], embed["description"], embed["footer"]["text"]]
    texts += [field[part] for field in embed["fields"] for part in ("name", "value")]
    assert sum(map(len, texts)) <= 6000
    assert body["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("given", MESSAGES)
def test_teams_takes_the_card_by_microsofts_schema(given: Message) -> None:
    body = FORMATS["teams"](given, NOTIFY)
    (attachment,) = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    Draft6Validator(schema("adaptive_card")).validate(attachment["content"])
    assert len(json.dumps(body)) <= 28_000


@pytest.mark.parametrize("given", MESSAGES)
def test_pagerduty_takes_the_event_by_its_documentation(given: Message) -> None:
    body = FORMATS["pagerduty"](given, NOTIFY)
    validator = Draft202012Validator(
        schema("pagerduty"), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    validator.validate(body)


def test_what_is_resolved_is_the_incident_that_was_opened() -> None:
    opened, warned, resolved = (FORMATS["pagerduty"](message(s), NOTIFY) for s in STATES)
    assert opened["dedup_key"] == warned["dedup_key"] == resolved["dedup_key"]
    actions = [body["event_action"] for body in (opened, warned, resolved)]
    assert actions == ["trigger", "trigger", "resolve"]


@pytest.mark.parametrize("given", MESSAGES)
def test_slack_takes_the_blocks_by_its_own_client(given: Message) -> None:
    body = FORMATS["slack"](given, NOTIFY)
    for given_block in body["blocks"]:
        block = Block.parse(given_block)
        assert block is not None
        block.validate_json()
        assert {k: v for k, v in block.to_dict().items() if k in given_block} == given_block
    header, text, fields, _ = body["blocks"]
    assert len(header["text"]["text"]) <= 150
    assert len(text["text"]["text"]) <= 3000
    assert len(fields["fields"]) <= 10
    assert all(len(field["text"]) <= 2000 for field in fields["fields"])


def test_nobody_on_slack_is_called_by_what_an_agent_wrote() -> None:
    body = FORMATS["slack"](message(text="<!channel> & <@U1>"), NOTIFY)
    header, *others = body["blocks"]
    assert header["text"]["type"] == "plain_text"  # in which nothing is looked for
    assert "<!" not in body["text"] + json.dumps(others)
    assert "<@" not in body["text"] + json.dumps(others)


def test_the_standard_body_has_type_time_and_data() -> None:
    body = FORMATS["standard"](message(), NOTIFY)
    assert body == {
        "type": "watch.firing",
        "timestamp": "2026-11-25T12:00:00Z",
        "data": {"state": "firing", "reading": {"spent": 51.2}},
    }


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize("given", MESSAGES)
def test_every_body_is_json(name: Format, given: Message) -> None:
    json.dumps(FORMATS[name](given, NOTIFY), allow_nan=False)
