"""One database for all examples of a module; each of them has an agent or a version of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from management.mongod import Mongod
from tests.fuzz.service import Service
from tests.integration.conftest import contract, serve_database
from tests.lambda_client import LambdaClient

# `contract` holds every answer to an example against the API document.
__all__ = ["contract", "database", "service"]


@pytest.fixture(scope="module")
def database(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    name = f"fuzz_{uuid4().hex}"
    yield mongo_client[name]
    mongo_client.drop_database(name)


@pytest.fixture(scope="module")
def service(mongod: Mongod, database: Database[dict[str, Any]]) -> Iterator[Service]:
    with serve_database(mongod, database) as app:
        yield Service(LambdaClient(app), database)
