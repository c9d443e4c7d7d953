"""A database that goes while a process does not notice: it answers soon, and recovers by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from management.mongod import Mongod
from tests.failures.accounts import check_accounts
from tests.failures.conftest import prepare
from tests.failures.lambda_processes import Deployment, LambdaProcess
from tests.failures.proxies import Proxy, Trap
from tests.failures.senders import add_versions, draw_report, insist
from tests.lambda_client import Answer

# Shorter than the service's own 4 s, so that the tests take less time.
LIMITS = {"SERVER_SELECTION_TIMEOUT_S": 1.5}
# Within the 20 s that a slow database may take, and more than a busy machine adds to the limit.
IN_TIME_S = 12


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[Mongod]:
    """A mongod of the test's own, at a port that it gets again."""
    with Mongod(tmp_path) as running:
        running._fixed_port = True
        yield running


@pytest.fixture
def function(doomed: Mongod) -> Iterator[LambdaProcess]:
    with Deployment(doomed.uri, prepare(doomed.uri), LIMITS).launch() as launched:
        yield launched


def assert_unavailable(answer: Answer, started: float) -> None:
    assert (answer.status, answer.json["code"]) == (503, "database_unavailable"), answer.text[:500]
    assert int(answer.headers["Retry-After"]) > 0
    assert time.monotonic() - started < IN_TIME_S


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_database_that_dies_under_a_request_is_answered_for_in_time(
    doomed: Mongod, method: str
) -> None:
    """The driver retries what may be retried, but waits no longer for a server that takes it."""
    runs = [draw_report(number) for number in range(1, 101)]
    assert doomed.port is not None
    with (
        Proxy(doomed.port) as proxy,
        Deployment(proxy.uri, prepare(doomed.uri), LIMITS).launch() as function,
    ):
        (path,) = add_versions(function, "1")
        assert function.post(path, {"runs": runs}).json["created"] == len(runs)
        trap = Trap(1, is_reply=True)
        proxy.hold = trap.hold
        function.begin(method, path, {"runs": runs} if method == "POST" else None)
        assert trap.sprung.wait(IN_TIME_S)
        started = time.monotonic()
        doomed.kill()
        proxy.cut()
        assert_unavailable(function.answer(), started)
        trap.opened.set()
        doomed.start()
        assert insist(function, path, {"runs": runs}).json["unchanged"] == len(runs)
        check_accounts(function, {(path, run["id"]): run for run in runs})


def test_a_frozen_process_that_wakes_up_without_a_database_answers_in_time(
    doomed: Mongod, function: LambdaProcess
) -> None:
    """Lambda stops processes between requests; what they knew of the database may be old."""
    (path,) = add_versions(function, "1")
    function.freeze()
    doomed.kill()
    function.thaw()
    started = time.monotonic()
    assert_unavailable(function.get(path), started)
    function.freeze()
    doomed.start()
    function.thaw()
    assert insist(function, path, draw_report(1)).json["id"] == 1
