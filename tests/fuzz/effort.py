"""How long the search goes on.

Always the same examples, so that a change is judged by itself and not by luck. FUZZ=20 looks
twenty times as long, and each time at others.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

FACTOR = int(os.environ.get("FUZZ", "1"))


def search(examples: int) -> settings:
    """The settings of a test, as its decorator."""
    return settings(
        max_examples=examples * FACTOR,
        derandomize=FACTOR == 1,
        database=None,
        deadline=None,
        # Requests are slow beside what is drawn for them.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
