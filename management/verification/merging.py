"""Agents and versions that are there twice, made one by the rules of migration.

They came to be while their unique index was missing. The oldest of them stays. Agents of one name
and project become one, and so do their versions of one text; an agent of another project keeps its
runs, and gets the project behind its name. Runs are moved by the rules of posted runs. What
contradicts a finished run, or has expired, stays where it is, under a name that says so: nothing
is lost.

Others are renamed first, and a while later, when no process remembers them under the old name, they
are moved: so nobody writes to what is being moved.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, cast

from bson import ObjectId
from pymongo.database import Database

from chalicelib.database import find_doubles, find_retention
from chalicelib.database.documents import AgentDocument, RunDocument, VersionDocument
from chalicelib.database.indexes import INDEXES
from chalicelib.database.names import AGENTS, VERSIONS, Name
from chalicelib.registry import delete_agent, delete_version
from chalicelib.rollups import dirty_hours
from chalicelib.runs import adopt_runs
from chalicelib.values.instants import hour_of

Document = dict[str, Any]

# Longer than a process remembers an agent or a version.
FORGOTTEN_S = 65
_AT_ONCE = 500
_STAYING = ("conflict", "expired", "bent")
Data = Database[Document]
# Who stays, and who becomes a part of it.
Pair = tuple[Document, Document]


def merge_doubles(target: Data) -> Iterator[str]:
    """Merge what is there more than once; a sentence for each that was."""
    versions = list(_rename_versions(target))
    agents, apart = _rename_agents(target)
    yield from apart
    if versions or agents:
        time.sleep(FORGOTTEN_S)
    for kept, double in versions:
        yield _merge_version(target, kept, double)
    for kept, double in agents:
        yield from _merge_agent(target, kept, double)


def _rename_versions(target: Data) -> Iterator[Pair]:
    for _, ids in _doubled(target, VERSIONS):
        kept, *others = _read(target, "versions", ids)
        for double in others:
            _rename(target, "versions", double, f"{double['version']} (double {double['_id']})")
            yield kept, double


def _rename_agents(target: Data) -> tuple[list[Pair], list[str]]:
    pairs, apart = [], []
    for values, ids in _doubled(target, AGENTS):
        kept, *others = _read(target, "agents", ids)
        for double in others:
            if double.get("project") == kept.get("project"):
                _rename(target, "agents", double, f"{values['name']} (double {double['_id']})")
                pairs.append((kept, double))
            else:
                name = f"{values['name']} ({double.get('project')})"
                if target["agents"].find_one({"name": name}):
                    name = f"{name} {double['_id']}"
                _rename(target, "agents", double, name)
                apart.append(f"agent '{values['name']}' of another project is '{name}' now")
    return pairs, apart


def _merge_version(target: Data, kept: Document, double: Document) -> str:
    said = f"version '{kept['version']}' ({double['_id']})"
    left = _move_runs(target, kept, double)
    if left is None:
        return f"{said} stays as '{_named(target, double)}': runs of it have expired"
    if left:
        return f"{said} stays as '{_named(target, double)}' with {left} runs that contradict others"
    delete_version(cast("VersionDocument", double))
    return f"{said} was made one with {kept['_id']}"


def _merge_agent(target: Data, kept: Document, double: Document) -> Iterator[str]:
    said = f"agent '{kept['name']}' ({double['_id']})"
    staying = 0
    for version in target["versions"].find({"agent_id": double["_id"]}).to_list():
        where = {"agent_id": kept["_id"], "version": version["version"]}
        own = target["versions"].find_one(where)
        if own is None:
            own = {**version, "_id": ObjectId(), "agent_id": kept["_id"]}
            target["versions"].insert_one(own)
        left = _move_runs(target, own, version)
        staying += left != 0
        if left == 0:
            delete_version(cast("VersionDocument", version))
    if staying:
        name = target["agents"].find_one({"_id": double["_id"]}) or {}
        yield f"{said} stays as '{name.get('name')}', with {staying} versions that cannot be moved"
    else:
        delete_agent(cast("AgentDocument", double))
        yield f"{said} was made one with {kept['_id']}"


def _move_runs(target: Data, kept: Document, double: Document) -> int | None:
    """Move what can be moved; how many runs stay, None where some have expired."""
    counted_from = find_retention().counted_from
    where = {"_id.v": double["_id"], "_id.begin": {"$lt": counted_from}}
    if target["tiles"].find_one(where, {"_id": 1}):
        return None
    left, last = 0, None
    while True:
        walk: Document = {"_id.v": double["_id"]} | ({"_id": {"$gt": last}} if last else {})
        runs = target["runs"].find(walk).sort("_id", 1).limit(_AT_ONCE).to_list()
        if not runs:
            return left
        last = runs[-1]["_id"]
        adopted = cast("list[RunDocument]", runs)
        results = adopt_runs(cast("VersionDocument", kept), adopted)
        verdicts = [result.verdict for result in results]
        moved = [r for r, verdict in zip(runs, verdicts, strict=True) if verdict not in _STAYING]
        left += len(runs) - len(moved)
        with dirty_hours(double) as mark:
            mark({hour_of(run["created"]) for run in moved})
            target["runs"].delete_many({"_id": {"$in": [run["_id"] for run in moved]}})


def _doubled(target: Data, name: Name[Any]) -> list[tuple[dict[str, Any], list[Any]]]:
    return [
        double
        for index in INDEXES[name]
        for double in find_doubles(target, name, index.document)
        # Of documents without a name nobody can say that they are one.
        if None not in double[0].values()
    ]


def _read(target: Data, name: str, ids: list[Any]) -> list[Document]:
    """The oldest first."""
    return target[name].find({"_id": {"$in": ids}}).sort("_id", 1).to_list()


def _rename(target: Data, name: str, document: Document, text: str) -> None:
    field = "name" if name == "agents" else "version"
    target[name].update_one({"_id": document["_id"]}, {"$set": {field: text}})


def _named(target: Data, version: Document) -> str:
    found = target["versions"].find_one({"_id": version["_id"]}) or version
    return str(found["version"])
