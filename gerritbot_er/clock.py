"""The port ``Clock``: the system's time, and time that is moved by hand."""

import time


class SystemClock:
    """See ``ports.Clock``."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


class SteppedClock:
    """Simulated time: stands still until its owner moves it.  ``seconds`` are UTC seconds, and the monotonic ones."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds
