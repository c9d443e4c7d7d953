"""The queue on disk: what is recorded survives the process, and arrives once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gateway as gw
import pytest
from running import Script, Stored, environment

from agent_metrics import Client
from agent_metrics.commands import main

AWAY = "http://127.0.0.1:9"
pytest.importorskip("fcntl")


def ids(stored: Stored) -> list[int]:
    return sorted(run["id"] for run in stored())


def record(client: Client, numbers: Any) -> None:
    for number in numbers:
        client.record({"id": number, "status": "ok"})


def test_what_a_killed_process_left_is_delivered_by_the_next(
    service: str, agent: str, stored: Stored, tmp_path: Path
) -> None:
    code = f"""
import os, signal
from agent_metrics import Client
client = Client(spool={str(tmp_path)!r}, cluster="eu")
for number in range(500):
    client.record({{"id": number, "status": "ok"}})
os.kill(os.getpid(), signal.SIGKILL)
"""
    env = environment(AWAY, agent)
    killed = subprocess.run([sys.executable, "-c", code], env=env, check=False, timeout=30)
    assert killed.returncode == -signal.SIGKILL

    with Client(url=service, agent="another", spool=str(tmp_path)) as client:
        record(client, [1])
        assert client.flush(timeout=20)
    assert ids(stored) == list(range(500))
    assert list(tmp_path.iterdir()) == []


def test_killed_between_batches_every_run_arrives_once(
    service: str, agent: str, stored: Stored, tmp_path: Path
) -> None:
    code = f"""
from agent_metrics import Client
client = Client(spool={str(tmp_path)!r}, flush_interval=0.005)
number = 0
while True:
    client.record({{"id": number, "status": "ok"}})
    number += 1
    if number % 50 == 0: print(number, flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment(service, agent),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(100)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    recorded = int(lines[-1])
    assert main(["flush", str(tmp_path), "--url", service]) == 0
    found = ids(stored)
    assert found == list(range(len(found)))
    assert len(found) >= recorded


def test_flushing_from_the_command_line(
    service: str, agent: str, script: Script, stored: Stored, tmp_path: Path, capfd: Any
) -> None:
    code = f"""
from agent_metrics import Client
client = Client(spool={str(tmp_path)!r}, exit_timeout=0)
for number in range(10):
    with client.run(run_id=number) as run:
        run.usage(cost=0.5)
"""
    script(code, AWAY)

    assert main(["flush", str(tmp_path), "--url", AWAY]) == 3
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert main(["flush", str(tmp_path), "--url", service]) == 0
    assert capfd.readouterr().out == "10 runs delivered, 0 refused\n"
    assert ids(stored) == list(range(10))
    assert {run["cost"] for run in stored()} == {0.5}
    assert main(["flush", str(tmp_path), "--url", service]) == 0
    assert capfd.readouterr().out == "0 runs delivered, 0 refused\n"
    assert main(["flush", str(tmp_path / "nowhere"), "--url", service]) == 2


def test_a_living_process_keeps_its_own(service: str, agent: str, tmp_path: Path) -> None:
    own = Client(url=AWAY, agent=agent, spool=str(tmp_path), exit_timeout=0)
    record(own, [1, 2])
    with Client(url=service, agent=agent, spool=str(tmp_path)) as other:
        assert other.flush(30)
        assert main(["flush", str(tmp_path), "--url", service]) == 0
        assert len(list(tmp_path.iterdir())) == 1
        own.close(timeout=0)


def test_what_does_not_fit_into_memory_is_delivered_from_disk(
    service: str, agent: str, stored: Stored, tmp_path: Path
) -> None:
    with gw.gateway_to(service) as gateway:
        gateway.always = gw.status(503)
        with Client(
            url=gateway.url, agent=agent, spool=str(tmp_path), queue_size=10, flush_interval=0.01
        ) as client:
            record(client, range(500))
            assert client.stats().dropped == 0
            assert not client.flush(timeout=0.3)
            gateway.always = None
            assert client.flush(timeout=20)
            assert client.stats().waiting == 0
    assert ids(stored) == list(range(500))
    assert [path for path in tmp_path.iterdir() if path.stat().st_size] == []


def test_a_full_disk_is_said_once_and_runs_wait_in_memory(
    service: str, agent: str, stored: Stored, script: Script, tmp_path: Path
) -> None:
    # A limit on the size of files is what a process can set for itself; a full disk fails alike.
    code = f"""
import resource, logging
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
logging.basicConfig(format="%(message)s")
from agent_metrics import Client
client = Client(spool={str(tmp_path)!r}, flush_interval=60)
for number in range(100):
    client.record({{"id": number, "status": "ok"}})
assert client.flush(20)
print(client.stats())
"""
    done = script(code, service)
    assert done.stdout == "Stats(recorded=100, delivered=100, refused=0, dropped=0, waiting=0)\n"
    assert done.stderr.count("\n") == 1
    assert "wait in memory" in done.stderr
    assert ids(stored) == list(range(100))


def test_the_directory_has_a_largest_size(agent: str, tmp_path: Path) -> None:
    client = Client(
        url=AWAY, agent=agent, spool=str(tmp_path), spool_bytes=5000, queue_size=5, exit_timeout=0
    )
    record(client, range(200))
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    kept = sum(len(path.read_bytes().splitlines()) for path in tmp_path.iterdir())
    assert 4000 < size <= 5000
    stats = client.stats()
    assert (stats.recorded, stats.waiting) == (200, 5)
    assert stats.dropped == 200 - max(kept, 5) or stats.dropped == 200 - kept
    client.close(timeout=0)


@pytest.mark.parametrize("where", ["file/inside", "file"])
def test_a_directory_that_cannot_be_had_is_said_once(
    service: str, agent: str, stored: Stored, tmp_path: Path, where: str, caplog: Any
) -> None:
    (tmp_path / "file").write_text("")
    with Client(url=service, agent=agent, spool=str(tmp_path / where)) as client:
        record(client, [1])
        assert client.flush(30)
    assert ids(stored) == [1]
    assert len(caplog.messages) == 1


def test_a_torn_line_is_left_out_and_the_others_delivered(
    service: str, agent: str, stored: Stored, tmp_path: Path, caplog: Any
) -> None:
    to: list[Any] = [agent, "1", None, None, [], [], None]
    lines = [json.dumps({"to": to, "run": {"id": n, "status": "ok"}}) for n in range(3)]
    (tmp_path / "0-1-a.jsonl").write_text("\n".join([*lines[:2], lines[2][:-9]]))
    (tmp_path / "0-1-b.jsonl").write_bytes(b"\xff\x00\n{}\n[]\n\n" + lines[2].encode())
    with Client(url=service, agent=agent, spool=str(tmp_path)) as client:
        assert client.flush(30)
    assert ids(stored) == [0, 1, 2]
    assert list(tmp_path.iterdir()) == []
    assert sum("torn" in message for message in caplog.messages) == 1


def test_runs_wait_for_a_token_that_is_taken(
    service: str, agent: str, stored: Stored, tmp_path: Path
) -> None:
    with gw.gateway_to(service) as gateway:
        gateway.always = gw.status(401)
        client = Client(url=gateway.url, agent=agent, spool=str(tmp_path), flush_interval=0.01)
        record(client, range(5))
        assert not client.flush(timeout=0.5)
        assert client.stats()[2:4] == (0, 0)
        client.close(timeout=0)
        gateway.always = None
        with Client(url=gateway.url, agent=agent, spool=str(tmp_path)) as another:
            for _ in range(200):
                another.flush(timeout=0.1)
                if another.stats().delivered == 5:
                    break
                time.sleep(0.05)
    assert ids(stored) == list(range(5))


def test_a_forked_child_writes_to_a_file_of_its_own(
    service: str, stored: Stored, script: Script, tmp_path: Path
) -> None:
    code = f"""
import os, signal, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from agent_metrics import Client
client = Client(spool={str(tmp_path)!r}, flush_interval=60)
client.record({{"id": 1, "status": "ok"}})
child = os.fork()
if not child:
    client.record({{"id": 2, "status": "ok"}})
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(child, 0)
assert len(os.listdir({str(tmp_path)!r})) == 2
client.record({{"id": 3, "status": "ok"}})
assert client.flush(20)
"""
    done = script(code, service)
    assert (done.returncode, done.stderr) == (0, "")
    assert ids(stored) == [1, 2, 3]
    assert list(tmp_path.iterdir()) == []
