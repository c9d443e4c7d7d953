"""Runs: record one or a batch, list them, read one."""

from __future__ import annotations

from functools import cache

from bson import ObjectId
from chalice.app import Blueprint

from chalicelib.errors import (
    AgentNotFound,
    BatchTooLarge,
    InvalidBody,
    InvalidRun,
    InvalidRunId,
    MalformedJson,
    RunConflict,
    RunDeleted,
    RunExpired,
    RunNotFound,
    VersionNotFound,
)
from chalicelib.http import (
    FORMATS,
    Call,
    Reply,
    batch_reply,
    choose_format,
    endpoint,
    list_reply,
    page_size,
    position_in,
    present_run,
    read_run_id,
    run_reply,
)
from chalicelib.registry import find_agent, find_version, version_names
from chalicelib.runs import (
    find_run,
    parse_submission,
    record_runs,
    runs_of_agent,
    runs_of_version,
)
from chalicelib.wire.cursors import read_identity, read_instant, read_object_id
from chalicelib.wire.models import Run, RunBatch, RunReport
from chalicelib.wire.queries import RunQuery
from chalicelib.wire.reply_models import BatchResult

runs = Blueprint(__name__)
PATH = "/api/v1/agents/{agent}/versions/{version}/runs"


@endpoint(
    runs,
    "POST",
    PATH,
    scope="ingest",
    documents_body=RunReport | RunBatch,
    answers={200: Run | BatchResult, 201: Run | BatchResult, 207: BatchResult, 422: BatchResult},
    raises=(
        *(AgentNotFound, VersionNotFound, RunConflict, RunExpired, RunDeleted),
        *(MalformedJson, InvalidBody, InvalidRun, BatchTooLarge),
    ),
)
def record(call: Call, agent: str, version: str) -> Reply:
    """Record one run, or a batch `{"runs": [...]}`; repeating it changes nothing."""
    owner = find_agent(agent, project=call.project, remembered=True)
    target = find_version(owner, version, remembered=True)
    submission = parse_submission(call.raw_body)
    results = record_runs(owner, target, submission.reports)
    if submission.is_batch:
        return batch_reply(submission, results)
    return run_reply(results[0], owner, target)


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
    bound = {"version": target["_id"]}
    found = runs_of_version(
        target,
        call.query,
        position=position_in(call, read_instant, read_identity, **bound),
        limit=page_size(call) + 1,
    )
    return list_reply(
        call,
        found,
        lambda run: present_run(run, owner["name"], target["version"]),
        lambda run: [run["created"], run["_id"]["id"]],
        choose_format(call.headers.get("accept", "")),
        **bound,
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
    bound = {"agent": owner["_id"]}
    name_of = cache(_version_name)  # a page has few versions
    position = position_in(call, read_instant, read_object_id, read_identity, **bound)
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
        **bound,
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
    found = find_run(target, read_run_id(run))
    return Reply(present_run(found, owner["name"], target["version"]))


def _version_name(version_id: ObjectId) -> str:
    return version_names([version_id])[version_id]
