"""A database that takes its time: requests end before Lambda would end them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from management.mongod import Mongod
from tests.failures.accounts import check_list, check_metrics
from tests.failures.conftest import prepare
from tests.failures.lambda_processes import Deployment, LambdaProcess
from tests.failures.proxies import Proxy, let_pass
from tests.failures.senders import AGENT, add_versions, begin, draw_report

LIMIT_S = 1
# Far less than Lambda's 29 s, and far more than a machine that is busy adds to the limit.
IN_TIME_S = 15

REPORTS = [draw_report(number) for number in range(1, 31)]
RUNS = f"{AGENT}/versions/1/runs"
REQUESTS = [
    ("POST", RUNS, {"runs": REPORTS}),
    ("POST", f"{AGENT}/versions", {"version": "1"}),
    ("GET", "/api/v1/metrics", None),
    ("GET", "/ready", None),
]


@pytest.fixture
def proxy(mongod: Mongod) -> Iterator[Proxy]:
    assert mongod.port is not None
    with Proxy(mongod.port) as passing:
        yield passing


@pytest.fixture
def function(mongod: Mongod, proxy: Proxy) -> Iterator[LambdaProcess]:
    """A warm function in front of runs that have begun."""
    deployment = Deployment(proxy.uri, prepare(mongod.uri), {"REQUEST_TIMEOUT_S": LIMIT_S})
    with deployment.launch() as launched:
        add_versions(launched, "1")
        begun = [begin(report) for report in REPORTS]
        assert launched.post(RUNS, {"runs": begun[:20]}).status == 201
        yield launched


def assert_too_slow(function: LambdaProcess, method: str, path: str, body: object) -> None:
    started = time.monotonic()
    answer = function.request(method, path, body)
    assert answer.status == 503, answer.text[:500]
    assert answer.json["code"] in ("database_timeout", "database_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert time.monotonic() - started < IN_TIME_S


def test_a_request_ends_in_time_when_its_database_does_not_answer(
    proxy: Proxy, function: LambdaProcess
) -> None:
    """Once it does again, every client's retry is served by the same process."""
    released = threading.Event()

    def hold(command: str, is_reply: bool) -> None:
        released.wait(IN_TIME_S * len(REQUESTS))

    proxy.hold = hold
    for method, path, body in REQUESTS:
        assert_too_slow(function, method, path, body)
    released.set()
    for method, path, body in REQUESTS:
        assert function.request(method, path, body).status in (200, 201)
    check_list(function.get(RUNS).json, {report["id"]: report for report in REPORTS})
    check_metrics(function.get("/api/v1/metrics").json, REPORTS)


def test_many_slow_operations_have_no_more_time_than_one(
    proxy: Proxy, function: LambdaProcess
) -> None:
    """Each of them is answered in time, and still their request is not."""
    proxy.hold = lambda command, is_reply: time.sleep(LIMIT_S / 3 if is_reply else 0)
    assert_too_slow(function, "POST", RUNS, {"runs": REPORTS})
    assert_too_slow(function, "GET", "/api/v1/metrics", None)
    proxy.hold = let_pass
    assert function.post(RUNS, {"runs": REPORTS}).status in (200, 201)
    check_metrics(function.get("/api/v1/metrics").json, REPORTS)
