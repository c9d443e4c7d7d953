"""Reports of runs: from the bytes of a request to documents ready to be stored.

What was posted is validated straight from its bytes; only when that fails is it taken
apart, so that each bad run is named and the good ones are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from random import SystemRandom
from typing import Any, cast

from bson import ObjectId
from pydantic import ValidationError
from pydantic_core import from_json

from chalicelib.database.documents import RunDocument
from chalicelib.errors import BatchTooLarge, InvalidBody, InvalidRun, MalformedJson
from chalicelib.runs.ranks import outcome_of_run
from chalicelib.values.checks import find_nul
from chalicelib.values.cutting import CutMetadata, CutText
from chalicelib.values.identities import identity
from chalicelib.wire.models import MAX_BATCH_RUNS, RunBatch, RunCorrection, RunReport, adapter

MAX_ASSIGNED_ID = 2**53 - 1
MAX_FIELD_ERRORS = 20
_MAX_PATH_LENGTH = 100
# pydantic gives all of its findings or none: of half a million it would take half a gigabyte.
_MOST_LISTED = 10_000
_ESCAPED_NUL = b"\\u0000"
_UNKNOWN = "unknown field: put what the API has no field for into 'metadata'"
_random = SystemRandom()


@dataclass(slots=True)
class Submission:
    """What a client posted: validated reports, their places in it, and what was refused.

    A report has no nulls, which say no more than a field's absence. `refused` holds entries of
    the answer's `errors`, `cut` for reports of which something was cut their place among the
    reports, and its paths.
    """

    is_batch: bool
    reports: list[dict[str, Any]]
    places: Sequence[int]
    refused: list[dict[str, Any]] = field(default_factory=list)
    cut: list[tuple[int, list[str]]] = field(init=False)

    def __post_init__(self) -> None:
        # Before the reports become documents, which say so in another way.
        self.cut = [
            (place, paths)
            for place, report in enumerate(self.reports)
            if ("error" in report or "metadata" in report) and (paths := paths_cut(report))
        ]


def parse_submission(raw: bytes) -> Submission:
    """Read one run, or a batch `{"runs": [...]}`.

    Raises MalformedJson, InvalidBody, InvalidRun (a single one) or BatchTooLarge.
    """
    # Straight from the bytes; what fails is taken apart below, which names what is wrong.
    if _ESCAPED_NUL not in raw:
        with suppress(ValidationError):
            return _read_batch(raw) if b'"runs"' in raw else _read_single(raw)
    # A NaN spoils the run that has it, and not its neighbours.
    body = read_json(raw, allow_inf_nan=True)
    if "runs" in body:
        return _take_apart(body)
    return Submission(is_batch=False, reports=[_validate_report(body)], places=[0])


def parse_correction(raw: bytes) -> dict[str, Any]:
    """The changes of one run; a field of None becomes unknown.

    Raises MalformedJson, InvalidBody or InvalidRun.
    """
    return _check_changes(_validate(read_json(raw, allow_inf_nan=True), RunCorrection))


def parse_corrections(raw: bytes) -> Submission:
    """The changes of a batch, each with its run's id.

    Raises MalformedJson, InvalidBody or BatchTooLarge.
    """
    body = read_json(raw, allow_inf_nan=True)
    if "runs" not in body:
        raise InvalidBody("send {'runs': [...]}, each with the 'id' of its run")
    return _take_apart(body, _validate_change)


def _validate_change(run: Any) -> dict[str, Any]:
    changes = _check_changes(_validate(run, RunCorrection))
    if "id" not in changes:
        errors = [{"path": "id", "message": "Field required"}]
        raise InvalidRun(summarise(errors), errors=errors)
    return changes


def _check_changes(changes: dict[str, Any]) -> dict[str, Any]:
    """Of when a run was created there has always to be something."""
    if "created" in changes and changes["created"] is None:
        errors = [{"path": "created", "message": "cannot be unknown"}]
        raise InvalidRun(summarise(errors), errors=errors)
    return changes


def read_json(raw: bytes, *, allow_inf_nan: bool = False) -> dict[str, Any]:
    """The JSON object in the bytes. Raises MalformedJson, or InvalidBody for another value."""
    try:
        body = from_json(raw, allow_inf_nan=allow_inf_nan)
    except ValueError as error:
        raise MalformedJson(
            f"the body is not JSON: {error}" if raw else "the body is empty"
        ) from None
    if not isinstance(body, dict):
        raise InvalidBody("the body must be a JSON object")
    return body


def field_errors(error: ValidationError, unknown: str) -> list[dict[str, Any]]:
    """Pydantic's first findings as the API's `[{"path", "message"}]`.

    `unknown` is the message for a field that the shape does not have. Paths are cut: a client's
    own keys are in them.
    """
    count = error.error_count()
    if count > _MOST_LISTED:
        return [{"path": "", "message": f"{count} findings, too many to name one"}]
    found = error.errors(include_url=False, include_input=False, include_context=True)
    return [
        {
            "path": ".".join(map(str, item["loc"]))[:_MAX_PATH_LENGTH],
            "message": _message(dict(item), unknown),
            **_code(dict(item)),
        }
        for item in found[:MAX_FIELD_ERRORS]
    ]


def document_of(
    report: dict[str, Any], agent_id: ObjectId, version_id: ObjectId, recorded_at: datetime
) -> RunDocument:
    """Make the validated report its run's document, in place: what is not known is not a key."""
    run_id = report.pop("id", None)
    report["_id"] = {"v": version_id, "id": assign_id() if run_id is None else run_id}
    report["agent_id"] = agent_id
    if "created" not in report:
        report["created"] = recorded_at
        report["created_assigned"] = True
    settle(report)
    document = cast("RunDocument", report)
    document["outcome"] = outcome_of_run(document)
    document["recorded_at"] = recorded_at
    return document


def settle(document: dict[str, Any]) -> None:
    """Give validated facts, in place, the keys and values that a run's document has."""
    if "outcome" in document:
        document["reported_outcome"] = document.pop("outcome")
    if "time_taken" in document:
        document["time_taken"], document["duration_us"] = document["time_taken"]
    if "cost" in document:
        document["cost"] += 0.0  # -0.0 becomes 0.0
    cut = paths_cut(document) if "error" in document or "metadata" in document else []
    if cut:
        document["truncated"] = cut
        if "error" in cut:
            document["error"] = str(document["error"])
        if "metadata" in document:
            document["metadata"] = dict(document["metadata"])


def paths_cut(facts: dict[str, Any]) -> list[str]:
    """What of validated facts is longer than what is kept, such as `metadata.log`."""
    error, metadata = facts.get("error"), facts.get("metadata")
    paths = ["error"] if type(error) is CutText else []
    return sorted(paths + metadata.paths) if type(metadata) is CutMetadata else paths


def assign_id() -> int:
    """An id that no caller chose: random, and exact in a JavaScript number."""
    return _random.randrange(1, MAX_ASSIGNED_ID + 1)


def _read_batch(raw: bytes) -> Submission:
    reports = _known(raw, adapter(RunBatch).validate_json(raw)["runs"])
    _check_size(reports)
    return Submission(is_batch=True, reports=reports, places=range(len(reports)))


def _read_single(raw: bytes) -> Submission:
    return Submission(
        is_batch=False, reports=_known(raw, [adapter(RunReport).validate_json(raw)]), places=[0]
    )


def _known(raw: bytes, reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reports without nulls; few clients send any."""
    return [_without_nulls(report) for report in reports] if b"null" in raw else reports


def _without_nulls(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if value is not None}


def _check_size(runs: list[Any]) -> None:
    if not runs:
        raise InvalidBody("'runs' is empty: send at least one run")
    if len(runs) > MAX_BATCH_RUNS:
        raise BatchTooLarge(
            f"a batch takes at most {MAX_BATCH_RUNS} runs, this one has {len(runs)}: split it"
        )


def _take_apart(
    body: dict[str, Any], validate: Callable[[Any], dict[str, Any]] | None = None
) -> Submission:
    validate = validate or _validate_report
    runs = body["runs"]
    if not isinstance(runs, list):
        raise InvalidBody("'runs' must be an array of runs")
    unknown = [name[:_MAX_PATH_LENGTH] for name in body if name != "runs"][:MAX_FIELD_ERRORS]
    if unknown:
        raise InvalidBody(
            f"beside 'runs' a batch has no fields; not known: {', '.join(unknown)[:500]}",
            errors=[{"path": name, "message": "unknown field"} for name in unknown],
        )
    _check_size(runs)
    reports, places, refused = [], [], []
    for index, run in enumerate(runs):
        try:
            reports.append(validate(run))
            places.append(index)
        except InvalidRun as refusal:
            refused.append(_refused_entry(index, run, refusal))
    return Submission(is_batch=True, reports=reports, places=places, refused=refused)


def _validate_report(run: Any) -> dict[str, Any]:
    return _without_nulls(_validate(run, RunReport))


def _validate(run: Any, shape: Any) -> dict[str, Any]:
    """What is said of one run. Raises InvalidRun."""
    try:
        report: dict[str, Any] = adapter(shape).validate_python(run)
    except ValidationError as error:
        errors = field_errors(error, unknown=_UNKNOWN)
        raise InvalidRun(summarise(errors), errors=errors) from None
    nul = find_nul(run)
    if nul:
        errors = [{"path": nul[0], "message": nul[1]}]
        raise InvalidRun(summarise(errors), errors=errors)
    return report


def _code(found: dict[str, Any]) -> dict[str, str]:
    """The code of a finding, where it has one of its own."""
    code = getattr(found.get("ctx", {}).get("error"), "code", None)
    return {"code": code} if code else {}


def _refused_entry(index: int, run: Any, refusal: InvalidRun) -> dict[str, Any]:
    return {
        "index": index,
        "id": _id_of(run),
        "code": refusal.code,
        "detail": refusal.detail,
        "errors": refusal.errors,
    }


def _id_of(run: Any) -> Any:
    """The id that a refused run has, if it has a valid one."""
    try:
        return identity(run.get("id")) if isinstance(run, dict) else None
    except ValueError:
        return None


def summarise(errors: Iterable[dict[str, Any]], most: int = 3) -> str:
    """One sentence over the first few errors."""
    listed = list(errors)
    text = "; ".join(f"{e['path'] or 'the run'}: {e['message']}" for e in listed[:most])
    return text if len(listed) <= most else f"{text}; and {len(listed) - most} more"


def _message(found: dict[str, Any], unknown: str) -> str:
    if found["type"] == "extra_forbidden":
        return unknown
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    return str(found["msg"])
