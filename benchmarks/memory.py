"""How much memory the warm handler takes, in a process of its own, after very many requests."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from random import Random
from typing import IO

import psutil
from tqdm import tqdm

from benchmarks.requests import KINDS, event_of, prepare, status_of
from benchmarks.rows import Row, at_most
from benchmarks.service import Service

REQUESTS = 10_000
# As many as use everything.
FEW = 1_000
_BYTES_PER_MB = 1_000_000


def measure(uri: str) -> Iterator[Row]:
    """Of a process that has served all the time, and of a new one on the same data.

    The data grow all the while, and with them what one answer takes: only a process that takes
    more than a new one keeps what it should have let go.
    """
    service = prepare(uri)
    random = Random(1)
    old_mb = _memory_after(service, random, REQUESTS)
    new_mb = _memory_after(service, random, FEW)
    what = f"memory of the warm handler after {REQUESTS:,} mixed requests"
    yield at_most(what, 128, old_mb, " MB")
    yield at_most(f"{what}, against a new one's after {FEW:,} more", 1.1, old_mb / new_mb)


def _memory_after(service: Service, random: Random, requests: int) -> float:
    """The megabytes that a new process holds after so many requests."""
    program = [sys.executable, "-m", "benchmarks.warm_process"]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as handler:
        assert handler.stdin is not None
        assert handler.stdout is not None
        _send(service, handler.stdin, handler.stdout, random, requests)
        resident: int = psutil.Process(handler.pid).memory_info().rss
        handler.stdin.close()
    return resident / _BYTES_PER_MB


def _send(
    service: Service, requests: IO[str], answers: IO[str], random: Random, number: int
) -> None:
    for _ in tqdm(range(number), desc="mixed requests", unit="request"):
        kind = random.choices(KINDS, [kind.share for kind in KINDS])[0]
        print(json.dumps(event_of(service, kind)), file=requests, flush=True)
        status = int(answers.readline())
        assert status == status_of(kind), f"{kind.name}: {status}"
