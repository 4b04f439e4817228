"""What the pages are made of: settings, stored records and statistics, and the state of the daemon."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from gerritbot_er.ports import NO_BUGS, Bugs, Clock
from gerritbot_er.ports.reading import Records, Statistics
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.library import Library
from gerritbot_er.typed_yaml import Problem

from .health import Health
from .views import Knowledge

if TYPE_CHECKING:
    from .meter import PrometheusMeter


@dataclass(frozen=True, slots=True)
class NoticeQueue:
    """Notices that wait for the IRC server, that it has, and that were dropped."""

    queued: int
    sent: int
    dropped: int


@dataclass(frozen=True, slots=True)
class KeptLogs:
    """Builds whose logs are kept on this machine, failed and successful, their bytes on disk, and their limit."""

    failed: int
    successes: int
    size: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """How much the daemon has to do now.

    ``newest_at`` is the server's second of the stream's last event; ``cases`` are on the desk, with builds ``waiting``
    for their logs, or ``asked_again``; ``sample`` builds wait to be kept; ``calls`` are (under way, waiting) by peer;
    ``left_out`` are files of signatures; ``kept`` is by log store; ``files`` the bytes of the state's files by name.
    """

    newest_at: int | None
    cases: int
    waiting: int
    asked_again: int
    sample: int
    calls: Mapping[str, tuple[int, int]]
    left_out: int
    notices: NoticeQueue | None
    kept: Mapping[str, KeptLogs]
    files: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What lies on disk, so that a process beside the daemon has it as well; ``library`` tells what holds now."""

    settings: Settings
    records: Records
    statistics: Statistics
    bugs: Bugs = NO_BUGS
    library: Callable[[], Library]
    clock: Clock

    @contextmanager
    def within(self, over: Callable[[], bool]) -> Iterator[Self]:
        """The same for one who waits for figures until then alone, and asks for them in this block."""
        with self.statistics.within(over) as statistics:
            yield replace(self, statistics=statistics)

    def knowledge(self) -> Knowledge:
        """What views need to know now."""
        return Knowledge(self.settings, self.library().by_name, self.bugs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources(Stored):
    """What the pages of a running daemon are made of.

    Besides what is stored, ``health``, ``problems`` and ``workload`` return what the daemon alone knows now.

    Any thread may ask.  ``problems`` are those of the signature files that are left out as they are.
    """

    health: Callable[[], Health]
    problems: Callable[[], Sequence[Problem]] = tuple
    workload: Callable[[], Workload]
    meter: "PrometheusMeter"
