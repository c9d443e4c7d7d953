"""The service's own address leads people and programs on."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from app import app
from tests.lambda_client import LambdaClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_browser_is_sent_to_the_dashboard(client: LambdaClient) -> None:
    answer = client.get("/", accept=BROWSER, host="127.0.0.1:9999")
    assert (answer.status, answer.text) == (303, "")
    assert answer.headers["Location"] == "http://127.0.0.1:9999/dashboard"


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_a_program_gets_addresses_that_are_all_served(client: LambdaClient, accept: str) -> None:
    answer = client.get("/", accept=accept, host="127.0.0.1:9999")
    assert (answer.status, answer.json["service"]) == (200, "Agent Metrics")
    assert answer.json["links"]["dashboard"] == "http://127.0.0.1:9999/dashboard"
    for address in answer.json["links"].values():
        assert "GET" in app.routes[urlsplit(address).path]


def test_the_addresses_keep_the_stage_of_a_deployed_service(client: LambdaClient) -> None:
    event = client.event("GET", "/", headers={"host": "api.example", "x-forwarded-proto": "https"})
    event["requestContext"]["path"] = "/prod/"
    response = app(event, None)
    assert '"https://api.example/prod/dashboard"' in response["body"]
    event["headers"]["accept"] = BROWSER
    assert app(event, None)["headers"]["Location"] == "https://api.example/prod/dashboard"
