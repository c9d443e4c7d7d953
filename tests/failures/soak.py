"""Mixed traffic on a replica set whose members and writers are killed at random: `make soak`.

Senders repeat each batch until it is acknowledged: runs that begin, that end, and old ones again;
two of them send the same. Meanwhile a member of the set is killed and healed again, or made to step
down, and functions are killed in the middle of a request. Every so often traffic pauses for upkeep,
and everything that was acknowledged has to be there, once, and in every total. At the end `verify`
compares it hour by hour, and a function that lived all the time must not have grown.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from chalicelib.database.indexes import ensure_indexes
from tests.failures.accounts import check_accounts, runs_of
from tests.failures.lambda_processes import Deployment, LambdaProcess
from tests.failures.replica_sets import ReplicaSet
from tests.failures.senders import Sender, add_versions, traffic
from tests.integration.management.serving import run_command

SENDERS = 3
# Between two pauses in which everything is compared.
ROUND_S = 30
DATABASE = "soak"
# A function's memory grows while it warms up; after that by no more than this.
WARM_ROUNDS, MOST_GROWTH_MB = 2, 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    asked = parser.parse_args()
    say(f"soak: {asked.seconds} s, --seed={asked.seed}")
    with tempfile.TemporaryDirectory() as folder, ReplicaSet(Path(folder)) as members:
        with MongoClient[dict[str, Any]](members.uri, w="majority") as client:
            ensure_indexes(client[DATABASE])
        soak(members, random.Random(asked.seed), asked.seconds)
        heal(members)
        verify(members.uri)
    return 0


def soak(members: ReplicaSet, chance: random.Random, seconds: int) -> None:
    deployment = Deployment(members.uri, DATABASE, {"SERVER_SELECTION_TIMEOUT_S": 1})
    with deployment.launch() as function:
        paths = add_versions(function, *map(str, range(1, SENDERS)))
    senders = [Sender(deployment, paths[min(n, len(paths) - 1)]) for n in range(SENDERS)]
    memory: list[int] = []
    end = time.monotonic() + seconds
    try:
        # One function lives for the whole time, for its memory, and does upkeep.
        with deployment.launch() as lasting:
            for number in count(1):
                kills = run_round(members, senders, chance, min(ROUND_S, end - time.monotonic()))
                heal(members)
                lasting.roll_up()
                check_accounts(lasting, runs_of(senders))
                memory.append(resident_mb(lasting))
                runs = len(runs_of(senders))
                say(f"round {number}: {runs} runs, {kills} kills, all there; {memory[-1]} MB")
                if time.monotonic() >= end:
                    break
    finally:
        for sender in senders:
            sender.close()
    grown = memory[-1] - memory[min(WARM_ROUNDS, len(memory)) - 1]
    assert grown <= MOST_GROWTH_MB, f"a function has grown by {grown} MB: {memory}"


def run_round(
    members: ReplicaSet, senders: list[Sender], chance: random.Random, seconds: float
) -> int:
    """Let the senders work, and kill something now and again; how often that was."""
    kills, stop = 0, time.monotonic() + seconds
    with traffic(senders):
        while time.monotonic() < stop:
            time.sleep(chance.uniform(1, 4))
            kills += 1
            what = chance.random()
            if what < 0.3:
                threading.Thread(target=chance.choice(senders).function.kill).start()
            elif what < 0.5:
                members.primary().order("replSetStepDown", 5, secondaryCatchUpPeriodSecs=3)
            else:
                one = members.primary() if what < 0.75 else chance.choice(members.secondaries())
                one.kill()
                time.sleep(chance.uniform(0, 2))
                one.start()
    return kills


def heal(members: ReplicaSet) -> None:
    """Wait until every member is there; on a busy machine one may take minutes to be trusted."""
    for _ in range(4):
        with suppress(AssertionError):
            return members.heal()
    return members.heal()


def resident_mb(function: LambdaProcess) -> int:
    status = Path(f"/proc/{function.pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) // 1024


def verify(uri: str) -> None:
    os.environ.pop("MONGODB_SECRET_ID", None)
    result = run_command("verify", f"--mongo-uri={uri}", f"--db-name={DATABASE}")
    assert result.exit_code == 0, result.output
    say(result.stdout.strip().replace("\n", " "))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
