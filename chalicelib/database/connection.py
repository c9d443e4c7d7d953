"""The one pooled MongoClient of a process, and what its failures mean."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import pymongo
from pymongo import MongoClient, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
)
from pymongo.errors import ConfigurationError as DriverConfigurationError
from pymongo.read_concern import ReadConcern

from chalicelib.config import ConfigurationError, is_deployed, settings, without_credentials
from chalicelib.database.names import D, Name
from chalicelib.database.options import client_options, refusal_of
from chalicelib.database.recent import Recent
from chalicelib.database.secret import read_connection_string
from chalicelib.errors import DatabaseTimeout, DatabaseUnavailable, NotReady, ServiceUnavailable

# Any document: what is known of it is in chalicelib.database.documents.
Document = Mapping[str, Any]
# What the database is asked: conditions, changes, fields, stages of pipelines.
Clause = dict[str, Any]

_making = Lock()
_preparations: list[Callable[[Database[Any]], None]] = []
log = logging.getLogger("agent_metrics")

# A dead database is answered within 5 s; a slow one within the function's 29 s, however many
# operations a request has.
SERVER_SELECTION_TIMEOUT_S = 4
REQUEST_TIMEOUT_S = 20
# As many documents as fit into 16 MB: a first reply has 101 unless more are asked for.
WHOLE_REPLY = 1_000_000

_BAD_VALUE = 2
_DUPLICATE = 11000
# Codes of a server that could not do it just now: another member may, or the same one later.
_PASSING = frozenset(
    (
        *(6, 7, 89, 9001),  # members or shards do not reach each other
        *(91, 189, 10058, 10107, 11600, 11602, 13435, 13436),  # it stops, or is primary no more
        *(24, 46, 112, 11601),  # locks, write conflicts, an operation killed by hand
        *(43, 175, 237),  # the cursor, or the index that it walks, is gone
        *(133, 134, 246, 262),  # no member yet that can serve the read
        14031,  # the disk is full
    )
)
_PASSING_LABELS = ("RetryableWriteError", "TransientTransactionError", "RetryableError")


class _Client(MongoClient[Any]):
    """The driver's client, which waits for a server as long as `serverSelectionTimeoutMS` says.

    Within `pymongo.timeout` the driver waits until that has run out; but a database that is gone
    must be answered for sooner than a slow one, even when it goes in the middle of a request.
    """

    def _select_server(self, *args: Any, **kwargs: Any) -> Any:
        with pymongo.timeout(self.options.server_selection_timeout):
            return super()._select_server(*args, **kwargs)


def client() -> MongoClient[Any]:
    """The process's client; connects at its first operation, and is reused by warm invocations.

    Raises ConfigurationError when the connection string cannot be had or used.
    """
    # The local server's first requests may come at once, and `cache` would make one for each.
    with _making:
        return _client()


@cache
def _client() -> MongoClient[Any]:
    chosen = settings()
    # At DEBUG it logs what it sends.
    logging.getLogger("pymongo").setLevel(logging.INFO)
    if chosen.mongodb_secret_id is None:
        return _connect(setting_name(), chosen.mongodb_uri)
    return _connect(setting_name(), read_connection_string(chosen.mongodb_secret_id))


def _connect(setting: str, uri: str) -> MongoClient[Any]:
    try:
        return _Client(
            uri,
            **client_options(
                setting,
                uri,
                pool_size=settings().mongodb_pool_size,
                selection_s=SERVER_SELECTION_TIMEOUT_S,
                request_s=REQUEST_TIMEOUT_S,
            ),
        )
    except OSError as error:
        what = error.filename or "a file that an option names"
        raise ConfigurationError(f"{setting}: {what} cannot be used: {error.strerror}") from None
    except (InvalidURI, ValueError):
        # Not the driver's own words, which may quote a part of the password.
        raise ConfigurationError(
            f"{setting}: the driver cannot read the connection string;"
            " user and password must be percent-encoded"
        ) from None
    except PyMongoError as error:
        # An address of the kind mongodb+srv:// is looked up here already.
        raise ConfigurationError(f"{setting}: {error}") from None


def setting_name() -> str:
    """The setting that the connection string comes from."""
    return "MONGODB_URI" if settings().mongodb_secret_id is None else "MONGODB_SECRET_ID"


def database() -> Database[Any]:
    return client()[settings().mongodb_database]


def before_first_use(prepare: Callable[[Database[Any]], None]) -> None:
    """Have `prepare` called before a process first uses a collection; again where that failed."""
    _preparations.append(prepare)


@cache
def _prepared_database() -> Database[Any]:
    # Without a lock, so that nobody waits for the failures of others: preparing twice does no harm.
    for prepare in _preparations:
        prepare(database())
    return database()


def collection(name: Name[D]) -> Collection[D]:
    """The collection of this name (chalicelib.database.names), of documents of its shape."""
    return _collection(name)


@cache
def _collection(name: str) -> Collection[Any]:
    return _prepared_database()[str(name)]


def committed(name: Name[D]) -> Collection[D]:
    """The collection as a majority has it: for what is answered or remembered as lasting.

    What a failover could still take back is not there yet.
    """
    return collection(name).with_options(read_concern=ReadConcern("majority"))


def forget() -> None:
    """Close the client and read the settings anew at the next use (tests, and `serve`)."""
    if _client.cache_info().currsize:
        _client().close()
    _client.cache_clear()
    _prepared_database.cache_clear()
    _collection.cache_clear()
    settings.cache_clear()
    Recent.forget_all()


@contextmanager
def database_errors() -> Iterator[None]:
    """Limit the time of a request's operations, and turn the driver's failures into answers.

    Raises DatabaseTimeout when the database was too slow, DatabaseUnavailable when it could not
    be reached or could not do the operation just now, and NotReady when it lacks an index; all
    of them ask the client to retry. What is left is a mistake of ours, raised as it is.
    """
    try:
        with pymongo.timeout(REQUEST_TIMEOUT_S):
            yield
    except PyMongoError as error:
        problem = problem_of(error)
        if problem is None:
            raise
        # Neither the error's text nor its details: both may quote what a client sent.
        code = getattr(error, "code", None) or ""
        level = logging.ERROR if isinstance(problem, NotReady) else logging.WARNING
        log.log(level, "database: %s %s: %s", type(error).__name__, code, problem)
        raise problem from error


def problem_of(error: PyMongoError) -> ServiceUnavailable | None:
    """What the driver's error means to a client, or None when retrying is of no use."""
    if error.timeout and not isinstance(error, ServerSelectionTimeoutError):
        return DatabaseTimeout(
            "the database took too long; retry, or ask for less (a narrower from and to)"
        )
    refusal = refusal_of(error)
    if refusal is not None:
        return NotReady(f"{setting_name()}: {refusal}")
    if isinstance(error, ConnectionFailure) or _is_lookup_failure(error):
        return DatabaseUnavailable(_unreachable())
    if isinstance(error, BulkWriteError | WriteConcernError):
        return DatabaseUnavailable("the database did not confirm the write; retry")
    return _problem_of_operation(error) if isinstance(error, OperationFailure) else None


def _problem_of_operation(error: OperationFailure) -> ServiceUnavailable | None:
    if error.code == _BAD_VALUE and "hint provided" in str((error.details or {}).get("errmsg")):
        return NotReady("the database lacks an index: run 'python manage.py index'")
    if error.code in _PASSING or any(map(error.has_error_label, _PASSING_LABELS)):
        return DatabaseUnavailable("the database could not do it just now; retry shortly")
    return None


def _unreachable() -> str:
    """Which address was tried is said on a developer's machine, and kept to itself in Lambda."""
    if is_deployed():
        return "the database cannot be reached; retry shortly"
    address = without_credentials(settings().mongodb_uri)
    return (
        f"no MongoDB can be reached at {address}: start one there, or name another with MONGODB_URI"
    )


def _is_lookup_failure(error: PyMongoError) -> bool:
    """Whether the name in a mongodb+srv:// address could not be looked up."""
    # The driver says the same of an address that is wrong, but gives that no cause.
    return isinstance(error, DriverConfigurationError) and error.__cause__ is not None


def duplicates(error: BulkWriteError) -> list[int]:
    """The places of the writes that a unique index refused, ascending.

    Raises the error itself when that was not all: a write failed for another reason, or was not
    confirmed by a majority.
    """
    refused = error.details.get("writeErrors", [])
    if error.details.get("writeConcernErrors") or any(e["code"] != _DUPLICATE for e in refused):
        raise error
    return sorted(e["index"] for e in refused)


def upsert(name: Name[Any], updates: Sequence[UpdateOne]) -> None:
    """Update the documents of a collection, in any order, and make those that there are not.

    Somebody else may be making the same ones: then they are there the second time.
    """
    if not updates:
        return  # which the driver would refuse
    try:
        collection(name).bulk_write(updates, ordered=False)
    except BulkWriteError as error:
        duplicates(error)
        collection(name).bulk_write(updates, ordered=False)
