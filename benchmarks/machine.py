"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient

_PACKAGES = ("pymongo", "pydantic", "pydantic-core", "chalice")
_BYTES_PER_GB = 1_000_000_000


def describe(uri: str) -> str:
    """One paragraph: machine, load and versions."""
    with MongoClient[dict[str, Any]](uri) as connected:
        mongod = connected.server_info()["version"]
    memory_gb = psutil.virtual_memory().total / _BYTES_PER_GB
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory_gb:.0f} GB, {platform.system()}"
        f" {platform.release()}; load before the start {os.getloadavg()[1]:.1f}."
        f" Python {platform.python_version()}, mongod {mongod} on the same machine, {packages}."
    )


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
