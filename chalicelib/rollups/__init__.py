"""What runs add up to, kept by hour and day, and measured without reading the runs."""

from chalicelib.rollups.day_folding import fold_days
from chalicelib.rollups.hours import REST, count_marked, read_rollups, recompute_marked, server_time
from chalicelib.rollups.marks import GRACE_S, Mark, dirty_hours
from chalicelib.rollups.measuring import Measured, extent, marked_hours, measure
from chalicelib.rollups.removal import remove_part, remove_rollups
from chalicelib.rollups.totals import Total, find_totals, save_total

__all__ = [
    "GRACE_S",
    "REST",
    "Mark",
    "Measured",
    "Total",
    "count_marked",
    "dirty_hours",
    "extent",
    "find_totals",
    "fold_days",
    "marked_hours",
    "measure",
    "read_rollups",
    "recompute_marked",
    "remove_part",
    "remove_rollups",
    "save_total",
    "server_time",
]
