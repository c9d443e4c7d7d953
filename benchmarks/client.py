"""The Python client against the bars of its promise: what it costs the program that it is in.

Each figure is of processes of their own, that know nothing of this repository's other parts; the
service that they report to is a real one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.pairs import medians
from benchmarks.rows import Row, at_least, at_most

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "clients" / "python" / "src"
DATABASE = "bench_client"
STANDARD = "import json, http.client, threading, queue, uuid"
IMPORT_ROUNDS = 40
RATE = 10_000
RATE_S = 15
_BYTES_PER_MB = 1_000_000

# A run as the README's example reports it, into a client that reports to sys.argv[1].
_START = """
import sys, time, json
from itertools import count
from agent_metrics import Client
client = Client(url=sys.argv[1], agent="bench", version="1", queue_size={queue_size})
ids = count(int(time.time() * 1000) * 100_000)
def report():
    return {{"id": next(ids), "status": "completed", "created": "2026-03-01T12:00:00Z",
            "time_taken": 330, "initiator": "user123", "tools": ["tool1"], "models": ["model1"],
            "cost": 0.1, "task_id": 12, "input_tokens": 900, "output_tokens": 80}}
"""

_RECORD = (
    _START
    + """
from queue import Queue
from statistics import median
reports = [report() for _ in range(2000)]
def put():
    queue = Queue()
    started = time.perf_counter()
    for one in reports: queue.put(one)
    return time.perf_counter() - started
def record():
    started = time.perf_counter()
    for one in reports: client.record(one)
    taken = time.perf_counter() - started
    assert client.flush(30) and client.stats().dropped == 0
    return taken
pairs = [(put(), record()) for _ in range(23)][3:]
print(json.dumps([median(puts) for puts in zip(*pairs)]))
"""
)

_SUSTAIN = (
    _START
    + """
rate, seconds = {rate}, {seconds}
client.record(report()); assert client.flush(30)
started = time.perf_counter()
for number in range(rate * seconds):
    client.record(report())
    ahead = started + (number + 1) / rate - time.perf_counter()
    if ahead > 0.002: time.sleep(ahead)
recorded = time.perf_counter() - started
assert client.flush(30)
stats = client.stats()
print(json.dumps([rate * seconds / recorded, time.perf_counter() - started - recorded,
                  stats.delivered - 1, stats.dropped + stats.refused]))
"""
)

# A host that computes all the time, in steps of ten milliseconds with one run in each.
_HOST = (
    _START
    + """
from statistics import median
def work():
    total = 0
    for number in range({steps}): total += number * number % 7
    return total
def bare(): work()
def reporting():
    with client.run(run_id=next(ids), task_id=1) as run:
        run.usage(model="gpt-5", input_tokens=900, output_tokens=80, cost=0.004)
        work()
with client.run(run_id=next(ids)): pass
assert client.flush(30)
def second(step):
    started = time.perf_counter()
    for _ in range(100): step()
    return time.perf_counter() - started
pairs = [(second(bare), second(reporting)) for _ in range(16)][1:]
assert client.flush(30) and client.stats().dropped == client.stats().refused == 0
print(json.dumps([median(b / a for a, b in pairs), median(a for a, _ in pairs)]))
"""
)

_MEMORY = """
def measured(name):
    with open("/proc/self/smaps_rollup") as lines:
        found = dict(line.split()[:2] for line in lines if line.startswith(("P", "R")))
    private = int(found["Private_Dirty:"]) + int(found["Private_Clean:"])
    return [int(found["Rss:"]) * 1024, private * 1024]
"""
_BARE_MEMORY = "import json, time, sys\n" + _MEMORY + "print(json.dumps(measured('bare')))"
_STANDARD_MEMORY = f"{STANDARD}\n{_MEMORY}print(json.dumps(measured('standard')))"
_CLIENT_MEMORY = (
    _START
    + _MEMORY
    + """
for _ in range(1000):
    with client.run(run_id=next(ids), task_id=1) as run:
        run.usage(model="gpt-5", input_tokens=900, output_tokens=80, cost=0.004)
    time.sleep(0.01)
assert client.flush(30)
print(json.dumps(measured("client")))
"""
)


def measure(uri: str) -> Iterator[Row]:
    taken = medians(_imports())
    ratio = (taken["client"] - taken["bare"]) / (taken["standard"] - taken["bare"])
    yield at_most("client: import against that of json, http.client and their like", 1.5, ratio)
    with _serving(uri) as url:
        put_s, record_s = _run(_RECORD, url, queue_size=100_000)
        yield at_most("client: `record` against a bare `queue.put`", 20, record_s / put_s)
        yield from _sustain(url)
        steps = _steps_in(0.01)
        slowed, _ = _run(_HOST, url, queue_size=10_000, steps=steps)
        share = (slowed - 1) * 100
        yield at_most("client: host slowed by 100 runs/s", 2, share, " %")
        yield from _remember(url)


def _imports() -> Iterator[dict[str, Any]]:
    for _ in range(IMPORT_ROUNDS):
        yield {
            "bare": partial(_python, "pass"),
            "standard": partial(_python, STANDARD),
            "client": partial(_python, "import agent_metrics"),
        }


def _sustain(url: str) -> Iterator[Row]:
    rate, behind_s, delivered, lost = _run(
        _SUSTAIN, url, queue_size=10_000, rate=RATE, seconds=RATE_S
    )
    yield at_least(f"client: runs/s sustained for {RATE_S} s", 0.99 * RATE, rate)
    yield at_least("client: of these, delivered", RATE * RATE_S, delivered)
    yield at_most("client: of these, dropped or refused", 0, lost)
    yield Row("client: delivered after the last was recorded", "", f"{behind_s:.1f} s")


def _remember(url: str) -> Iterator[Row]:
    """Private pages are what a process adds to what the machine's others have loaded anyway."""
    bare = _median_memory(_BARE_MEMORY, url)
    standard = _median_memory(_STANDARD_MEMORY, url)
    client = _median_memory(_CLIENT_MEMORY.replace("{queue_size}", "10_000"), url, formatted=True)
    (rss, private), (all_rss, all_private) = bare, client
    more = (all_private - private) / _BYTES_PER_MB
    yield at_most("client: private memory beyond the bare interpreter", 5, more, " MB")
    beyond = (all_rss - standard[0]) / _BYTES_PER_MB
    yield at_most("client: resident beyond those standard modules", 5, beyond, " MB")
    yield Row(
        "client: resident beyond the bare interpreter, shared libraries (TLS) included",
        "",
        f"{(all_rss - rss) / _BYTES_PER_MB:.1f} MB",
    )


def _median_memory(code: str, url: str, *, formatted: bool = False) -> list[float]:
    found = [json.loads(_python(_fill(code) if formatted else code, url)) for _ in range(3)]
    return [median(column) for column in zip(*found, strict=True)]


def _fill(code: str) -> str:
    return code.replace("{{", "{").replace("}}", "}")


def _steps_in(seconds: float) -> int:
    """How many steps of the host's work take this long here."""
    code = (
        "import time, json\nstarted = time.perf_counter()\ntotal = 0\n"
        "for number in range(2_000_000): total += number * number % 7\n"
        "print(json.dumps(time.perf_counter() - started))"
    )
    return int(2_000_000 * seconds / median(float(_python(code)) for _ in range(3)))


def _run(code: str, url: str, **values: int) -> list[float]:
    found: list[float] = json.loads(_python(code.format(**values), url))
    return found


def _python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def _serving(uri: str) -> Iterator[str]:
    """`manage.py serve` on the benchmark's database, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port=0", f"--db-name={DATABASE}"],
        cwd=ROOT,
        env={**os.environ, "MONGODB_URI": uri, "AUTH_MODE": "off"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[1]
        try:
            yield address.partition("/api/")[0]
        finally:
            process.terminate()
            process.wait(30)
