"""Corrections: change what reports said of a run, of many runs, or delete one."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.audit import noting
from chalicelib.errors import (
    AgentNotFound,
    BatchTooLarge,
    InvalidBody,
    InvalidRun,
    InvalidRunId,
    MalformedJson,
    RunExpired,
    RunNotFound,
    VersionNotFound,
)
from chalicelib.http import (
    Call,
    Reply,
    about_runs,
    author_of,
    batch_reply,
    endpoint,
    read_run_id,
    run_reply,
)
from chalicelib.registry import find_agent, find_version
from chalicelib.runs import correct_runs, delete_run, parse_correction, parse_corrections
from chalicelib.wire.models import Run, RunCorrection, RunCorrections
from chalicelib.wire.reply_models import BatchResult

corrections = Blueprint(__name__)
PATH = "/api/v1/agents/{agent}/versions/{version}/runs"


@endpoint(
    corrections,
    "PATCH",
    PATH + "/{run}",
    scope="ingest",
    documents_body=RunCorrection,
    answers={200: Run},
    raises=(
        *(AgentNotFound, VersionNotFound, RunNotFound, InvalidRunId, RunExpired),
        *(MalformedJson, InvalidBody, InvalidRun),
    ),
)
def correct_run(call: Call, agent: str, version: str, run: str) -> Reply:
    """Correct a run, as a JSON Merge Patch (RFC 7396); this outranks every report.

    Null makes a field unknown. Reports of before and after change no corrected field.
    """
    owner = find_agent(agent, project=call.project)
    target = find_version(owner, version)
    run_id = read_run_id(run)
    changes = parse_correction(call.raw_body)
    if changes.setdefault("id", run_id) != run_id:
        errors = [{"path": "id", "message": "cannot change"}]
        raise InvalidRun(
            "id: cannot change; report the run anew, and delete this one", errors=errors
        )
    note = noting(author_of(call), about_runs(owner, target))
    [result] = correct_runs(target, [changes], note)
    return run_reply(result, owner, target)


@endpoint(
    corrections,
    "PATCH",
    PATH,
    scope="ingest",
    documents_body=RunCorrections,
    answers={200: BatchResult, 207: BatchResult, 422: BatchResult},
    raises=(AgentNotFound, VersionNotFound, MalformedJson, InvalidBody, BatchTooLarge),
)
def correct_many_runs(call: Call, agent: str, version: str) -> Reply:
    """Correct up to 10,000 runs of a version: `{"runs": [{"id", …}]}`, answered like a batch."""
    owner = find_agent(agent, project=call.project)
    target = find_version(owner, version)
    submission = parse_corrections(call.raw_body)
    note = noting(author_of(call), about_runs(owner, target))
    return batch_reply(submission, correct_runs(target, submission.reports, note))


@endpoint(
    corrections,
    "DELETE",
    PATH + "/{run}",
    scope="admin",
    answers={204: None},
    raises=(AgentNotFound, VersionNotFound, RunNotFound, InvalidRunId),
)
def remove_run(call: Call, agent: str, version: str, run: str) -> Reply:
    """Delete a run; it counts nowhere any more, and reports of it are answered 410."""
    owner = find_agent(agent, project=call.project)
    target = find_version(owner, version)
    note = noting(author_of(call), about_runs(owner, target))
    delete_run(target, read_run_id(run), note)
    return Reply("", 204)
