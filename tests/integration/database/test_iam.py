"""IAM in place of a password, up to a database's first answer: this mongod knows no IAM."""

from __future__ import annotations

import pytest
from chalice.app import Chalice

from chalicelib.database import connection as mongo
from management.mongod import Mongod
from tests.lambda_client import LambdaClient

SECRET = "s3cr3t-of-aws"
OPTIONS = "authSource=%24external&authMechanism=MONGODB-AWS"


@pytest.fixture
def client(app: Chalice, mongod: Mongod, monkeypatch: pytest.MonkeyPatch) -> LambdaClient:
    """The app on a connection string without user and password, and an account's credentials."""
    monkeypatch.setenv("MONGODB_URI", f"{mongod.uri.partition('?')[0].rstrip('/')}/?{OPTIONS}")
    for name in ("AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFAKE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SECRET)
    mongo.forget()
    return LambdaClient(app)


def test_the_database_is_asked_with_the_functions_credentials(
    client: LambdaClient, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):  # the second time the driver says it in other words
        answer = client.get("/ready")
        assert (answer.status, answer.json["code"]) == (503, "not_ready")
        assert answer.json["detail"].startswith("MONGODB_URI: the database does not know the auth")
        assert SECRET not in answer.text
    assert "does not know the authMechanism" in caplog.text
    assert SECRET not in caplog.text


def test_without_credentials_it_says_where_they_come_from(
    client: LambdaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    answer = client.get("/ready")
    assert (answer.status, answer.json["code"]) == (503, "not_ready")
    assert "found no AWS credentials" in answer.json["detail"]
