"""Ways in which a server refuses, interrupts or does not confirm what the service asks of it.

MongoDB's own fail points answer with these errors in place of what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from chalice import Chalice
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from chalicelib.rollups import counting, upkeep
from tests.failures import refusals
from tests.failures.refusals import POST_BATCH, Request, Tenant
from tests.failures.replica_sets import Member, ReplicaSet
from tests.integration.conftest import serve_database
from tests.integration.passing_time import let_marks_age, roll_up
from tests.lambda_client import LambdaClient

Document = dict[str, Any]
Failure = dict[str, Any]

INTERRUPTED = {"errorCode": 11602}
CONNECTION_LOST = {"closeConnection": True}
# Enough to try each month that is marked.
SOME_S = 20


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Member]:
    """A replica set of one: enough for the driver to retry as it does with any."""
    with ReplicaSet(tmp_path_factory.mktemp("refusing"), members=1) as started:
        yield started.primary()


@pytest.fixture(scope="module")
def database(refusing: Member) -> Iterator[Database[Document]]:
    with MongoClient[Document](refusing.uri, tz_aware=True) as administrator:
        yield administrator["refusing"]


@pytest.fixture(scope="module")
def app(refusing: Member, database: Database[Document]) -> Iterator[Chalice]:
    with serve_database(refusing, database) as served:
        yield served


@pytest.fixture
def tenant(app: Chalice, refusing: Member, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    return Tenant(LambdaClient(app), refusing, monkeypatch)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("insert", 10107),  # NotWritablePrimary
        ("update", 189),  # PrimarySteppedDown
        ("insert", 91),  # ShutdownInProgress
        ("insert", 112),  # WriteConflict
        ("insert", 50),  # MaxTimeMSExpired
        ("find", 11602),  # InterruptedDueToReplStateChange
        ("find", 134),  # ReadConcernMajorityNotAvailableYet
        ("find", 13436),  # NotPrimaryOrSecondary
        ("find", 11601),  # Interrupted
        ("find", 43),  # CursorNotFound
        ("find", 262),  # ExceededTimeLimit
    ],
)
def test_an_error_that_passes_is_503(tenant: Tenant, command: str, code: int) -> None:
    with tenant.failing(command, errorCode=code):
        tenant.send_in_vain(POST_BATCH)
    tenant.settle()


@pytest.mark.parametrize("failure", [INTERRUPTED, CONNECTION_LOST], ids=str)
@pytest.mark.parametrize(
    ("command", "request_"),
    [
        ("insert", refusals.REGISTER),
        ("insert", refusals.ADD_VERSION),
        ("find", refusals.LIST_RUNS),
        ("aggregate", refusals.METRICS),
    ],
)
def test_every_kind_of_request_may_fail(
    tenant: Tenant, command: str, request_: Request, failure: Failure
) -> None:
    with tenant.failing(command, **failure):
        tenant.send_in_vain(request_)
    tenant.settle(request_)


@pytest.mark.parametrize("code", [64, 189], ids=["WriteConcernFailed", "PrimarySteppedDown"])
@pytest.mark.parametrize(
    ("command", "request_"),
    [
        ("insert", POST_BATCH),
        ("update", POST_BATCH),
        ("insert", refusals.REGISTER),
        ("insert", refusals.ADD_VERSION),
    ],
)
def test_a_write_that_no_majority_confirmed_is_503(
    tenant: Tenant, command: str, request_: Request, code: int
) -> None:
    """It was done, and may yet be undone: the client has to ask again."""
    error = {"code": code, "errmsg": "not confirmed"}
    with tenant.failing(command, writeConcernError=error):
        tenant.send_in_vain(request_)
    tenant.settle(request_)


@pytest.mark.parametrize("failure", [INTERRUPTED, CONNECTION_LOST], ids=str)
@pytest.mark.parametrize("command", ["insert", "update", "find", "aggregate"])
def test_what_fails_once_is_retried_by_the_driver(
    tenant: Tenant, command: str, failure: Failure
) -> None:
    """A client hears nothing of it."""
    for request in (POST_BATCH, refusals.METRICS):
        with tenant.failing(command, mode={"times": 1}, **failure):
            assert tenant.send(request).status in (200, 201)
    tenant.settle()


@pytest.mark.parametrize(
    ("command", "request_"), [("insert", POST_BATCH), ("aggregate", refusals.METRICS)]
)
def test_a_mistake_of_ours_is_500_and_says_nothing(
    tenant: Tenant, command: str, request_: Request
) -> None:
    """Retrying it would not help, so no client is asked to."""
    with tenant.failing(command, errorCode=9):
        answer = tenant.send(request_)
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert "failCommand" not in answer.text


@pytest.mark.parametrize(
    "failure",
    [INTERRUPTED, CONNECTION_LOST, {"writeConcernError": {"code": 64, "errmsg": "not confirmed"}}],
    ids=str,
)
def test_hours_whose_rollups_were_not_confirmed_stay_marked(
    tenant: Tenant,
    database: Database[Document],
    monkeypatch: pytest.MonkeyPatch,
    failure: Failure,
) -> None:
    """A failover could take the rollups back, and nobody would make them again."""
    tenant.settle()
    marked = database["marks"].distinct("_id")
    assert marked
    monkeypatch.setattr(counting, "STEP_TIMEOUT_S", refusals.LIMIT_S)
    failure = {"namespace": f"{database.name}.tiles", **failure}
    let_marks_age(database)
    # A month that takes too long is set aside, while other failures end the round.
    with tenant.failing("insert", "update", **failure), suppress(PyMongoError):
        assert upkeep.count_marked(SOME_S) == 0
    assert database["marks"].distinct("_id") == marked
    tenant.check_metrics()
    monkeypatch.undo()
    database["marks"].update_many({}, {"$unset": {"aside": ""}})
    roll_up(database)
    tenant.check_metrics()
