"""Options of a connection string are respected, or refused by name: never dropped silently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from chalicelib.config import ConfigurationError
from chalicelib.database.options import client_options

LIMITS: dict[str, Any] = {"pool_size": 10, "selection_s": 4, "request_s": 20}


def client_of(query: str) -> MongoClient[Any]:
    uri = f"mongodb://user:secret@db.example/?{query}"
    return MongoClient(uri, connect=False, **client_options("MONGODB_URI", uri, **LIMITS))


def test_without_options_the_service_has_its_own() -> None:
    with client_of("") as client:
        pool = client.options.pool_options
        assert (pool.max_pool_size, pool.appname) == (10, "agent-metrics")
        assert client.options.server_selection_timeout == pool.connect_timeout == 4
        assert client.options.retry_writes
        assert client.write_concern.document == {"w": "majority", "j": True}
        assert client.codec_options.tz_aware


def test_what_an_operator_chose_is_respected() -> None:
    chosen = "maxPoolSize=3&appName=Billing&retryWrites=false&retryReads=false&maxIdleTimeMS=5000"
    times = "serverSelectionTimeoutMS=9000&connectTimeoutMS=7000&socketTimeoutMS=1000"
    with client_of(f"{chosen}&{times}&w=majority&journal=true&readPreference=primary") as client:
        pool = client.options.pool_options
        assert (pool.max_pool_size, pool.appname) == (3, "Billing")
        assert (pool.connect_timeout, pool.socket_timeout) == (7, 1)
        assert pool.max_idle_time_seconds == 5
        assert client.options.server_selection_timeout == 9
        assert not client.options.retry_writes
        assert not client.options.retry_reads


@pytest.mark.parametrize(
    ("query", "named"),
    [
        *(("foo=1", "'foo'"), ("tls=maybe", "'tls'"), ("maxPoolSize=many", "'maxPoolSize'")),
        *(("compressors=zstd", "'compressors'"), ("j=false", "'j'"), ("=5&w=", "'w'")),
        *(("w=1", "'w'"), ("w=0", "'w'"), ("w=dc", "'w'"), ("journal=false", "'journal'")),
        *(("readPreference=secondary", "'readpreference'"), ("tz_aware=false", "'tz_aware'")),
        *(("timeoutMS=100", "'timeoutMS'"), ("connectTimeoutMS=20001", "'connecttimeoutms'")),
        ("serverSelectionTimeoutMS=30000", "'serverselectiontimeoutms'"),
        ("authMechanism=MONGODB-AWS", "pymongo-auth-aws"),
        ("authMechanismProperties=AWS_SESSION_TOKEN", "'authMechanismProperties'"),
        ("tlsCAFile=/no/such.pem", "/no/such.pem"),
    ],
)
def test_what_cannot_be_respected_is_refused_by_name(
    query: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.database.options.find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"^MONGODB_URI: ") as refused:
        client_of(query)
    assert named in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    from chalicelib.database import connection  # noqa: PLC0415

    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(ConfigurationError, match=r"MONGODB_URI: .* cannot be used"):
        connection._connect("MONGODB_URI", f"mongodb://h/?tls=true&tlsCAFile={tmp_path}/ca.pem")
