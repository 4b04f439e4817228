"""The system's time: the port ``Clock``."""

import time


class SystemClock:
    """See ``ports.Clock``."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
