"""What a run has to be after any reports, corrections and deletions, by the contract's sentences.

Reports rank: finished over other over in progress, then by how far along they are. Each field has
the value of the highest-ranking report that named it. Two finished reports that contradict each
other are a conflict, and the first stands. A correction outranks every report. What is deleted
stays so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.integration.metrics_oracle import OUTCOMES, TOKENS, Run

Document = dict[str, Any]
STAGES = ("queued", "running")
_TAKEN = 200
_CONFLICT, _GONE, _UNKNOWN = 409, 410, 404
_FINISHED = 3


def outcome_of(report: Document) -> str:
    found = (name for name, words in OUTCOMES.items() if report["status"] in words)
    return str(report.get("outcome") or next(found, "other"))


def rank_of(report: Document) -> tuple[int, int, float]:
    """Of what is in progress, what has cost more is further along."""
    outcome = outcome_of(report)
    if outcome == "in_progress":
        return 1, STAGES.index(report["status"]), report.get("cost", 0)
    return (2 if outcome == "other" else _FINISHED), 0, 0


@dataclass
class Expected:
    """One run: the reports that were taken, what was corrected, and whether it is gone."""

    reports: list[Document] = field(default_factory=list)
    corrected: Document = field(default_factory=dict)
    is_deleted: bool = False

    @property
    def is_there(self) -> bool:
        return bool(self.reports) and not self.is_deleted

    def report(self, report: Document) -> int:
        """Take a report; the status of its answer, 200 where it is taken."""
        if self.is_deleted:
            return _GONE
        if any(self._contradicts(report, other) for other in self.reports):
            return _CONFLICT
        self.reports.append(report)
        return _TAKEN

    def _contradicts(self, report: Document, other: Document) -> bool:
        if rank_of(report)[0] != _FINISHED or rank_of(other)[0] != _FINISHED:
            return False
        common = (report.keys() & other.keys()) - self.corrected.keys()
        return any(report[name] != other[name] for name in common)

    def correct(self, changes: Document) -> int:
        if not self.is_there:
            return _UNKNOWN
        self.corrected |= changes
        return _TAKEN

    def delete(self) -> int:
        if not self.reports:
            return _UNKNOWN
        self.is_deleted = True
        return 204

    def fields(self) -> Document:
        """Every field that is known of the run."""
        known: Document = {}
        for report in sorted(self.reports, key=rank_of):
            known |= report
        known |= self.corrected
        known = {name: value for name, value in known.items() if value is not None}
        return known | {"outcome": outcome_of(known)}

    def run(self, created: datetime) -> Run:
        """The run as metrics count it."""
        known = self.fields()
        seconds, cost = known.get("time_taken"), known.get("cost")
        tokens = [known.get(f"{name}_tokens") for name in TOKENS]
        return Run(
            created,
            known["status"],
            None if seconds is None else int(seconds * 1_000_000),
            None if cost is None else Decimal(repr(cost)),
            reported_outcome=known["outcome"],
            tokens=tuple(tokens),
            score=known.get("score"),
        )
