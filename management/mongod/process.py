"""A real mongod as a child process: found, started, waited for and stopped.

For `make run` and for the tests; nothing here knows about the service.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from management.mongod.data_lock import DataLock
from management.mongod.program import MongodError, find_mongod

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20
PREVIOUS_STOP_TIMEOUT_S = 30
# The smallest that mongod takes: it shares the machine with the service and the tests.
CACHE_GB = 0.25

_PR_SET_PDEATHSIG = 1
_EXIT_ADDRESS_IN_USE = 48
_EXIT_DATA_IN_USE = 100
_READY = b'"id":23016'  # "Waiting for connections", the same in every version


class Mongod:
    """One mongod on loopback, with everything it writes under `directory`.

    As a context manager it is started and stopped. `port` is chosen at each start unless it is
    given; `replica_set` is passed on, and initiating the set is the caller's part.
    """

    def __init__(
        self, directory: Path, *, port: int | None = None, replica_set: str | None = None
    ) -> None:
        self.directory = directory
        self.port = port
        self.replica_set = replica_set
        self._fixed_port = port is not None
        self._lock: DataLock | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """The connection string of this member alone."""
        direct = "/?directConnection=true" if self.replica_set else ""
        return f"mongodb://127.0.0.1:{self.port}{direct}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises MongodError when there is no mongod that runs here, when the directory is in use,
        and when it does not answer within START_TIMEOUT_S.
        """
        program = find_mongod()
        (self.directory / "db").mkdir(parents=True, exist_ok=True)
        self._lock = DataLock(self.directory)
        try:
            self._start_patiently(program)
            self._lock.publish(self.uri)
        except BaseException:
            self.stop()
            raise

    def ended(self) -> int | None:
        """How it ended by itself: its exit code, or minus the signal. None while it runs."""
        return self._process.poll() if self._process is not None else None

    def revive(self) -> None:
        """Start it again where it was, after it ended by itself. Raises what `start` raises."""
        is_fixed, self._fixed_port = self._fixed_port, True
        self._release()
        try:
            self.start()
        finally:
            self._fixed_port = is_fixed

    def stop(self) -> None:
        """Let it write what it holds and end; harmless when it does not run."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._release()

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL); the next start recovers from the journal."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _release(self) -> None:
        self._process = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _start_patiently(self, program: Path) -> None:
        """Start it, again where the reason why it ended may pass."""
        deadline = time.monotonic() + PREVIOUS_STOP_TIMEOUT_S
        while True:
            if not self._fixed_port:
                self.port = free_port()
            code = self._spawn_and_wait(program)
            if code is None:
                return
            # Another program took the port in between, or the mongod of a service that was
            # killed is still closing: we hold the lock, so no living service uses the data.
            passing = code == _EXIT_DATA_IN_USE or (
                code == _EXIT_ADDRESS_IN_USE and not self._fixed_port
            )
            if not passing or time.monotonic() > deadline:
                raise MongodError(f"mongod ended with code {code}: {self._last_words()}")
            time.sleep(0.2)

    def _spawn_and_wait(self, program: Path) -> int | None:
        """None once it answers, or the exit code when it ended first."""
        # Kept from one start only, so that it cannot grow for ever.
        self._log.unlink(missing_ok=True)
        # A process group of its own: Ctrl-C in the terminal is for the service, which stops
        # its mongod when it has answered its last request.
        self._process = subprocess.Popen(
            self._command(program),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=_die_with_parent(),  # noqa: PLW1509 - see there
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            code = self._process.poll()
            if code is not None:
                self._process = None
                return code
            if self._is_ready():
                return None
            time.sleep(0.03)
        raise MongodError(f"mongod did not answer within {START_TIMEOUT_S} s; see {self._log}")

    def _command(self, program: Path) -> list[str]:
        command = [str(program), "--dbpath", str(self.directory / "db"), "--port", str(self.port)]
        command += ["--bind_ip", "127.0.0.1", "--nounixsocket", "--logpath", str(self._log)]
        command += ["--wiredTigerCacheSizeGB", str(CACHE_GB), "--quiet"]
        command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        if self.replica_set:
            command += ["--replSet", self.replica_set]
        return command

    def _is_ready(self) -> bool:
        """Its own log says so; a connection could be answered by whoever else has the port."""
        return self._log.exists() and _READY in self._log.read_bytes()

    @property
    def _log(self) -> Path:
        return self.directory / "mongod.log"

    def _last_words(self) -> str:
        """The last error in its log, and where the log is."""
        said = ""
        for line in (
            self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        ):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("s") in ("E", "F"):
                error = entry.get("attr", {}).get("error") or entry["msg"]
                said = error["errmsg"] if isinstance(error, dict) else str(error)
        return f"{said} (see {self._log})" if said else f"see {self._log}"


def free_port() -> int:
    """A port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> Callable[[], None] | None:
    """What the child runs before it becomes mongod, so that it never outlives this process.

    A process that is killed (SIGKILL) cannot stop its children, so on Linux the kernel is asked
    to end mongod cleanly when its parent is gone. Elsewhere it would go on until stopped by hand.
    """
    if sys.platform != "linux":
        return None
    # Looked up here: between fork and exec, where another thread's locks stay locked for ever,
    # only system calls are safe.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel
