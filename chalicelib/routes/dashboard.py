"""The dashboard: one page and its assets. All numbers in it come from the public API."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib import pages
from chalicelib.http import Call, Reply, asset_reply, endpoint, page_reply

dashboard = Blueprint(__name__)


@endpoint(dashboard, "GET", "/dashboard", scope="public", answers={200: str}, documented=False)
def get_page(call: Call) -> Reply:
    """The dashboard, a page for people; 304 for a browser that has it already."""
    return page_reply(call, pages.dashboard(), "dashboard")


@endpoint(
    dashboard,
    "GET",
    "/dashboard/{release}/{file}",
    scope="public",
    answers={200: str},
    documented=False,
)
def get_asset(call: Call, release: str, file: str) -> Reply:
    """A file of the dashboard. Its address holds the hash of all files, so it never expires."""
    return asset_reply(pages.dashboard(), release, file)
