"""Settings: the one reader of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# How much longer than RUNS_TTL_DAYS MongoDB keeps runs; see chalicelib.database.retention.
TTL_MARGIN_DAYS = 2
MAX_TTL_DAYS = (2**31 - 1) // 86_400 - TTL_MARGIN_DAYS
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_ORIGIN = re.compile(r"https?://[^/\s]+")


class ConfigurationError(Exception):
    """A setting is missing or has a value that cannot be used; the text names it."""


class Settings(NamedTuple):
    """What a deployment can choose. Each field is read from the variable in capitals.

    Only a deployed function reads `mongodb_secret_id`: see _secret_id.
    Times are in milliseconds or days as named. Documented in README.md; a test compares.
    """

    mongodb_uri: str = "mongodb://localhost:27017"
    mongodb_database: str = "agent_metrics"
    mongodb_secret_id: str | None = None
    mongodb_pool_size: int = 10
    auth_mode: str = "off"
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    runs_ttl_days: int | None = None
    spans_ttl_days: int = 7
    audit_ttl_days: int = 400
    prices_file: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check every setting.

        Raises ConfigurationError naming the variable whose value cannot be used.
        """
        default = cls(auth_mode=_default_auth_mode(environment))
        return cls(
            mongodb_uri=_read(environment, "MONGODB_URI", _mongodb_uri, default.mongodb_uri),
            mongodb_database=_read(
                environment, "MONGODB_DATABASE", _database_name, default.mongodb_database
            ),
            mongodb_secret_id=_secret_id(environment),
            mongodb_pool_size=_read(
                environment, "MONGODB_POOL_SIZE", _positive, default.mongodb_pool_size
            ),
            auth_mode=_read(environment, "AUTH_MODE", _auth_mode, default.auth_mode),
            cors_origins=_read(environment, "CORS_ORIGINS", _origins, default.cors_origins),
            allowed_hosts=_read(environment, "ALLOWED_HOSTS", _hosts, default.allowed_hosts),
            runs_ttl_days=_read(environment, "RUNS_TTL_DAYS", _ttl_days, default.runs_ttl_days),
            spans_ttl_days=_read(environment, "SPANS_TTL_DAYS", _ttl_days, default.spans_ttl_days),
            audit_ttl_days=_read(environment, "AUDIT_TTL_DAYS", _ttl_days, default.audit_ttl_days),
            prices_file=_read(environment, "PRICES_FILE", str, default.prices_file),
        )


def is_deployed(environment: Mapping[str, str] | None = None) -> bool:
    """Whether this process runs in Lambda, which sets this variable in every function."""
    return "AWS_LAMBDA_FUNCTION_NAME" in (os.environ if environment is None else environment)


def without_credentials(uri: str) -> str:
    """A connection string that may be shown: without user, password and options.

    Everything before the last @ goes, so that nothing stays of a password that should have been
    percent-encoded and was not.
    """
    return re.sub(r"//.*@", "//", uri, flags=re.DOTALL).partition("?")[0].rstrip("/")


@cache
def settings() -> Settings:
    """The process's settings, read once on first use."""
    return Settings.from_environment(os.environ)


def _read(environment: Mapping[str, str], name: str, parse: Callable[[str], T], default: T) -> T:
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        return parse(text)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}") from None


def _secret_id(environment: Mapping[str, str]) -> str | None:
    """The secret of a deployed stage; None on every other machine.

    `chalice local` and Chalice's test client put a stage's variables over the developer's own. So
    elsewhere this one says nothing about which database is wanted, and must not hide MONGODB_URI.
    """
    if not is_deployed(environment):
        return None
    return _read(environment, "MONGODB_SECRET_ID", str, None)


def _default_auth_mode(environment: Mapping[str, str]) -> str:
    """Exposed on the internet means locked: only a process outside Lambda may start open."""
    return "token" if is_deployed(environment) else "off"


def _auth_mode(text: str) -> str:
    if text not in ("off", "token"):
        raise ValueError("use 'off' or 'token'")
    return text


def _mongodb_uri(text: str) -> str:
    if not text.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("a connection string starts with mongodb:// or mongodb+srv://")
    return text


def _database_name(text: str) -> str:
    if len(text.encode()) > 63 or any(c in '/\\. "$*<>:|?\0' for c in text):
        raise ValueError('a database name has at most 63 bytes and none of /\\. "$*<>:|?')
    return text


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError("use a whole number above 0")
    return int(text)


def _ttl_days(text: str) -> int:
    days = _positive(text)
    if days > MAX_TTL_DAYS:
        raise ValueError(f"use at most {MAX_TTL_DAYS} days, the most that MongoDB can count")
    return days


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"'{origin}' is not an origin such as https://app.example.com, or *")
    return origins


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ValueError(f"'{host}' is not the name of a host, such as metrics.example.com")
    return hosts
