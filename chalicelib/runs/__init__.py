"""A run's life: reported, resolved against what is stored, recorded, read back."""

from chalicelib.runs.corrections import correct_runs
from chalicelib.runs.deletions import delete_run, delete_runs
from chalicelib.runs.failures import FailureGroup, group_failures
from chalicelib.runs.ranks import outcome_of_run
from chalicelib.runs.reading import (
    find_run,
    newest_failures,
    runs_of_agent,
    runs_of_trace,
    runs_of_version,
)
from chalicelib.runs.recency import newest_runs
from chalicelib.runs.recording import Batch, adopt_runs, record_batches, record_runs
from chalicelib.runs.removal import remove_deleted
from chalicelib.runs.reports import (
    Submission,
    document_of,
    field_errors,
    parse_correction,
    parse_corrections,
    parse_submission,
    read_json,
    summarise,
)
from chalicelib.runs.resolution import Resolution, Verdict
from chalicelib.runs.rewording import reword_outcomes
from chalicelib.runs.tallies import tally_tasks

__all__ = [
    "Batch",
    "FailureGroup",
    "Resolution",
    "Submission",
    "Verdict",
    "adopt_runs",
    "correct_runs",
    "delete_run",
    "delete_runs",
    "document_of",
    "field_errors",
    "find_run",
    "group_failures",
    "newest_failures",
    "newest_runs",
    "outcome_of_run",
    "parse_correction",
    "parse_corrections",
    "parse_submission",
    "read_json",
    "record_batches",
    "record_runs",
    "remove_deleted",
    "reword_outcomes",
    "runs_of_agent",
    "runs_of_trace",
    "runs_of_version",
    "summarise",
    "tally_tasks",
]
