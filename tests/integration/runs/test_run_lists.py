"""Lists of runs: keyset pages that are the whole list, whatever the filters and the limit."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from chalicelib.config import settings
from chalicelib.values.instants import parse_instant
from chalicelib.wire.cursors import encode_cursor
from tests.lambda_client import LambdaClient
from tests.paging import pages, whole

AGENT_RUNS = "/api/v1/agents/tester/runs"
VERSIONS = "/api/v1/agents/tester/versions"
SAME = "2026-03-01T12:00:00Z"

Run = dict[str, Any]


def runs_of(version: str) -> str:
    return f"{VERSIONS}/{version}/runs"


@pytest.fixture
def versions(client: LambdaClient, agent: object) -> dict[str, str]:
    """Ids of three versions by their names."""
    return {n: client.post(VERSIONS, {"version": n}).json["id"] for n in ("1", "2", "3")}


@pytest.fixture
def expected(client: LambdaClient, versions: dict[str, str]) -> list[Run]:
    """240 runs over three versions, of few instants, as the agent's list has to show them."""
    drawn = random.Random(7)
    found = []
    for version in versions:
        runs = [
            {
                "id": run_id,
                "created": f"2026-03-01T12:00:0{drawn.randrange(5)}Z",
                "status": drawn.choice(["completed", "failed", "running", "paused"]),
                "initiator": drawn.choice(["ada", "bob", None]),
                "tools": drawn.choice([[], ["grep"], ["grep", "edit"]]),
                "models": drawn.choice([[], ["small"], ["large", "small"]]),
                "task_id": drawn.choice([None, 1, 2]),
            }
            for run_id in drawn.sample(range(-1000, 1000), 80)
        ]
        answer = client.post(runs_of(version), {"runs": runs})
        assert answer.status == 201
        found += [client.get(f"{runs_of(version)}/{run['id']}").json for run in runs]
    return sorted(found, key=lambda r: (r["created"], r["version_id"], r["id"]), reverse=True)


FILTERS: dict[str, Callable[[Run], bool]] = {
    "status=completed": lambda r: r["status"] == "completed",
    "status=COMPLETED": lambda r: r["status"] == "completed",
    "status=complete.": lambda r: False,
    "outcome=failed": lambda r: r["outcome"] == "failed",
    "outcome=other": lambda r: r["outcome"] == "other",
    "outcome=in_progress&tool=grep": lambda r: (
        r["outcome"] == "in_progress" and "grep" in r["tools"]
    ),
    "initiator=ada": lambda r: r["initiator"] == "ada",
    "initiator=": lambda r: False,
    "tool=edit": lambda r: "edit" in r["tools"],
    "model=small": lambda r: "small" in r["models"],
    "task_id=2": lambda r: r["task_id"] == 2,
    "task_id=3": lambda r: False,
    "task_id=02": lambda r: False,
    "trace_id=t": lambda r: False,
    "from=2026-03-01": lambda r: r["created"] >= "2026-03-01T00:00:00Z",
    "to=2026-03-01&tz=America/New_York": lambda r: r["created"] < "2026-03-01T05:00:00Z",
    "from=2026-03-01T12:00:03Z": lambda r: r["created"] >= "2026-03-01T12:00:03Z",
    "to=2026-03-01T12:00:03Z": lambda r: r["created"] < "2026-03-01T12:00:03Z",
    "from=2026-03-01T12:00:01Z&to=2026-03-01T12:00:04Z&status=failed": lambda r: (
        "2026-03-01T12:00:01Z" <= r["created"] < "2026-03-01T12:00:04Z" and r["status"] == "failed"
    ),
    "from=2026-03-01T13:00:01%2B01:00": lambda r: r["created"] >= "2026-03-01T12:00:01Z",
    "from=2026-03-01T12:00:02Z&to=2026-03-01T12:00:02Z": lambda r: False,
    "to=1970-01-01T00:00:00Z": lambda r: False,
    "from=9999-12-31T23:59:59Z": lambda r: False,
    "": lambda r: True,
}


def test_pages_with_any_filter_and_limit_are_the_filtered_list(
    client: LambdaClient, expected: list[Run]
) -> None:
    for query, matches in FILTERS.items():
        wanted = [run for run in expected if matches(run)]
        for limit in (7, 80, 1000):
            assert whole(client, f"{AGENT_RUNS}?{query}&limit={limit}") == wanted, query
            for version in ("1", "3"):
                found = whole(client, f"{runs_of(version)}?{query}&limit={limit}")
                assert found == [run for run in wanted if run["version"] == version], query


@pytest.mark.parametrize("limit", [1, 79, 80, 81])
def test_every_page_is_full_but_the_last_which_has_no_link(
    client: LambdaClient, expected: list[Run], limit: int
) -> None:
    sizes = [len(page) for page in pages(client, f"{runs_of('2')}?limit={limit}")]
    assert sum(sizes) == 80
    assert set(sizes[:-1]) <= {limit}
    assert 0 < sizes[-1] <= limit


def test_three_thousand_runs_of_one_instant_are_paged_without_loss(
    client: LambdaClient, versions: dict[str, str]
) -> None:
    ids = list(range(-1500, 1500))
    random.Random(3).shuffle(ids)
    for version in versions:
        runs = [{"id": i, "status": "ok", "created": SAME} for i in ids]
        batch = {"runs": runs[: 3000 if version == "1" else 50]}
        assert client.post(runs_of(version), batch).status == 201
    assert [r["id"] for r in whole(client, f"{runs_of('1')}?limit=700")] == sorted(ids)[::-1]
    found = [(r["version_id"], r["id"]) for r in whole(client, f"{AGENT_RUNS}?limit=999")]
    assert len(found) == 3100
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("limit", [5000, 5001, 10**18])
def test_a_limit_is_at_most_5000(
    client: LambdaClient, versions: dict[str, str], limit: int
) -> None:
    runs = [{"id": i, "status": "ok", "created": SAME} for i in range(5001)]
    client.post(runs_of("1"), {"runs": runs})
    sizes = [len(page) for page in pages(client, f"{runs_of('1')}?limit={limit}")]
    assert sizes == [5000, 1]
    assert len(client.get(runs_of("1")).json) == 1000


def test_the_link_is_an_absolute_address_of_this_list(
    client: LambdaClient, expected: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "api.example.com")
    settings.cache_clear()
    sent = {"host": "api.example.com", "x-forwarded-proto": "https"}
    answer = client.get(f"{AGENT_RUNS}?limit=3&tool=grep", **sent)
    assert answer.headers["Link"].startswith(f"<https://api.example.com{AGENT_RUNS}?limit=3&tool=")
    assert answer.headers["Link"].endswith('>; rel="next"')
    relative = client.get(f"{AGENT_RUNS}?limit=3").next_address
    assert relative is not None
    assert relative.startswith(f"{AGENT_RUNS}?limit=3&cursor=")


def test_runs_added_between_pages_neither_repeat_nor_hide_others(
    client: LambdaClient, expected: list[Run]
) -> None:
    seen: list[Run] = []
    before = [run for run in expected if run["version"] == "2"]
    for number, page in enumerate(pages(client, f"{runs_of('2')}?limit=9")):
        seen += page
        last = page[-1]
        added = [
            {"created": last["created"], "id": last["id"] + 2000 + number},
            {"created": last["created"], "id": -2000 - number},
            {"created": "2026-02-01T00:00:00Z", "id": 5000 + number},
            {"created": "2026-04-01T00:00:00Z", "id": 6000 + number},
        ]
        if number < 12:
            client.post(runs_of("2"), {"runs": [run | {"status": "ok"} for run in added]})
    ids = [run["id"] for run in seen]
    assert len(ids) == len(set(ids))
    assert [run for run in seen if run in before] == before


def test_a_page_goes_on_where_its_last_run_has_been_deleted(
    client: LambdaClient, expected: list[Run], database: Database[Run]
) -> None:
    """Old runs expire, also while somebody reads."""
    walk: Iterator[list[Run]] = pages(client, f"{AGENT_RUNS}?limit=50")
    seen = next(walk)
    last = seen[-1]
    database["runs"].delete_one({"_id": {"v": ObjectId(last["version_id"]), "id": last["id"]}})
    seen += [run for page in walk for run in page]
    assert seen == expected


def cursor_after_first(client: LambdaClient, path: str) -> str:
    address = client.get(path).next_address
    assert address is not None
    return address.partition("cursor=")[2]


def test_a_cursor_is_bound_to_its_list_and_filters(
    client: LambdaClient, expected: list[Run]
) -> None:
    cursor = cursor_after_first(client, f"{runs_of('1')}?tool=grep&limit=2")
    same = client.get(f"{runs_of('1')}?limit=5&cursor={cursor}&tool=grep")
    assert (same.status, len(same.json)) == (200, 5)
    for path in (
        f"{runs_of('1')}?cursor={cursor}",
        f"{runs_of('1')}?cursor={cursor}&tool=edit",
        f"{runs_of('1')}?cursor={cursor}&tool=grep&status=ok",
        f"{runs_of('1')}?cursor={cursor}&model=grep",
        f"{runs_of('2')}?cursor={cursor}&tool=grep",
        f"{AGENT_RUNS}?cursor={cursor}&tool=grep",
        f"{VERSIONS}?cursor={cursor}",
        f"/api/v1/agents?cursor={cursor}",
    ):
        answer = client.get(path)
        assert (answer.status, answer.json["code"]) == (400, "invalid_cursor"), path


@pytest.mark.parametrize("instant", ["1970-01-01T00:00:00Z", "2026-03-01T12:00:00.999Z", SAME])
@pytest.mark.parametrize("bound", ["from=2026-03-01T12:00:01Z", "to=2026-03-01T12:00:00Z"])
def test_a_forged_position_outside_of_the_list_is_refused(
    client: LambdaClient, versions: dict[str, str], instant: str, bound: str
) -> None:
    name, _, value = bound.partition("=")
    binding = {name: value, "version": ObjectId(versions["1"])}
    cursor = encode_cursor([parse_instant(instant), 1], binding)
    answer = client.get(f"{runs_of('1')}?{bound}&cursor={cursor}")
    inside = name == "to" and instant.startswith("1970")
    assert answer.status == (200 if inside else 400)
