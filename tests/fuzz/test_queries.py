"""Any question to any route: an answer, or a refusal that says why; never a failure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.http import ENDPOINTS
from tests.fuzz import values
from tests.fuzz.effort import search
from tests.fuzz.service import AGENT, Service
from tests.lambda_client import segment
from tests.paging import whole

START = datetime(2026, 3, 1, tzinfo=UTC)
STATUSES = ("completed", "failed", "running", "unheard-of")
OUTCOMES = dict(zip(STATUSES, ("succeeded", "failed", "in_progress", "other"), strict=True))
WORDS = ("a", "b", "", "é")

GETS = [route for route in ENDPOINTS if route.method == "GET" and route.documented]
KNOWN = sorted(
    {
        {"start": "from", "end": "to"}.get(name, name)
        for route in GETS
        for name in route.query.__annotations__
    }
)
_TEXT = st.text(values.ANY_CHARACTER, max_size=20)
_PLAUSIBLE = st.sampled_from(
    [
        *("hour", "day", "week", "month", "UTC", "Europe/Berlin", "Asia/Kathmandu", "agent"),
        *("model", "status", "tool", "version", "failed", "1", "0", "-1", "5000", "0.02", "24h"),
        *("2026-03-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", "PT1H"),
    ]
)
VALUES = _PLAUSIBLE | _TEXT | values.instants().map(lambda pair: pair[0]) | st.integers().map(str)
QUERIES = st.dictionaries(st.sampled_from(KNOWN) | _TEXT, VALUES, max_size=5)
IDENTIFIERS = st.sampled_from(["fuzzed", "1", "2", "f" * 24]) | st.integers().map(str) | _TEXT


def draw_runs() -> Iterator[dict[str, Any]]:
    """Few hours and many ties, so that pages and ranges end within them."""
    chance = random.Random(11)
    for number in range(60):
        yield {
            "id": number,
            "created": (START + timedelta(minutes=30 * chance.randrange(8))).isoformat(),
            "status": chance.choice(STATUSES),
            "initiator": chance.choice((None, *WORDS)),
            "tools": [word for word in WORDS if word and chance.random() < 0.5],
            "models": [word for word in WORDS if word and chance.random() < 0.5],
            "task_id": chance.choice((None, 1, 2)),
        }


@pytest.fixture(scope="module")
def runs_path(service: Service) -> str:
    path = service.add_version()
    service.add_version()
    assert service.client.post(path, {"runs": list(draw_runs())}).status == 201
    return path


@search(300)
@given(data=st.data())
def test_any_question_is_answered_or_refused(
    service: Service, runs_path: str, data: st.DataObject
) -> None:
    route = data.draw(st.sampled_from(GETS))
    path = "/".join(
        segment(data.draw(IDENTIFIERS) or "-") if part.startswith("{") else part
        for part in route.path.split("/")
    )
    query = data.draw(QUERIES)
    answer = service.client.get(f"{path}?{urlencode(query)}")
    assert answer.status in (200, 400, 404), answer.text[:500]
    if answer.status == 400:
        assert answer.json["detail"]


@search(100)
@given(garbage=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30))
def test_a_garbled_address_is_refused_or_ignored(
    service: Service, runs_path: str, garbage: str
) -> None:
    """Percent signs, ampersands and the like where no client of ours puts them."""
    query = garbage.replace("#", "%23")
    name = quote(garbage, safe="%&=+;,:@!$'()*[]{}|^~")
    for address in (f"{runs_path}?{query}", f"{AGENT}/versions/{name}", f"/api/v1/agents/{name}"):
        answer = service.client.get(address)
        assert answer.status in (200, 400, 404), answer.text[:500]


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    """Filters that are all valid."""
    times = st.integers(-1, 9).map(lambda half_hours: START + timedelta(minutes=30 * half_hours))
    wanted: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(STATUSES + tuple(map(str.upper, STATUSES))),
                "outcome": st.sampled_from(sorted(OUTCOMES.values())),
                "initiator": st.sampled_from(WORDS),
                "tool": st.sampled_from(WORDS),
                "model": st.sampled_from(WORDS),
                "task_id": st.integers(1, 3),
                "from": times,
            },
        )
    )
    if draw(st.booleans()):
        wanted["to"] = wanted.get("from", START) + timedelta(minutes=30 * draw(st.integers(0, 8)))
    return wanted


def matches(run: dict[str, Any], wanted: dict[str, Any]) -> bool:
    created = datetime.fromisoformat(run["created"])
    found = {
        "status": run["status"] == wanted.get("status", "").lower(),
        "outcome": OUTCOMES[run["status"]] == wanted.get("outcome"),
        "initiator": run["initiator"] == wanted.get("initiator"),
        "tool": wanted.get("tool") in run["tools"],
        "model": wanted.get("model") in run["models"],
        "task_id": run["task_id"] == wanted.get("task_id"),
        "from": "from" not in wanted or created >= wanted["from"],
        "to": "to" not in wanted or created < wanted["to"],
    }
    return all(found[name] for name in wanted)


@search(80)
@given(wanted=filters(), limit=st.integers(1, 70))
def test_a_walk_over_pages_meets_each_run_that_the_filters_want_once(
    service: Service, runs_path: str, wanted: dict[str, Any], limit: int
) -> None:
    expected = {run["id"] for run in draw_runs() if matches(run, wanted)}
    sent = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in wanted.items()
    }
    for path in (runs_path, f"{AGENT}/runs"):
        found = whole(service.client, f"{path}?{urlencode({**sent, 'limit': limit})}")
        assert [run["created"] for run in found] == sorted(
            (run["created"] for run in found), reverse=True
        )
        assert len(found) == len(expected)
        assert {run["id"] for run in found} == expected


@search(200)
@given(data=st.data())
def test_a_cursor_that_was_tampered_with_is_refused_or_a_cursor(
    service: Service, runs_path: str, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from([runs_path, f"{AGENT}/runs", f"{AGENT}/versions"]))
    address = service.client.get(f"{path}?limit=1").next_address
    assert address is not None
    cursor = address.partition("cursor=")[2]
    at = data.draw(st.integers(0, len(cursor)))
    letters = st.text("ABCXYZabcxyz0189-_", max_size=4)
    tampered = cursor[:at] + data.draw(letters) + cursor[at + data.draw(st.integers(0, 4)) :]
    answer = service.client.get(f"{path}?limit=2&cursor={tampered}")
    assert answer.status in (200, 400), answer.text[:500]
    if answer.status == 400:
        assert answer.json["code"] in ("invalid_cursor", "invalid_query")
