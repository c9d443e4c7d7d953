"""The API described: for tools as OpenAPI, for people as a page that reads the same document."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib import pages
from chalicelib.http import Call, Reply, asset_reply, endpoint, page_reply

documents = Blueprint(__name__)
PATH = "/openapi.json"


@endpoint(documents, "GET", PATH, scope="public", answers={200: dict}, documented=False)
def get_openapi(call: Call) -> Reply:
    """The OpenAPI 3.1 document of this API."""
    # Imported here: only those who ask for the document pay for building it.
    from chalicelib.openapi.document import document_text  # noqa: PLC0415

    server = call.address.removesuffix("/").removesuffix(PATH)
    return Reply(document_text(server), headers={"Cache-Control": "no-cache"})


@endpoint(documents, "GET", "/docs", scope="public", answers={200: str}, documented=False)
def get_docs(call: Call) -> Reply:
    """The API document as a page, to read and to try."""
    return page_reply(call, pages.api_page(), "docs")


@endpoint(
    documents,
    "GET",
    "/docs/{release}/{file}",
    scope="public",
    answers={200: str},
    documented=False,
)
def get_docs_asset(call: Call, release: str, file: str) -> Reply:
    """A file of that page."""
    return asset_reply(pages.api_page(), release, file)
