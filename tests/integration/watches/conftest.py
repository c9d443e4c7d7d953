from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any

import pytest

from chalicelib.values import instants
from chalicelib.watches import delivering, look_after, looking, stored_watches
from tests.lambda_client import Answer, LambdaClient

Document = dict[str, Any]
PATH = "/api/v1/watches"
PATIENCE_S = 60


class Receiver:
    """A server on this machine that keeps what it is sent, and answers as it is told."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    @property
    def bodies(self) -> list[Document]:
        return [json.loads(body) for _, body in self.received]

    @property
    def types(self) -> list[str]:
        return [body["type"] for body in self.bodies]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


class Fleet:
    """Posts runs of agents that are registered as they appear, and looks at the watches."""

    def __init__(self, client: LambdaClient) -> None:
        self.client = client
        self._ids = count(1)

    def register(
        self, agent: str = "coder", version: str | None = None, project: str = "p"
    ) -> None:
        self.client.post(f"/api/v1/agents/{agent}/register", {"project": project})
        if version is not None:
            self.client.post(f"/api/v1/agents/{agent}/versions", {"version": version})

    def post(self, runs: list[Document], version: str = "1", agent: str = "coder") -> None:
        path = f"/api/v1/agents/{agent}/versions/{version}/runs"
        for start in range(0, len(runs), 5000):
            some = runs[start : start + 5000]
            reports = [{"id": next(self._ids), "status": "completed", **run} for run in some]
            answer = self.client.post(path, {"runs": reports})
            assert answer.json["rejected"] == 0, answer.text

    def watch(self, condition: Document, **fields: Any) -> Document:
        body = {"name": "w", "agent": "coder", "condition": condition, **fields}
        answer = self.client.post(PATH, body)
        assert answer.status == 201, answer.text
        return dict(answer.json)

    def state(self, watch: Document) -> Document:
        answer = self.client.get(f"{PATH}/{watch['id']}")
        assert answer.status == 200
        return dict(answer.json)

    def look(self, watch: Document | None = None) -> Document:
        """Look at all watches; the given one after it."""
        look_after(PATIENCE_S)
        return self.state(watch) if watch else {}

    def events(self, watch: Document) -> list[Document]:
        return list(self.client.get(f"{PATH}/{watch['id']}/events").json)

    def request(self, method: str, watch: Document, body: Any = None, path: str = "") -> Answer:
        return self.client.request(method, f"{PATH}/{watch['id']}{path}", body)


@pytest.fixture
def fleet(client: LambdaClient) -> Fleet:
    made = Fleet(client)
    made.register(version="1")
    return made


def ago(**span: float) -> str:
    return instants.format_instant(instants.to_storable(datetime.now(UTC) - timedelta(**span)))


MoveClock = Callable[[timedelta], None]


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> MoveClock:
    """Lets the watches' clock be ahead, or behind, by so much."""

    def move(ahead: timedelta) -> None:
        for module in (looking, delivering, stored_watches):
            monkeypatch.setattr(module, "now", lambda: instants.now() + ahead)

    return move
