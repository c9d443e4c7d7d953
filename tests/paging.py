"""Walks a list as a client does: page after page, by nothing but the Link header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.lambda_client import LambdaClient

# No list of a test has as many pages: a walk that does not end is a failure.
MOST_PAGES = 2000


def pages(client: LambdaClient, path: str, **headers: str) -> Iterator[list[dict[str, Any]]]:
    """Each page of the list at `path`, its query included."""
    address: str | None = path
    for _ in range(MOST_PAGES):
        assert address is not None
        answer = client.get(address, **headers)
        assert answer.status == 200, answer.text
        yield answer.json
        address = answer.next_address
        if address is None:
            return
    raise AssertionError(f"{path} does not end")


def whole(client: LambdaClient, path: str) -> list[dict[str, Any]]:
    """All items of a list."""
    return [item for page in pages(client, path) for item in page]
