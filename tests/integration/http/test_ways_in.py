"""The same request in every way that this service can be reached has the same answer."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import pytest
from chalice import Chalice
from chalice.config import Config
from chalice.local import create_local_server

from chalicelib.http import ENDPOINTS
from tests.integration.management.serving import serve
from tests.integration.route_requests import request_for
from tests.lambda_client import LambdaClient, segment

Post = Callable[..., tuple[int, Any]]
BATCH = json.dumps({"runs": [{"id": n, "status": "completed"} for n in range(200)]}).encode()
BOMB = gzip.compress(b" " * 60_000_000)


@contextmanager
def chalice_local(app: Chalice) -> Iterator[str]:
    """What `chalice local` serves with."""
    kind = type(app)
    server = create_local_server(app, Config.create(), "127.0.0.1", 0).server
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.__class__ = kind


@pytest.fixture(params=["serve", "chalice local", "API Gateway"])
def post(request: pytest.FixtureRequest, app: Chalice, runs_path: str) -> Iterator[Post]:
    """Posts bytes to the runs of a version: status and JSON of the answer."""
    if request.param == "API Gateway":
        yield lambda body, **headers: post_as_base64(LambdaClient(app), runs_path, body, headers)
        return
    way = serve if request.param == "serve" else chalice_local
    with way(app) as url, httpx.Client(base_url=url) as http:

        def send(body: bytes, **headers: str) -> tuple[int, Any]:
            answer = http.post(runs_path, content=body, headers=_json(headers))
            return answer.status_code, answer.json()

        yield send


def post_as_base64(
    client: LambdaClient, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, Any]:
    event = client.event("POST", path, b64encode(body).decode(), _json(headers))
    response = client.app(event | {"isBase64Encoded": True}, None)
    return response["statusCode"], json.loads(response["body"])


def _json(headers: dict[str, str]) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"content-type": "application/json"} | named


@pytest.mark.parametrize("headers", [{"content_encoding": "gzip"}, {}])
def test_gzip_is_unpacked(post: Post, headers: dict[str, str]) -> None:
    status, answer = post(gzip.compress(BATCH), **headers)

    assert (status, answer["created"]) == (201, 200)


def test_what_was_unpacked_on_the_way_is_taken_as_it_is(post: Post) -> None:
    status, answer = post(BATCH, content_encoding="gzip")

    assert (status, answer["created"]) == (201, 200)


def test_a_bomb_is_too_large(post: Post) -> None:
    assert len(BOMB) < 100_000
    status, answer = post(BOMB, content_encoding="gzip")

    assert (status, answer["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize(("coding", "pack"), [("deflate", zlib.compress), ("br", bytes)])
def test_another_encoding_is_named(post: Post, coding: str, pack: Callable[[bytes], bytes]) -> None:
    status, answer = post(pack(BATCH), content_encoding=coding)

    assert (status, answer["code"]) == (415, "unsupported_media_type")
    assert f"'{coding}'" in answer["detail"]


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_has_to_say_that_it_is_json(post: Post, kind: str) -> None:
    status, answer = post(BATCH, content_type=kind)

    assert (status, answer["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("way", [serve, chalice_local], ids=["serve", "chalice local"])
def test_a_strange_page_gets_neither_in_nor_at_the_answers(
    app: Chalice, runs_path: str, way: Callable[[Chalice], Any]
) -> None:
    with way(app) as url, httpx.Client(base_url=url) as http:
        evil = {"host": "evil.example"}
        assert http.get(runs_path, headers=evil).json()["code"] == "host_forbidden"
        page = {"origin": "https://evil.example"}
        answer = http.post(runs_path, json={"status": "completed"}, headers=page)
        assert answer.json()["code"] == "origin_forbidden"
        assert http.get(runs_path).json() == []


@pytest.mark.parametrize("way", [serve, chalice_local], ids=["serve", "chalice local"])
def test_head_is_get_without_its_body_on_every_route(
    app: Chalice, version: dict[str, Any], way: Callable[[Chalice], Any]
) -> None:
    read = [route for route in ENDPOINTS if route.method == "GET"]
    with way(app) as url, httpx.Client(base_url=url) as http:
        for route in read:
            path = request_for(route, agent="tester").path
            asked, got = http.head(path), http.get(path)
            assert asked.status_code == got.status_code, path
            assert asked.headers["content-type"] == got.headers["content-type"], path
            assert asked.content == b""
            allowed = http.options(path)
            assert allowed.status_code == 204, path
    assert len(read) > 20


def test_head_tells_how_long_the_answer_is(app: Chalice) -> None:
    with serve(app) as url, httpx.Client(base_url=url) as http:
        asked, got = http.head("/openapi.json"), http.get("/openapi.json")
    assert asked.headers["content-length"] == got.headers["content-length"]
    assert int(asked.headers["content-length"]) > 10_000


def test_a_path_of_a_name_with_every_sign_is_the_same_everywhere(app: Chalice) -> None:
    name = segment("ü;a,b/%25 \u3042")
    for way in (serve, chalice_local):
        with way(app) as url, httpx.Client(base_url=url) as http:
            path = f"/api/v1/agents/{name}"
            assert http.post(f"{path}/register", json={"project": "p"}).status_code in (200, 201)
            assert http.get(path).json()["name"] == "ü;a,b/%25 \u3042"
