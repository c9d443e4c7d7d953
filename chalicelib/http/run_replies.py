"""What a client is told that reported runs, or corrected them: of one, and of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic_core import to_json

from chalicelib.database.documents import AgentDocument, VersionDocument
from chalicelib.errors import (
    InvalidRunId,
    Problem,
    RunConflict,
    RunDeleted,
    RunExpired,
    RunNotFound,
)
from chalicelib.http.presenters import present_run
from chalicelib.http.replies import Reply
from chalicelib.runs import Resolution, Submission, Verdict
from chalicelib.values.carrying import carried_size
from chalicelib.values.identities import Identity, identity_of_text
from chalicelib.values.instants import format_instant

# With 10,000 entries without findings behind them, an answer stays within Lambda's 6 MB.
_MAX_FINDINGS_BYTES = 3_000_000
_MAX_WARNINGS_BYTES = 500_000
_TOO_MANY = "too many findings to list here: send this run again to see why"
_TAKEN: tuple[Verdict, ...] = ("created", "updated", "unchanged", "superseded")
_CUT = "longer than what is kept, so it was cut; 'truncated' of the run says so too"


def read_run_id(text: str) -> Identity:
    """The run's id in a path. Raises InvalidRunId."""
    try:
        return identity_of_text(text)
    except ValueError as error:
        raise InvalidRunId(f"'{text[:40]}' is not a run's id: {error}") from None


def run_reply(result: Resolution, agent: AgentDocument, version: VersionDocument) -> Reply:
    """The run as it stands now. Raises the problem, if it was not taken."""
    refusal = _refusal(result)
    if refusal:
        raise refusal
    run = present_run(result.standing, agent["name"], version["version"])
    return Reply(run, 201 if result.verdict == "created" else 200)


def batch_reply(submission: Submission, results: list[Resolution]) -> Reply:
    """What became of each run of a batch."""
    counts = Counter(result.verdict for result in results)
    placed = list(zip(submission.places, results, strict=True))
    errors = submission.refused + [
        _error_entry(index, result, refusal)
        for index, result in placed
        if (refusal := _refusal(result))
    ]
    errors.sort(key=lambda entry: int(entry["index"]))
    accepted = sum(counts[name] for name in _TAKEN)
    body: dict[str, Any] = {
        "accepted": accepted,
        **{name: counts[name] for name in _TAKEN},
        "rejected": len(errors),
        "errors": list(_fit(errors)),
        "warnings": list(_warnings(submission, results)),
    }
    return Reply(body, _batch_status(accepted, len(errors), counts["created"]))


def _refusal(result: Resolution) -> Problem | None:
    """Why the run was not taken, if it was not."""
    run_id = result.standing["_id"]["id"]
    if result.verdict == "conflict":
        return _conflict(result)
    if result.verdict == "bent":
        return RunConflict(
            f"run {run_id} is stored with fields that cannot be read, because somebody changed them"
            f" by hand ({', '.join(result.conflicting)}): 'python manage.py verify' names it"
        )
    if result.verdict == "deleted":
        return RunDeleted(f"run {run_id} was deleted, and stays so: use another id")
    if result.verdict == "not_found":
        return RunNotFound(
            f"there is no run {run_id} to correct: report it first; a deleted one stays so"
        )
    if result.verdict == "expired":
        created = format_instant(result.standing["created"])
        when = f"was created {created}, before the runs that are kept here"
        if "created_assigned" in result.standing:
            when = "is older than the runs that are kept here"
        return RunExpired(f"run {run_id} {when}; what was counted of that time stays as it is")
    return None


def _conflict(result: Resolution) -> RunConflict:
    fields = ", ".join(result.conflicting)
    return RunConflict(
        f"run {result.standing['_id']['id']} is stored already, finished and different in"
        f" {fields}: correct it with PATCH, or use another id for another run",
        errors=[
            {"path": name, "message": "differs from the stored run"} for name in result.conflicting
        ],
    )


def _fit(errors: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The entries as they are while they fit into an answer, then without their findings."""
    room = _MAX_FINDINGS_BYTES
    for entry in errors:
        room -= carried_size(to_json(entry).decode())
        yield entry if room >= 0 else entry | {"detail": _TOO_MANY, "errors": []}


def _warnings(submission: Submission, results: list[Resolution]) -> Iterator[dict[str, Any]]:
    """What was cut of the runs that were taken, as far as there is room to say it."""
    room = _MAX_WARNINGS_BYTES
    for place, paths in submission.cut:
        result = results[place]
        for path in paths if result.verdict in _TAKEN else ():
            index, run_id = submission.places[place], result.standing["_id"]["id"]
            entry = {"index": index, "id": run_id, "path": path, "message": _CUT}
            room -= carried_size(to_json(entry).decode())
            if room < 0:
                return
            yield entry


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
