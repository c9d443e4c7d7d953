"""The service under attack, and what is in its database."""

from __future__ import annotations

from itertools import count
from typing import Any

from pymongo.database import Database

from tests.lambda_client import Answer, LambdaClient

AGENT = "/api/v1/agents/fuzzed"


class Service:
    """The handler on a real database."""

    def __init__(self, client: LambdaClient, database: Database[dict[str, Any]]) -> None:
        self.client = client
        self._database = database
        self._numbers = count(1)
        assert client.post(f"{AGENT}/register", {"project": "fuzz"}).status == 201

    def add_version(self) -> str:
        """A new version; the path of its runs."""
        version = str(next(self._numbers))
        assert self.client.post(f"{AGENT}/versions", {"version": version}).status == 201
        return f"{AGENT}/versions/{version}/runs"

    def contents(self) -> dict[str, int]:
        """How many documents there are of each kind that clients write."""
        return {
            name: self._database[name].count_documents({})
            for name in ("agents", "versions", "runs")
        }

    def refuse(self, answer: Answer, before: dict[str, int]) -> None:
        """The answer has to be a refusal that left nothing behind."""
        assert 400 <= answer.status < 500, answer.text[:500]
        assert self.contents() == before
