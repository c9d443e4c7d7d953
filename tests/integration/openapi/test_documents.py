"""The API document and its page, as they are served."""

from __future__ import annotations

import json

import pytest

from chalicelib.pages.assets import api_page
from management.openapi import DOCUMENT
from tests.lambda_client import LambdaClient


def test_the_served_document_is_the_committed_one_but_for_its_server(client: LambdaClient) -> None:
    answer = client.get("/openapi.json", host="api.example.com", x_forwarded_proto="https")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    committed = json.loads(DOCUMENT.read_text("utf-8"))
    assert answer.json == committed | {"servers": [{"url": "https://api.example.com"}]}


@pytest.mark.parametrize("path", ["/stage/openapi.json", "/stage/openapi.json/"])
def test_its_server_has_the_stages_prefix(path: str, client: LambdaClient) -> None:
    event = client.event("GET", "/openapi.json", headers={"host": "api.example.com"})
    event["requestContext"]["path"] = path
    answer = json.loads(client.app(event, None)["body"])
    assert answer["servers"] == [{"url": "http://api.example.com/stage"}]


def test_the_page_is_sent_once_and_may_do_nothing_but_ask_its_own_service(
    client: LambdaClient,
) -> None:
    answer = client.get("/docs")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    again = client.get("/docs", if_none_match=answer.headers["ETag"])
    assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize("name", sorted(api_page().assets))
def test_its_files_never_expire(name: str, client: LambdaClient) -> None:
    answer = client.get(f"/docs/{api_page().release}/{name}")
    assert (answer.status, answer.text) == (200, api_page().assets[name].text)
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/docs/0/app.js", f"/docs/{api_page().release}/main.js"])
def test_what_is_not_one_of_its_files_is_not_found(path: str, client: LambdaClient) -> None:
    answer = client.get(path)
    assert (answer.status, answer.json["code"]) == (404, "route_not_found")
