"""Writes that a failover takes back: nobody was told that they stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from tests.failures.accounts import check_metrics
from tests.failures.lambda_processes import Deployment, LambdaProcess
from tests.failures.replica_sets import ReplicaSet
from tests.failures.senders import AGENT, add_versions, draw_report, insist

LATE = "/api/v1/agents/late"
# What has to be refused takes as long; what need not, is tried again.
LIMIT_S = 1


@pytest.fixture
def function(deployment: Deployment) -> Iterator[LambdaProcess]:
    with replace(deployment, limits={"REQUEST_TIMEOUT_S": LIMIT_S}).launch() as launched:
        yield launched


@contextmanager
def doomed_primary(replica_set: ReplicaSet) -> Iterator[None]:
    """What is written meanwhile reaches no other member, and is lost with the primary."""
    primary = replica_set.primary()
    with ExitStack() as held_up:
        for member in replica_set.secondaries():
            held_up.enter_context(member.failing("stopReplProducer"))
        yield
        primary.kill()
    replica_set.primary()


def test_what_a_failover_may_take_back_is_neither_acknowledged_nor_remembered(
    replica_set: ReplicaSet, function: LambdaProcess
) -> None:
    """A run is unchanged only if it stays; runs of an agent that goes would belong to nobody."""
    (path,) = add_versions(function, "1")
    run, late, version = draw_report(1), {"project": "tests"}, {"version": "late"}
    with doomed_primary(replica_set):
        for _ in range(2):
            assert function.post(path, {"runs": [run]}).status == 503
        assert function.post(f"{LATE}/register", late).status == 503
        assert function.post(f"{AGENT}/versions", version).status == 503
        assert function.get(LATE).status == 404
        assert function.get(f"{AGENT}/versions/late").status == 404
    assert insist(function, path, {"runs": [run]}).json["accepted"] == 1
    registered = insist(function, f"{LATE}/register", late)
    assert function.post(f"{LATE}/register", late).json == registered.json
    added = insist(function, f"{AGENT}/versions", version)
    assert function.post(f"{AGENT}/versions", version).json == added.json
    assert insist(function, f"{AGENT}/versions/late/runs", draw_report(2)).json["id"] == 2
    check_metrics(function.get("/api/v1/metrics").json, [run, draw_report(2)])
