"""API Gateway's part in an address: a stage's name before every path."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


@contextmanager
def running_stage(target: str, prefix: str) -> Iterator[str]:
    """Serves `target` below `prefix`, and nothing elsewhere; the address without the prefix."""

    class Stage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404)
                return
            # The trailing slash is in the path that API Gateway hands on, too.
            answer = httpx.get(f"{target}{self.path.removeprefix(prefix)}", timeout=30)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name not in {"content-length", "date"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Stage) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
