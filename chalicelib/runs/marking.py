"""The hours whose rollups stop being true when runs are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from bson import ObjectId

from chalicelib.database import Document
from chalicelib.rollups import dirty_hours

MarkRuns = Callable[[Iterable[Document]], None]


@contextmanager
def marking(versions: Sequence[Document]) -> Iterator[MarkRuns]:
    """Gives a function that marks the hours that runs of these versions are, or were, counted in.

    Of stored runs also where they stay as they are: whoever wrote them may have been held up until
    its marks were cleared, and have died before it could renew them. Its client's retry marks them
    again.
    """
    with ExitStack() as stack:
        marks = {v["_id"]: stack.enter_context(dirty_hours(v)) for v in versions}

        def mark(runs: Iterable[Document]) -> None:
            by_version: dict[ObjectId, list[Document]] = {}
            for run in runs:
                by_version.setdefault(run["_id"]["v"], []).append(run)
            for version_id, some in by_version.items():
                left = {hour for run in some for hour in run.get("moved_from", ())}
                marks[version_id](_hours_of(some) | left)

        yield mark


def _hours_of(documents: Iterable[Document]) -> set[datetime]:
    """The UTC hours in which the runs were created."""
    # Numbers first, and a datetime only for each hour: this is done for every run.
    hours = {(run["created"].toordinal(), run["created"].hour) for run in documents}
    return {datetime.fromordinal(day).replace(hour=hour, tzinfo=UTC) for day, hour in hours}
