"""The dashboard over HTTP: its headers, its caching, and its relative addresses."""

from __future__ import annotations

import re

import pytest

from chalicelib.pages.assets import dashboard
from tests.lambda_client import Answer, LambdaClient

HTML = "text/html; charset=utf-8"


def addresses_in(page: Answer) -> list[str]:
    found: list[str] = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert found
    return found


def test_the_page_is_html_that_browsers_ask_for_again(client: LambdaClient) -> None:
    page = client.get("/dashboard")
    assert (page.status, page.headers["Content-Type"]) == (200, HTML)
    assert page.headers["Cache-Control"] == "no-cache"
    assert page.text.startswith("<!doctype html>")


@pytest.mark.parametrize("sent", ["{}", "W/{}", '"other", {}'])
def test_a_browser_that_has_the_page_gets_304(client: LambdaClient, sent: str) -> None:
    tag = client.get("/dashboard").headers["ETag"]
    answer = client.get("/dashboard", if_none_match=sent.format(tag))
    assert (answer.status, answer.text, answer.headers["ETag"]) == (304, "", tag)


def test_another_tag_gets_the_page(client: LambdaClient) -> None:
    assert client.get("/dashboard", if_none_match='"of-an-earlier-release"').status == 200


def test_every_file_of_the_page_is_there_for_ever(client: LambdaClient) -> None:
    for address in addresses_in(client.get("/dashboard")):
        asset = client.get(f"/{address}")
        assert asset.status == 200, address
        assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert re.match(
            "text/(javascript|css); charset=utf-8|image/svg", asset.headers["Content-Type"]
        )


def test_a_trailing_slash_leads_to_the_same_files(client: LambdaClient) -> None:
    """Browsers resolve addresses against the last slash, so the page must know which it has."""
    event = client.event("GET", "/dashboard")
    event["requestContext"]["path"] = "/api/dashboard/"
    page = client.app(event, None)["body"]
    assert f'src="{dashboard().release}/app.js"' in page
    event["requestContext"]["path"] = "/api/dashboard"
    page = client.app(event, None)["body"]
    assert f'src="dashboard/{dashboard().release}/app.js"' in page


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/0000000000000000/app.js",
        f"/dashboard/{dashboard().release}/absent.js",
        f"/dashboard/{dashboard().release}/index.html",
        f"/dashboard/{dashboard().release}/..%2F..%2Fauth.py",
        f"/dashboard/{dashboard().release}/%2Fetc%2Fpasswd",
    ],
)
def test_other_files_and_releases_are_not_found(client: LambdaClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.json["code"]) == (404, "route_not_found")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/dashboard", f"/dashboard/{dashboard().release}/app.js"])
def test_strict_headers_are_on_everything(client: LambdaClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "max-age=" in headers["Strict-Transport-Security"]


def test_what_it_shows_comes_from_the_database_only_through_the_api(client: LambdaClient) -> None:
    """The page itself holds no numbers, so it can be public where the API is not."""
    client.post("/api/v1/agents/secret-agent/register", {"project": "secret-project"})
    assert "secret" not in client.get("/dashboard").text
