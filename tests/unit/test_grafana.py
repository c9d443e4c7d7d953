"""The Grafana dashboard asks only for what a scrape has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chalicelib.answers.exposition import FAMILIES, Sampled, expose
from chalicelib.metrics.block import Block

DASHBOARD: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "grafana" / "dashboard.json").read_text("utf-8")
)
SELECTOR = re.compile(r"\b(agent_metrics_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)(?:=~|!~|!=|=)"')
GROUPING = re.compile(r"\b(?:by|without) \(([^)]*)\)")


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """The labels of every sample that a scrape can have, by its name."""
    text = expose([Sampled("p", "a", "v", Block(succeeded=1), 0, 0.0)], most_bytes=10_000)
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def queries() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        yield variable.get("definition", "")


@pytest.mark.parametrize("query", list(queries()))
def test_a_query_names_metrics_and_labels_that_there_are(
    query: str, labels: dict[str, set[str]]
) -> None:
    known = set()
    for name, matchers in SELECTOR.findall(query):
        assert name in labels
        assert set(LABEL.findall(matchers)) <= labels[name]
        known |= labels[name]
    for grouping in GROUPING.findall(query):
        assert set(grouping.replace(" ", "").split(",")) <= known


def test_every_metric_is_shown_somewhere() -> None:
    asked = " ".join(queries())
    assert [name for name in FAMILIES if name not in asked] == []


def test_counters_are_only_asked_for_how_much_they_grew() -> None:
    """What they count began long before any range that somebody looks at."""
    for query in queries():
        for match in re.finditer(r"agent_metrics_\w+_(?:total|bucket)\b", query):
            before = query[: match.start()]
            assert before.endswith(("increase(", "rate(", "label_values("))


def test_panels_have_their_own_ids_and_places() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_the_data_source_is_chosen_in_the_dashboard() -> None:
    used = set(re.findall(r'"uid": "([^"]*)"', json.dumps(DASHBOARD)))
    assert used == {"${source}", DASHBOARD["uid"]}
