"""The supervisor runs the workers in threads, stops them all when one ends, and feeds systemd's watchdog."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from gerritbot_er.errors import GerritbotError
from gerritbot_er.ports import Clock

from .systemd import Notifier

log = logging.getLogger(__name__)

LONGEST_SILENCE = 120.0
"""Seconds after which a worker that has not moved no longer lets the watchdog be fed."""
STOP_WITHIN = 25.0
"""Seconds that all workers have to end; systemd's unit allows a few more."""

Run = Callable[[threading.Event, Callable[[], None]], None]
"""A worker: runs until the event is set, and calls the second argument each time it moves."""


def _unwatched() -> None:
    """Outside of tests nothing happens where a worker moves."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How workers are watched: after ``silence`` seconds one that has not moved hangs.

    ``moving`` is called by each worker's thread as it moves: where a test lets it die or hang.
    """

    silence: float = LONGEST_SILENCE
    moving: Callable[[], None] = _unwatched


WATCH = Watch()
"""How the daemon watches its workers."""


@dataclass(slots=True)
class _Worker:
    name: str
    run: Run
    wake: Callable[[], None]
    moved_at: float
    thread: threading.Thread | None = None
    failed: BaseException | None = None


def _running(stuck: Sequence[str]) -> str:
    """All that can be said without knowing more than the workers."""
    return f"standing still: {', '.join(stuck)}" if stuck else "running"


class Supervisor:
    """Add workers, then ``run``: it returns True after ``stop``, False if a worker ended by itself or did not end.

    ``headline`` is asked every second, with the names of the workers that stand still, for the line that systemd shows.
    """

    def __init__(
        self,
        clock: Clock,
        notifier: Notifier,
        watch: Watch = WATCH,
        headline: Callable[[Sequence[str]], str] = _running,
    ) -> None:
        self._clock = clock
        self._watch = watch
        self._notifier = notifier
        self._pause = min(1.0, (notifier.watchdog or 2.0) / 2)
        self._headline = headline
        self._shown = ""
        self._reported: tuple[str, ...] = ()
        self._workers: list[_Worker] = []
        self._stop = threading.Event()
        self._asked = False
        self._another_follows = False
        # A signal handler interrupts ``run`` anywhere, also where an event holds its own lock to wait: its ``set``
        # would wait for that lock for ever.  This queue's ``put`` may be called there.
        self._ended: SimpleQueue[None] = SimpleQueue()

    def add(self, name: str, run: Run, wake: Callable[[], None] = lambda: None) -> None:
        """Add a worker; ``wake`` makes it notice that it is to stop."""
        self._workers.append(_Worker(name, run, wake, self._clock.monotonic()))

    def stop(self, *, another_follows: bool = False) -> None:
        """Ask all workers to end; callable from a signal handler.

        ``another_follows``: others take over in this process, so that systemd is not to think that it ends.
        """
        self._asked = True
        self._another_follows = another_follows
        self._ended.put(None)

    def stuck(self) -> tuple[str, ...]:
        """The names of the workers that have not moved for too long; callable from any thread."""
        now = self._clock.monotonic()
        return tuple(worker.name for worker in self._workers if now - worker.moved_at > self._watch.silence)

    def run(self) -> bool:
        """Start the workers, watch over them until one ends or ``stop`` is called, then end them all."""
        for worker in self._workers:
            worker.moved_at = self._clock.monotonic()
            worker.thread = threading.Thread(target=self._run, args=(worker,), name=worker.name, daemon=True)
            worker.thread.start()
        self._shown = self._headline(())
        self._notifier.say("READY=1", f"STATUS={self._shown}")
        while not self._over_within(self._pause):
            stuck = self.stuck()
            self._report(stuck)
            self._show(stuck)
            if not stuck:
                self._notifier.say("WATCHDOG=1")
        asked = self._asked
        if asked and self._another_follows:
            reloading = f"MONOTONIC_USEC={int(self._clock.monotonic() * 1e6)}"
            self._notifier.say("RELOADING=1", reloading, "WATCHDOG=1", "STATUS=taking over a changed configuration")
        else:
            if asked:
                log.info("asked to end: what is under way is finished first")
            self._notifier.say("STOPPING=1", "STATUS=stopping" if asked else "STATUS=a worker ended")
        ended = self._end_all()
        return asked and ended and not any(worker.failed for worker in self._workers)

    def _over_within(self, seconds: float) -> bool:
        try:
            self._ended.get(timeout=seconds)
        except Empty:
            return False
        return True

    def _run(self, worker: _Worker) -> None:
        """The one place that catches everything: a worker's end is the process's."""

        def moved() -> None:
            worker.moved_at = self._clock.monotonic()
            self._watch.moving()

        try:
            worker.run(self._stop, moved)
        except GerritbotError as error:
            worker.failed = error
            log.critical("worker %s ended: %s", worker.name, error)
        except BaseException as error:
            worker.failed = error
            log.critical("worker %s failed", worker.name, exc_info=error)
        else:
            if not self._asked and not self._stop.is_set():
                log.critical("worker %s ended by itself", worker.name)
        self._ended.put(None)

    def _report(self, stuck: tuple[str, ...]) -> None:
        """To the log, whenever it changes."""
        if stuck and stuck != self._reported:
            log.error("no movement of %s for %d s: the watchdog is not fed", ", ".join(stuck), self._watch.silence)
        elif self._reported and not stuck:
            log.warning("%s moved again", ", ".join(self._reported))
        self._reported = stuck

    def _show(self, stuck: Sequence[str]) -> None:
        """To systemd, whenever it changes."""
        headline = self._headline(stuck)
        if headline != self._shown:
            self._shown = headline
            self._notifier.say(f"STATUS={headline}")

    def _end_all(self) -> bool:
        """Whether all have ended in time; the watchdog is fed meanwhile, for that time is bounded."""
        self._stop.set()
        ended = True
        deadline = self._clock.monotonic() + STOP_WITHIN
        for worker in self._workers:
            worker.wake()
        for worker in self._workers:
            if worker.thread and not self._joined(worker.thread, deadline):
                log.error("worker %s did not end within %d s", worker.name, STOP_WITHIN)
                ended = False
        return ended

    def _joined(self, thread: threading.Thread, deadline: float) -> bool:
        thread.join(self._pause)
        while thread.is_alive() and self._clock.monotonic() < deadline:
            self._notifier.say("WATCHDOG=1")
            thread.join(self._pause)
        return not thread.is_alive()


class Bell:
    """Wakes a worker that waits for something to do."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self) -> None:
        """There is something to do."""
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Until it rings, or this long."""
        self._event.wait(seconds)
        self._event.clear()


def stepping(step: Callable[[], float], bell: Bell, *, longest: float = LONGEST_SILENCE / 4) -> Run:
    """A worker that steps whenever its bell rings, and after as many seconds as the step returned (or ``longest``)."""

    def run(stop: threading.Event, moved: Callable[[], None]) -> None:
        while not stop.is_set():
            wait = step()
            moved()
            bell.wait(min(max(wait, 0.0), longest))

    return run
