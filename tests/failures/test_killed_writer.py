"""A writer killed at every single message between it and the database (SIGKILL)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from management.mongod import Mongod
from tests.failures.accounts import check_metrics, check_version
from tests.failures.conftest import prepare
from tests.failures.lambda_processes import Deployment, LambdaProcess
from tests.failures.proxies import Proxy, Trap
from tests.failures.senders import Report, add_versions, begin, draw_report
from tests.integration.passing_time import let_marks_age

REPORTS = [draw_report(number) for number in range(1, 61)]
BEFORE = [*map(begin, REPORTS[:20]), *REPORTS[20:40]]
# No request sends as many commands: a walk over them that does not end is a failure.
MOST_COMMANDS = 30


@pytest.fixture
def proxy(mongod: Mongod) -> Iterator[Proxy]:
    assert mongod.port is not None
    with Proxy(mongod.port) as passing:
        yield passing


@pytest.mark.parametrize("is_reply", [False, True], ids=["at a command", "at its answer"])
def test_after_a_writer_was_killed_its_client_s_retry_makes_it_right(
    mongod: Mongod, proxy: Proxy, is_reply: bool
) -> None:
    name = prepare(mongod.uri)
    doomed = Deployment(proxy.uri, name)
    runs: dict[tuple[str, int], Report] = {}
    with Deployment(mongod.uri, name).launch() as healthy:
        for place in range(1, MOST_COMMANDS):
            (path,) = add_versions(healthy, str(place))
            assert healthy.post(path, {"runs": BEFORE}).status == 201
            survived = _post_and_kill(doomed, proxy, path, Trap(place, is_reply=is_reply))
            assert healthy.post(path, {"runs": REPORTS}).json["accepted"] == len(REPORTS)
            check_version(healthy, path, {report["id"]: report for report in REPORTS})
            runs |= {(path, report["id"]): report for report in REPORTS}
            if survived:
                break
        assert 3 < place < MOST_COMMANDS - 1
        check_metrics(healthy.get("/api/v1/metrics").json, runs.values())
    with doomed.launch() as function:
        _make_marks_old(mongod, name)
        assert function.roll_up() > 0
        check_metrics(function.get("/api/v1/metrics").json, runs.values())


def _post_and_kill(deployment: Deployment, proxy: Proxy, path: str, trap: Trap) -> bool:
    """Whether the request was answered, because it has fewer commands than that."""
    with deployment.launch() as function:
        proxy.hold = trap.hold
        function.begin("POST", path, {"runs": REPORTS})
        survived = _wait(trap, function)
        function.kill()
        trap.opened.set()
    return survived


def _wait(trap: Trap, function: LambdaProcess) -> bool:
    """Wait until the trap is sprung or the request answered; whether it was the latter."""
    while not trap.sprung.wait(0.01):
        if function.has_answered():
            assert function.answer().status in (200, 201)
            return True
    return False


def _make_marks_old(mongod: Mongod, name: str) -> None:
    """As if the time had passed after which no request is under way any more."""
    with MongoClient[dict[str, Any]](mongod.uri) as client:
        let_marks_age(client[name])
