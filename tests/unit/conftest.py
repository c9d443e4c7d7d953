"""Unit tests answer within seconds; `--hypothesis-profile=thorough` is for a change of rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from app import app
from chalicelib.database import connection as mongo
from tests.lambda_client import LambdaClient

settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("quick")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaClient]:
    """A client of the app, whose database does not exist and must not be asked for."""
    for name in ("AUTH_MODE", "CORS_ORIGINS", "MONGODB_SECRET_ID"):
        monkeypatch.delenv(name, raising=False)
    mongo.forget()
    monkeypatch.setattr(mongo, "client", _refuse)
    yield LambdaClient(app)
    monkeypatch.undo()
    mongo.forget()


def _refuse() -> None:
    raise AssertionError("this test must not connect to a database")
