"""A month lived through in a folder of its own, and what the accounts say of it; one call, for a pool of processes."""

import logging
import os
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gerritbot_er.triage.way import World

from .accounts import Accounts, Broken
from .month import Month
from .weather import Fault

_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Each broken invariant with the story of its change; ``counts`` in words; ``story`` is everyone's."""

    seed: int
    broken: tuple[tuple[Broken, list[str]], ...]
    bitten: Counter[Fault]
    counts: Counter[str]
    story: list[str]


def live(seed: int, alter: Callable[[World], World] = lambda world: world) -> Outcome:
    """The month of this seed; an error that no worker should raise is a broken invariant, too."""
    before = _open_files()
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        month = Month(seed, Path(folder), alter=alter)
        teller = _Teller(month)
        logging.getLogger("gerritbot_er").addHandler(teller)
        try:
            month.live()
            broken = Accounts(month).broken()
        except BaseException:  # noqa: BLE001 - told with its seed, as every other thing that breaks
            broken = [Broken("no worker fails but by an error of ours", traceback.format_exc())]
        finally:
            logging.getLogger("gerritbot_er").removeHandler(teller)
    if _open_files() > before:
        broken.append(Broken("open files are closed", f"{before} before, {_open_files()} after"))
    told = tuple((one, month.story.of(one.change)) for one in broken)
    return Outcome(seed, told, month.weather.bitten, _counts(month), month.story.of(0))


def _counts(month: Month) -> Counter[str]:
    failing = sum(report.failed for _, report in month.reports)
    counts = Counter({f"times the daemon {how}": times for how, times in month.ends.items()})
    counts |= {"failing reports": failing, "other reports": len(month.reports) - failing}
    counts |= {"comments of ours": len(month.arrivals), "notices": len(month.irc.said)}
    return counts


def _open_files() -> int:
    """Descriptors of this process; 0 where the system does not tell."""
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return 0


class _Teller(logging.Handler):
    """Puts what the daemon logs into the story."""

    def __init__(self, month: Month) -> None:
        super().__init__()
        self._month = month

    def emit(self, record: logging.LogRecord) -> None:
        self._month.note(f"log: {record.getMessage()[:300]}")
