"""The version stands in one place, and reaches whoever asks for it."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib import __version__
from chalicelib.openapi.document import build_document
from management.api.client import USER_AGENT
from tests.lambda_client import LambdaClient

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def test_the_newest_section_of_the_changelog_is_of_this_version() -> None:
    newest = re.search(r"^## (\S+)", CHANGELOG.read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == __version__


def test_the_api_document_carries_the_version() -> None:
    assert build_document()["info"]["version"] == __version__


def test_health_answers_the_version(client: LambdaClient) -> None:
    assert client.get("/health").json == {"status": "ok", "version": __version__}


def test_the_command_line_names_itself_with_the_version() -> None:
    assert USER_AGENT.endswith(f"/{__version__}")
