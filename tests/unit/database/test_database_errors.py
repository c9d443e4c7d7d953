"""What each of the driver's errors means to a client."""

from __future__ import annotations

import inspect
import logging

import pytest
from pymongo import MongoClient, errors
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from chalicelib.database.connection import database_errors, duplicates, problem_of
from chalicelib.errors import DatabaseTimeout, DatabaseUnavailable, NotReady, ServiceUnavailable

UNREACHABLE = [
    errors.ConnectionFailure(),
    errors.AutoReconnect(),
    errors.NotPrimaryError("not primary", {"code": 10107}),
    errors.ServerSelectionTimeoutError(),
    errors._OperationCancelled(),
]
TOO_SLOW = [
    errors.NetworkTimeout(),
    errors.WaitQueueTimeoutError(),
    errors.ExecutionTimeout("operation exceeded time limit", 50),
    errors.WTimeoutError("waiting for replication timed out", 64),
]
UNCONFIRMED: list[PyMongoError] = [
    errors.WriteConcernError("primary stepped down", 189),
    BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 91}]}),
    BulkWriteError({"writeErrors": [{"index": 0, "code": 11602}], "writeConcernErrors": []}),
]
# The server could not do it just now.
PASSING = [
    errors.CursorNotFound("cursor id not found", 43),
    OperationFailure("read concern majority is not available yet", 134),
    OperationFailure("could not find host matching read preference", 133),
    OperationFailure("operation was interrupted", 11601),
    OperationFailure("write conflict", 112, {"errorLabels": ["TransientTransactionError"]}),
    OperationFailure("any", 99999, {"errorLabels": ["RetryableWriteError"]}),
]
# Repeating the request would not help: these are mistakes of ours.
OURS = [
    PyMongoError(),
    errors.ProtocolError(),
    errors.InvalidOperation(),
    errors.InvalidName(),
    errors.CollectionInvalid(),
    errors.ConfigurationError(),
    errors.InvalidURI(),
    errors.EncryptionError(Exception()),
    errors.EncryptedCollectionError(Exception(), {}),
    errors.WriteError("document failed validation", 121),
    errors.DuplicateKeyError("duplicate key", 11000),
    OperationFailure("unknown operator", 2),
    OperationFailure("failed to parse", 9),
    errors.ClientBulkWriteException({"error": None}, verbose=False),
]
# Of a document that cannot be sent at all, which validation has to see to.
NOT_OF_A_SERVER = {errors.DocumentTooLarge}


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        *((error, DatabaseUnavailable) for error in [*UNREACHABLE, *UNCONFIRMED, *PASSING]),
        *((error, DatabaseTimeout) for error in TOO_SLOW),
    ],
    ids=repr,
)
def test_what_may_pass_asks_for_a_retry(
    found: PyMongoError, problem: type[ServiceUnavailable]
) -> None:
    with pytest.raises(problem) as raised, database_errors():
        raise found
    assert raised.value.status == 503
    assert int(raised.value.headers["Retry-After"]) > 0
    assert raised.value.__cause__ is found


@pytest.mark.parametrize("found", OURS, ids=repr)
def test_what_would_not_pass_is_no_invitation_to_retry(found: PyMongoError) -> None:
    assert problem_of(found) is None
    with pytest.raises(type(found)), database_errors():
        raise found


def test_every_error_of_the_driver_has_a_meaning_here() -> None:
    """A new release of the driver may bring another one."""
    known = {type(error) for error in [*UNREACHABLE, *TOO_SLOW, *UNCONFIRMED, *PASSING, *OURS]}
    classes = {
        found
        for _, found in inspect.getmembers(errors, inspect.isclass)
        if found.__module__ == errors.__name__ and issubclass(found, Exception)
    }
    assert classes - NOT_OF_A_SERVER == known


def test_a_missing_index_is_told_apart_from_a_user_s_word_for_it() -> None:
    missing = OperationFailure("x", 2, {"errmsg": "hint provided does not correspond to an index"})
    assert isinstance(problem_of(missing), NotReady)
    assert problem_of(OperationFailure("x", 2, {"errmsg": "bad", "value": "hint"})) is None
    assert problem_of(OperationFailure("x", 9, {"errmsg": "hint"})) is None


def test_an_address_that_cannot_be_looked_up_asks_for_a_retry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In Lambda the driver looks up a mongodb+srv:// address in the middle of a request."""
    from dns import exception, resolver  # noqa: PLC0415 - only this test needs it

    def resolve(*_: object, **__: object) -> None:
        raise exception.Timeout

    monkeypatch.setattr(resolver, "resolve", resolve)
    client = MongoClient[dict[str, object]]("mongodb+srv://db.example.com", connect=False)
    with pytest.raises(DatabaseUnavailable), database_errors():
        client.admin.command("ping")


def test_the_log_says_which_error_it_was_and_nothing_of_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = OperationFailure("secret words", 11601, {"errmsg": "secret words"})
    with caplog.at_level(logging.INFO), pytest.raises(DatabaseUnavailable), database_errors():
        raise error
    assert "OperationFailure 11601" in caplog.text
    assert "secret" not in caplog.text


def test_duplicates_are_told_apart_from_writes_that_failed() -> None:
    both = [{"index": 7, "code": 11000}, {"index": 2, "code": 11000}]
    assert duplicates(BulkWriteError({"writeErrors": both, "writeConcernErrors": []})) == [2, 7]
    for details in (
        {"writeErrors": both, "writeConcernErrors": [{"code": 64}]},
        {"writeErrors": [*both, {"index": 8, "code": 121}], "writeConcernErrors": []},
    ):
        with pytest.raises(BulkWriteError):
            duplicates(BulkWriteError(details))
