"""Bodies that receivers take as they are.

Sources: Standard Webhooks, payload structure; https://docs.slack.dev/reference/block-kit/blocks;
https://docs.discord.com/developers/resources/webhook#execute-webhook and …/message#embed-object;
https://adaptivecards.io/explorer (schema 1.4, the newest that Teams' workflows all show);
https://developer.pagerduty.com/docs/send-alert-event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from chalicelib.values.instants import format_instant
from chalicelib.watches.messages import Message, cut

Format = Literal["standard", "slack", "discord", "teams", "pagerduty"]
Body = dict[str, Any]

PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue"
_SEVERITY = {"firing": "critical", "warning": "warning"}
_DISCORD_COLOURS = {"firing": 0xC62828, "warning": 0xF9A825}
_DISCORD_CALM = 0x2E7D32
_TEAMS_COLOURS = {"firing": "Attention", "warning": "Warning"}
_MOST_FACTS = 10
_NO_MARKDOWN = str.maketrans("[]<>", "()()")


def standard(message: Message, _notify: Mapping[str, Any]) -> Body:
    return {
        "type": message.event_type,
        "timestamp": format_instant(message.at),
        "data": message.data,
    }


def slack(message: Message, _notify: Mapping[str, Any]) -> Body:
    blocks: list[Body] = [
        {"type": "header", "text": {"type": "plain_text", "text": cut(message.title, 150)}},
        {"type": "section", "text": {"type": "mrkdwn", "text": _slack_text(message.text, 3000)}},
    ]
    if message.facts:
        fields = [
            {"type": "mrkdwn", "text": f"*{_slack_text(name, 200)}*\n{_slack_text(value, 1500)}"}
            for name, value in message.facts[:_MOST_FACTS]
        ]
        blocks.append({"type": "section", "fields": fields})
    footer = _slack_text(message.event_id, 200)
    if message.page and len(message.page) <= 2500:
        footer = f"<{message.page}|Look at it> · {footer}"
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": footer}]})
    return {"text": _slack_text(f"{message.title}: {message.text}", 3000), "blocks": blocks}


def discord(message: Message, _notify: Mapping[str, Any]) -> Body:
    embed: Body = {
        "title": cut(message.title, 256),
        "description": cut(message.text, 2000),
        "color": _DISCORD_COLOURS.get(message.state, _DISCORD_CALM),
        "timestamp": format_instant(message.at),
        "fields": [
            {"name": cut(name, 100), "value": cut(value, 200) or "-", "inline": True}
            for name, value in message.facts[:_MOST_FACTS]
        ],
        "footer": {"text": cut(message.event_id, 200)},
    }
    if message.page and len(message.page) <= 2048:
        embed["url"] = message.page
    # Nobody is mentioned by what stands in an agent's name or error.
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def teams(message: Message, _notify: Mapping[str, Any]) -> Body:
    heading: Body = {
        "type": "TextBlock",
        "text": _teams_text(message.title, 300),
        "size": "Large",
        "weight": "Bolder",
        "wrap": True,
        "color": _TEAMS_COLOURS.get(message.state, "Good"),
    }
    facts = [
        {"title": cut(name, 100), "value": _teams_text(value, 500)}
        for name, value in message.facts[:_MOST_FACTS]
    ]
    card: Body = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            heading,
            {"type": "TextBlock", "text": _teams_text(message.text, 3000), "wrap": True},
            *([{"type": "FactSet", "facts": facts}] if facts else []),
        ],
    }
    if message.page:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Look at it", "url": message.page}]
    content_type = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": content_type, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def pagerduty(message: Message, notify: Mapping[str, Any]) -> Body:
    """An event of the Events API v2; what a watch resolves is the incident that it opened."""
    body: Body = {
        "routing_key": notify["routing_key"],
        "event_action": "trigger" if message.state in _SEVERITY else "resolve",
        "dedup_key": f"agent-metrics-{message.watch_id}",
        "client": "Agent Metrics",
        "payload": {
            "summary": cut(f"{message.title}: {message.text}", 1024),
            "source": cut(message.source, 255),
            "severity": _SEVERITY.get(message.state, "info"),
            "timestamp": format_instant(message.at),
            "custom_details": message.data,
        },
    }
    if message.page:
        body["client_url"] = message.page
        body["links"] = [{"href": message.page, "text": "Look at it"}]
    return body


FORMATS: dict[Format, Callable[[Message, Mapping[str, Any]], Body]] = {
    "standard": standard,
    "slack": slack,
    "discord": discord,
    "teams": teams,
    "pagerduty": pagerduty,
}


def _slack_text(text: str, most: int) -> str:
    """Slack's three control characters escaped, so that nobody is mentioned; cut before that."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(escaped) <= most:
        return escaped
    return _slack_text(cut(text, max(1, len(text) * most // len(escaped) - 1)), most)


def _teams_text(text: str, most: int) -> str:
    """Without what Markdown would read as a link, an image or a mention."""
    return cut(text, most).translate(_NO_MARKDOWN)
