"""Primaries that die or step down under writers: nothing acknowledged is lost or told twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.failures.accounts import check_accounts, runs_of
from tests.failures.lambda_processes import Deployment
from tests.failures.replica_sets import ReplicaSet
from tests.failures.senders import Sender, add_versions, traffic

# A process that gives up soon, so that its client has to try again.
HASTY = {"SERVER_SELECTION_TIMEOUT_S": 0.3, "REQUEST_TIMEOUT_S": 2}


@pytest.mark.timeout(300)
def test_every_acknowledged_run_is_stored_once_whatever_happens_to_primaries(
    replica_set: ReplicaSet, deployment: Deployment
) -> None:
    """Two of the writers send the same runs at the same time, another one runs of its own."""
    hasty = replace(deployment, limits=HASTY)
    with deployment.launch() as function:
        shared, own = add_versions(function, "1", "2")
    senders = [Sender(deployment, shared), Sender(hasty, shared), Sender(hasty, own)]
    try:
        with traffic(senders) as flowing:
            flowing.await_batches()
            replica_set.primary().kill()
            flowing.await_batches()
            replica_set.primary().order("replSetStepDown", 5, secondaryCatchUpPeriodSecs=3)
            flowing.await_batches()
        with deployment.launch() as function:
            check_accounts(function, runs_of(senders))
    finally:
        for sender in senders:
            sender.close()
