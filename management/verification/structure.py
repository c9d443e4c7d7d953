"""Documents that must be one, that belong to nobody, or that were bent by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from chalicelib.database import bent_fields, find_doubles
from chalicelib.database.documents import AgentDocument, RunDocument, VersionDocument
from chalicelib.database.indexes import BY_ID, INDEXES, RUNS_OF_VERSION

Document = dict[str, Any]

_SHAPES = {"agents": AgentDocument, "versions": VersionDocument}
_KEPT_OF_VERSIONS = ("tiles", "marks")


def find_flaws(
    target: Database[Document], span: tuple[datetime, datetime], version_ids: list[ObjectId] | None
) -> Iterator[str]:
    """A sentence for each; of runs only those of these versions and of [start, end) are read."""
    yield from _doubles(target)
    yield from _bent(target)
    yield from _bent_runs(target, span, version_ids)
    if version_ids is None:
        yield from _strays(target)


def _doubles(target: Database[Document]) -> Iterator[str]:
    for name, indexes in INDEXES.items():
        for index in indexes:
            for values, ids in find_doubles(target, name, index.document):
                texts = ", ".join(f"{field} {value!r}" for field, value in values.items())
                yield f"{name}: {texts} is there {len(ids)} times ({', '.join(map(str, ids))})"


def _bent(target: Database[Document]) -> Iterator[str]:
    agents = {agent["_id"] for agent in target["agents"].find({}, {"_id": 1})}
    for name, shape in _SHAPES.items():
        for document in target[name].find():
            bent = bent_fields(document, shape)
            if bent:
                yield f"{name}: {document['_id']} is bent in {', '.join(bent)}"
            elif name == "versions" and document["agent_id"] not in agents:
                yield f"versions: {document['_id']} is of no agent that there is"


def _bent_runs(
    target: Database[Document], span: tuple[datetime, datetime], version_ids: list[ObjectId] | None
) -> Iterator[str]:
    where: Document = {"deleted_at": None}
    if version_ids is not None:
        where["_id.v"] = {"$in": version_ids}
    for run in target["runs"].find(where).hint(BY_ID):
        created = run.get("created")
        if isinstance(created, datetime) and not span[0] <= created < span[1]:
            continue
        bent = bent_fields(run, RunDocument)
        if bent:
            yield f"runs: {_name(run['_id'])} is bent in {', '.join(bent)}"


def _strays(target: Database[Document]) -> Iterator[str]:
    """Runs, and what is kept of runs, of versions that there are not (any more)."""
    gone = {entry["_id"] for entry in target["deletions"].find({}, {"_id": 1})}
    known = {version["_id"]: version.get("agent_id") for version in target["versions"].find()}
    owners: list[Any] = [
        {"$group": {"_id": {"v": "$_id.v", "agent_id": "$agent_id"}, "runs": {"$sum": 1}}}
    ]
    for found in target["runs"].aggregate(owners, hint=RUNS_OF_VERSION, allowDiskUse=True):
        version_id, agent_id = found["_id"].get("v"), found["_id"].get("agent_id")
        if version_id in gone or agent_id in gone:
            continue
        if version_id not in known:
            yield f"runs: {found['runs']} are of the version {version_id}, which there is not"
        elif known[version_id] != agent_id:
            yield f"runs: {found['runs']} of version {version_id} name another agent, {agent_id}"
    for name in _KEPT_OF_VERSIONS:
        by_version: list[Any] = [{"$group": {"_id": {"v": "$_id.v", "a": "$agent_id"}}}]
        for found in target[name].aggregate(by_version):
            version_id, agent_id = found["_id"].get("v"), found["_id"].get("a")
            if version_id not in known and not {version_id, agent_id} & gone:
                yield f"{name}: some are of the version {version_id}, which there is not"


def _name(identity: Any) -> str:
    return f"{identity.get('v')} {identity.get('id')!r}" if isinstance(identity, dict) else identity
