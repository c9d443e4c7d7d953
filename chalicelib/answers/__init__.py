"""What the metrics routes answer: questions, summaries, tiles and Prometheus' text."""

from chalicelib.answers.exposition import CONTENT_TYPE, Sampled, expose
from chalicelib.answers.questions import (
    Question,
    blocks_by_version,
    divided_blocks,
    stale_before,
)
from chalicelib.answers.running_totals import RunningTotal, advance_totals, read_running_totals
from chalicelib.answers.stats import read_stats
from chalicelib.answers.summaries import summarise

__all__ = [
    "CONTENT_TYPE",
    "Question",
    "RunningTotal",
    "Sampled",
    "advance_totals",
    "blocks_by_version",
    "divided_blocks",
    "expose",
    "read_running_totals",
    "read_stats",
    "stale_before",
    "summarise",
]
