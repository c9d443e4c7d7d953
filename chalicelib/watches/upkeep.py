"""What the scheduled function does for watches: look at them, and deliver what there is to tell."""

from __future__ import annotations

import logging

from chalicelib.watches.delivering import deliver
from chalicelib.watches.looking import look

# The share of the time that looking may take; deliveries have the rest, and wait for others.
_LOOKING = 0.7


def look_after(seconds: float) -> int:
    """Look at every watch and deliver, for so many seconds at most; how many were looked at."""
    looked = look(seconds * _LOOKING)
    delivered = deliver(seconds * (1 - _LOOKING))
    if looked.watches or delivered:
        logging.getLogger("agent_metrics").info(
            "watches",
            extra={
                "looked_at": looked.watches,
                "changes": looked.changes,
                "all": looked.is_done,
                "delivered": delivered,
            },
        )
    return looked.watches
