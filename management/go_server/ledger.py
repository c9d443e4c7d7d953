"""What became of everything that was moved: counts, and for each reason the first examples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from chalicelib.database.documents import MigrationNote

MOST_EXAMPLES = 5
MOST_NOTES = 200
_OTHER = "other reasons"


@dataclass
class Ledger:
    """Counts by what they count, and notes on what was merged, renamed, changed or refused."""

    counts: Counter[str] = field(default_factory=Counter)
    notes: list[MigrationNote] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] += number

    def note(self, what: str, reason: str, example: object) -> None:
        """`what` says the noun and its fate, such as "runs refused"."""
        found = self._find(what, reason)
        found["count"] += 1
        if len(found["examples"]) < MOST_EXAMPLES:
            found["examples"].append(str(example))

    def lines(self) -> list[str]:
        """What to tell the person: the counts, then every reason with its examples."""
        said = [f"{what}: {number:,}" for what, number in self.counts.items()]
        for note in self.notes:
            shown = ", ".join(note["examples"])
            more = ", …" if note["count"] > len(note["examples"]) else ""
            said.append(f"  {note['count']:,} {note['what']}, {note['reason']} ({shown}{more})")
        return said

    @property
    def refused(self) -> int:
        return sum(note["count"] for note in self.notes if note["what"].endswith("refused"))

    def _find(self, what: str, reason: str) -> MigrationNote:
        if len(self.notes) >= MOST_NOTES:
            reason = _OTHER
        for note in self.notes:
            if (note["what"], note["reason"]) == (what, reason):
                return note
        self.notes.append({"what": what, "reason": reason, "count": 0, "examples": []})
        return self.notes[-1]
