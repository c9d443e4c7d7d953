"""`pytest --agent-metrics`: each test marked `agent_run` is a run, for evaluation suites.

    @pytest.mark.agent_run(agent="coder", version="1.4.2", task_id="astropy-12907")
    def test_fix(agent_run):
        agent_run.usage(model="gpt-5", input_tokens=900, cost=0.004)

Agent and version come from the marker, else from the environment. The run is completed when the
test passes and failed when it does not; skipped tests are no runs. Without the option nothing is
recorded, and the fixture's run says nothing to anybody.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from agent_metrics.client import Client
    from agent_metrics.run import Run

MARK = "agent_run"
FLUSH_TIMEOUT_S = 30.0
_MOST_ID_CHARACTERS = 200


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("agent-metrics")
    meaning = "record each test marked agent_run as a run (AGENT_METRICS_URL and its kin say where)"
    group.addoption("--agent-metrics", action="store_true", help=meaning)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "agent_run(agent=, version=, task_id=, …): this test is a run of an agent; the fields are"
        " those of Client.run",
    )
    if config.getoption("--agent-metrics"):
        config.pluginmanager.register(Recording(), "agent-metrics-recording")


@pytest.fixture
def agent_run(request: pytest.FixtureRequest) -> Run:
    """The run that this test is, to report usage, tools, scores and metadata on."""
    recording = request.config.pluginmanager.get_plugin("agent-metrics-recording")
    found = recording.run_of(request.node) if recording is not None else None
    return _silent_run() if found is None else found


class Recording:
    """One client for the session, and a run for each marked test under way."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._runs: dict[str, Run] = {}
        self._verdicts: dict[str, _Verdict] = {}

    def run_of(self, item: pytest.Item) -> Run | None:
        return self._runs.get(item.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        marker = item.get_closest_marker(MARK)
        if marker is None:
            return
        fields = {"task_id": item.nodeid[-_MOST_ID_CHARACTERS:], **marker.kwargs}
        # A test that is skipped is no run, so nothing is said before it is known not to be.
        run = self._make_client().run(report_start=False, **fields)
        run.start()
        self._runs[item.nodeid] = run

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        report = (yield).get_result()
        if item.nodeid in self._runs:
            self._verdicts.setdefault(item.nodeid, _Verdict()).hear(call, report)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        run = self._runs.pop(nodeid, None)
        verdict = self._verdicts.pop(nodeid, None)
        if run is not None and verdict is not None and verdict.status is not None:
            run.finish(verdict.status, verdict.reason, time_taken=verdict.taken)

    def pytest_sessionfinish(self) -> None:
        if self._client is not None:
            self._client.flush(FLUSH_TIMEOUT_S)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._client is None:
            return
        if not os.environ.get("AGENT_METRICS_URL", "").strip():
            terminalreporter.write_line("agent-metrics: AGENT_METRICS_URL is not set: no runs")
            return
        stats = self._client.stats()
        lost = stats.refused + stats.dropped + stats.waiting
        more = f", {lost} not" if lost else ""
        terminalreporter.write_line(f"agent-metrics: {stats.delivered} runs delivered{more}")

    def _make_client(self) -> Client:
        if self._client is None:
            from agent_metrics.client import Client

            self._client = Client()
        return self._client


class _Verdict:
    """What the reports of a test's set-up, call and tear-down come to; no status: it is no run."""

    def __init__(self) -> None:
        self.status: str | None = None
        self.reason: str | None = None
        self.taken = 0.0

    def hear(self, call: pytest.CallInfo[None], report: Any) -> None:
        if report.when == "call":
            self.taken = round(call.duration, 6)
        if self.status == "failed":
            return
        is_expected_failure = report.skipped and hasattr(report, "wasxfail")
        if report.failed or is_expected_failure:
            self.status, self.reason = "failed", _reason(call, report)
        elif report.when == "call" and report.passed:
            self.status = "completed"


def _silent_run() -> Run:
    from agent_metrics.notices import Notices
    from agent_metrics.recorder import Recorder
    from agent_metrics.run import Run
    from agent_metrics.settings import Target

    recorder = Recorder(None, Notices())
    return Run(recorder, Target("", ""), {}, report_start=False, heartbeat_s=None)


def _reason(call: pytest.CallInfo[None], report: Any) -> str:
    from agent_metrics.encoding import describe_error

    if call.excinfo is not None:
        return describe_error(call.excinfo.value)
    return str(getattr(report, "wasxfail", "") or report.longrepr or "failed")
