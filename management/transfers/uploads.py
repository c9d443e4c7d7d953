"""Runs on their way to the service: in batches, by halves where one is refused, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from management.api import ApiClient, ApiError

VERDICTS = ("created", "updated", "unchanged", "superseded")
MOST_PLACES = 10
MOST_REASONS = 20
_REASON_LENGTH = 300
# Refused as a whole, perhaps for the sake of one run in it: malformed, too large, invalid.
_DIVISIBLE = frozenset({400, 413, 422})


@dataclass(frozen=True, slots=True)
class Item:
    """A run, and where it comes from: the line of a file, or its number."""

    place: int
    run: dict[str, Any]


@dataclass(slots=True)
class Tally:
    """What became of the runs: a count for each verdict, and for each reason its places."""

    verdicts: Counter[str] = field(default_factory=Counter)
    refused: dict[str, list[int]] = field(default_factory=dict)

    @property
    def refused_count(self) -> int:
        return sum(len(places) for places in self.refused.values())

    def refuse(self, reason: str, place: int) -> None:
        self.refused.setdefault(reason[:_REASON_LENGTH], []).append(place)

    def add(self, answer: dict[str, Any], items: Sequence[Item]) -> None:
        """Count the service's answer to a batch of `items`."""
        self.verdicts.update({verdict: answer[verdict] for verdict in VERDICTS})
        for error in answer["errors"]:
            self.refuse(_reason(error), items[error["index"]].place)

    def lines(self, noun: str = "line") -> list[str]:
        """What to tell the person: the counts, then every reason with the first of its places."""
        total = self.verdicts.total() + self.refused_count
        counts = ", ".join(f"{self.verdicts[verdict]} {verdict}" for verdict in VERDICTS)
        said = [f"{total} runs: {counts}, {self.refused_count} refused"]
        for reason, places in list(self.refused.items())[:MOST_REASONS]:
            shown = ", ".join(map(str, sorted(places)[:MOST_PLACES]))
            more = f" and {len(places) - MOST_PLACES} more" if len(places) > MOST_PLACES else ""
            plural = "s" if len(places) > 1 else ""
            said.append(f"  {len(places)} refused, {reason} ({noun}{plural} {shown}{more})")
        if len(self.refused) > MOST_REASONS:
            said.append(f"  and {len(self.refused) - MOST_REASONS} other reasons")
        return said


def upload(
    client: ApiClient, agent: str, version: str, items: Sequence[Item], tally: Tally
) -> None:
    """Send the items in their order, and count what became of each.

    A batch that is refused as a whole is halved until the runs that spoil it stand alone.
    Raises ApiUnreachableError, and ApiError for what is not the runs' fault.
    """
    try:
        answer = client.add_runs(agent, version, [item.run for item in items])
    except ApiError as error:
        if error.status not in _DIVISIBLE:
            raise
        if len(items) == 1:
            tally.refuse(str(error), items[0].place)
            return
        middle = len(items) // 2
        upload(client, agent, version, items[:middle], tally)
        upload(client, agent, version, items[middle:], tally)
    else:
        tally.add(answer, items)


def _reason(error: dict[str, Any]) -> str:
    """The same text for the same mistake, so that runs can be grouped by it."""
    found = "; ".join(f"{e['path']}: {e['message']}" for e in error.get("errors", []))
    return f"{error['code']}: {found or error['detail']}"
