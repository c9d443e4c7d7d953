"""Reading one thing through the handler, against PyMongo's `find_one`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import repeat

from benchmarks.ingest import DATABASE
from benchmarks.pairs import Action, medians
from benchmarks.reports import draw_reports, to_json
from benchmarks.rows import Row, at_most
from benchmarks.service import Service
from chalicelib.database import collection
from chalicelib.database.names import RUNS, VERSIONS

ROUNDS = 2_000


def measure(uri: str) -> Iterator[Row]:
    service = Service(uri, DATABASE)
    path = service.add_version("reader")
    _, version_id = service.ids_of("reader")
    report = draw_reports(1, seed=1)[0]
    service.call(service.event("POST", path, to_json(report)), 201)
    version = service.event("GET", path.removesuffix("/runs"))
    run = service.event("GET", f"{path}/{report['id']}")
    run_id = {"v": version_id, "id": report["id"]}
    actions: dict[str, Action] = {
        "version": partial(service.call, version),
        "find version": partial(collection(VERSIONS).find_one, {"_id": version_id}),
        "run": partial(service.call, run),
        "find run": partial(collection(RUNS).find_one, {"_id": run_id}),
    }
    taken = medians(repeat(actions, ROUNDS))
    yield at_most(
        "GET one version: time against `find_one`", 1.3, taken["version"] / taken["find version"]
    )
    yield Row("GET one run: time against `find_one`", "", f"{taken['run'] / taken['find run']:.3g}")
