"""The running service against its own document: thousands of requests, valid and not.

Each answer must have a documented status, media type, headers and schema; nothing may answer 5xx,
take what the document refuses, or answer without a token. SCHEMATHESIS_SECONDS makes it longer,
and then with requests that differ from run to run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.conftest import Service

SECONDS = int(os.environ.get("SCHEMATHESIS_SECONDS", "0"))
USUAL_SECONDS = 50
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.timeout(SECONDS + USUAL_SECONDS + 120)
def test_the_service_answers_as_its_document_says(service: Service, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run"),
            *(f"{service.url}/openapi.json", "--header", f"Authorization: Bearer {service.token}"),
            *("--max-time", str(SECONDS or USUAL_SECONDS), "--report-json-path", str(report)),
            *(() if SECONDS else ("--seed", "1")),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2000:]
    operations = json.loads(report.read_text())["operations"]
    assert operations["tested"] == operations["total"] > 0
