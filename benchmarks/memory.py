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
WARM_UP = 1_000
_BYTES_PER_MB = 1_000_000


def measure(uri: str) -> Iterator[Row]:
    service = prepare(uri)
    program = [sys.executable, "-m", "benchmarks.warm_process"]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as handler:
        assert handler.stdin is not None
        assert handler.stdout is not None
        process = psutil.Process(handler.pid)
        random = Random(1)
        peaks_mb = []
        for requests in (WARM_UP, REQUESTS - WARM_UP):
            _send(service, handler.stdin, handler.stdout, random, requests)
            peaks_mb.append(process.memory_info().rss / _BYTES_PER_MB)
        handler.stdin.close()
    warm_mb, end_mb = peaks_mb
    what = f"memory of the warm handler after {REQUESTS:,} mixed requests"
    yield at_most(what, 128, end_mb, " MB")
    yield at_most(f"{what}, against after {WARM_UP:,}", 1.05, end_mb / warm_mb)


def _send(
    service: Service, requests: IO[str], answers: IO[str], random: Random, number: int
) -> None:
    for _ in tqdm(range(number), desc="mixed requests", unit="request"):
        kind = random.choices(KINDS, [kind.share for kind in KINDS])[0]
        print(json.dumps(event_of(service, kind)), file=requests, flush=True)
        status = int(answers.readline())
        assert status == status_of(kind), f"{kind.name}: {status}"
