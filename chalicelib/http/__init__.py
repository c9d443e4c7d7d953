"""The edge: the only code, with `routes`, that knows Chalice."""

from chalicelib.http.authors import about_agent, about_runs, about_version, author_of
from chalicelib.http.calls import BodyRules, Call, media_type_of
from chalicelib.http.endpoints import ENDPOINTS, Endpoint, endpoint, rewrite_chalice_errors
from chalicelib.http.formats import FORMATS, Cell, choose_format, unguarded
from chalicelib.http.lists import list_reply, next_page, page_size, position_in
from chalicelib.http.pages import asset_reply, page_reply
from chalicelib.http.presenters import present_agent, present_run, present_version
from chalicelib.http.replies import PROBLEM_JSON, Reply, render_text
from chalicelib.http.run_replies import batch_reply, read_run_id, run_reply

__all__ = [
    "ENDPOINTS",
    "FORMATS",
    "PROBLEM_JSON",
    "BodyRules",
    "Call",
    "Cell",
    "Endpoint",
    "Reply",
    "about_agent",
    "about_runs",
    "about_version",
    "asset_reply",
    "author_of",
    "batch_reply",
    "choose_format",
    "endpoint",
    "list_reply",
    "media_type_of",
    "next_page",
    "page_reply",
    "page_size",
    "position_in",
    "present_agent",
    "present_run",
    "present_version",
    "read_run_id",
    "render_text",
    "rewrite_chalice_errors",
    "run_reply",
    "unguarded",
]
