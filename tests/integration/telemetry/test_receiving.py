"""Captured requests posted to the service become the runs that a person reads in them."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from tests.integration.telemetry.reading import post, runs_in, stored_runs
from tests.lambda_client import LambdaClient
from tests.otlp_captures import FOLDER, Capture, captures
from tests.otlp_messages import JSON, PROTOBUF


@pytest.mark.parametrize("capture", captures(), ids=lambda c: c.name)
def test_a_posted_capture_becomes_its_runs(
    client: LambdaClient, database: Database[Any], capture: Capture
) -> None:
    for name in capture.files:
        media_type = JSON if ".json" in name else PROTOBUF
        answer = post(client, (FOLDER / name).read_bytes(), media_type)
        assert (answer.status, answer.headers["Content-Type"]) == (200, media_type)
        assert answer.text == ("{}" if media_type == JSON else "")
    assert stored_runs(database) == runs_in(capture)
