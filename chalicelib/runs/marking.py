"""The hours whose tiles stop being true when runs are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from bson import ObjectId

from chalicelib.database.documents import RunDocument, VersionDocument
from chalicelib.rollups import Mark, dirty_hours, uncounted_hours
from chalicelib.values.identities import Identity
from chalicelib.values.instants import hour_of

Hours = Mapping[ObjectId, set[datetime]]


class RunMarks:
    """Marks the hours that runs of some versions are counted in; to be called before writing."""

    def __init__(self, marks: Mapping[ObjectId, Mark]) -> None:
        self._marks = marks

    def hours_of(self, runs: Sequence[RunDocument]) -> Hours:
        """The hours of these runs, by version."""
        return {v: _hours_of(some) for v, some in self._by_version(runs).items()}

    def mark(self, hours: Hours) -> None:
        """Mark the hours of runs that are about to be written."""
        for version_id, some in hours.items():
            self._marks[version_id](some)

    def lacks(self, hours: Hours) -> bool:
        """Whether one of these hours would have to be marked, as far as this process knows."""
        return any(self._marks[version_id].unmarked(some) for version_id, some in hours.items())

    def mark_change(
        self, stored: Mapping[Identity, RunDocument], changed: Mapping[Identity, RunDocument]
    ) -> None:
        """Mark the hours that `changed` runs will be, and their `stored` states are, counted in.

        Also those of runs that stay as they are: whoever wrote them may have been held up until its
        marks were cleared, and have died before it could renew them. Its client's retry marks them
        again, unless a tile proves that they are counted.
        """
        before = [stored[run_id] for run_id in changed if run_id in stored]
        same = [run for run_id, run in stored.items() if run_id not in changed]
        for version_id, some in self._by_version([*changed.values(), *before]).items():
            left = {hour for run in some for hour in run.get("moved_from", ())}
            self._marks[version_id](_hours_of(some) | left)
        for version_id, some in self._by_version(same).items():
            self._marks[version_id](self._doubted(version_id, some))

    def _by_version(self, runs: Sequence[RunDocument]) -> dict[ObjectId, Sequence[RunDocument]]:
        if len(self._marks) == 1 and runs:
            return dict.fromkeys(self._marks, runs)
        by_version: dict[ObjectId, list[RunDocument]] = {}
        for run in runs:
            by_version.setdefault(run["_id"]["v"], []).append(run)
        return dict(by_version)

    def _doubted(self, version_id: ObjectId, runs: Sequence[RunDocument]) -> set[datetime]:
        """The hours of stored runs of which no tile proves that they are counted."""
        unmarked = self._marks[version_id].unmarked(_hours_of(runs))
        unproved = [r for r in runs if hour_of(r["created"]) in unmarked or r.get("moved_from")]
        return uncounted_hours(version_id, unproved) if unproved else set()


@contextmanager
def marking(versions: Sequence[VersionDocument]) -> Iterator[RunMarks]:
    """Gives what marks hours of these versions, and renews at the end what was marked long ago."""
    with ExitStack() as stack:
        yield RunMarks({v["_id"]: stack.enter_context(dirty_hours(v)) for v in versions})


def _hours_of(documents: Iterable[RunDocument]) -> set[datetime]:
    """The UTC hours in which the runs were created."""
    # Numbers first, and a datetime only for each hour: this is done for every run.
    hours = {(run["created"].toordinal(), run["created"].hour) for run in documents}
    return {datetime.fromordinal(day).replace(hour=hour, tzinfo=UTC) for day, hour in hours}
