"""Another writer, with nothing in common but the database: batches in, their answers out.

Each line of its input is a JSON array, the path and the body of a POST; each line of its output
is the status and the answer.
"""

from __future__ import annotations

import json
import sys

from app import app
from tests.lambda_client import LambdaClient


def main() -> None:
    client = LambdaClient(app)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        path, body = json.loads(line)
        answer = client.post(path, body)
        sys.stdout.write(json.dumps([answer.status, answer.json]) + "\n")


if __name__ == "__main__":
    main()
