"""Between what the host says and the sender: writes reports down, or does nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_metrics.encoding import encode
from agent_metrics.notices import Notices
from agent_metrics.settings import Target

if TYPE_CHECKING:
    from agent_metrics.run import Run
    from agent_metrics.sender import Sender


class Recorder:
    """Hands reports to the sender; without one (no URL is set) forgets them."""

    def __init__(self, sender: Sender | None, notices: Notices) -> None:
        self.sender = sender
        self.notices = notices

    def report(self, target: Target, fields: dict[str, Any], *, is_start: bool = False) -> None:
        """Take a report in, as a copy. Raises nothing."""
        if self.sender is None:
            return
        if not target.agent:
            self.notices.say("no agent", "runs are dropped: set agent=, or AGENT_METRICS_AGENT")
            self.sender.drop()
            return
        if is_start and not self.sender.keeps_on_disk:
            self.sender.put(target, fields, fields["id"], is_start=True)
            return
        try:
            line = encode(fields)
        except Exception as error:
            kind = type(error).__name__
            self.notices.say(f"not JSON {kind}", f"a run is dropped: it is not JSON ({error!r})")
            self.sender.drop()
            return
        self.sender.put(target, line, fields.get("id"), is_start=is_start)

    def beat(self, run: Run, every_s: float) -> None:
        if self.sender is not None:
            self.sender.beat(id(run), every_s, run.heartbeat)

    def still(self, run: Run) -> None:
        if self.sender is not None:
            self.sender.still(id(run))
