"""The connection string from Secrets Manager; moto answers in AWS's place."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from app import app
from chalicelib.config import ConfigurationError
from chalicelib.database import connection as mongo
from chalicelib.database.secret import read_connection_string
from tests.lambda_client import LambdaClient

URI = "mongodb+srv://metrics:correct-horse@cluster0.example.net/?retryWrites=true"
NAME = "agent-metrics/test"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account, and nothing of this machine's own settings for AWS."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield


def store(text: str) -> None:
    boto3.client("secretsmanager").create_secret(Name=NAME, SecretString=text)


@pytest.fixture
def failing_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Makes every call to AWS raise the given error."""

    def fail(error: Exception) -> None:
        def call(*args: Any, **kwargs: Any) -> None:
            raise error

        monkeypatch.setattr("botocore.client.BaseClient._make_api_call", call)

    return fail


@pytest.mark.parametrize(
    "text",
    [
        URI,
        f"  {URI}\n",
        json.dumps({"MONGODB_URI": URI}),
        json.dumps({"MONGODB_URI": URI, "rotated": "2026-03-01"}, indent=2),
    ],
)
def test_a_secret_is_a_connection_string_or_an_object_with_one(text: str) -> None:
    store(text)
    assert read_connection_string(NAME) == URI


def test_a_secret_is_found_by_its_arn() -> None:
    store(URI)
    arn = boto3.client("secretsmanager").describe_secret(SecretId=NAME)["ARN"]
    assert read_connection_string(arn) == URI


def test_a_missing_secret_is_named() -> None:
    with pytest.raises(ConfigurationError, match=f"^MONGODB_SECRET_ID: .*{NAME}.*no such secret"):
        read_connection_string(NAME)


def test_a_deleted_secret_is_named() -> None:
    store(URI)
    boto3.client("secretsmanager").delete_secret(SecretId=NAME)
    with pytest.raises(ConfigurationError, match=f"^MONGODB_SECRET_ID: .*{NAME}.*deletion"):
        read_connection_string(NAME)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDeniedException", "role may not read it"),
        ("DecryptionFailure", "may not use the key"),
        ("ThrottlingException", "cannot be read"),
    ],
)
def test_a_refusal_of_aws_is_named(
    failing_with: Callable[[Exception], None], code: str, reason: str
) -> None:
    error = {"Error": {"Code": code, "Message": "User arn:aws:sts::123:role/x is not authorized"}}
    failing_with(ClientError(error, "GetSecretValue"))
    with pytest.raises(ConfigurationError, match=f"{reason}.*{code}") as caught:
        read_connection_string(NAME)
    assert "123" not in str(caught.value)


def test_secrets_manager_out_of_reach_is_named(
    failing_with: Callable[[Exception], None],
) -> None:
    failing_with(EndpointConnectionError(endpoint_url="https://secretsmanager.example"))
    with pytest.raises(ConfigurationError, match=r"MONGODB_SECRET_ID.*EndpointConnectionError"):
        read_connection_string(NAME)


def test_without_boto3_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigurationError, match=r"MONGODB_SECRET_ID.*boto3"):
        read_connection_string(NAME)


@pytest.mark.parametrize(
    "text",
    [
        "correct-horse",
        "postgres://metrics:correct-horse@host/db",
        '{"MONGODB_URI": "correct-horse"}',
        '{"MONGODB_URI": ["mongodb://correct-horse"]}',
        '{"uri": "mongodb://metrics:correct-horse@host"}',
        '{"MONGODB_URI": "mongodb://correct-horse',
        '{"MONGODB_URI": null}',
        "{}",
    ],
)
def test_a_malformed_secret_is_refused_without_a_word_of_it(text: str) -> None:
    store(text)
    with pytest.raises(ConfigurationError, match=f"^MONGODB_SECRET_ID: .*{NAME}") as caught:
        read_connection_string(NAME)
    assert "correct-horse" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_binary_secret_is_refused() -> None:
    boto3.client("secretsmanager").create_secret(Name=NAME, SecretBinary=URI.encode())
    with pytest.raises(ConfigurationError, match=r"^MONGODB_SECRET_ID: "):
        read_connection_string(NAME)


def test_the_secret_is_logged_at_no_level(caplog: pytest.LogCaptureFixture) -> None:
    """botocore writes each response into its debug log unless it is told not to."""
    store(URI)
    with caplog.at_level(logging.DEBUG):
        read_connection_string(NAME)
    assert "correct-horse" not in caplog.text


@pytest.fixture
def secret_id(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "agent-metrics-test-api_handler")
    monkeypatch.setenv("MONGODB_SECRET_ID", NAME)
    mongo.forget()
    yield NAME
    mongo.forget()


def test_the_client_is_made_from_the_secret_which_is_read_once(
    secret_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []

    def read(asked: str) -> str:
        reads.append(asked)
        return "mongodb://127.0.0.1:1/?directConnection=true"

    monkeypatch.setattr(mongo, "read_connection_string", read)
    assert mongo.client() is mongo.client()
    assert reads == [secret_id]


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://metrics:correct/horse@host",
        "mongodb://metrics:correct-horse@host:99999",
        "mongodb://metrics:correct-horse@[::1",
    ],
)
def test_a_connection_string_that_the_driver_refuses_is_not_quoted(
    uri: str, secret_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "read_connection_string", lambda _: uri)
    with pytest.raises(ConfigurationError, match=r"^MONGODB_SECRET_ID: ") as caught:
        mongo.client()
    assert "horse" not in str(caught.value)


def test_requests_are_asked_to_wait_and_only_the_log_says_why(
    secret_id: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that retries loses nothing while somebody mends the deployment."""
    monkeypatch.setenv("AUTH_MODE", "off")
    answer = LambdaClient(app).get("/api/v1/agents")
    assert (answer.status, answer.json["code"]) == (503, "not_ready")
    assert int(answer.headers["Retry-After"]) > 0
    assert secret_id not in answer.text
    assert f"MONGODB_SECRET_ID: the secret '{secret_id}'" in caplog.text
    store(URI.replace("mongodb+srv", "mongodb"))
    assert mongo.client() is not None
