"""CSV, NDJSON and Parquet as rows, each with its place: a broken one is named, the rest is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from chalicelib.http import unguarded
from management.files.entries import Broken, Entry, SourceError
from management.files.mapping import Mapping

_ENDINGS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}
_ROWS_AT_ONCE = 2000
# A cell may hold metadata or an error of some kilobytes, and foreign files far more.
_LONGEST_CELL = 100_000_000


def choose_form(name: str, asked: str | None) -> str:
    """The form of a file by what was asked, else by its ending."""
    return asked or _ENDINGS.get(Path(name).suffix.lower(), "ndjson")


def read_table(file: IO[bytes], form: str, mapping: Mapping) -> Iterator[Entry | Broken]:
    """The runs in a file. Raises SourceError where it is no such file at all."""
    return FORMATS[form](file, mapping)


def _read_csv(file: IO[bytes], mapping: Mapping) -> Iterator[Entry | Broken]:
    csv.field_size_limit(_LONGEST_CELL)
    lines = _Lines(file)
    reader = csv.reader(lines, strict=True)
    try:
        names = next(reader, None)
    except (csv.Error, UnicodeDecodeError) as error:
        raise SourceError(f"its first line has no names of columns ({error})") from error
    if not names or len(set(names)) < len(names):
        raise SourceError("its first line has to name its columns, each once")
    while True:
        place = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeDecodeError) as error:
            yield Broken(place, f"the line is not CSV ({error})")
            continue
        if len(cells) != len(names):
            if cells:
                yield Broken(place, f"it has {len(cells)} cells for {len(names)} columns")
            continue
        row = {name: unguarded(cell) for name, cell in zip(names, cells, strict=True)}
        yield mapping.entry(place, row, sum(map(len, cells)) * 2 + 200)


class _Lines:
    """The lines of a file as text, counted; one that is not UTF-8 spoils itself alone."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = iter(file)
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self.number += 1
        return line.decode("utf-8-sig" if self.number == 1 else "utf-8")


def _read_ndjson(file: IO[bytes], mapping: Mapping) -> Iterator[Entry | Broken]:
    for place, line in enumerate(file, start=1):
        if not line.strip():
            continue
        row = _parse_line(line)
        if isinstance(row, str):
            yield Broken(place, row)
        else:
            yield mapping.entry(place, row, len(line))


def _parse_line(line: bytes) -> dict[str, Any] | str:
    """The object in a line, or why there is none."""
    try:
        found = json.loads(line.decode("utf-8-sig"))
        # What JSON cannot carry (half a surrogate pair) would spoil the whole batch.
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        return "the line is not UTF-8"
    except UnicodeEncodeError:
        return "a text in it is not Unicode"
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "unusable values"
        return f"the line is not JSON ({reason})"
    return found if isinstance(found, dict) else "the line is not a JSON object"


def _read_parquet(file: IO[bytes], mapping: Mapping) -> Iterator[Entry | Broken]:
    from management.files.parquet import load_pyarrow  # noqa: PLC0415 - it is large

    pyarrow = load_pyarrow()
    source = file if file.seekable() else io.BytesIO(file.read())
    try:
        table = pyarrow.parquet.ParquetFile(source)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise SourceError(f"it is not a Parquet file ({error})") from error
    place = 0
    for batch in table.iter_batches(_ROWS_AT_ONCE):
        for row in batch.to_pylist():
            place += 1
            yield mapping.entry(place, row)


FORMATS: dict[str, Callable[[IO[bytes], Mapping], Iterator[Entry | Broken]]] = {
    "csv": _read_csv,
    "ndjson": _read_ndjson,
    "parquet": _read_parquet,
}
