"""Agents and versions under any name, filled with anything."""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.values.names import folded, label
from tests.fuzz import values
from tests.fuzz.effort import search
from tests.fuzz.service import AGENT, Service
from tests.lambda_client import segment

_numbers = count(1)
NAMES = values.names(200).filter(lambda name: folded(name) not in (".", ".."))
DOUBTFUL_NAMES = st.text(values.ANY_CHARACTER, min_size=1, max_size=220)
REGISTRATIONS = st.dictionaries(
    st.sampled_from(["name", "project"]) | values.texts(0, 5), values.JSON, max_size=3
)
VERSIONS = st.fixed_dictionaries(
    {},
    optional={
        "cluster": values.texts(1, 200) | st.none(),
        "tools": values.LABELS | st.none(),
        "models": values.LABELS | st.none(),
        "deployment": values.texts(1, 200) | st.none(),
    },
)
DOUBTFUL_VERSIONS = st.dictionaries(
    st.sampled_from(["version", "cluster", "tools", "models", "deployment"]) | values.texts(0, 5),
    values.JSON,
    max_size=4,
)


@search(120)
@given(name=NAMES, project=values.names(200))
@example(name="a/b%2F?c#d;e=f", project="p")
@example(name=" a ", project=" p ")
@example(name="٣" * 24, project="p")
def test_an_agent_is_found_under_the_name_it_was_given(
    service: Service, name: str, project: str
) -> None:
    path = f"/api/v1/agents/{segment(name)}"
    known = service.client.get(path)
    answer = service.client.post(f"{path}/register", {"name": name, "project": project})
    if known.status == 200:
        assert answer.status in (200, 409)
        return
    assert answer.status == 201, answer.text
    assert (answer.json["name"], answer.json["project"]) == (folded(name), folded(project))
    assert service.client.get(path).json == answer.json
    assert service.client.get(f"/api/v1/agents/{answer.json['id']}").json == answer.json


@search(120)
@given(name=DOUBTFUL_NAMES, body=REGISTRATIONS | values.JSON)
@example(name="\0", body={"project": "p"})
@example(name="a" * 24, body={"project": "p"})
@example(name="a", body={"project": "p", "name": None, "": None})
def test_an_agent_is_registered_or_refused(service: Service, name: str, body: Any) -> None:
    before = service.contents()
    answer = service.client.post(f"/api/v1/agents/{segment(name)}/register", body)
    if answer.status in (200, 201):
        assert answer.json["name"] == folded(name)
        assert answer.json["project"] == folded(body["project"])
    else:
        service.refuse(answer, before)


@search(120)
@given(content=VERSIONS, name=NAMES)
def test_a_version_is_read_back_as_it_was_sent(
    service: Service, content: dict[str, Any], name: str
) -> None:
    version = f"{name[:190]}-{next(_numbers)}"
    answer = service.client.post(f"{AGENT}/versions", {**content, "version": version})
    assert answer.status == 201, answer.text
    for field in ("cluster", "deployment"):
        sent = content.get(field)
        assert answer.json[field] == (None if sent is None else label(sent))
    for field in ("tools", "models"):
        assert answer.json[field] == list(map(label, content.get(field) or []))
    assert service.client.get(f"{AGENT}/versions/{segment(version)}").json == answer.json
    repeated = service.client.post(f"{AGENT}/versions", {**content, "version": version})
    assert (repeated.status, repeated.json) == (200, answer.json)


@search(120)
@given(body=DOUBTFUL_VERSIONS | values.JSON)
def test_a_version_is_added_or_refused(service: Service, body: Any) -> None:
    before = service.contents()
    answer = service.client.post(f"{AGENT}/versions", body)
    if answer.status in (200, 201):
        assert answer.json["version"] == folded(body["version"])
    elif answer.status != 409:
        service.refuse(answer, before)
