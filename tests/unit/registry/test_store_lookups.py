"""Simple look-ups against an in-memory MongoDB: found, not found, and asked only once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import mongomock
import pytest
from bson import ObjectId

from chalicelib.database import Recent
from chalicelib.database import connection as mongo
from chalicelib.database.documents import VersionContent
from chalicelib.errors import (
    AgentConflict,
    AgentNotFound,
    RunNotFound,
    VersionConflict,
    VersionNotFound,
)
from chalicelib.registry.agents import find_agent, register_agent
from chalicelib.registry.versions import add_version, find_version, version_names
from chalicelib.runs.reading import find_run
from chalicelib.values.instants import now

CONTENT: VersionContent = {"cluster": None, "tools": ["a"], "models": [], "deployment": "prod"}


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    database: Any = mongomock.MongoClient(tz_aware=True)["lookups"]
    database["agents"].create_index("name", unique=True)
    database["versions"].create_index([("agent_id", 1), ("version", 1)], unique=True)
    monkeypatch.setattr(mongo, "database", lambda: database)
    mongo.forget()
    yield database
    mongo.forget()


def test_an_agent_is_found_by_name_and_by_id_in_any_case(database: Any) -> None:
    agent, is_new = register_agent("tester", "tests")
    assert is_new
    for key in ("tester", str(agent["_id"]), str(agent["_id"]).upper()):
        assert find_agent(key)["_id"] == agent["_id"]


@pytest.mark.parametrize("key", ["nobody", "Tester", "", "6b04645032336dcc72956181", "$ne"])
def test_another_key_finds_no_agent(database: Any, key: str) -> None:
    register_agent("tester", "tests")
    with pytest.raises(AgentNotFound):
        find_agent(key)


def test_an_agent_of_another_project_is_not_to_be_seen(database: Any) -> None:
    register_agent("tester", "tests")
    assert find_agent("tester", project="tests")["name"] == "tester"
    with pytest.raises(AgentNotFound):
        find_agent("tester", project="others")


def test_registering_again_answers_the_first_and_another_project_conflicts(database: Any) -> None:
    first, _ = register_agent("tester", "tests")
    again, is_new = register_agent("tester", "tests")
    assert (again["_id"], is_new) == (first["_id"], False)
    with pytest.raises(AgentConflict):
        register_agent("tester", "others")


def test_an_agent_registered_after_a_miss_is_found_at_once(database: Any) -> None:
    with pytest.raises(AgentNotFound):
        find_agent("tester")
    register_agent("tester", "tests")
    assert find_agent("tester")["name"] == "tester"


def test_a_warm_process_asks_once_for_an_agent_and_its_version(database: Any) -> None:
    agent, _ = register_agent("tester", "tests")
    add_version(agent, "1", CONTENT)
    find_version(find_agent("tester"), "1")
    database["agents"].drop()
    database["versions"].drop()
    found = find_version(find_agent("tester", remembered=True), "1", remembered=True)
    assert found["version"] == "1"


def test_a_busy_writer_learns_within_a_minute_that_an_agent_is_gone(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, _ = register_agent("tester", "tests")
    add_version(agent, "1", CONTENT)
    find_version(find_agent("tester"), "1")
    database["agents"].drop()
    database["versions"].drop()
    start = time.time()
    monkeypatch.setattr(Recent, "now", staticmethod(lambda: start + 40))
    find_version(find_agent("tester", remembered=True), "1", remembered=True)
    monkeypatch.setattr(Recent, "now", staticmethod(lambda: start + 80))
    with pytest.raises(VersionNotFound):
        find_version(agent, "1", remembered=True)
    with pytest.raises(AgentNotFound):
        find_agent("tester", remembered=True)


def test_a_version_belongs_to_its_agent_only(database: Any) -> None:
    one, _ = register_agent("one", "tests")
    other, _ = register_agent("other", "tests")
    add_version(one, "1", CONTENT)
    with pytest.raises(VersionNotFound):
        find_version(other, "1")
    _, is_new = add_version(other, "1", CONTENT)
    assert is_new


def test_adding_a_version_again_answers_the_first_and_names_what_differs(database: Any) -> None:
    agent, _ = register_agent("tester", "tests")
    first, _ = add_version(agent, "1", CONTENT)
    again, is_new = add_version(agent, "1", CONTENT.copy())
    assert (again["_id"], is_new) == (first["_id"], False)
    with pytest.raises(VersionConflict) as caught:
        add_version(agent, "1", {**CONTENT, "cluster": "c", "tools": []})
    assert [e["path"] for e in caught.value.errors] == ["cluster", "tools"]


def test_names_of_versions_are_looked_up_together_and_remembered(database: Any) -> None:
    agent, _ = register_agent("tester", "tests")
    ids = [add_version(agent, name, CONTENT)[0]["_id"] for name in ("1", "2")]
    nobody = ObjectId()
    names = dict(zip(ids, ("1", "2"), strict=True))
    assert version_names([*ids, *ids, nobody]) == names | {nobody: str(nobody)}
    database["versions"].drop()
    assert version_names(ids) == dict(zip(ids, ("1", "2"), strict=True))


def test_a_run_is_found_by_its_version_and_id(database: Any) -> None:
    agent, _ = register_agent("tester", "tests")
    version, _ = add_version(agent, "1", CONTENT)
    run = {"status": "ok", "outcome": "succeeded", "created": now(), "recorded_at": now()}
    database["runs"].insert_one(
        {"_id": {"v": version["_id"], "id": 5}, "agent_id": agent["_id"], **run}
    )
    assert find_run(version, 5)["status"] == "ok"
    with pytest.raises(RunNotFound, match="has no run 6"):
        find_run(version, 6)
