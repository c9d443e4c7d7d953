"""The routes, one Blueprint a noun; views parse, make one call and present what it gives."""

from chalicelib.routes import (
    agents,
    changes,
    corrections,
    dashboard,
    documents,
    health,
    home,
    insights,
    metrics,
    prometheus,
    runs,
    spend,
    standings,
    telemetry,
    traces,
    ui,
    versions,
    watches,
    whoami,
)

__all__ = ["BLUEPRINTS"]

BLUEPRINTS = (
    home.home,
    health.health,
    agents.agents,
    versions.versions,
    runs.runs,
    corrections.corrections,
    traces.traces,
    metrics.metrics,
    standings.standings,
    insights.insights,
    changes.changes,
    spend.spend,
    watches.watches,
    whoami.whoami,
    ui.ui,
    prometheus.prometheus,
    telemetry.otlp,
    documents.documents,
    dashboard.dashboard,
)
