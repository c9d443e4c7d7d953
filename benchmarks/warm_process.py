"""A process with nothing in it but the handler, as in Lambda: for measuring its memory.

Reads one event a line from standard input, and answers each with the status on a line.
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

from app import app


def serve() -> None:
    context = SimpleNamespace(aws_request_id="benchmark")
    for line in sys.stdin:
        print(app(json.loads(line), context)["statusCode"], flush=True)


if __name__ == "__main__":
    serve()
