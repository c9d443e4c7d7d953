"""`agent-metrics run`: any program as a run, with its exit code and its signals."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from agent_metrics.client import Client
from agent_metrics.commands.endings import ended, say
from agent_metrics.commands.options import pair, service_options
from agent_metrics.run import CANCELLED, COMPLETED, FAILED, Run

NOT_FOUND, NOT_EXECUTABLE = 127, 126
_FORWARDED = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_FROM_TERMINAL = ("SIGINT", "SIGQUIT")
_EPILOG = """\
The exit code is the program's own; 128 and the signal's number when a signal ended it; 127 when
there is no such program, 126 when it cannot be run. That the service cannot be reached changes
nothing of this.
"""


def run_program(arguments: Sequence[str]) -> int:
    """The exit code."""
    return ended(lambda: _run(_make_parser().parse_args(list(arguments))))


def _run(asked: argparse.Namespace) -> int:
    command = asked.command[1:] if asked.command[:1] == ["--"] else asked.command
    if not command:
        _make_parser().error("which program? Name it after --")
    client = Client(
        url=asked.url,
        token=asked.token,
        project=asked.project,
        agent=asked.agent,
        version=asked.version,
        spool=asked.spool,
    )
    run = client.run(
        run_id=asked.id,
        task_id=asked.task_id,
        initiator=asked.initiator,
        metadata=dict(asked.metadata) or None,
        heartbeat=asked.heartbeat,
        tools=asked.tool or None,
        models=asked.model or None,
    )
    code = _watch(command, run)
    try:
        is_reported = client.flush(asked.flush_timeout)
    except KeyboardInterrupt:
        is_reported = False
    if not is_reported:
        say("the run could not be reported in full; the program's exit code stands")
    return code


def _watch(command: list[str], run: Run) -> int:
    """Run the program to its end; gives the exit code, and finishes the run."""
    pending: list[int] = []
    children: list[subprocess.Popen[bytes]] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        if children:
            _send(children[0], number)
        else:
            pending.append(number)

    run.start()
    former = {number: signal.signal(number, forward) for number in _signals()}
    try:
        children.append(subprocess.Popen(command))
        for number in pending:
            _send(children[0], number)
        code = children[0].wait()
    except OSError as error:
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        say(f"{command[0]} cannot be run: {error.strerror}")
        run.finish(FAILED, f"{command[0]} cannot be run: {error.strerror}")
        return code
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    run.finish(*judge_code(code))
    return code if code >= 0 else 128 - code


def judge_code(code: int) -> tuple[str, str | None]:
    """Status and error of a program that ended so; a negative code is a signal's number."""
    if code == 0:
        return COMPLETED, None
    if code > 0:
        return FAILED, f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return (CANCELLED if -code == signal.SIGINT else FAILED), f"ended by {name}"


def _signals() -> list[int]:
    """What is passed on. A terminal sends Ctrl-C to the program itself, which is enough."""
    names = [name for name in _FORWARDED if hasattr(signal, name)]
    return [int(getattr(signal, name)) for name in names]


def _send(child: subprocess.Popen[bytes], number: int) -> None:
    is_from_terminal = signal.Signals(number).name in _FROM_TERMINAL and _is_in_foreground()
    if not is_from_terminal and child.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(child.pid, number)


def _is_in_foreground() -> bool:
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="agent-metrics run",
        usage="agent-metrics run [options] -- COMMAND …",
        description="Run a program, and record it: how long it took, and how it ended.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--agent", help="whose run it is (AGENT_METRICS_AGENT)")
    add("--version", metavar="V", help="of that agent (AGENT_METRICS_VERSION)")
    add("--project", help="of the agent, if it is new (AGENT_METRICS_PROJECT)")
    add("--id", type=_whole, help="the run's id; else one is made")
    add("--task-id", type=_whole, help="what the run is about")
    add("--initiator", help="who or what started it")
    add("--model", action="append", help="a model that takes part; may be repeated")
    add("--tool", action="append", help="a tool that is used; may be repeated")
    meaning = "may be repeated"
    add("--metadata", type=pair, action="append", default=[], metavar="NAME=VALUE", help=meaning)
    add("--heartbeat", type=float, metavar="S", help="report every S seconds that it still runs")
    add("--spool", metavar="DIRECTORY", help="keep the run there until it is delivered")
    wait = "how long to wait for the service afterwards (default: 10)"
    add("--flush-timeout", type=float, default=10.0, metavar="S", help=wait)
    service_options(parser)
    add("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="the program")
    return parser


def _whole(text: str) -> Any:
    """A canonical whole number is that number, as everywhere in the API; anything else a text."""
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 20
    return int(text) if is_number and str(int(text)) == text else text
