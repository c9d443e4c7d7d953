"""Live frameworks take minutes to install: `make test-frameworks` runs them, `make test` does not."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("RUN_FRAMEWORKS") else ["test_*.py"]
