"""Metrics for Prometheus: what it scrapes every half minute."""

from __future__ import annotations

from collections.abc import Sequence

from chalice.app import Blueprint

from chalicelib.answers import (
    RunningTotal,
    Sampled,
    choose_exposition,
    expose,
    read_running_totals,
)
from chalicelib.http import Call, Reply, endpoint
from chalicelib.registry import find_versions_with_agents, fleet_subject
from chalicelib.values.carrying import FILLED_BYTES

prometheus = Blueprint(__name__)


@endpoint(
    prometheus,
    "GET",
    "/metrics/prometheus",
    scope="read",
    is_question=True,
    answers={200: str},
    produces=("text/plain", "application/openmetrics-text"),
)
def get_prometheus_metrics(call: Call) -> Reply:
    """Totals of every version with runs in the last day, for Prometheus, or as OpenMetrics.

    A version that was registered within the last week and has not run yet is there with zeros.

    Counters are over all time and never fall: they hold finished runs, which never change.
    Histogram edges are in seconds; a duration up to 2 % above an edge may count below it.
    """
    totals = read_running_totals(fleet_subject(call.project))
    content_type = choose_exposition(call.headers.get("accept", ""))
    text = expose(_sample(totals), most_bytes=FILLED_BYTES, content_type=content_type)
    # Caches must not give one form to who asked for the other.
    return Reply(text, headers={"Vary": "Accept"}, content_type=content_type)


def _sample(totals: Sequence[RunningTotal]) -> list[Sampled]:
    found = find_versions_with_agents({"_id": {"$in": [total.version_id for total in totals]}})
    versions = {version["_id"]: version for version in found}
    sampled = []
    for total in totals:
        version = versions.get(total.version_id)
        if version is None:
            continue  # deleted just now
        agent = version["agent"]
        sampled.append(
            Sampled(
                agent["project"],
                agent["name"],
                version["version"],
                total.finished,
                total.in_progress,
                None if total.last_run is None else total.last_run.timestamp(),
            )
        )
    return sampled
