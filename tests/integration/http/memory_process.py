"""A process of its own that sends every route its largest inputs, and says what memory that took.

Its arguments are a connection string and a database. Each line of its output is a request and the
peak of the process's memory until then, in MB: peaks only rise. It is read from /proc, because
getrusage's begins with that of the process that started this one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from app import app
from chalicelib.http import ENDPOINTS
from chalicelib.wire.models import MAX_BODY_BYTES
from tests.integration.route_requests import AGENT, BASE, request_for
from tests.lambda_client import LambdaClient

OF_ONE_RUN = {
    "status": "completed",
    "created": "2026-03-01T12:00:00Z",
    "initiator": "完" * 100,
    "tools": [f"tool-{number}" for number in range(20)],
    "metadata": {f"key-{number}": number for number in range(15)},
}


def repeat(head: bytes, unit: bytes, tail: bytes) -> bytes:
    """As large as a body may be."""
    return head + unit * ((MAX_BODY_BYTES - len(head) - len(tail)) // len(unit)) + tail


def fields(number: int) -> bytes:
    return b",".join(b'"%x":1' % name for name in range(number))


# What each of them has too much of.
HOSTILE = {
    "numbers for runs": repeat(b'{"runs":[1', b",1", b"]}"),
    "objects for runs": repeat(b'{"runs":[{}', b",{}", b"]}"),
    "lists for runs": repeat(b'{"runs":[[]', b",[]", b"]}"),
    "texts for runs": repeat(b'{"runs":["a"', b',"a"', b"]}"),
    "runs that are right": repeat(b'{"runs":[{"status":"ok"}', b',{"status":"ok"}', b"]}"),
    "tools": repeat(b'{"status":"ok","tools":[1', b",1", b"]}"),
    "tools of a batch": repeat(b'{"runs":[{"status":"ok","tools":[1', b",1", b"]}]}"),
    "unknown fields": b"{" + fields(480_000) + b"}",
    "unknown fields of a run": b'{"runs":[{' + fields(480_000) + b"}]}",
    "unknown fields of runs": repeat(b'{"runs":[{}', b",{" + fields(50) + b"}", b"]}"),
    "metadata": b'{"status":"ok","metadata":{' + fields(470_000) + b"}}",
    "depth": repeat(b'{"runs":', b"[", b""),
    "depth of objects": repeat(b'{"runs":[', b'{"metadata":', b""),
    "depth that is closed": b'{"runs":[{"metadata":' + b"[" * 200_000 + b"]" * 200_000 + b"}]}",
    "a huge number": repeat(b'{"runs":[{"status":"ok","cost":1', b"0", b"}]}"),
    "a huge id": repeat(b'{"runs":[{"status":"ok","id":1', b"0", b"}]}"),
    "a huge exponent": b'{"runs":[{"status":"ok","cost":1e' + b"9" * 1_000_000 + b"}]}",
    "a huge text": repeat(b'{"runs":[{"status":"', b"\\ud83d\\ude00", b'"}]}'),
    "what is no JSON": repeat(b'{"runs":[', b'"a",', b""),
    "NUL characters": repeat(b'{"runs":[{"status":"\\u0000"}', b',{"status":"\\u0000"}', b"]}"),
}


# What is too much of an address, and of headers: as large as API Gateway and our own server let by.
MANY = "&".join(f"p{number}=1" for number in range(1_500))
LONG = "q=" + "%F0%9F%98%80" * 800
HEADERS = {f"x-header-{number}": "v" * 100 for number in range(80)}


def main() -> None:
    client = LambdaClient(app)
    fill(client)
    for what, status in ask(client):
        sys.stdout.write(json.dumps([what, status, peak_mb()]) + "\n")


def peak_mb() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def fill(client: LambdaClient) -> None:
    """A batch as large as it may be, so that lists are as long as they may be."""
    agent = f"/api/v1/agents/{AGENT}"
    assert client.post(f"{agent}/register", {"project": "p"}).status == 201
    assert client.post(f"{agent}/versions", {"version": BASE}).status == 201
    size = len(json.dumps({"id": 10_000, **OF_ONE_RUN})) + 2
    runs = [{"id": number, **OF_ONE_RUN} for number in range(MAX_BODY_BYTES // size)]
    assert client.post(f"{agent}/versions/{BASE}/runs", {"runs": runs}).status == 201


def ask(client: LambdaClient) -> Iterator[tuple[str, int]]:
    # What deletes comes last: the others are to find as much as there can be.
    for route in sorted(ENDPOINTS, key=lambda route: route.method == "DELETE"):
        request = request_for(route)
        if route.method in ("GET", "DELETE"):
            query = "?limit=5000" if "limit" in route.query.__annotations__ else ""
            answer = client.request(route.method, request.path + query)
            yield f"{route.method} {route.path}", answer.status
            for what in (MANY, LONG) if route.method == "GET" else ():
                path = f"{request.path}{'&' if '?' in request.path else '?'}{what}"
                answer = client.request(route.method, path, headers=HEADERS)
                yield f"{route.method} {route.path} with {what[:9]}…", answer.status
            continue
        for what, body in HOSTILE.items():
            answer = client.request(route.method, request.path, body)
            yield f"{route.method} {route.path} with {what}", answer.status


if __name__ == "__main__":
    os.environ.update(MONGODB_URI=sys.argv[1], MONGODB_DATABASE=sys.argv[2], AUTH_MODE="off")
    main()
