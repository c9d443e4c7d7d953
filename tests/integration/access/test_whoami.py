"""What a client shows depends on what its token may do."""

from __future__ import annotations

from tests.integration.conftest import ClientWith
from tests.lambda_client import LambdaClient

PATH = "/api/v1/whoami"


def test_a_token_learns_its_scopes_and_its_project(client_with: ClientWith) -> None:
    reader = client_with("read", "p").get(PATH).json
    assert (reader["scopes"], reader["project"]) == (["read"], "p")
    assert isinstance(reader["token"], str)
    admin = client_with("admin").get(PATH).json
    assert (admin["scopes"], admin["project"]) == (["admin", "ingest", "read"], None)


def test_a_service_that_asks_for_no_token_lets_everybody_do_everything(
    client: LambdaClient,
) -> None:
    assert client.get(PATH).json == {
        "token": None,
        "scopes": ["admin", "ingest", "read"],
        "project": None,
    }
