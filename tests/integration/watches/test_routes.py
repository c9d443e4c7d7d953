from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from chalicelib.watches import stored_watches
from tests.integration.watches.conftest import PATH, Fleet, ago
from tests.lambda_client import LambdaClient

BUDGET = {"type": "budget", "amount": 50, "period": "month", "tz": "Europe/Berlin"}
DROP = {"type": "success_rate_drop", "base": "previous_version"}
HOOK = {"type": "webhook", "url": "https://example.com/hook", "format": "standard"}


def test_a_watch_is_answered_as_the_contract_has_it(fleet: Fleet) -> None:
    watch = fleet.watch(BUDGET, name="coder's month", notify=HOOK)
    assert watch["notify"] == HOOK
    assert watch["condition"] == BUDGET
    assert (watch["project"], watch["agent"], watch["version"]) == (None, "coder", None)
    assert (watch["state"], watch["reading"]) == ("insufficient_data", {})
    assert (watch["evaluated_at"], watch["muted_until"]) == (None, None)
    found = fleet.state(watch)
    assert found == {name: value for name, value in watch.items() if name != "secret"}


def test_watches_are_listed_page_after_page(fleet: Fleet) -> None:
    made = [fleet.watch(BUDGET, name=f"w{n}")["id"] for n in range(5)]
    found, address = [], f"{PATH}?limit=2"
    while address:
        answer = fleet.client.get(address)
        found += [watch["id"] for watch in answer.json]
        address = answer.next_address or ""
    assert found == made


def test_watches_are_filtered_by_agent_and_state(fleet: Fleet) -> None:
    fleet.register("writer", "1")
    one, other = fleet.watch(BUDGET), fleet.watch(BUDGET, agent="writer")
    fleet.post([{"cost": 60}])
    fleet.look()

    def ids(query: str) -> list[str]:
        return [watch["id"] for watch in fleet.client.get(f"{PATH}?{query}").json]

    assert ids("agent=writer") == [other["id"]]
    assert ids("state=firing") == [one["id"]]
    assert ids("agent=coder&state=ok") == []
    assert fleet.client.get(f"{PATH}?agent=nobody").status == 404


def test_a_watch_is_changed_by_what_is_named_and_begins_anew_with_its_condition(
    fleet: Fleet,
) -> None:
    watch = fleet.watch(BUDGET, notify=HOOK)
    fleet.post([{"cost": 60}])
    assert fleet.look(watch)["state"] == "firing"
    muted = fleet.request("PATCH", watch, {"muted_until": "2099-01-01T00:00:00Z"}).json
    assert (muted["state"], muted["muted_until"]) == ("firing", "2099-01-01T00:00:00Z")
    raised = fleet.request("PATCH", watch, {"condition": {**BUDGET, "amount": 100}}).json
    assert raised["state"] == "insufficient_data"
    assert fleet.look(watch)["state"] == "ok"
    again = fleet.request("PATCH", watch, {"name": "n", "muted_until": None, "notify": None}).json
    assert (again["name"], again["muted_until"], again["notify"]) == ("n", None, None)


def test_the_history_of_a_watch_is_listed_newest_first(fleet: Fleet) -> None:
    watch = fleet.watch({"type": "stale", "more_than": 0, "after": "2h"})
    for number in range(3):
        run = {"id": 9000 + number, "created": ago(hours=5)}
        fleet.post([{**run, "status": "running"}])
        fleet.look()
        fleet.post([{**run, "status": "completed"}])
        fleet.look()
    events = fleet.events(watch)
    assert [e["state"] for e in events[:4]] == ["firing", "ok", "firing", "ok"]
    answer = fleet.client.get(f"{PATH}/{watch['id']}/events?limit=2")
    assert [e["id"] for e in answer.json] == [e["id"] for e in events[:2]]
    rest = fleet.client.get(answer.next_address or "").json
    assert [e["id"] for e in rest] == [e["id"] for e in events[2:4]]
    assert len({e["id"] for e in events}) == len(events)


BAD_CONDITIONS: list[tuple[Any, str]] = [
    (None, "condition"),
    ("budget", "condition"),
    ({}, "condition"),
    ({"type": "nope"}, "condition"),
    ({**BUDGET, "amount": 0}, "amount"),
    ({**BUDGET, "amount": -5}, "amount"),
    ({**BUDGET, "amount": 1e13}, "amount"),
    ({**BUDGET, "amount": "50"}, "amount"),
    ({**BUDGET, "amount": True}, "amount"),
    ({**BUDGET, "period": "year"}, "period"),
    ({**BUDGET, "tz": "Mars/Olympus"}, "tz"),
    ({**BUDGET, "tz": "../etc/passwd"}, "tz"),
    ({**BUDGET, "tz": ""}, "tz"),
    ({**BUDGET, "warn_at": 1}, "warn_at"),
    ({**BUDGET, "surprise": 1}, "surprise"),
    ({**DROP, "base": "last_year"}, "base"),
    ({**DROP, "window": "7d"}, "condition.window"),
    ({"type": "success_rate_drop"}, "base"),
    ({**DROP, "base": "window", "window": "36h"}, "window"),
    ({**DROP, "base": "window", "window": "31d"}, "window"),
    ({**DROP, "base": "window", "window": "0d"}, "window"),
    ({**DROP, "base": "window", "window": 7}, "window"),
    ({**DROP, "more_than": 1}, "more_than"),
    ({**DROP, "more_than": -0.1}, "more_than"),
    ({"type": "silence"}, "for"),
    ({"type": "silence", "for": "5s"}, "for"),
    ({"type": "silence", "for": "91d"}, "for"),
    ({"type": "silence", "for": "a while"}, "for"),
    ({"type": "stale", "more_than": -1}, "more_than"),
    ({"type": "stale", "more_than": 1.5}, "more_than"),
]


@pytest.mark.parametrize(("condition", "named"), BAD_CONDITIONS)
def test_a_condition_that_cannot_be_is_refused_by_name(
    fleet: Fleet, condition: Any, named: str, database: Database[dict[str, Any]]
) -> None:
    body = {"name": "w", "agent": "coder", "condition": condition}
    answer = fleet.client.post(PATH, body)
    assert answer.status == 422, answer.text
    path = answer.json["errors"][0]["path"]
    assert path.removeprefix("condition.") == named.removeprefix("condition.")
    assert database["watches"].count_documents({}) == 0
    assert fleet.client.post("/api/v1/watch-trials", {**body, "days": 3}).status == 422


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"agent": "nobody"}, "agent"),
        ({"agent": None, "version": "1"}, "version"),
        ({"version": "9"}, "version"),
        ({"project": "q"}, "project"),
        ({"agent": None, "condition": DROP}, "agent"),
        ({"agent": None, "condition": {"type": "new_error"}}, "agent"),
        ({"notify": {"type": "webhook"}}, "notify.url"),
        ({"notify": {"type": "webhook", "url": "http://example.com/"}}, "notify.url"),
        ({"notify": {"type": "webhook", "url": "https://u:p@example.com/"}}, "notify.url"),
        ({"notify": {**HOOK, "routing_key": "0" * 32}}, "notify.routing_key"),
        ({"notify": {"type": "webhook", "format": "pagerduty"}}, "notify.routing_key"),
        ({"notify": {"type": "sns", "topic_arn": "arn:aws:sqs:x:1:q"}}, "notify.topic_arn"),
    ],
)
def test_what_cannot_be_watched_or_told_is_refused_by_name(
    fleet: Fleet, fields: dict[str, Any], path: str, database: Database[dict[str, Any]]
) -> None:
    body = {"name": "w", "agent": "coder", "condition": BUDGET, **fields}
    answer = fleet.client.post(PATH, body)
    assert (answer.status, answer.json["code"]) == (422, "invalid_watch"), answer.text
    assert answer.json["errors"][0]["path"] == path
    assert database["watches"].count_documents({}) == 0


@pytest.mark.parametrize("notify", [5, {}, {"type": "email"}, {**HOOK, "format": "irc"}, [HOOK]])
def test_a_receiver_of_no_known_kind_is_refused(fleet: Fleet, notify: Any) -> None:
    body = {"name": "w", "agent": "coder", "condition": BUDGET, "notify": notify}
    assert fleet.client.post(PATH, body).status == 422


@pytest.mark.parametrize("text", ["nope", "0" * 24, "0" * 25, "%20", "é"])
@pytest.mark.parametrize("path", ["", "/events"])
def test_what_is_no_watch_is_not_found(fleet: Fleet, text: str, path: str) -> None:
    answer = fleet.client.get(f"{PATH}/{text}{path}")
    assert (answer.status, answer.json["code"]) == (404, "watch_not_found")


def test_there_are_at_most_ten_thousand_watches(
    fleet: Fleet, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_watches, "MOST_WATCHES", 2)
    for _ in range(2):
        fleet.watch(BUDGET)
    answer = fleet.client.post(PATH, {"name": "w", "agent": "coder", "condition": BUDGET})
    assert (answer.status, answer.json["code"]) == (422, "too_many_watches")
    assert database["watches"].count_documents({}) == 2


def test_a_watch_of_an_agent_that_went_says_so(
    fleet: Fleet, database: Database[dict[str, Any]]
) -> None:
    watches = [
        fleet.watch(condition)
        for condition in (BUDGET, DROP, {"type": "silence", "for": "1h"}, {"type": "new_error"})
    ]
    database["watches"].update_many({}, {"$set": {"agent_id": ObjectId()}})
    fleet.look()
    states = [fleet.state(watch) for watch in watches]
    assert all(state["evaluated_at"] for state in states)
    assert {state["agent"] for state in states} == {None}
    assert {state["state"] for state in states} == {"insufficient_data"}
    assert {state["reading"]["reason"] for state in states} == {"the agent is not there any more"}


def test_the_past_is_tried_day_by_day(fleet: Fleet) -> None:
    """Spent on three days out of ten: a daily budget would have fired three times."""
    for days in (2, 5, 9):
        fleet.post([{"cost": 30, "created": ago(days=days)} for _ in range(2)])
    body = {"agent": "coder", "condition": {"type": "budget", "amount": 50, "period": "day"}}
    answer = fleet.client.post("/api/v1/watch-trials", {**body, "days": 10})
    assert answer.status == 200, answer.text
    assert (answer.json["days"], answer.json["fired"]) == (10, 3)
    assert answer.json["state"] == "ok"
    assert fleet.client.get(PATH).json == []


def test_a_drop_in_the_past_would_have_been_found_once(fleet: Fleet) -> None:
    def some(count: int, failed: int, days: int) -> list[dict[str, Any]]:
        return [
            {"status": "failed" if n < failed else "completed", "created": ago(days=days)}
            for n in range(count)
        ]

    for days in range(20, 6, -1):
        fleet.post(some(100, 5, days))
    for days in (6, 5):
        fleet.post(some(100, 25, days))
    for days in range(4, 0, -1):
        fleet.post(some(100, 4, days))
    body = {"agent": "coder", "condition": {"type": "success_rate_drop", "base": "window"}}
    answer = fleet.client.post("/api/v1/watch-trials", {**body, "days": 14}).json
    assert answer["fired"] == 1
    raised = next(change for change in answer["changes"] if change["state"] == "firing")
    assert ago(days=6)[:10] <= raised["at"][:10] <= ago(days=4)[:10]


def test_a_night_of_silence_in_the_past_is_found(fleet: Fleet) -> None:
    for hours in [*range(1, 20), *range(30, 60)]:
        fleet.post([{"created": ago(hours=hours)}])
    body = {"agent": "coder", "condition": {"type": "silence", "for": "6h"}, "days": 2}
    answer = fleet.client.post("/api/v1/watch-trials", body).json
    assert answer["fired"] == 1


@pytest.mark.parametrize("kind", [{"type": "stale", "more_than": 0}, {"type": "new_error"}])
def test_what_the_past_does_not_tell_cannot_be_tried(fleet: Fleet, kind: dict[str, Any]) -> None:
    answer = fleet.client.post("/api/v1/watch-trials", {"agent": "coder", "condition": kind})
    assert (answer.status, answer.json["code"]) == (422, "invalid_watch")


@pytest.mark.parametrize("days", [0, 91, 1.5, "7"])
def test_a_trial_of_days_that_cannot_be_is_refused(client: LambdaClient, days: Any) -> None:
    body = {"condition": BUDGET, "days": days}
    assert client.post("/api/v1/watch-trials", body).status == 422


def test_muting_ends_by_itself(fleet: Fleet) -> None:
    watch = fleet.watch(BUDGET, notify=HOOK, muted_until=ago(minutes=1))
    fleet.post([{"cost": 60}])
    fleet.look()
    assert fleet.events(watch)[0]["delivery"]["status"] in ("pending", "failed")
