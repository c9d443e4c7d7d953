"""What a sender keeps on disk, where it was given a directory to keep it in; else nothing."""

from __future__ import annotations

from agent_metrics.delivery import Delivery
from agent_metrics.leftovers import Leftovers
from agent_metrics.notices import Notices
from agent_metrics.outbox import Item
from agent_metrics.settings import Target
from agent_metrics.spool import Segment, Spool


class Disk:
    """A spool, or its absence."""

    def __init__(self, spool: Spool | None, delivery: Delivery, notices: Notices) -> None:
        self._spool = spool
        self._notices = notices
        self.leftovers = Leftovers(spool, delivery, notices)

    @property
    def is_used(self) -> bool:
        return self._spool is not None

    def keep(self, target: Target, line: bytes) -> Segment | None:
        """Where it is now; None where it is not."""
        if self._spool is None:
            return None
        try:
            return self._spool.write(target, line)
        except OSError as error:
            reason = error.strerror or str(error)
            sentence = f"runs cannot be kept on disk ({reason}): they wait in memory alone"
            self._notices.say("disk", sentence)
            return None

    def settle(self, items: list[Item]) -> None:
        """They need no more keeping."""
        if self._spool is not None:
            for item in items:
                if item.segment is not None:
                    self._spool.settle(item.segment)

    def takes_over(self, item: Item) -> bool:
        """Whether it can be forgotten elsewhere, because it will be delivered from here."""
        if self._spool is None or item.segment is None:
            return False
        self._spool.mark(item.segment)
        self.leftovers.expect()
        return True

    def let_go(self) -> None:
        """What is still there is for others to deliver."""
        if self._spool is not None:
            self._spool.close()

    def forget(self) -> None:
        """In a forked child: it is the parent's."""
        if self._spool is not None:
            self._spool.forget()
