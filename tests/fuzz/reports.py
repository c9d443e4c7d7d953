"""Reports of runs: such as the API promises to take, and such as it may have to refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st

from chalicelib.values.names import label, label_or_nothing
from chalicelib.values.outcomes import outcome_of
from tests.fuzz import values
from tests.fuzz.values import same_number

Report = dict[str, Any]

_AS_SENT: dict[str, st.SearchStrategy[Any]] = {
    "id": values.INT64,
    "task_id": values.INT64,
    "initiator": values.texts(0, 200),
    "tools": values.LABELS,
    "models": values.LABELS,
    "cost": values.DOLLARS,
    "input_tokens": values.COUNTS,
    "output_tokens": values.COUNTS,
    "error": values.ERRORS,
    "metadata": values.METADATA,
}
FIELDS = (*_AS_SENT, "status", "created", "time_taken")
# Absent from an answer where a client said nothing of them.
_OPTIONAL = ("input_tokens", "output_tokens", "error", "metadata")
_EMPTY: Mapping[str, Any] = {"tools": [], "models": []}


class Meant(NamedTuple):
    """A report as it is sent, and the fields of the run that it has to become."""

    sent: Report
    kept: dict[str, Any]

    def check(self, run: dict[str, Any]) -> None:
        """The run, as it is read back, is what was meant."""
        kept = dict(self.kept)
        exact = kept.pop("duration_us")
        assert same_number(run["duration_ms"], exact)
        assert {name: run[name] for name in kept} == kept
        assert {name: type(run[name]) for name in kept} == {
            name: type(value) for name, value in kept.items()
        }
        assert not {name for name in _OPTIONAL if name in run} - kept.keys()

    def check_metrics(self, metrics: dict[str, Any]) -> None:
        """The metrics of this run alone are what was meant: means are of runs that have ended."""
        cost = ended_cost = self.kept["cost"]
        exact = self.kept["duration_us"]
        if outcome_of(self.kept["status"]) == "in_progress":
            ended_cost = exact = None
        assert metrics["runs"] == 1
        assert (metrics["cost"]["total"], metrics["cost"]["mean"]) == (cost, ended_cost)
        assert metrics["cost"]["known"] == (ended_cost is not None)
        assert metrics["duration_ms"]["count"] == (exact is not None)
        for name in ("mean", "min", "max"):
            assert same_number(metrics["duration_ms"][name], exact)
        if "created" in self.kept:
            assert metrics["first_run"] == metrics["last_run"] == self.kept["created"]


@st.composite
def valid_reports(draw: st.DrawFn) -> Meant:
    """Any of the fields, with any value that docs/api.md allows."""
    optional = {name: strategy | st.none() for name, strategy in _AS_SENT.items()}
    sent = draw(st.fixed_dictionaries({"status": values.STATUSES}, optional=optional))
    kept = {name: sent.get(name) for name in _AS_SENT if name not in ("id", *_OPTIONAL)}
    kept |= {name: value for name, value in sent.items() if value is not None}
    kept |= {name: empty for name, empty in _EMPTY.items() if kept[name] is None}
    for name in _EMPTY:
        kept[name] = [label(text) for text in kept[name] or ()]
    if kept["initiator"] is not None:
        kept["initiator"] = label_or_nothing(kept["initiator"])
    if kept["cost"] is not None:
        kept["cost"] = float(kept["cost"]) + 0.0
    created = draw(st.none() | values.instants(values.FIRST_CREATED, values.LAST_CREATED))
    if created is not None:
        sent["created"] = created[0]
        text = created[1].isoformat(timespec="milliseconds" if created[1].microsecond else "auto")
        kept["created"] = text.replace("+00:00", "Z")
    taken = draw(st.none() | values.DURATIONS)
    sent["time_taken"] = kept["time_taken"] = None if taken is None else taken[0]
    kept["duration_us"] = None if taken is None else taken[1]
    return Meant(sent, kept)


@st.composite
def doubtful_reports(draw: st.DrawFn) -> Any:
    """Valid but for a few fields, which may hold anything."""
    report = dict(draw(valid_reports()).sent)
    names = st.sampled_from(FIELDS) | values.texts(0, 10)
    report |= draw(st.dictionaries(names, values.JSON, max_size=2))
    return draw(st.just(report) | values.JSON) if draw(st.integers(0, 9)) == 0 else report
