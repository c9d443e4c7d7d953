"""The one thread that sends, and what the host's threads hand it."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

from agent_metrics import lifetime
from agent_metrics.accounts import Accounts, Stats
from agent_metrics.delivery import Delivery, Outcome
from agent_metrics.disk import Disk
from agent_metrics.errors import UnreachableError
from agent_metrics.notices import Notices
from agent_metrics.outbox import Batch, Item, Outbox, batches_of
from agent_metrics.pace import Heartbeats, Pace
from agent_metrics.settings import Target
from agent_metrics.spool import Spool

BATCH_RUNS = 4_000
BATCH_BYTES = 2_000_000
MOST_WAITING_BYTES = 32_000_000
# A fault of the service's own may be about one of the runs: the others are not to wait for ever.
MOST_FAULTS = 8


class Sender:
    """Takes reports without waiting, and delivers them from a daemon thread made at first use."""

    def __init__(
        self,
        delivery: Delivery,
        notices: Notices,
        *,
        spool: Spool | None,
        queue_size: int,
        interval_s: float,
        exit_timeout_s: float,
    ) -> None:
        self._delivery = delivery
        self._notices = notices
        self._spool = spool
        self._queue_size = queue_size
        self._interval_s = interval_s
        self.exit_timeout_s = exit_timeout_s
        self._reset()
        lifetime.look_after(self)

    def _reset(self) -> None:
        """As new: at the start, and in a forked child, whose parent delivers what was waiting."""
        self._outbox = Outbox(self._queue_size, MOST_WAITING_BYTES)
        self._accounts = Accounts()
        self._pace = Pace()
        self._heartbeats = Heartbeats()
        self._serials = count(1)
        self._disk = Disk(self._spool, self._delivery, self._notices)
        self._batches: deque[Batch] = deque()
        self._is_idle = False
        self._is_lingering = False
        self._is_closing = False
        self._lets_go = False
        self._flushes = 0
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._settled = threading.Condition()
        # Signal handlers and finalizers put into it too, which no other kind of queue survives.
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()

    # What the host's threads call.

    @property
    def keeps_on_disk(self) -> bool:
        return self._disk.is_used

    def put(
        self,
        target: Target,
        line: bytes | dict[str, Any],
        run_id: object,
        *,
        is_start: bool = False,
    ) -> None:
        """Take a report in. What cannot be kept is counted as dropped."""
        segment = self._disk.keep(target, line) if isinstance(line, bytes) else None
        self._accounts.record()
        item = Item(target, line, run_id, is_start, segment, next(self._serials))
        given_up = self._outbox.put(item)
        if given_up:
            self._give_up(given_up, f"more than {self._queue_size} reports wait")
        if self._thread is None:
            self._start()
        elif self._is_idle or (self._is_lingering and self._outbox.waiting >= BATCH_RUNS):
            self._is_idle = self._is_lingering = False
            self._wake.put(None)

    def beat(self, key: int, every_s: float, report: Callable[[], None]) -> None:
        """Have the thread call `report` every so many seconds, until `still(key)`."""
        self._heartbeats.start(key, every_s, report)
        if self._thread is None:
            self._start()
        self._wake.put(None)

    def still(self, key: int) -> None:
        self._heartbeats.stop(key)

    def drop(self) -> None:
        """Count a report that could not even be written down."""
        self._accounts.record()
        self._accounts.drop()

    def flush(self, timeout_s: float | None) -> bool:
        """Wait until nothing waits any more of what was put in before.

        False when the time is up before, and when anything was lost since the last call: dropped,
        or refused by the service.
        """
        until = next(self._serials)
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        self._flushes += 1
        self._pace.hurry()
        self._disk.leftovers.expect()
        if self._thread is None and not self._is_settled():
            self._start()
        self._wake.put(None)
        try:
            if self._thread is None:
                self._deliver_here(deadline, until)
            else:
                self._wait_until_settled(deadline, until)
        finally:
            self._flushes -= 1
        return not self._accounts.has_lost() and self._is_settled(until)

    def close(self, timeout_s: float | None) -> bool:
        """Flush, and let the thread end. What waits still stays on disk, if there is a spool."""
        done = self.flush(timeout_s)
        self._lets_go = True
        self.retire()
        return done

    def retire(self) -> None:
        """Let the thread end once nothing waits: nobody will put anything in any more."""
        self._is_closing = True
        self._wake.put(None)
        if self._thread is None:
            self._end()

    def let_go_of_disk(self) -> None:
        """What is still there is for others to deliver."""
        self._disk.let_go()

    def stats(self) -> Stats:
        return self._accounts.stats(len(self._outbox))

    def after_fork(self) -> None:
        """In the child: begin anew, with nothing of the parent's."""
        self._delivery.abandon()
        self._disk.forget()
        self._reset()

    # What the thread does.

    def _start(self) -> None:
        # Not waited for: a signal handler may have come in the middle of this very call.
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="agent-metrics", daemon=True)
                thread.start()
                self._thread = thread
        except RuntimeError:  # the interpreter is ending, or the machine has no more threads
            return
        finally:
            self._starting.release()
        lifetime.look_after_children()

    def _run(self) -> None:
        while not (self._is_closing and (self._is_settled() or self._is_left_on_disk())):
            try:
                self._sleep()
                self._round()
            except Exception as error:
                self._notices.say("own fault", f"a fault of the client's own: {error!r}")
                time.sleep(1)
        self._thread = None
        self._end()

    def _end(self) -> None:
        self._delivery.disconnect()
        self.let_go_of_disk()
        if not self._outbox:
            lifetime.let_go(self)

    def _sleep(self) -> None:
        """Until there is something to do, and a batch is full or has waited long enough."""
        if not (self._batches or self._outbox.waiting):
            self._is_idle = True
            # Asked again, now that whoever puts something in calls.
            if not (self._is_closing or self._outbox.waiting):
                self._listen(self._next_duty())
            self._is_idle = False
        linger_until = time.monotonic() + self._interval_s
        while True:
            is_urgent = self._is_urgent()
            until = max(self._pace.not_before, 0.0 if is_urgent else linger_until)
            beat = self._heartbeats.next_due()
            until = until if beat is None else min(until, beat)
            if time.monotonic() >= until or self._lets_go:
                return
            self._is_lingering = not is_urgent
            # Asked again, now that whoever changes the answer calls.
            if self._is_urgent() == is_urgent:
                self._listen(until)
            self._is_lingering = False

    def _is_urgent(self) -> bool:
        full = self._outbox.waiting >= BATCH_RUNS
        return bool(full or self._flushes or self._batches or self._is_closing)

    def _listen(self, until: float | None) -> None:
        """Until somebody calls, or that moment."""
        try:
            self._wake.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
            while True:
                self._wake.get_nowait()
        except queue.Empty:
            pass

    def _next_duty(self) -> float | None:
        """When something is due that nobody calls for."""
        moments = [self._heartbeats.next_due()]
        if self._disk.leftovers.may_exist:
            moments.append(self._pace.not_before)
        return min((moment for moment in moments if moment is not None), default=None)

    def _round(self) -> None:
        """Take what waits, and send it as long as the service takes it."""
        self._heartbeats.report()
        if time.monotonic() < self._pace.not_before:
            return
        if not self._batches:
            overtaken, batches = batches_of(self._outbox.take(BATCH_RUNS, BATCH_BYTES))
            self._settle(overtaken, Outcome(len(overtaken), 0))
            self._batches.extend(batches)
        try:
            while self._batches:
                self._send(self._batches[0])
            if self._flushes or not self._outbox.waiting:
                self._disk.leftovers.deliver(self._accounts.settle)
        except UnreachableError as error:
            self._pace.put_off(error, is_hurried=self._flushes > 0)
            self._notices.say("away", f"{error}; runs are kept meanwhile, and sent later")
        else:
            self._pace.succeed()
        with self._settled:
            self._settled.notify_all()

    def _send(self, batch: Batch) -> None:
        """Deliver the first batch, or find that it cannot be delivered."""
        try:
            outcome = self._delivery.send(batch.target, batch.lines)
        except UnreachableError as error:
            batch.faults += error.is_fault
            if batch.faults == MOST_FAULTS or error.is_refusal:
                self._give_up(batch.items, str(error))
                self._outbox.settle(batch.items)
                self._batches.popleft()
            raise
        self._batches.popleft()
        self._settle(batch.items, outcome)

    def _settle(self, items: list[Item], outcome: Outcome) -> None:
        self._outbox.settle(items)
        self._accounts.settle(outcome)
        self._disk.settle(items)

    def _give_up(self, items: list[Item], reason: str) -> None:
        """Not to be kept in memory. What is on disk is delivered from there, the rest dropped."""
        for item in items:
            if not self._disk.takes_over(item):
                self._accounts.drop()
                self._notices.say("dropped", f"runs are dropped, and counted: {reason}")

    def _is_settled(self, until: int | None = None) -> bool:
        """Whether nothing waits, or nothing of what was put in until then."""
        waits = len(self._outbox) if until is None else self._outbox.holds_any_until(until)
        return not waits and not self._disk.leftovers.may_exist

    def _is_left_on_disk(self) -> bool:
        """Whether whoever comes next finds all that waits."""
        return self._lets_go and self._disk.is_used and not self._outbox.holds_more_than_disk()

    def _wait_until_settled(self, deadline: float | None, until: int) -> None:
        with self._settled:
            while not self._is_settled(until):
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return
                # Woken by the thread; looked at anyway, lest a call was missed.
                self._settled.wait(0.2 if left is None else min(left, 0.2))

    def _deliver_here(self, deadline: float | None, until: int) -> None:
        """Where no thread can be had any more: at the very end of the interpreter."""
        while not self._is_settled(until):
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return
            self._delivery.timeout_s = left
            time.sleep(min(max(0.0, self._pace.not_before - time.monotonic()), left or 1.0))
            self._round()
