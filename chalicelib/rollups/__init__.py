"""What runs add up to, kept in tiles of months and days, and measured without reading the runs."""

from chalicelib.rollups.budget import check_budget
from chalicelib.rollups.entries import REST
from chalicelib.rollups.expiry import expire_runs, find_expired
from chalicelib.rollups.marks import GRACE_S, Mark, dirty_hours
from chalicelib.rollups.measuring import marked_hours, measure
from chalicelib.rollups.proving import uncounted_hours
from chalicelib.rollups.recency import agents_of_newest
from chalicelib.rollups.removal import remove_part, remove_rollups
from chalicelib.rollups.takeover import count_old, take_over
from chalicelib.rollups.tiles import Dimension, extent
from chalicelib.rollups.totals import Total, find_totals, note_recounted, save_total
from chalicelib.rollups.unused import unused_versions
from chalicelib.rollups.upkeep import (
    backlog_age,
    count_marked,
    mark_all,
    read_backlog,
    server_time,
)
from chalicelib.rollups.verifying import (
    Checked,
    check_month,
    discard_month,
    doubt_hours,
    months_kept,
)
from chalicelib.rollups.wanted import TOTAL, Key, Wanted

__all__ = [
    "GRACE_S",
    "REST",
    "TOTAL",
    "Checked",
    "Dimension",
    "Key",
    "Mark",
    "Total",
    "Wanted",
    "agents_of_newest",
    "backlog_age",
    "check_budget",
    "check_month",
    "count_marked",
    "count_old",
    "dirty_hours",
    "discard_month",
    "doubt_hours",
    "expire_runs",
    "extent",
    "find_expired",
    "find_totals",
    "mark_all",
    "marked_hours",
    "measure",
    "months_kept",
    "note_recounted",
    "read_backlog",
    "remove_part",
    "remove_rollups",
    "save_total",
    "server_time",
    "take_over",
    "uncounted_hours",
    "unused_versions",
]
