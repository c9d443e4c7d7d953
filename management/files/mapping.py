"""A row of any table as a run: which column is for which field, and what is the same for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.values.outcomes import outcome_of
from chalicelib.wire.models import Run, RunReport
from management.files.cells import READERS, read_text
from management.files.entries import Broken, Entry

FIELDS = (*RunReport.__annotations__, "duration_ms", "version", "agent")
METADATA = "metadata."
# What an exported run has beside what was reported of it; it follows from the rest.
_DERIVED = frozenset(Run.__annotations__) - frozenset(FIELDS)
_STATUS_OF = {"succeeded": "completed", "failed": "failed", "in_progress": "running"}


class MappingError(ValueError):
    """A --map or --set that cannot be meant; the text says what can."""


@dataclass
class Mapping:
    """How rows become runs. Columns with the names of fields are for these without being told.

    `columns` says which column a field is read from, `fixed` what a field is in every row.
    `unused` gathers the columns that nothing was made of.
    """

    columns: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    unused: set[str] = field(default_factory=set)

    @classmethod
    def of_options(cls, mapped: Sequence[str], fixed: Sequence[str]) -> Mapping:
        """From `field=column` and `field=value`. Raises MappingError."""
        columns = dict(_split(text, "--map", "COLUMN") for text in mapped)
        values = dict(_split(text, "--set", "VALUE") for text in fixed)
        return cls(columns, {name: _read(name, value) for name, value in values.items()})

    def entry(self, place: int, row: dict[str, Any], size: int = 500) -> Entry | Broken:
        """The run in a row, or why there is none."""
        if set(row) == {"version", "run"} and isinstance(row["run"], dict):
            return self._finish(place, {**row["run"], "version": row["version"]}, size)
        return self._finish(place, self._fields_of(row), size)

    def settle(self, entry: Entry) -> Entry:
        """A run that another reader made, with what is the same for all."""
        fixed = dict(self.fixed)
        agent, version = fixed.pop("agent", entry.agent), fixed.pop("version", entry.version)
        run = _gather_metadata({**entry.run, **fixed})
        return replace(entry, agent=agent, version=version, run=run)

    def _fields_of(self, row: dict[str, Any]) -> dict[str, Any]:
        taken = set(self.columns.values())
        found = {
            name: _read(name, row[name]) for name in FIELDS if name in row and name not in taken
        }
        for name, column in self.columns.items():
            found[name] = _read(name, _look_up(row, column))
        self.unused |= (
            row.keys() - set(FIELDS) - _DERIVED - taken - {c.split(".")[0] for c in taken}
        )
        return found

    def _finish(self, place: int, found: dict[str, Any], size: int) -> Entry | Broken:
        fields = {name: value for name, value in (found | self.fixed).items() if value is not None}
        agent, version = fields.pop("agent", None), fields.pop("version", None)
        if not isinstance(version, str) or not version:
            return Broken(place, "no version: use --map version=COLUMN or --set version=NAME")
        run = _gather_metadata(fields)
        milliseconds = run.pop("duration_ms", None)
        if milliseconds is not None:
            run.setdefault("time_taken", milliseconds)
        outcome = run.get("outcome")
        if "status" not in run:
            if outcome is None:
                return Broken(place, "no status: use --map status=COLUMN or --set status=completed")
            run["status"] = _STATUS_OF.get(outcome, outcome)
        # An exported run has what follows from its status too, which nobody has to say.
        if outcome == outcome_of(run["status"]):
            del run["outcome"]
        return Entry(place, agent, version, run, size)


def _gather_metadata(fields: dict[str, Any]) -> dict[str, Any]:
    run = {name: value for name, value in fields.items() if not name.startswith(METADATA)}
    extra = {
        name.removeprefix(METADATA): value
        for name, value in fields.items()
        if name.startswith(METADATA)
    }
    if extra:
        given = run.get("metadata")
        run["metadata"] = {**(given if isinstance(given, dict) else {}), **extra}
    return run


def _read(name: str, value: Any) -> Any:
    if name.startswith(METADATA):
        return value if isinstance(value, bool | int | float) else read_text(value)
    reader: Callable[[Any], Any] = READERS.get(name, read_text)
    return reader(value)


def _look_up(row: dict[str, Any], column: str) -> Any:
    """The value of a column, or inside of objects: `usage.total`."""
    if column in row:
        return row[column]
    value: Any = row
    for part in column.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _split(text: str, option: str, what: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not (name in FIELDS or name.startswith(METADATA)):
        raise MappingError(
            f"{option} {text}: write {option} FIELD={what}, where FIELD is one of"
            f" {', '.join(FIELDS)}, or metadata.KEY"
        )
    return name, value
