"""The runs of an MLflow tracking store or server.

The experiment is the agent. The version is the run's parameter or tag `version`, else the commit
that MLflow noted, else `unversioned`. Metrics with the names of our fields are these; parameters
are metadata. A store is a folder (`mlruns`) or SQLite (`sqlite:///mlflow.db`, or the file), and a
server an http(s) address.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import yaml

from management.files.cells import read_instant
from management.files.entries import Broken, Entry, SourceError

UNVERSIONED = "unversioned"
_SQLITE = "sqlite:///"
_PAGE = 500
_TIMEOUT_S = 30
# By their numbers, as a folder has them.
_STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_COUNTS = (
    *("input_tokens", "output_tokens", "cache_read_input_tokens"),
    *("cache_creation_input_tokens", "reasoning_output_tokens"),
)
_NUMBERS = ("cost", "score", *_COUNTS)
# Other names that people give their metrics.
_ALSO = {
    "cost": ("total_cost", "cost_usd"),
    "score": ("accuracy", "reward"),
    "input_tokens": ("prompt_tokens",),
    "output_tokens": ("completion_tokens",),
}
_MOST_METADATA = 50


class _Run(NamedTuple):
    """A run as every kind of store has it; times in milliseconds since 1970."""

    experiment: str
    run_id: str
    status: str
    start: int | None
    end: int | None
    user: str | None
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


def read_mlflow(source: str) -> Iterator[Entry | Broken]:
    """The runs in a store or on a server. Raises SourceError."""
    for place, run in enumerate(_read(source), start=1):
        yield _entry(place, run)


def _read(source: str) -> Iterator[_Run]:
    if source.startswith(("http://", "https://")):
        return _read_server(source.rstrip("/"))
    if source.startswith(_SQLITE) or Path(source).is_file():
        return _read_sqlite(Path(source.removeprefix(_SQLITE)))
    folder = Path(source.removeprefix("file://"))
    if folder.is_dir():
        return _read_folder(folder)
    raise SourceError(f"{source} is no MLflow store: name a folder, sqlite:///FILE, or a server")


def _entry(place: int, run: _Run) -> Entry:
    commit = run.tags.get("mlflow.source.git.commit", "")[:12]
    version = run.params.get("version") or run.tags.get("version") or commit or UNVERSIONED
    found: dict[str, Any] = {
        "id": run.run_id,
        "created": read_instant(run.start),
        "status": run.status.lower(),
        "time_taken": (run.end - run.start) / 1000 if run.end and run.start else None,
        "initiator": run.user or None,
        "models": [run.params["model"]] if run.params.get("model") else None,
        "metadata": dict(list(run.params.items())[:_MOST_METADATA]) or None,
    }
    for name in _NUMBERS:
        value = next(
            (run.metrics[n] for n in (name, *_ALSO.get(name, ())) if n in run.metrics), None
        )
        found[name] = int(value) if value is not None and name in _COUNTS else value
    known = {name: value for name, value in found.items() if value is not None}
    return Entry(place, run.experiment, version, known)


def _read_server(address: str) -> Iterator[_Run]:
    with httpx.Client(base_url=f"{address}/api/2.0/mlflow/", timeout=_TIMEOUT_S) as client:
        for experiment in _pages(client, "experiments/search", "experiments", {}):
            asked = {"experiment_ids": [experiment["experiment_id"]]}
            for run in _pages(client, "runs/search", "runs", asked):
                info, data = run["info"], run.get("data", {})
                tags = _pairs(data.get("tags"))
                yield _Run(
                    experiment["name"],
                    info["run_id"],
                    info["status"],
                    info.get("start_time"),
                    info.get("end_time"),
                    info.get("user_id") or tags.get("mlflow.user"),
                    _pairs(data.get("params")),
                    _pairs(data.get("metrics")),
                    tags,
                )


def _pages(
    client: httpx.Client, path: str, name: str, asked: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    token = None
    while True:
        body = {**asked, "max_results": _PAGE, **({"page_token": token} if token else {})}
        try:
            answer = client.post(path, json=body).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise SourceError(
                f"{client.base_url} does not answer as MLflow does ({error})"
            ) from error
        yield from answer.get(name) or []
        token = answer.get("next_page_token")
        if not token:
            return


def _pairs(listed: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {pair["key"]: pair["value"] for pair in listed or []}


def _read_sqlite(file: Path) -> Iterator[_Run]:
    if not file.is_file():
        raise SourceError(f"there is no file {file}")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
            yield from _query(database)
    except sqlite3.Error as error:
        raise SourceError(f"{file} is no MLflow store ({error})") from error


def _query(database: sqlite3.Connection) -> Iterator[_Run]:
    runs = database.execute(
        "SELECT e.name, r.run_uuid, r.status, r.start_time, r.end_time, r.user_id"
        " FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id"
        " WHERE r.lifecycle_stage = 'active' ORDER BY r.start_time, r.run_uuid"
    )
    for name, run_id, status, start, end, user in runs:
        tables = [
            dict(database.execute(query, (run_id,)))
            for query in (
                "SELECT key, value FROM params WHERE run_uuid = ?",
                "SELECT key, value FROM latest_metrics WHERE run_uuid = ?",
                "SELECT key, value FROM tags WHERE run_uuid = ?",
            )
        ]
        yield _Run(name, run_id, status, start, end, user, *tables)


def _read_folder(folder: Path) -> Iterator[_Run]:
    experiments = sorted(folder.glob("*/meta.yaml"))
    if not experiments:
        raise SourceError(f"{folder} is no MLflow store: it has no experiments")
    for meta in experiments:
        name = str(_yaml(meta).get("name"))
        for run in sorted(meta.parent.glob("*/meta.yaml")):
            info = _yaml(run)
            if info.get("lifecycle_stage") != "deleted" and "run_id" in info:
                yield _of_folder(name, run.parent, info)


def _of_folder(experiment: str, folder: Path, info: dict[str, Any]) -> _Run:
    status = info.get("status")
    return _Run(
        experiment,
        str(info["run_id"]),
        _STATUSES.get(status, "FINISHED") if isinstance(status, int) else str(status),
        info.get("start_time"),
        info.get("end_time"),
        info.get("user_id"),
        _texts(folder / "params"),
        {name: _last_value(text) for name, text in _texts(folder / "metrics").items()},
        _texts(folder / "tags"),
    )


def _last_value(text: str) -> float:
    """Of the lines "time value step" the last one's value."""
    return float(text.splitlines()[-1].split()[1])


def _texts(folder: Path) -> dict[str, str]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    return {str(f.relative_to(folder)): f.read_text("utf-8", "replace").strip() for f in files}


def _yaml(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SourceError(f"{file} cannot be read ({error})") from error
    return found if isinstance(found, dict) else {}
