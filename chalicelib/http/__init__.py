"""The edge: the only code, with `routes`, that knows Chalice."""

from chalicelib.http.calls import Call
from chalicelib.http.endpoints import ENDPOINTS, Endpoint, endpoint, rewrite_chalice_errors
from chalicelib.http.replies import Reply, carried_size

__all__ = [
    "ENDPOINTS",
    "Call",
    "Endpoint",
    "Reply",
    "carried_size",
    "endpoint",
    "rewrite_chalice_errors",
]
