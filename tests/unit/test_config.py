"""Settings: defaults that work, values that are understood, and failures by name."""

from __future__ import annotations

import pytest

from chalicelib.config import ConfigurationError, Settings, settings, without_credentials

read = Settings.from_environment
IN_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "agent-metrics-prod-api_handler"}


def test_nothing_set_gives_a_local_database_without_authentication() -> None:
    assert read({}) == Settings(
        mongodb_uri="mongodb://localhost:27017",
        mongodb_database="agent_metrics",
        mongodb_secret_id=None,
        mongodb_pool_size=10,
        auth_mode="off",
        cors_origins=(),
        runs_ttl_days=None,
    )


def test_every_setting_is_read_from_its_variable() -> None:
    chosen = read(
        IN_LAMBDA
        | {
            "MONGODB_URI": "mongodb+srv://cluster.example.net",
            "MONGODB_DATABASE": "metrics",
            "MONGODB_SECRET_ID": "prod/mongodb",
            "MONGODB_POOL_SIZE": "3",
            "AUTH_MODE": "token",
            "CORS_ORIGINS": " https://a.example , http://localhost:3000/,,",
            "RUNS_TTL_DAYS": "400",
            "SPANS_TTL_DAYS": "30",
            "AUDIT_TTL_DAYS": "90",
            "PRICES_FILE": "/etc/prices.json",
        }
    )
    assert chosen == Settings(
        mongodb_uri="mongodb+srv://cluster.example.net",
        mongodb_database="metrics",
        mongodb_secret_id="prod/mongodb",
        mongodb_pool_size=3,
        auth_mode="token",
        cors_origins=("https://a.example", "http://localhost:3000"),
        runs_ttl_days=400,
        spans_ttl_days=30,
        audit_ttl_days=90,
        prices_file="/etc/prices.json",
    )


def test_every_field_has_the_variable_of_its_name() -> None:
    """A field that from_environment forgets would silently keep its default."""
    for name in Settings._fields:
        usable = ("mongodb://elsewhere", "elsewhere", "70", "off", "https://a.example")
        assert any(_is_changed_by(name, value) for value in usable), name


def _is_changed_by(name: str, value: str) -> bool:
    try:
        chosen = read(IN_LAMBDA | {name.upper(): value})
        return bool(getattr(chosen, name) != getattr(read(IN_LAMBDA), name))
    except ConfigurationError:
        return False


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_variable_is_as_good_as_none(blank: str) -> None:
    names = (name.upper() for name in Settings._fields)
    assert read(dict.fromkeys(names, blank)) == read({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONGODB_URI", "localhost:27017"),
        ("MONGODB_URI", "http://localhost"),
        ("MONGODB_DATABASE", "a.b"),
        ("MONGODB_DATABASE", "a b"),
        ("MONGODB_DATABASE", "a/b"),
        ("MONGODB_DATABASE", "$a"),
        ("MONGODB_DATABASE", "é" * 32),
        ("MONGODB_POOL_SIZE", "0"),
        ("MONGODB_POOL_SIZE", "-1"),
        ("MONGODB_POOL_SIZE", "1.5"),
        ("MONGODB_POOL_SIZE", "ten"),
        ("MONGODB_POOL_SIZE", "٣"),
        ("MONGODB_POOL_SIZE", "9" * 5000),
        ("AUTH_MODE", "on"),
        ("AUTH_MODE", "OFF"),
        ("AUTH_MODE", "none"),
        ("CORS_ORIGINS", "app.example.com"),
        ("CORS_ORIGINS", "https://a.example,ftp://b.example"),
        ("CORS_ORIGINS", "https://a.example/app"),
        ("CORS_ORIGINS", "https://"),
        ("CORS_ORIGINS", "null"),
        ("RUNS_TTL_DAYS", "0"),
        ("RUNS_TTL_DAYS", "forever"),
        ("RUNS_TTL_DAYS", "24854"),
    ],
)
def test_a_value_that_cannot_be_used_fails_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        read({name: value})


def test_a_refused_connection_string_is_not_repeated() -> None:
    """It may hold a password, and the message goes to a log."""
    with pytest.raises(ConfigurationError) as caught:
        read({"MONGODB_URI": "mongo://user:hunter2@db"})
    assert "hunter2" not in str(caught.value)


def test_in_lambda_the_service_is_locked_unless_it_is_told_otherwise() -> None:
    assert read(IN_LAMBDA).auth_mode == "token"
    assert read(IN_LAMBDA | {"AUTH_MODE": "off"}).auth_mode == "off"


def test_only_in_lambda_a_secret_names_the_database() -> None:
    """`chalice local` puts a stage's variables over those that the developer set."""
    variables = {"MONGODB_URI": "mongodb://mine", "MONGODB_SECRET_ID": "agent-metrics/dev"}
    assert read(variables).mongodb_secret_id is None
    assert read(variables).mongodb_uri == "mongodb://mine"
    assert read(IN_LAMBDA | variables).mongodb_secret_id == "agent-metrics/dev"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("mongodb://localhost:27017", "mongodb://localhost:27017"),
        ("mongodb://localhost:27017/?directConnection=true", "mongodb://localhost:27017"),
        ("mongodb://me:hunter2@a:1,b:2/?replicaSet=r", "mongodb://a:1,b:2"),
        ("mongodb+srv://me:hunter2@db.example/", "mongodb+srv://db.example"),
        ("mongodb://me:hun/ter2@a", "mongodb://a"),
        ("mongodb://me:hun?ter2@a", "mongodb://a"),
        ("mongodb://me:hun@ter2@a", "mongodb://a"),
        ("mongodb://me:hun\nter2@a", "mongodb://a"),
    ],
)
def test_a_connection_string_is_shown_without_its_password(uri: str, shown: str) -> None:
    assert without_credentials(uri) == shown


def test_the_process_reads_its_environment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.cache_clear()
    monkeypatch.setenv("MONGODB_DATABASE", "first")
    assert settings().mongodb_database == "first"
    monkeypatch.setenv("MONGODB_DATABASE", "second")
    assert settings().mongodb_database == "first"
    settings.cache_clear()
