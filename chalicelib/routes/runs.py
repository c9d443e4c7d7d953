"""Runs: record one or a batch, list them, read one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from bson import ObjectId
from chalice.app import Blueprint
from pydantic_core import to_json

from chalicelib.database import Document
from chalicelib.errors import (
    AgentNotFound,
    BatchTooLarge,
    InvalidBody,
    InvalidRun,
    InvalidRunId,
    MalformedJson,
    Problem,
    RunConflict,
    RunExpired,
    RunNotFound,
    VersionNotFound,
)
from chalicelib.http import (
    FORMATS,
    Call,
    Reply,
    choose_format,
    endpoint,
    list_reply,
    page_size,
    position_in,
    present_run,
)
from chalicelib.registry import find_agent, find_version, version_names
from chalicelib.runs import (
    Resolution,
    Submission,
    find_run,
    parse_submission,
    record_runs,
    runs_of_agent,
    runs_of_version,
)
from chalicelib.values.carrying import carried_size
from chalicelib.values.instants import format_instant
from chalicelib.wire.cursors import read_instant, read_integer, read_object_id
from chalicelib.wire.models import BatchResult, Run, RunBatch, RunReport
from chalicelib.wire.queries import RunQuery

runs = Blueprint(__name__)
PATH = "/api/v1/agents/{agent}/versions/{version}/runs"
# With 10,000 entries without findings behind it, an answer stays within Lambda's 6 MB.
_MAX_FINDINGS_BYTES = 3_500_000
_TOO_MANY = "too many findings to list here: send this run again to see why"
_RUN_ID = re.compile(r"-?[0-9]{1,19}")


@endpoint(
    runs,
    "POST",
    PATH,
    scope="ingest",
    documents_body=RunReport | RunBatch,
    answers={200: Run | BatchResult, 201: Run | BatchResult, 207: BatchResult, 422: BatchResult},
    raises=(
        *(AgentNotFound, VersionNotFound, RunConflict, RunExpired),
        *(MalformedJson, InvalidBody, InvalidRun, BatchTooLarge),
    ),
)
def record(call: Call, agent: str, version: str) -> Reply:
    """Record one run, or a batch `{"runs": [...]}`; repeating it changes nothing."""
    owner = find_agent(agent, project=call.project)
    target = find_version(owner, version)
    submission = parse_submission(call.raw_body)
    results = record_runs(owner, target, submission.reports)
    if submission.is_batch:
        return _batch_reply(submission, results)
    return _single_reply(results[0], owner, target)


@endpoint(
    runs,
    "GET",
    PATH,
    scope="read",
    query=RunQuery,
    answers={200: list[Run]},
    raises=(AgentNotFound, VersionNotFound),
    produces=tuple(FORMATS),
)
def list_version_runs(call: Call, agent: str, version: str) -> Reply:
    """A version's runs, newest first."""
    owner = find_agent(agent, project=call.project)
    target = find_version(owner, version)
    scope = {"version": target["_id"]}
    found = runs_of_version(
        target,
        call.query,
        position=position_in(call, read_instant, read_integer, **scope),
        limit=page_size(call) + 1,
    )
    return list_reply(
        call,
        found,
        lambda run: present_run(run, owner["name"], target["version"]),
        lambda run: [run["created"], run["_id"]["id"]],
        choose_format(call.headers.get("accept", "")),
        **scope,
    )


@endpoint(
    runs,
    "GET",
    "/api/v1/agents/{agent}/runs",
    scope="read",
    query=RunQuery,
    answers={200: list[Run]},
    raises=(AgentNotFound,),
    produces=tuple(FORMATS),
)
def list_agent_runs(call: Call, agent: str) -> Reply:
    """An agent's runs across all its versions, newest first."""
    owner = find_agent(agent, project=call.project)
    scope = {"agent": owner["_id"]}
    name_of = cache(_version_name)  # a page has few versions
    position = position_in(call, read_instant, read_object_id, read_integer, **scope)
    found = runs_of_agent(
        owner,
        call.query,
        position=position and (position[0], {"v": position[1], "id": position[2]}),
        limit=page_size(call) + 1,
    )
    return list_reply(
        call,
        found,
        lambda run: present_run(run, owner["name"], name_of(run["_id"]["v"])),
        lambda run: [run["created"], run["_id"]["v"], run["_id"]["id"]],
        choose_format(call.headers.get("accept", "")),
        **scope,
    )


@endpoint(
    runs,
    "GET",
    PATH + "/{run}",
    scope="read",
    answers={200: Run},
    raises=(AgentNotFound, VersionNotFound, RunNotFound, InvalidRunId),
)
def get_run(call: Call, agent: str, version: str, run: str) -> Reply:
    """One run, by the caller's own id."""
    owner = find_agent(agent, project=call.project)
    target = find_version(owner, version)
    found = find_run(target, _read_run_id(run))
    return Reply(present_run(found, owner["name"], target["version"]))


def _version_name(version_id: ObjectId) -> str:
    return version_names([version_id])[version_id]


def _read_run_id(text: str) -> int:
    if not _RUN_ID.fullmatch(text) or not -(2**63) <= int(text) < 2**63:
        raise InvalidRunId(f"'{text[:40]}' is not a run's id, a 64-bit integer")
    return int(text)


def _single_reply(result: Resolution, agent: Document, version: Document) -> Reply:
    refusal = _refusal(result)
    if refusal:
        raise refusal
    run = present_run(result.standing, agent["name"], version["version"])
    return Reply(run, 201 if result.verdict == "created" else 200)


def _refusal(result: Resolution) -> Problem | None:
    """Why the run was not taken, if it was not."""
    if result.verdict == "conflict":
        return _conflict(result)
    if result.verdict == "expired":
        created = format_instant(result.standing["created"])
        return RunExpired(
            f"run {result.standing['_id']['id']} was created {created}, before the runs that are"
            " kept here; what was counted of that time stays as it is"
        )
    return None


def _conflict(result: Resolution) -> RunConflict:
    fields = ", ".join(result.differing)
    return RunConflict(
        f"run {result.standing['_id']['id']} is stored already, finished and different in"
        f" {fields}: a finished run never changes, so use another id",
        errors=[
            {"path": name, "message": "differs from the stored run"} for name in result.differing
        ],
    )


def _batch_reply(submission: Submission, results: list[Resolution]) -> Reply:
    counts = Counter(result.verdict for result in results)
    errors = submission.refused + [
        _error_entry(index, result, refusal)
        for index, result in zip(submission.places, results, strict=True)
        if (refusal := _refusal(result))
    ]
    errors.sort(key=lambda entry: int(entry["index"]))
    accepted = len(results) - counts["conflict"] - counts["expired"]
    body = {
        "accepted": accepted,
        **{name: counts[name] for name in ("created", "updated", "unchanged", "superseded")},
        "rejected": len(errors),
        "errors": list(_fit(errors)),
    }
    return Reply(body, _batch_status(accepted, len(errors), counts["created"]))


def _fit(errors: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The entries as they are while they fit into an answer, then without their findings."""
    room = _MAX_FINDINGS_BYTES
    for entry in errors:
        room -= carried_size(to_json(entry).decode())
        yield entry if room >= 0 else entry | {"detail": _TOO_MANY, "errors": []}


def _batch_status(accepted: int, rejected: int, created: int) -> int:
    if rejected:
        return 207 if accepted else 422
    return 201 if created else 200


def _error_entry(index: int, result: Resolution, problem: Problem) -> dict[str, Any]:
    return {
        "index": index,
        "id": result.standing["_id"]["id"],
        "code": problem.code,
        "detail": problem.detail,
        "errors": problem.errors,
    }
