"""SWE-bench: predictions, and a report of which instances are resolved, as runs with verdicts.

Predictions are JSON lines, or one JSON document: a list, or an object by instance. The model that
is named in them is the version. Without a report the runs have no verdict yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from management.files.entries import Broken, Entry, SourceError

DEFAULT_AGENT = "swe-bench"
# The report's lists, by what they say of an instance.
_VERDICTS = {
    "resolved_ids": "succeeded",
    "unresolved_ids": "failed",
    "empty_patch_ids": "failed",
    "error_ids": "failed",
}


def read_swe_bench(predictions: Path, report: Path | None) -> Iterator[Entry | Broken]:
    """A run for each prediction. Raises SourceError."""
    verdicts = _read_report(report) if report else {}
    for place, prediction in _read_predictions(predictions):
        if isinstance(prediction, str):
            yield Broken(place, prediction)
            continue
        instance, model = prediction.get("instance_id"), prediction.get("model_name_or_path")
        if not isinstance(instance, str) or not isinstance(model, str):
            yield Broken(place, "a prediction has the texts 'instance_id' and 'model_name_or_path'")
            continue
        run = {"id": instance, "task_id": instance, "status": "completed"}
        if instance in verdicts:
            run["outcome"] = verdicts[instance]
        yield Entry(place, DEFAULT_AGENT, model, run)


def _read_report(path: Path) -> dict[str, str]:
    try:
        report = json.loads(path.read_bytes())
        lists = {name: report.get(name) or [] for name in _VERDICTS}
        if "resolved_ids" not in report and "resolved" in report:  # of the leaderboard
            lists["resolved_ids"] = report["resolved"]
        found = {i: _VERDICTS[name] for name, ids in reversed(lists.items()) for i in ids}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise SourceError(f"{path} is no report of SWE-bench ({error})") from error
    if not found:
        raise SourceError(f"{path} has none of the lists {', '.join(_VERDICTS)}")
    # What was submitted and not completed has no verdict of its own, and is not resolved.
    for instance in report.get("submitted_ids") or []:
        found.setdefault(instance, "failed")
    return found


def _read_predictions(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read ({error})") from error
    try:
        whole = json.loads(text)
    except ValueError:
        yield from _read_lines(text)
        return
    if isinstance(whole, dict) and "instance_id" not in whole:
        whole = [{"instance_id": key} | _object(value) for key, value in whole.items()]
    for place, found in enumerate(whole if isinstance(whole, list) else [whole], start=1):
        yield place, found if isinstance(found, dict) else "the prediction is not an object"


def _read_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for place, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                found = json.loads(line)
            except ValueError:
                found = None
            yield place, found if isinstance(found, dict) else "the line is not a JSON object"


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
