"""Processes that fork, end, are killed or frozen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from running import Script, Stored, environment

from agent_metrics import Client


def ids(stored: Stored) -> list[int]:
    return sorted(run["id"] for run in stored())


def test_the_end_of_the_process_delivers(service: str, script: Script, stored: Stored) -> None:
    code = """
from agent_metrics import Client
client = Client()
for number in range(1000):
    client.record({"id": number, "status": "ok"})
"""
    done = script(code, service)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert ids(stored) == list(range(1000))


def test_a_process_that_fails_ends_as_it_would_without(
    service: str, script: Script, stored: Stored
) -> None:
    code = """
from agent_metrics import Client
client = Client()
with client.run(run_id=1):
    raise SystemExit(7)
"""
    assert script(code, service).returncode == 7
    assert [run["error"] for run in stored()] == ["SystemExit: 7"]


def test_runs_of_atexit_handlers_are_delivered_too(
    service: str, script: Script, stored: Stored
) -> None:
    code = """
import atexit
from agent_metrics import Client
client = Client()
atexit.register(client.record, {"id": 1, "status": "ok"})
"""
    done = script(code, service)
    assert (done.returncode, done.stderr) == (0, "")
    assert ids(stored) == [1]


def test_a_service_that_is_away_does_not_keep_a_process_from_ending(script: Script) -> None:
    code = """
from agent_metrics import Client
client = Client(exit_timeout=0.2)
client.record({"id": 1, "status": "ok"})
print(client.flush(timeout=0.1))
"""
    done = script(code, "http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (0, "False\n")
    assert done.stderr.count("\n") == 1


def test_importing_starts_nothing_and_reads_nothing(script: Script) -> None:
    code = """
import sys, threading, os
os.environ = None
import agent_metrics
assert threading.active_count() == 1
for name in ("asyncio", "pandas", "pytest", "argparse", "subprocess", "multiprocessing"):
    assert name not in sys.modules or sys.version_info < (3, 10), name
"""
    done = script(code, "http://127.0.0.1:9")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_thread_imports_nothing(service: str, script: Script) -> None:
    """A fork in the middle of an import would leave the child with half a module."""
    code = """
import sys
from agent_metrics import Client
client = Client()
before = set(sys.modules)
with client.run(run_id=1) as run:
    run.fail(ValueError("x"))
client.record({"id": 2, "status": "ok", "metadata": {"long": "x" * 3000}})
assert client.flush(20), client.stats()
assert set(sys.modules) == before, set(sys.modules) - before
"""
    done = script(code, service)
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_fork_in_the_middle(service: str, script: Script, stored: Stored) -> None:
    code = """
import os, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from agent_metrics import Client
client = Client(flush_interval=0.01)
children = []
with client.run(run_id=-1, report_start=False):
    for number in range(300):
        client.record({"id": number, "status": "ok"})
        if number % 50 == 25:
            child = os.fork()
            if not child:
                for n in range(100):
                    client.record({"id": 1000 * number + n, "status": "ok"})
                ok = client.flush(20) and client.stats().recorded == 100
                os._exit(0 if ok else 1)
            children.append(child)
    codes = [os.waitpid(child, 0)[1] for child in children]
assert client.flush(20), client.stats()
assert client.stats() == (301, 301, 0, 0, 0), client.stats()
assert codes == [0] * 6, codes
"""
    done = script(code, service)
    assert (done.stderr, done.returncode) == ("", 0)
    children = [1000 * n + i for n in range(25, 300, 50) for i in range(100)]
    assert ids(stored) == sorted([-1, *range(300), *children])


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_deliver_when_they_end(
    service: str, script: Script, stored: Stored, method: str, tmp_path: Path
) -> None:
    code = f"""
import multiprocessing, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from agent_metrics import Client
client = Client()

def work(first):
    client.record({{"id": first, "status": "ok"}})

if __name__ == "__main__":
    client.record({{"id": 1, "status": "ok"}})
    context = multiprocessing.get_context({method!r})
    workers = [context.Process(target=work, args=(n,)) for n in (2, 3, 4)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
"""
    file = tmp_path / "workers.py"
    file.write_text(code)
    start = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, *sys.argv[1:]]))"
    done = script(start, service, str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert ids(stored) == [1, 2, 3, 4]


def test_a_signal_handler_may_report_in_the_middle_of_a_report(
    service: str, script: Script, stored: Stored, tmp_path: Path
) -> None:
    code = f"""
import itertools, signal
from agent_metrics import Client
client = Client(flush_interval=0.01, queue_size=100_000, spool={str(tmp_path)!r})
handled = itertools.count(1_000_000)
signal.signal(signal.SIGALRM, lambda *_: client.record({{"id": next(handled), "status": "ok"}}))
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
for number in range(3000):
    client.record({{"id": number, "status": "ok"}})
signal.setitimer(signal.ITIMER_REAL, 0)
assert client.flush(40), client.stats()
print(next(handled) - 1_000_000)
"""
    done = script(code, service)
    assert (done.stderr, done.returncode) == ("", 0)
    assert int(done.stdout) > 0
    assert ids(stored) == [*range(3000), *range(1_000_000, 1_000_000 + int(done.stdout))]


def test_a_process_that_is_killed_loses_no_more_than_what_waited(
    service: str, agent: str, stored: Stored
) -> None:
    code = """
from agent_metrics import Client
client = Client(flush_interval=0.01)
number = 0
while True:
    client.record({"id": number, "status": "ok"})
    number += 1
    if number % 100 == 0 and client.flush(20):
        print(number, flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment(service, agent),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    flushed = int(lines[-1])
    found = ids(stored)
    assert found == list(range(len(found)))  # each once
    assert len(found) >= flushed


def test_a_lambda_handler_flushes_before_it_returns(
    service: str, agent: str, stored: Stored
) -> None:
    class Context:
        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 3000

    client = Client(url=service, agent=agent, flush_interval=60)

    @client.lambda_handler
    def handler(event: dict[str, int], context: Context) -> str:
        client.record({"id": event["id"], "status": "ok"})
        if event["id"] == 2:
            raise KeyError("x")
        return "done"

    assert handler({"id": 1}, Context()) == "done"
    assert client.stats() == (1, 1, 0, 0, 0)
    with pytest.raises(KeyError):
        handler({"id": 2}, Context())
    assert ids(stored) == [1, 2]
