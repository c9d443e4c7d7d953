"""Options that commands share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from math import isfinite


def service_options(parser: argparse.ArgumentParser, *, with_url: bool = True) -> None:
    """Adds --url and --token."""
    if with_url:
        parser.add_argument("--url", help="where the service is (AGENT_METRICS_URL)")
    parser.add_argument("--token", help="what it asks for (AGENT_METRICS_TOKEN)")


def variable(name: str) -> str | None:
    """An AGENT_METRICS_ variable, None where it is not set or blank."""
    return os.environ.get(f"AGENT_METRICS_{name}", "").strip() or None


def number(least: float, most: float | None = None) -> Callable[[str], float]:
    """Reads numbers within bounds."""

    def read(text: str) -> float:
        value = float(text)
        if not isfinite(value) or value < least or (most is not None and value > most):
            bounds = f"{least:g} or more" if most is None else f"{least:g} to {most:g}"
            raise argparse.ArgumentTypeError(f"{text!r} is not {bounds}")
        return value

    read.__name__ = "number"  # what argparse calls it where float() refuses
    return read


def pair(text: str) -> tuple[str, str]:
    """Reads NAME=VALUE."""
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
