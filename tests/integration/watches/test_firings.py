"""When watches were firing: what a chart marks."""

from __future__ import annotations

from typing import Any

from tests.integration.conftest import ClientWith
from tests.integration.watches.conftest import Fleet, ago

PATH = "/api/v1/watch-firings"
STALE = {"type": "stale", "more_than": 0, "after": "2h"}


def hang(fleet: Fleet, run: int, status: str) -> None:
    fleet.post([{"id": run, "created": ago(hours=5), "status": status}])
    fleet.look()


def firings(fleet: Fleet, query: str = "agent=coder") -> list[dict[str, Any]]:
    answer = fleet.client.get(f"{PATH}?{query}")
    assert answer.status == 200, answer.text
    return list(answer.json["firings"])


def test_a_firing_has_its_beginning_and_its_end(fleet: Fleet) -> None:
    watch = fleet.watch(STALE, name="hangs")
    assert firings(fleet) == []
    for run in (9001, 9002):
        hang(fleet, run, "running")
        hang(fleet, run, "completed")
    hang(fleet, 9003, "running")

    events = [event["at"] for event in reversed(fleet.events(watch))]
    told = firings(fleet)
    assert [(f["since"], f["until"]) for f in told][1:] == [
        (events[2], events[3]),
        (events[0], events[1]),
    ]
    assert told[0]["until"] is None
    assert (told[0]["name"], told[0]["agent"], told[0]["watch_id"]) == (
        *("hangs", "coder"),
        watch["id"],
    )


def test_what_reaches_over_the_range_has_no_edge_in_it(fleet: Fleet) -> None:
    fleet.watch(STALE)
    hang(fleet, 9001, "running")
    [firing] = firings(fleet)
    assert firings(fleet, f"agent=coder&to={firing['since']}") == []
    since = f"agent=coder&from={ago(seconds=-1)}&to={ago(hours=-1)}"
    [still] = firings(fleet, since)
    assert (still["since"], still["until"]) == (None, None)


def test_a_watch_that_began_anew_does_not_fire_any_more(fleet: Fleet) -> None:
    watch = fleet.watch(STALE)
    hang(fleet, 9001, "running")
    changed = fleet.request("PATCH", watch, {"condition": {**STALE, "more_than": 5}}).json
    [firing] = firings(fleet)
    assert firing["until"] == changed["since"]


def test_other_agents_and_projects_are_left_out(client_with: ClientWith) -> None:
    admin = Fleet(client_with("admin"))
    admin.register(version="1")
    admin.register("writer", "1", project="q")
    admin.watch(STALE)
    hang(admin, 9001, "running")
    assert firings(admin, "agent=writer") == []
    assert len(firings(admin, "")) == 1
    stranger = client_with("read", "q")
    assert stranger.get(PATH).json["firings"] == []
    assert stranger.get(f"{PATH}?agent=coder").status == 404


def test_a_range_that_ends_before_it_begins_is_refused(fleet: Fleet) -> None:
    assert fleet.client.get(f"{PATH}?from=2026-02-01&to=2026-01-01").status == 400
