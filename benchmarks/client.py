"""The Python client against the bars of its promise: what it costs the program that it is in.

Each figure is of processes of their own, that know nothing of this repository's other parts; the
service that they report to is a real one.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.counting_server import counting_server
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
reports = [report() for _ in range(200)]
def put():
    queue = Queue()
    started = time.perf_counter()
    for one in reports: queue.put(one)
    return time.perf_counter() - started
def record():
    started = time.perf_counter()
    for one in reports: client.record(one)
    taken = time.perf_counter() - started
    assert client.flush(30)
    return taken
pairs = [(put(), record()) for _ in range(203)][3:]
print(json.dumps([median(puts) for puts in zip(*pairs)]))
"""
)

_SUSTAIN = (
    _START
    + """
rate, seconds = {rate}, {seconds}
client.record(report()); assert client.flush(30)
started, used = time.perf_counter(), time.process_time()
for number in range(rate * seconds):
    client.record(report())
    ahead = started + (number + 1) / rate - time.perf_counter()
    if ahead > 0.002: time.sleep(ahead)
recorded = time.perf_counter() - started
client.flush(60)
used = time.process_time() - used
stats = client.stats()
print(json.dumps([rate * seconds / recorded, used / (rate * seconds) * 1e6,
                  stats.delivered - 1, stats.dropped + stats.refused]))
"""
)

# A host that computes all the time, in steps of ten milliseconds with one run in each. By the
# processor time of all threads, the sender's included, which other processes disturb least.
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
def hundred(step):
    used = time.process_time()
    for _ in range(100): step()
    return time.process_time() - used
pairs = [(hundred(bare), hundred(reporting)) for _ in range(16)][1:]
assert client.flush(30) and client.stats().dropped == client.stats().refused == 0
print(json.dumps([median(b / a for a, b in pairs)]))
"""
)

_MEMORY = """
with open("/proc/self/smaps_rollup") as lines:
    found = dict(line.split()[:2] for line in lines if line.startswith(("P", "R")))
print([int(found["Rss:"]) * 1024, int(found["Private_Dirty:"]) * 1024])
"""
_BARE_MEMORY = _MEMORY
_STANDARD_MEMORY = f"{STANDARD}\n{_MEMORY}"
_CLIENT_MEMORY = (
    _START.replace("{queue_size}", "10_000").replace("{{", "{").replace("}}", "}")
    + """
for _ in range(1000):
    with client.run(run_id=next(ids), task_id=1) as run:
        run.usage(model="gpt-5", input_tokens=900, output_tokens=80, cost=0.004)
    time.sleep(0.01)
assert client.flush(30)
"""
    + _MEMORY
)


def measure(uri: str) -> Iterator[Row]:
    with _installed() as path, _serving(uri) as url:
        python = Python(path, url)
        what = "client: import against that of json, http.client and their like"
        yield at_most(what, 1.5, _import_ratio(python))
        put_s, record_s = python.run(_RECORD, queue_size=100_000)
        yield at_most("client: `record` against a bare `queue.put`", 20, record_s / put_s)
        yield from _sustain(python)
        (slowed,) = python.run(_HOST, queue_size=10_000, steps=_steps_in(0.01, python))
        yield at_most("client: host slowed by 100 runs/s", 2, (slowed - 1) * 100, " %")
        yield from _remember(python)


class Python(NamedTuple):
    """Runs code in processes of their own, with the client as `path` has it."""

    path: str
    url: str

    def run(self, code: str, **values: int) -> list[float]:
        """What the code prints, once its braces are filled with the values."""
        found: list[float] = json.loads(self.output(code.format(**values)))
        return found

    def output(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, self.url],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def processor_s(self, code: str) -> float:
        child = os.posix_spawn(sys.executable, [sys.executable, "-c", code], self.environment)
        _, status, used = os.wait4(child, 0)
        assert status == 0
        return used.ru_utime + used.ru_stime

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": self.path}


@contextmanager
def _installed() -> Iterator[str]:
    """Where a compiled copy of the client is, as pip would install it."""
    with TemporaryDirectory() as directory:
        copy = Path(shutil.copytree(SOURCES / "agent_metrics", Path(directory) / "agent_metrics"))
        compileall.compile_dir(copy, quiet=1)
        yield directory


def _import_ratio(python: Python) -> float:
    """By processor time, which the machine's other work changes least."""
    kinds = {"bare": "pass", "standard": STANDARD, "client": "import agent_metrics"}
    used: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(IMPORT_ROUNDS):
        for kind, code in kinds.items():
            used[kind].append(python.processor_s(code))
    bare, standard, client = (median(used[kind]) for kind in kinds)
    return (client - bare) / (standard - bare)


def _sustain(python: Python) -> Iterator[Row]:
    """The client's own speed, to a server that only counts; and what this service takes of it."""
    with counting_server() as url:
        rate, used_us, delivered, lost = _send(python._replace(url=url))
    yield at_least(f"client: runs/s sustained for {RATE_S} s", 0.99 * RATE, rate)
    yield at_least("client: of these, delivered", RATE * RATE_S, delivered)
    yield at_most("client: of these, dropped or refused", 0, lost)
    yield Row("client: processor time for each, in all threads", "", f"{used_us:.0f} µs")
    rate, _, delivered, _ = _send(python)
    taken = f"{delivered / (RATE * RATE_S):.0%} of {rate:,.0f} runs/s"
    yield Row("client: as many to `manage.py serve`, on the same cores: taken", "", taken)


def _send(python: Python) -> list[float]:
    return python.run(_SUSTAIN, queue_size=10_000, rate=RATE, seconds=RATE_S)


def _remember(python: Python) -> Iterator[Row]:
    """What the standard modules take is most of it, and OpenSSL most of that."""
    found = [
        [median(column) for column in zip(*_thrice(python, code), strict=True)]
        for code in (_BARE_MEMORY, _STANDARD_MEMORY, _CLIENT_MEMORY)
    ]
    (bare_rss, bare), (standard_rss, _), (client_rss, client) = found
    beyond = (client_rss - standard_rss) / _BYTES_PER_MB
    yield at_most("client: memory beyond the interpreter with those modules", 5, beyond, " MB")
    whole, written = (client_rss - bare_rss) / _BYTES_PER_MB, (client - bare) / _BYTES_PER_MB
    what = "client: memory beyond the bare interpreter; without files that processes share"
    yield Row(what, "", f"{whole:.1f}; {written:.1f} MB")


def _thrice(python: Python, code: str) -> list[list[float]]:
    return [json.loads(python.output(code)) for _ in range(3)]


def _steps_in(seconds: float, python: Python) -> int:
    """How many steps of the host's work take this long here."""
    code = (
        "import time\nstarted = time.process_time()\ntotal = 0\n"
        "for number in range(2_000_000): total += number * number % 7\n"
        "print(time.process_time() - started)"
    )
    return int(2_000_000 * seconds / median(float(python.output(code)) for _ in range(3)))


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
