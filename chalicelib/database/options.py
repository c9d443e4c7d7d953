"""The options of a connection string: respected, or refused by name; never dropped silently.

The driver itself leaves out what it does not know or cannot read, with no more than a warning, and
what the service needs would silently win over what an operator wrote.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote_plus

from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from pymongo.uri_parser import split_options

from chalicelib.config import ConfigurationError

# What the service promises stands on these. Journaled too: a standalone server calls a write a
# majority before it is on disk.
_FIXED: dict[str, tuple[Any, str]] = {
    "w": ("majority", "what is acknowledged has to survive a failover"),
    "journal": (True, "what is acknowledged has to survive a crash"),
    "readpreference": ("primary", "what is acknowledged is in the next answer"),
    "tz_aware": (True, "times are kept in UTC"),
}
_OWN_LIMIT = "timeoutms"
_WITHIN_A_REQUEST = ("serverselectiontimeoutms", "connecttimeoutms")
_AWS = "MONGODB-AWS"
# The second is in Lambda's own runtime, and in no zip.
_AWS_PACKAGES = ("pymongo_auth_aws", "boto3")

# Codes that say that the connection string is refused.
_WRONG_USER = "the database refuses the user or the password: correct them, and authSource"
_REFUSALS = {
    13: "the database lets the user not do this: give it the role readWrite on MONGODB_DATABASE,"
    " or a user to the connection string where it has none",
    18: _WRONG_USER,
    8000: _WRONG_USER,  # Atlas's own
}
_NO_MECHANISM = (
    "the database does not know the authMechanism of the connection string: use one that it has, or"
    " let it take that one (MONGODB-AWS needs Atlas)"
)
_NO_AWS_CREDENTIALS = (
    f"authMechanism={_AWS} found no AWS credentials: in Lambda those of the function's role are"
    " there; elsewhere set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
)
# What the driver says of a server that it could not log in to, in place of a code.
_SAID = {
    "which is not enabled": _NO_MECHANISM,
    "credentials could not be obtained": _NO_AWS_CREDENTIALS,
    "uthentication failed": _WRONG_USER,
}
_TLS_WORDS = ("SSL", "certificate", "TLS")


def client_options(
    setting: str, uri: str, *, pool_size: int, selection_s: float, request_s: float
) -> dict[str, Any]:
    """The driver's options for this connection string: ours, except where it has its own.

    Raises ConfigurationError naming the setting, and the option that cannot be used; never a value,
    which may be a secret, unless it is the name of a file.
    """
    given = _read(setting, uri.partition("?")[2])
    _check(setting, given, request_s)
    own = {
        "appname": "agent-metrics",
        "maxPoolSize": pool_size,
        "maxIdleTimeMS": 60_000,
        "serverSelectionTimeoutMS": int(selection_s * 1000),
        "connectTimeoutMS": int(selection_s * 1000),
        "retryWrites": True,
        "retryReads": True,
    }
    fixed = {"w": "majority", "journal": True, "tz_aware": True}
    return fixed | {name: value for name, value in own.items() if name.lower() not in given}


def _read(setting: str, query: str) -> dict[str, Any]:
    """The options by their names in small letters, as the driver understands their values."""
    given: dict[str, Any] = {}
    for part in query.replace(";", "&").split("&"):
        name = unquote_plus(part.partition("=")[0])
        if not name:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = split_options(part, validate=True, warn=False, normalize=False)
        except OSError as error:
            raise ConfigurationError(
                f"{setting}: the file that the option '{name}' names, {error.filename}, cannot be"
                f" read: {error.strerror}"
            ) from None
        except (PyMongoError, ValueError, Warning):
            raise ConfigurationError(
                f"{setting}: the option '{name[:40]}' of the connection string is unknown to the"
                " driver, or has a value that it cannot have: see"
                " https://www.mongodb.com/docs/manual/reference/connection-string-options/"
            ) from None
        given |= {key.lower(): value for key, value in found.items()}
    return given


def _check(setting: str, given: dict[str, Any], request_s: float) -> None:
    for name, (value, reason) in _FIXED.items():
        if str(given.get(name, value)).lower() != str(value).lower():
            raise ConfigurationError(
                f"{setting}: leave out the option '{name}', here it is always {value}: {reason}"
            )
    if _OWN_LIMIT in given:
        raise ConfigurationError(
            f"{setting}: leave out the option 'timeoutMS': a request has {request_s} s,"
            " whatever it asks the database for"
        )
    for name in _WITHIN_A_REQUEST:
        # The driver has read them as seconds.
        if (given.get(name) or 0) > request_s:
            raise ConfigurationError(
                f"{setting}: the option '{name}' is more than the {request_s} s that a"
                " request has: use less, or leave it out"
            )
    if given.get("authmechanism") == _AWS and not all(map(find_spec, _AWS_PACKAGES)):
        raise ConfigurationError(
            f"{setting}: authMechanism={_AWS} needs the packages pymongo-auth-aws and boto3, which"
            " are not both installed here: install pymongo-auth-aws, or use a user and a password"
        )


def refusal_of(error: PyMongoError) -> str | None:
    """What to do where the database refuses the connection string as it is, else None."""
    if isinstance(error, OperationFailure) and error.code in _REFUSALS:
        return _REFUSALS[error.code]
    # For a while after a refusal the driver takes the server for one that is not there.
    if isinstance(error, ConnectionFailure | OperationFailure):
        said = [refusal for words, refusal in _SAID.items() if words in str(error)]
        if said:
            return said[0]
    if not isinstance(error, ConnectionFailure):
        return None
    if any(word in str(error) for word in _TLS_WORDS):
        return (
            "the database's certificate is not trusted, or it speaks no TLS: compare the options"
            " tls and tlsCAFile with what it has"
        )
    return None
