"""The names of the collections, each with the shape of its documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from chalicelib.database.documents import (
    AgentDocument,
    AuditDocument,
    DeletionDocument,
    ExpiredDocument,
    MarkDocument,
    MigrationDocument,
    OpenTraceDocument,
    OwnPricesDocument,
    RetentionDocument,
    RollupDocument,
    RollupMarkDocument,
    RunDocument,
    SpansDocument,
    TelemetryCountsDocument,
    TileDocument,
    TokenDocument,
    TokenUsesDocument,
    TotalDocument,
    UpgradeDocument,
    VersionDocument,
    WatchDocument,
    WatchEventDocument,
)

D = TypeVar("D", bound=Mapping[str, Any])


class Name(str, Generic[D]):
    """What a collection is called; D is the shape of its documents."""

    __slots__ = ()


AGENTS: Name[AgentDocument] = Name("agents")
VERSIONS: Name[VersionDocument] = Name("versions")
DELETIONS: Name[DeletionDocument] = Name("deletions")
RUNS: Name[RunDocument] = Name("runs")
EXPIRED: Name[ExpiredDocument] = Name("expired")
MARKS: Name[MarkDocument] = Name("marks")
TILES: Name[TileDocument] = Name("tiles")
TOTALS: Name[TotalDocument] = Name("totals")
RETENTION: Name[RetentionDocument] = Name("retention")
UPGRADES: Name[UpgradeDocument] = Name("upgrades")
AUDIT: Name[AuditDocument] = Name("audit")
TOKEN_USES: Name[TokenUsesDocument] = Name("token_uses")
TOKENS: Name[TokenDocument] = Name("tokens")
WATCHES: Name[WatchDocument] = Name("watches")
WATCH_EVENTS: Name[WatchEventDocument] = Name("watch_events")
SPANS: Name[SpansDocument] = Name("spans")
OPEN_TRACES: Name[OpenTraceDocument] = Name("open_traces")
TELEMETRY_COUNTS: Name[TelemetryCountsDocument] = Name("telemetry_counts")
PRICES: Name[OwnPricesDocument] = Name("prices")
MIGRATIONS: Name[MigrationDocument] = Name("migrations")
# Of releases before tiles; `manage.py upgrade` takes them over (chalicelib.rollups.takeover).
ROLLUPS: Name[RollupDocument] = Name("rollups")
DAY_ROLLUPS: Name[RollupDocument] = Name("day_rollups")
ROLLUP_MARKS: Name[RollupMarkDocument] = Name("rollup_marks")
