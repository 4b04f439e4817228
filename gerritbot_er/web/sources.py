"""What the pages are made of; all of it is at hand in this process."""

from collections.abc import Callable
from dataclasses import dataclass

from gerritbot_er.ports import Clock, Records, Statistics
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.library import Library

from .health import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """``health`` and ``library`` tell what holds now, from any thread."""

    settings: Settings
    health: Callable[[], Health]
    records: Records
    statistics: Statistics
    library: Callable[[], Library]
    clock: Clock
