"""How fast lines go out: a burst of four, then one every two seconds. Pure; the caller brings the time.

inspircd ends the connection of who sends faster ("RecvQ exceeded"): of 300 lines at once one arrives, and the client
is told nothing.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """A bucket of ``burst`` lines that gains one every ``every`` seconds (monotonic)."""

    burst: int = 4
    every: float = 2.0
    _left: float = field(init=False)
    _at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._left = float(self.burst)

    def take(self, now: float) -> bool:
        """Whether a line may go out now; if so, it counts as sent."""
        self._left = min(float(self.burst), self._left + max(0.0, now - self._at) / self.every)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
