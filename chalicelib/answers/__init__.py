"""What the metrics routes answer: questions, summaries, tiles and Prometheus' text."""

from chalicelib.answers.changes import Change, find_changes
from chalicelib.answers.exposition import Sampled, choose_exposition, expose
from chalicelib.answers.questions import (
    Question,
    blocks_by_version,
    divided_blocks,
    stale_before,
)
from chalicelib.answers.running_totals import (
    RunningTotal,
    advance_totals,
    is_total_right,
    read_running_totals,
    remake_total,
)
from chalicelib.answers.spend import read_spend
from chalicelib.answers.standings import (
    AgentStanding,
    VersionStanding,
    active_version,
    arrange,
    rank_agents,
    rank_versions,
    search,
)
from chalicelib.answers.stats import read_stats
from chalicelib.answers.summaries import summarise

__all__ = [
    "AgentStanding",
    "Change",
    "Question",
    "RunningTotal",
    "Sampled",
    "VersionStanding",
    "active_version",
    "advance_totals",
    "arrange",
    "blocks_by_version",
    "choose_exposition",
    "divided_blocks",
    "expose",
    "find_changes",
    "is_total_right",
    "rank_agents",
    "rank_versions",
    "read_running_totals",
    "read_spend",
    "read_stats",
    "remake_total",
    "search",
    "stale_before",
    "summarise",
]
