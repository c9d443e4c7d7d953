"""Databases that may be killed, and deployments of the service on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from chalicelib.database.indexes import ensure_indexes
from tests.failures.lambda_processes import Deployment
from tests.failures.replica_sets import ReplicaSet


@pytest.fixture(scope="session")
def started_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with ReplicaSet(tmp_path_factory.mktemp("replica_set")) as started:
        yield started


@pytest.fixture
def replica_set(started_set: ReplicaSet) -> ReplicaSet:
    """Three members in good health, whatever the test before has done to them."""
    started_set.heal()
    return started_set


def prepare(uri: str) -> str:
    """A new database with the indexes of the service; its name."""
    name = f"test_{uuid4().hex}"
    with MongoClient[dict[str, Any]](uri, w="majority") as client:
        ensure_indexes(client[name])
    return name


@pytest.fixture
def deployment(replica_set: ReplicaSet) -> Deployment:
    """The service on the replica set, in a database of the test's own."""
    return Deployment(replica_set.uri, prepare(replica_set.uri))
