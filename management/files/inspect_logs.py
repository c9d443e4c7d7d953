"""Inspect AI's eval logs as runs: one for each sample and epoch.

A log is a `.eval` file, which is a zip of JSON documents, or a `.json` file that has them all.
The task is the agent, the model its version, and the first scorer's grade the score, from which the
outcome follows where it is right or wrong.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from management.files.entries import Broken, Entry, SourceError

_ENDINGS = (".eval", ".json")
_ZSTANDARD = 93
# How Inspect's scorers write right, wrong, partly right and no answer.
_GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
_TOKENS = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "input_tokens_cache_read": "cache_read_input_tokens",
    "input_tokens_cache_write": "cache_creation_input_tokens",
    "reasoning_tokens": "reasoning_output_tokens",
}


def read_inspect_logs(path: Path) -> Iterator[Entry | Broken]:
    """The runs in a log, or in all logs of a folder. Raises SourceError."""
    logs = sorted(p for p in path.rglob("*") if p.suffix in _ENDINGS) if path.is_dir() else [path]
    if not logs:
        raise SourceError(f"{path} holds no logs: they end in {' or '.join(_ENDINGS)}")
    place = 0
    for log in logs:
        header, samples = _open(log)
        for sample in samples:
            place += 1
            try:
                yield _entry(place, header, sample)
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                yield Broken(place, f"{log.name}: a sample is not as Inspect writes them ({error})")


def _open(log: Path) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    try:
        if zipfile.is_zipfile(log):
            archive = zipfile.ZipFile(log)
            header = json.loads(_unpack(archive, "header.json"))
            return header["eval"], _samples(archive)
        whole = json.loads(log.read_bytes())
        return whole["eval"], iter(whole.get("samples") or [])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise SourceError(
            f"{log} is no complete log of Inspect ({type(error).__name__}: {error})"
        ) from error


def _samples(archive: zipfile.ZipFile) -> Iterator[dict[str, Any]]:
    with archive:
        for name in archive.namelist():
            if name.startswith("samples/") and name.endswith(".json"):
                yield json.loads(_unpack(archive, name))


def _unpack(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member's content; Python's zipfile knows Zstandard from 3.14 on only."""
    member = archive.getinfo(name)
    if member.compress_type != _ZSTANDARD:
        return archive.read(name)
    import zstandard  # noqa: PLC0415 - only some logs need it

    raw = archive.fp
    assert raw is not None  # noqa: S101 - it is open
    # The member's own header: 30 bytes, the last four of them the lengths of what follows it.
    raw.seek(member.header_offset + 26)
    lengths = raw.read(4)
    raw.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
    packed = raw.read(member.compress_size)
    content: bytes = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    return content


def _entry(place: int, header: dict[str, Any], sample: dict[str, Any]) -> Entry:
    grade = _grade(sample.get("scores") or {})
    error = sample.get("error")
    run = {
        "id": sample.get("uuid") or f"{header['eval_id']}-{sample['id']}-{sample['epoch']}",
        "task_id": sample["id"],
        "created": sample.get("started_at") or header["created"],
        "status": "error" if error else "completed",
        "outcome": {1.0: "succeeded", 0.0: "failed"}.get(grade) if grade is not None else None,
        "time_taken": sample.get("total_time"),
        "score": grade,
        "error": error.get("message") if error else None,
        "metadata": {"eval_id": header.get("eval_id"), "epoch": sample.get("epoch")},
        **_usage(sample.get("model_usage") or {}, header["model"]),
    }
    if error:
        run["outcome"] = None
    known = {name: value for name, value in run.items() if value is not None}
    return Entry(place, header["task"], str(header["model"]), known)


def _grade(scores: dict[str, Any]) -> float | None:
    """The first score that is a number, or one of Inspect's letters."""
    for score in scores.values():
        value = score.get("value")
        if isinstance(value, str) and value in _GRADES:
            return _GRADES[value]
        if isinstance(value, bool | int | float):
            return float(value)
    return None


def _usage(usage: dict[str, Any], model: str) -> dict[str, Any]:
    """Models, tokens and cost of all models together."""
    found: dict[str, Any] = {"models": list(usage) or [model]}
    for theirs, ours in _TOKENS.items():
        counts = [u[theirs] for u in usage.values() if u.get(theirs) is not None]
        if counts:
            found[ours] = sum(counts)
    costs = [u["total_cost"] for u in usage.values() if u.get("total_cost") is not None]
    if costs:
        found["cost"] = sum(costs)
    return found
