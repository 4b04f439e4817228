"""The loop of the intake worker, and how several steps are put together to the step of one worker."""

import threading
from collections.abc import Callable

from gerritbot_er.triage.intake import Intake
from gerritbot_er.triage.reply_recorder import ReplyRecorder

from .supervisor import Bell, Run

COMMIT_EVERY = 0.1
"""Seconds between commits of what arrives."""


def intake_loop(intake: Intake, reply_recorder: ReplyRecorder, arrived: Bell) -> Run:
    """The loop that commits what arrived, at most every 100 ms, and records replies; once more at the end."""

    def run(stop: threading.Event, moved: Callable[[], None]) -> None:
        while not stop.is_set():
            arrived.wait(1.0)
            intake.keep()
            reply_recorder.step()
            moved()
            stop.wait(COMMIT_EVERY)
        intake.keep()
        reply_recorder.step()

    return run


def then(step: Callable[[], float], after: Callable[[], None]) -> Callable[[], float]:
    """A step that calls ``after`` each time it was taken."""

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
