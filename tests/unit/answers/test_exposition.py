"""Running totals in Prometheus's text format, read back by prometheus_client's own parser."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families

from chalicelib.answers.exposition import (
    EDGES_S,
    FAMILIES,
    OPENMETRICS,
    TEXT,
    Sampled,
    choose_exposition,
    expose,
)
from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import GAMMA
from chalicelib.metrics.measures import Costs, Durations
from tests.unit.metrics.samples import cost_of, duration_of

MOST = 5_000_000
BASE = "agent_metrics_"

# What MongoDB stores as text: anything but lone surrogates and NUL.
names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200
)


def sampled(durations_us: list[int] | None = None, **fields: Any) -> Sampled:
    durations, costs = Durations(), Costs()
    for duration_us in durations_us or []:
        durations.merge(duration_of(duration_us))
        costs.merge(cost_of(0.5))
    block = Block(succeeded=durations.count, durations=durations, costs=costs)
    return Sampled(
        **{
            "project": "shop",
            "agent": "checkout",
            "version": "1.0",
            "finished": block,
            "in_progress": 2,
            "last_run_s": 1772451990.5,
            **fields,
        }
    )


def parse(text: str) -> dict[str, Any]:
    """The families by name; the parser takes `_total` off the names of counters."""
    return {family.name: family for family in text_string_to_metric_families(text)}


def read_openmetrics(text: str) -> list[Any]:
    return list(openmetrics_families(text))  # type: ignore[no-untyped-call]


def values(text: str, name: str) -> list[float]:
    families = parse(text).values()
    return [s.value for family in families for s in family.samples if s.name == BASE + name]


def test_every_family_has_its_type_and_a_help_text() -> None:
    families = parse(expose([sampled([1_000_000])], most_bytes=MOST))
    assert {name: family.type for name, family in families.items()} == {
        name.removesuffix("_total"): kind for name, (kind, _) in FAMILIES.items()
    }
    assert all(family.documentation for family in families.values())


def test_a_fleet_without_runs_is_valid_too() -> None:
    families = parse(expose([], most_bytes=MOST))
    assert families.keys() == {name.removesuffix("_total") for name in FAMILIES}
    assert values(expose([], most_bytes=MOST), "versions_omitted") == [0]


def test_what_is_known_of_a_version() -> None:
    text = expose([sampled([250_000, 90_000_000])], most_bytes=MOST)
    assert values(text, "runs_total") == [2, 0, 0]
    assert values(text, "cost_dollars_total") == [1.0]
    assert values(text, "runs_without_cost_total") == [0]
    assert values(text, "run_duration_seconds_sum") == [90.25]
    assert values(text, "run_duration_seconds_count") == [2]
    assert values(text, "runs_in_progress") == [2]
    assert values(text, "last_run_timestamp_seconds") == [1772451990.5]


@given(project=names, agent=names, version=names)
def test_names_come_back_whatever_they_hold(project: str, agent: str, version: str) -> None:
    text = expose([sampled([7], project=project, agent=agent, version=version)], most_bytes=MOST)
    for family in parse(text).values():
        for sample in family.samples:
            if sample.labels:
                found = [sample.labels[name] for name in ("project", "agent", "version")]
                assert found == [project, agent, version]


@given(st.lists(st.integers(0, 10**11), max_size=50))
def test_a_histogram_is_cumulative_and_true_to_two_percent(durations_us: list[int]) -> None:
    counts = values(expose([sampled(durations_us)], most_bytes=MOST), "run_duration_seconds_bucket")
    assert counts == sorted(counts)
    assert counts[-1] == len(durations_us)
    for edge_s, count in zip((*EDGES_S, inf), counts, strict=True):
        below = sum(us <= edge_s * 1e6 for us in durations_us)
        near = sum(us <= edge_s * 1e6 * GAMMA for us in durations_us)
        assert below <= count <= near


@pytest.mark.parametrize("edge_s", EDGES_S)
def test_a_duration_on_an_edge_counts_below_it(edge_s: float) -> None:
    text = expose([sampled([round(edge_s * 1_000_000)])], most_bytes=MOST)
    counts = values(text, "run_duration_seconds_bucket")
    assert sum(counts) == len(EDGES_S) + 1 - EDGES_S.index(edge_s)


def test_what_does_not_fit_is_left_out_whole_and_counted() -> None:
    """The versions with most runs stay; no version is there with only some of its lines."""
    samples = [sampled([1_000_000] * n, version=str(n)) for n in range(1, 6)]
    one = len(expose(samples[:1], most_bytes=MOST))
    text = expose(samples, most_bytes=one * 3)
    kept = {s.labels["version"] for s in parse(text)[f"{BASE}runs"].samples}
    assert kept == {str(5 - n) for n in range(len(kept))}
    assert 0 < len(kept) < 5
    assert values(text, "versions_omitted") == [5 - len(kept)]
    assert len(values(text, "run_duration_seconds_count")) == len(kept)


@given(
    st.lists(st.lists(st.integers(0, 10**11), max_size=5), max_size=3, unique_by=tuple),
    names,
)
def test_openmetrics_has_the_same_samples_by_its_own_rules(
    durations: list[list[int]], name: str
) -> None:
    """The parser refuses what breaks a rule: names, order, units, edges, and the end."""
    samples = [sampled(us, agent=name, version=str(place)) for place, us in enumerate(durations)]
    text = expose(samples, most_bytes=MOST, content_type=OPENMETRICS)
    families = read_openmetrics(text)
    assert text.endswith("\n# EOF\n")
    plain = parse(expose(samples, most_bytes=MOST))
    assert {f.name: (f.type, f.documentation) for f in families} == {
        name: (family.type, family.documentation) for name, family in plain.items()
    }
    assert [s for f in families for s in f.samples] == [
        s for name in [f.name for f in families] for s in plain[name].samples
    ]


def test_openmetrics_tells_units_where_the_name_ends_in_one() -> None:
    text = expose([sampled([1])], most_bytes=MOST, content_type=OPENMETRICS)
    units = {f.name: f.unit for f in read_openmetrics(text) if f.unit}
    assert units == {
        f"{BASE}cost_dollars": "dollars",
        f"{BASE}run_duration_seconds": "seconds",
        f"{BASE}last_run_timestamp_seconds": "seconds",
    }


def test_a_version_that_never_ran_is_zero_and_has_no_last_run() -> None:
    text = expose([sampled(last_run_s=None, in_progress=0)], most_bytes=MOST)
    assert set(values(text, "runs_total")) == {0}
    assert values(text, "last_run_timestamp_seconds") == []


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        *(("", TEXT), ("*/*", TEXT), ("text/html", TEXT), ("text/plain;version=0.0.4", TEXT)),
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", OPENMETRICS),
        ("Application/OpenMetrics-Text", OPENMETRICS),
        ("text/plain, application/openmetrics-text", TEXT),
        ("application/openmetrics-text;q=0, */*", TEXT),
    ],
)
def test_openmetrics_is_for_who_asks_for_it(accept: str, content_type: str) -> None:
    assert choose_exposition(accept) == content_type
