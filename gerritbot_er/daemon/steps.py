"""How the steps of the workers are put together: one after another, now and then, or whenever something arrives."""

import threading
from collections.abc import Callable

from gerritbot_er.triage.hearing import Hearing
from gerritbot_er.triage.intake import Intake

from .supervisor import Bell, Run

COMMIT_EVERY = 0.1
"""Seconds between commits of what arrives."""


def intake_loop(intake: Intake, hearing: Hearing, arrived: Bell) -> Run:
    """Commits what arrived, at most every 100 ms, and hears what people answer; a last time at the end."""

    def run(stop: threading.Event, moved: Callable[[], None]) -> None:
        while not stop.is_set():
            arrived.wait(1.0)
            intake.keep()
            hearing.step()
            moved()
            stop.wait(COMMIT_EVERY)
        intake.keep()
        hearing.step()

    return run


def then(step: Callable[[], float], after: Callable[[], None]) -> Callable[[], float]:
    """A step, and this after each."""

    def both() -> float:
        wait = step()
        after()
        return wait

    return both


def every(seconds: float, *steps: Callable[[], None]) -> Callable[[], float]:
    """All of these as one step, which is due every so many seconds."""

    def stepped() -> float:
        for step in steps:
            step()
        return seconds

    return stepped
