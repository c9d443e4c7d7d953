"""The connection string of a deployed stage, from AWS Secrets Manager."""

from __future__ import annotations

import json
import logging
from typing import Any

from chalicelib.config import ConfigurationError

KEY = "MONGODB_URI"
_SCHEMES = ("mongodb://", "mongodb+srv://")
_TIMEOUT_S = 2
_ATTEMPTS = 2
_REASONS = {
    "ResourceNotFoundException": "there is no such secret in this account and region",
    "AccessDeniedException": "this function's role may not read it",
    "DecryptionFailure": "this function's role may not use the key that it is encrypted with",
    "InvalidRequestException": "it is marked for deletion",
}


def read_connection_string(secret_id: str) -> str:
    """The MongoDB connection string in a secret: as it is, or as {"MONGODB_URI": "…"}.

    Asks Secrets Manager, so call it once in a process. Raises ConfigurationError, which names
    the secret and never its content, when it is missing, denied, out of reach or malformed.
    """
    uri = _find_uri(_fetch(secret_id))
    if uri is None:
        raise _failure(
            secret_id, f'it must hold a connection string, as it is or as {{"{KEY}": "…"}}'
        )
    return uri


def _fetch(secret_id: str) -> str:
    # Imported here because it takes three quarters as long as all of the app, and because only
    # Lambda's own runtime is sure to have it.
    try:
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError:
        raise _failure(secret_id, "boto3, which reads it, is not installed here") from None
    # At DEBUG it logs what it receives.
    logging.getLogger("botocore").setLevel(logging.INFO)
    patience = Config(
        connect_timeout=_TIMEOUT_S,
        read_timeout=_TIMEOUT_S,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    try:
        manager = boto3.client("secretsmanager", config=patience)
        found = manager.get_secret_value(SecretId=secret_id)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise _failure(secret_id, f"{_REASONS.get(code, 'it cannot be read')} ({code})") from None
    except BotoCoreError as error:
        raise _failure(secret_id, f"it cannot be read ({type(error).__name__})") from None
    return str(found.get("SecretString", ""))


def _find_uri(text: str) -> str | None:
    uri: Any = text.strip()
    if uri.startswith("{"):
        try:
            uri = json.loads(uri).get(KEY)
        except ValueError:
            return None
    return uri if isinstance(uri, str) and uri.startswith(_SCHEMES) else None


def _failure(secret_id: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"MONGODB_SECRET_ID: the secret '{secret_id}': {reason}")
