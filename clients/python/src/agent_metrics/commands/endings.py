"""How a command ends: one sentence for a person, and an exit code that says of what kind it is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress

from agent_metrics.errors import (
    AgentMetricsError,
    ProxySettingError,
    UnreachableError,
)

OK = 0
NOT_TOLD = 2
NOT_REACHED = 3
NOT_WRITTEN = 4
OWN_FAULT = 70  # EX_SOFTWARE
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class OutputError(Exception):
    """What was to be said could not be written."""


def ended(command: Callable[[], int]) -> int:
    """The command's exit code; whatever it raises becomes a sentence and a code of its own."""
    try:
        return command()
    except KeyboardInterrupt:
        return _end(INTERRUPTED, "interrupted: nothing was decided")
    except (UnreachableError, ProxySettingError) as error:
        return _end(NOT_REACHED, str(error))
    except AgentMetricsError as error:
        return _end(NOT_TOLD, str(error))
    except OutputError as error:
        return _end(NOT_WRITTEN, str(error))
    except Exception as error:
        kind = type(error).__name__
        return _end(OWN_FAULT, f"a fault of this command, please report it: {kind}: {error}")


def say(sentence: str) -> None:
    """One line to stderr, if there is one."""
    with suppress(Exception):
        line = " ".join(f"agent-metrics: {sentence}".split())
        sys.stderr.write(f"{line.encode('ascii', 'backslashreplace').decode()}\n")
        sys.stderr.flush()


def write(text: str) -> None:
    """To stdout, and through to the file behind it. Raises OutputError."""
    if sys.stdout is None:
        return
    with suppress(AttributeError, ValueError):  # a terminal that lacks a character shows its code
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        _forget_stdout()
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"the answer cannot be written: {reason}") from error


def write_file(path: str, text: str, *, append: bool = False) -> None:
    """Raises OutputError."""
    try:
        with open(path, "a" if append else "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def _end(code: int, sentence: str) -> int:
    say(sentence)
    return code


def _forget_stdout() -> None:
    """Else the interpreter tries once more at its end, and fails with a code of its own."""
    with suppress(Exception):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
