"""The service's own address: a person gets the dashboard, a program where everything is."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib import __version__
from chalicelib.http import Call, Reply, endpoint

home = Blueprint(__name__)

LINKS = {
    "dashboard": "/dashboard",
    "documentation": "/docs",
    "openapi": "/openapi.json",
    "agents": "/api/v1/agents",
    "metrics": "/api/v1/metrics",
    "prometheus": "/metrics/prometheus",
    "health": "/health",
    "ready": "/ready",
}


@endpoint(home, "GET", "/", scope="public", answers={200: dict}, documented=False)
def get_home(call: Call) -> Reply:
    """303 to the dashboard for a browser, else the addresses to go on with."""
    base = call.address.rstrip("/")
    if "text/html" in call.headers.get("accept", ""):
        return Reply("", 303, {"Location": f"{base}/dashboard"}, "text/plain")
    links = {name: base + path for name, path in LINKS.items()}
    return Reply({"service": "Agent Metrics", "version": __version__, "links": links})
