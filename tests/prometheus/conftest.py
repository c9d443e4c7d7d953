"""Prometheus itself scrapes for some minutes: `make test-prometheus` alone asks for that."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("RUN_PROMETHEUS") else ["test_*.py"]
