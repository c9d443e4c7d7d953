"""`manage.py watch` and `manage.py watches apply`, against a service that is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice import Chalice
from click.testing import Result

from management.watches import WatchFileError, read_watches
from tests.integration.management.serving import run_command, serve
from tests.lambda_client import LambdaClient

PATH = "/api/v1/watches"
BUDGET = {"type": "budget", "amount": 50, "period": "month"}
FILE = """
watches:
  - name: coder's month
    agent: coder
    condition: {type: budget, amount: 50, period: month, tz: Europe/Berlin}
    notify: {type: webhook, url: "${HOOK}", format: slack}
  - name: all of p
    project: p
    condition: {type: silence, for: 2h}
"""


@pytest.fixture
def url(app: Chalice, client: LambdaClient) -> Iterator[str]:
    client.post("/api/v1/agents/coder/register", {"project": "p"})
    client.post("/api/v1/agents/coder/versions", {"version": "1"})
    with serve(app) as address:
        yield address


@pytest.fixture
def apply(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("HOOK", "https://hooks.slack.com/services/T0/B0/secret")

    def run(text: str, *options: str) -> Result:
        file = tmp_path / "watches.yaml"
        file.write_text(text)
        return run_command("watches", "apply", str(file), f"--url={url}", *options)

    return run


def names(client: LambdaClient) -> list[str]:
    return [watch["name"] for watch in client.get(PATH).json]


def test_a_file_is_shown_and_then_made_so(apply: Any, client: LambdaClient) -> None:
    dry = apply(FILE, "--dry-run")
    assert (dry.exit_code, client.get(PATH).json) == (0, [])
    assert "+ create 'coder's month'" in dry.stdout
    assert "secret" not in dry.stdout
    done = apply(FILE)
    assert done.exit_code == 0, done.output
    assert names(client) == ["coder's month", "all of p"]
    raised = apply(FILE.replace("amount: 50", "amount: 60"))
    assert "'amount': 60" in raised.stdout
    assert client.get(PATH).json[0]["condition"]["amount"] == 60


def test_what_is_so_already_is_left(apply: Any, client: LambdaClient) -> None:
    text = FILE.replace(", format: slack", "").replace("hooks.slack.com", "example.com")
    text = text.replace('"${HOOK}"', "https://example.com/hook")
    assert "shown only now: whsec_" in apply(text).stdout
    before = client.get(PATH).json
    assert apply(text).stdout == "Nothing differs.\n"
    assert client.get(PATH).json == before


def test_a_watch_of_another_agent_is_made_anew(apply: Any, client: LambdaClient) -> None:
    client.post("/api/v1/agents/writer/register", {"project": "p"})
    apply(FILE)
    old = client.get(PATH).json[0]
    assert "± replace" in apply(FILE.replace("agent: coder", "agent: writer")).stdout
    (new,) = [w for w in client.get(PATH).json if w["name"] == old["name"]]
    assert (new["agent"], new["id"] == old["id"]) == ("writer", False)


def test_others_are_deleted_only_when_that_is_asked_for(apply: Any, client: LambdaClient) -> None:
    client.post(PATH, {"name": "by hand", "condition": BUDGET})
    apply(FILE)
    assert "by hand" in names(client)
    assert "- delete 'by hand'" in apply(FILE, "--prune").stdout
    assert names(client) == ["coder's month", "all of p"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("watches: 5", "no list 'watches'"),
        ("[", "no YAML"),
        ("watches: [{agent: coder}]", "no name"),
        ("watches: [{name: a, when: b}]", "unknown fields when"),
        ("watches: [{name: a}, {name: a}]", "twice: a"),
        ("watches: [{name: a, notify: {url: '${NO_SUCH}'}}]", "no variable NO_SUCH"),
        ("!!python/object/apply:os.system ['true']", "no YAML"),
    ],
)
def test_a_file_that_is_wrong_changes_nothing(
    apply: Any, client: LambdaClient, text: str, said: str
) -> None:
    result = apply(text)
    assert result.exit_code == 2
    assert said in result.stderr
    assert client.get(PATH).json == []


def test_a_condition_that_the_service_refuses_is_named(apply: Any) -> None:
    result = apply(FILE.replace("amount: 50", "amount: -1"))
    assert result.exit_code == 2
    assert "amount" in result.stderr


def test_two_watches_of_one_name_are_nobodys_to_guess(apply: Any, client: LambdaClient) -> None:
    for _ in range(2):
        client.post(PATH, {"name": "all of p", "condition": BUDGET})
    assert "several watches are called 'all of p'" in apply(FILE).stderr


def test_variables_are_filled_in_everywhere(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("watches: [{name: 'a ${X} b${X}', condition: {n: [1, '${X}']}}]")
    (watch,) = read_watches(file, {"X": "y"})
    assert watch == {"name": "a y by", "condition": {"n": [1, "y"]}}
    with pytest.raises(WatchFileError):
        read_watches(file, {})


def test_a_watch_is_made_tried_muted_and_seen(url: str, client: LambdaClient) -> None:
    definition = json.dumps({"name": "w", "agent": "coder", "condition": BUDGET})

    def run(*arguments: str) -> Result:
        return run_command("watch", *arguments, f"--url={url}")

    tried = run("try", definition, "--days=2")
    assert "never in 2 days" in tried.stdout
    assert run("make", definition).exit_code == 0
    assert [line.split()[1] for line in run("list").stdout.splitlines()] == [
        "state",
        "insufficient_data",
    ]
    assert run("mute", "w", "2h").exit_code == 0
    assert "(muted)" in run("list").stdout
    assert run("unmute", "w").exit_code == 0
    assert "(muted)" not in run("list").stdout
    assert json.loads(run("show", "w").stdout)["name"] == "w"
    runs = {"runs": [{"id": 1, "status": "ok", "cost": 60}]}
    client.post("/api/v1/agents/coder/versions/1/runs", runs)
    assert run_command("upkeep").exit_code == 0
    assert "firing" in run("events", "w").stdout
    assert run("test", "w").exit_code == 2  # it tells nobody
    assert run("delete", "w").exit_code == 0
    assert run("show", "w").exit_code == 2


@pytest.mark.parametrize("definition", ["nope", "[]", "{}"])
def test_a_definition_that_is_none_is_refused(url: str, definition: str) -> None:
    assert run_command("watch", "make", definition, f"--url={url}").exit_code == 2
