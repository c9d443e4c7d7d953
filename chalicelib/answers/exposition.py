"""Running totals in Prometheus's text format, or in OpenMetrics where that is asked for.

Sources: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format, 0.0.4, and
https://prometheus.io/docs/specs/om/open_metrics_spec/, 1.0.0. Samples are the same in both; a
family is called otherwise where it is a counter, tells its unit, and the answer its end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import bucket_of
from chalicelib.values.carrying import carried_size
from chalicelib.values.outcomes import OUTCOMES

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
UNITS = ("seconds", "dollars")
# Upper edges of the duration histogram in seconds. A logarithmic bucket that an edge cuts counts
# below it, so an edge holds durations up to 2 % above it as well.
EDGES_S = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 10_800.0)
_EDGE_BUCKETS = [bucket_of(edge * 1_000_000) for edge in EDGES_S]
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

# name: (type, what it tells)
FAMILIES = {
    "agent_metrics_runs_total": ("counter", "Finished runs, ever, by outcome."),
    "agent_metrics_cost_dollars_total": ("counter", "What finished runs cost, as far as known."),
    "agent_metrics_runs_without_cost_total": (
        "counter",
        "Finished runs whose cost is not known, which is not zero.",
    ),
    "agent_metrics_run_duration_seconds": ("histogram", "How long finished runs took."),
    "agent_metrics_runs_in_progress": (
        "gauge",
        "Runs created in the last day that have not finished.",
    ),
    "agent_metrics_last_run_timestamp_seconds": ("gauge", "When the newest run was created."),
    "agent_metrics_versions_omitted": (
        "gauge",
        "Active versions that did not fit into this answer, those with fewest runs.",
    ),
}


class Sampled(NamedTuple):
    """A version, and what is told of it; `last_run_s` is None of one that never ran."""

    project: str
    agent: str
    version: str
    finished: Block
    in_progress: int
    last_run_s: float | None


def choose_exposition(accept: str) -> str:
    """The content type: OpenMetrics for who names it before plain text, as Prometheus does."""
    for part in accept.lower().split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        if media_type == "text/plain":
            break
        if media_type == "application/openmetrics-text" and "q=0" not in parameters:
            return OPENMETRICS
    return TEXT


def expose(samples: Sequence[Sampled], *, most_bytes: int, content_type: str = TEXT) -> str:
    """The text of all samples, or of those with most runs that fit into `most_bytes` as carried."""
    lines: dict[str, list[str]] = {name: [] for name in FAMILIES}
    room, omitted = most_bytes, 0
    for sample in sorted(samples, key=_by_runs):
        written = _write(sample)
        room -= sum(carried_size(line) for part in written.values() for line in part)
        if room < 0:
            omitted += 1
            continue
        for name, part in written.items():
            lines[name] += part
    lines["agent_metrics_versions_omitted"] = [f"agent_metrics_versions_omitted {omitted}\n"]
    if content_type == TEXT:
        return "".join(_family(name, lines[name]) for name in FAMILIES)
    return "".join(_open_family(name, lines[name]) for name in FAMILIES) + "# EOF\n"


def escape(value: str) -> str:
    """A label's value as it stands between quotes."""
    return value.translate(_ESCAPES)


def _by_runs(sample: Sampled) -> tuple[int, str, str]:
    return -sample.finished.runs, sample.agent, sample.version


def _family(name: str, lines: Iterable[str]) -> str:
    kind, help_text = FAMILIES[name]
    return f"# HELP {name} {help_text}\n# TYPE {name} {kind}\n{''.join(lines)}"


def _open_family(name: str, lines: Iterable[str]) -> str:
    kind, help_text = FAMILIES[name]
    family = name.removesuffix("_total") if kind == "counter" else name
    unit = next((unit for unit in UNITS if family.endswith(f"_{unit}")), None)
    said = "" if unit is None else f"# UNIT {family} {unit}\n"
    return f"# TYPE {family} {kind}\n{said}# HELP {family} {help_text}\n{''.join(lines)}"


def _write(sample: Sampled) -> Mapping[str, list[str]]:
    """The lines of one version by the name of their family."""
    block = sample.finished
    labels = ",".join(
        f'{name}="{escape(value)}"'
        for name, value in zip(("project", "agent", "version"), sample[:3], strict=True)
    )
    single = {
        "agent_metrics_cost_dollars_total": float(block.costs.ended),
        "agent_metrics_runs_without_cost_total": block.costs.unknown,
        "agent_metrics_runs_in_progress": sample.in_progress,
        "agent_metrics_last_run_timestamp_seconds": sample.last_run_s,
    }
    known = {name: value for name, value in single.items() if value is not None}
    lines = {name: [f"{name}{{{labels}}} {value}\n"] for name, value in known.items()}
    runs = "agent_metrics_runs_total"
    lines[runs] = [
        f'{runs}{{{labels},outcome="{outcome}"}} {getattr(block, outcome)}\n'
        for outcome in OUTCOMES
        if outcome != "in_progress"
    ]
    duration = "agent_metrics_run_duration_seconds"
    lines[duration] = list(_histogram(duration, labels, block))
    return lines


def _histogram(name: str, labels: str, block: Block) -> Iterable[str]:
    counts = [0] * (len(EDGES_S) + 1)
    for bucket, count in block.durations.histogram.items():
        counts[bisect_left(_EDGE_BUCKETS, bucket)] += count
    for edge, total in zip((*map(str, EDGES_S), "+Inf"), accumulate(counts), strict=True):
        yield f'{name}_bucket{{{labels},le="{edge}"}} {total}\n'
    yield f"{name}_sum{{{labels}}} {block.durations.sum_us / 1_000_000}\n"
    yield f"{name}_count{{{labels}}} {block.durations.count}\n"
