"""Lambda on this machine: its runtime API, and functions that run under AWS's own client.

The runtime API is the HTTP server from which the client (awslambdaric) fetches one event after
another. The function's process sees the unpacked zip, the client and the standard library.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# Synchronous invocations carry no more, in either direction.
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
TIMEOUT_S = 60
# What Lambda's Python has besides the standard library, as far as it is needed here.
CLIENT_MODULES = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
BOTO_MODULES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
_START = """
import sys
sys.path[:0] = sys.argv[1:3]
from awslambdaric.__main__ import main
main(["bootstrap", sys.argv[3]])
"""


@dataclass(frozen=True)
class Outcome:
    """What a function posted: its `kind` is "response" or "error"; `size` is in bytes."""

    kind: str
    payload: Any
    size: int


@dataclass
class LambdaFunction:
    """One function in one process, as a context manager; a new one is a cold start."""

    task_root: Path
    modules: Path
    handler: str
    environment: dict[str, str]
    _events: queue.Queue[bytes] = field(default_factory=queue.Queue)
    _outcomes: queue.Queue[Outcome] = field(default_factory=queue.Queue)

    def __enter__(self) -> Self:
        self._server = _serve(self._events, self._outcomes)
        environment = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "agent-metrics-test",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "INFO",
            "AWS_REGION": "eu-west-1",
            "LAMBDA_TASK_ROOT": str(self.task_root),
            "TZ": ":UTC",
        }
        # -I and -S: neither this repository, nor its environment, nor installed packages.
        command = [sys.executable, "-I", "-S", "-c", _START]
        command += [str(self.task_root), str(self.modules), self.handler]
        self._process = subprocess.Popen(
            command,
            cwd=self.task_root,
            env=environment | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._written: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()
        self._server.shutdown()
        self._server.server_close()

    def invoke(self, event: dict[str, Any]) -> Outcome:
        """Run the function on an event. Fails when it ends or does not answer."""
        self._events.put(json.dumps(event).encode())
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                return self._outcomes.get(timeout=0.2)
            except queue.Empty:
                assert self._process.poll() is None, f"the function ended: {self.output()}"
        raise AssertionError(f"no answer within {TIMEOUT_S} s: {self.output()}")

    def output(self) -> str:
        """What the function has written, complete once it has ended: its log group."""
        return b"".join(self._written).decode()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._written.append(line)


def link_modules(folder: Path, names: Sequence[str]) -> Path:
    """A folder with nothing but these installed modules."""
    folder.mkdir()
    for name in names:
        spec = find_spec(name)
        assert spec, f"{name} is not installed"
        assert spec.origin
        origin = Path(spec.origin)
        source = origin.parent if spec.submodule_search_locations else origin
        (folder / source.name).symlink_to(source)
    return folder


class _Server(ThreadingHTTPServer):
    def handle_error(self, *args: Any) -> None:
        """Nothing: a function that is stopped while it waits breaks its connection."""


def _serve(events: queue.Queue[bytes], outcomes: queue.Queue[Outcome]) -> ThreadingHTTPServer:
    """The part of Lambda's runtime API that the client uses, version 2018-06-01."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            event = events.get()
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", os.urandom(8).hex())
            self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:test")
            self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() + 28) * 1000))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(event)))
            self.end_headers()
            self.wfile.write(event)

        def do_POST(self) -> None:
            body = self._read_body()
            kind = self.path.rpartition("/")[2]
            outcomes.put(Outcome(kind, json.loads(body), len(body)))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _read_body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def log_message(self, *args: Any) -> None:
            """Nothing: the output belongs to the test."""

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
