"""An open service is for programs of this machine, not for pages of strangers in its browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.access import check_browser
from chalicelib.config import settings
from chalicelib.errors import HostForbidden, OriginForbidden

OURS = [
    "localhost",
    "localhost:9999",
    "LOCALHOST.",
    "api.localhost:80",
    "127.0.0.1:9999",
    "[::1]:80",
]
OURS += ["192.168.1.7:8080", "[fe80::1]", "agent-metrics:8080", "", "metrics.example.com:443"]
STRANGE = ["evil.example", "evil.example:9999", "localhost.evil.example", "127.0.0.1.evil.example"]
STRANGE += ["localhost@evil.example", "example.com", "x.metrics.example.com", "1.2.3"]


@pytest.fixture(autouse=True)
def open_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    monkeypatch.setenv("AUTH_MODE", "off")
    monkeypatch.setenv("ALLOWED_HOSTS", "metrics.example.com")
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("host", OURS)
def test_it_answers_to_names_that_no_stranger_can_give_it(host: str) -> None:
    check_browser("GET", {"host": host})


@pytest.mark.parametrize("host", STRANGE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_does_not_answer_to_a_strangers_name(host: str, method: str) -> None:
    with pytest.raises(HostForbidden, match="ALLOWED_HOSTS"):
        check_browser(method, {"host": host})


@pytest.mark.parametrize(
    "origin", ["http://localhost:9999", "https://localhost:9999", "https://app.example", None]
)
def test_its_own_pages_programs_and_named_origins_may_write(origin: str | None) -> None:
    headers = {"host": "localhost:9999"}
    check_browser("POST", headers if origin is None else headers | {"origin": origin})


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://localhost:3000", "http://localhost", "null", "", "https://"],
)
def test_a_page_of_another_origin_may_not_write(origin: str) -> None:
    for method in ("POST", "PATCH", "DELETE"):
        with pytest.raises(OriginForbidden, match="CORS_ORIGINS"):
            check_browser(method, {"host": "localhost:9999", "origin": origin})


def test_what_a_page_reads_without_cors_it_does_not_get_to_see() -> None:
    check_browser("GET", {"host": "localhost:9999", "origin": "https://evil.example"})


@pytest.mark.parametrize(
    ("name", "value"), [("AUTH_MODE", "token"), ("AWS_LAMBDA_FUNCTION_NAME", "agent-metrics")]
)
def test_nothing_is_checked_where_tokens_are_asked_for_or_in_lambda(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    check_browser("POST", {"host": "x.execute-api.eu-central-1.amazonaws.com", "origin": "null"})


def test_a_star_lets_every_origin_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "*")
    settings.cache_clear()
    check_browser("POST", {"host": "localhost", "origin": "https://anyone.example"})
